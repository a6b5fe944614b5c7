"""The overview, to the letter: yours and theirs, what looks wrong, where to go on."""

import pytest

from signaltrace.views import overview
from tests.inventory.samples import shop
from tests.views.inventory_cases import CASES, compare, holds_everywhere
from tests.views.printing import printed


@pytest.mark.parametrize(("sample", "width"), CASES)
def test_prints_its_golden_file(sample: str, width: int) -> None:
    """The view changes only on purpose."""
    compare(overview.render, "overview", sample, width)


def test_any_terminal_can_show_it() -> None:
    """Narrow, wide, without UTF-8."""
    holds_everywhere(overview.render)


def test_it_ends_with_the_commands_as_the_user_calls_them() -> None:
    """`python -m signaltrace` where that was typed."""
    text = printed(overview.render(shop(), command="python -m signaltrace"), 120)
    offered = [line for line in text.splitlines() if "signaltrace" in line]
    assert len(offered) == 7
    assert all(
        line.startswith(
            ("  python -m signaltrace r", "  python -m signaltrace why", "  python -m signaltrace doctor")
        )
        for line in offered
    )
