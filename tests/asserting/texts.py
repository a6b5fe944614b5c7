"""What a failing assertion says, as the tests compare it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from signaltrace.span import Span

SHOP = "tests.asserting.shop"


def failure(assertion: Callable[..., Any], *given: Any, **named: Any) -> str:
    """The message with which an assertion fails; the shop's names by their ends."""
    with pytest.raises(AssertionError) as caught:
        assertion(*given, **named)
    return str(caught.value).replace(f"{SHOP}.", "")


def head(assertion: Callable[..., Any], *given: Any, **named: Any) -> list[str]:
    """The lines before the tree."""
    return failure(assertion, *given, **named).split("\n\n")[0].split("\n")


def ends(spans: list[Span]) -> list[str]:
    """What was timed, by the ends of the shop's names."""
    return [span.label.removeprefix(f"{SHOP}.") for span in spans]
