"""How receivers end, and how what was caught goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.capture.kinds import Failure, Grave


def again(failure: BaseException | None) -> None:
    """Raise what was caught, if anything; outside of the ``except``, where others would see it."""
    try:
        if failure is not None:
            raise failure
    finally:
        del failure


def end(how: str) -> Any:
    """End as a receiver's description says."""
    if how == "failure":
        raise Failure("failed", 5)
    if how == "grave":
        raise Grave("grave")
    if how == "cancelled":
        raise asyncio.CancelledError("by itself")
    return Failure("as a value") if how == "exception as a value" else "was here"
