"""What golden tests of the inventory share. To update: UPDATE_GOLDEN=1 python -m pytest tests/views"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from rich.cells import cell_len
from rich.console import RenderableType

from signaltrace.connections import Inventory
from tests.inventory.samples import SAMPLES
from tests.views.printing import printed

FOLDER = Path(__file__).parent.parent / "golden" / "inventory"
WIDTHS = (80, 120)
CASES = [(sample, width) for sample in SAMPLES for width in WIDTHS]

Render = Callable[[Inventory], RenderableType]


def compare(render: Render, view: str, sample: str, width: int) -> None:
    """Exactly the golden file, and no line wider than the terminal."""
    text = printed(render(SAMPLES[sample]()), width)
    path = FOLDER / f"{view}-{sample}-{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(each.isprintable() for line in text.split("\n") for each in line)


def holds_everywhere(render: Render) -> None:
    """Any width is kept to, and a terminal without UTF-8 gets ASCII."""
    for build in SAMPLES.values():
        for width in (20, 40, 100, 300):
            text = printed(render(build()), width)
            assert max(cell_len(line) for line in text.splitlines()) <= width
        assert printed(render(build()), 80, encoding="ascii").isascii()
