"""The package as it is installed and read about."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import signaltrace

ROOT = Path(__file__).resolve().parent.parent


def test_importing_the_package_imports_no_django() -> None:
    """A plugin or a viewer that only looks at traces must not wake Django."""
    code = "import sys, signaltrace, signaltrace.trace, signaltrace.storage; print('django' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout == "False\n"


def test_public_names_are_there_and_no_others() -> None:
    """Names are loaded when first used, and a wrong one fails as it does on any module."""
    assert [name for name in signaltrace.__all__ if getattr(signaltrace, name, None) is None] == []
    assert set(signaltrace.__all__) <= set(dir(signaltrace))
    with pytest.raises(AttributeError, match="module 'signaltrace' has no attribute 'recrod'"):
        signaltrace.recrod  # noqa: B018 - the access is what is tested


@pytest.mark.parametrize("heading", ["Try it", "Run the tests"])
def test_the_readme_has_one_line_under_each_heading(heading: str) -> None:
    """Each of the two commands stands alone, to be copied."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    block = re.findall(r"^```sh\n(.*?)^```", section, flags=re.M | re.S)[0]
    assert len(block.splitlines()) == 1


def test_the_readme_names_every_subcommand_and_view() -> None:
    """What a user can type is written down."""
    from signaltrace import views

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = ["run", "exec", "receivers", "show"]
    assert [name for name in [*commands, *views.names()] if name not in readme] == []
