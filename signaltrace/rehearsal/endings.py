"""How a rehearsal's work ended, stage *rehearsal*: the exception in a line, and what to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import IntegrityError
from django.db.transaction import TransactionManagementError

from signaltrace.rehearsal.databases import one_line
from signaltrace.rehearsal.levels import Level


def ending(error: BaseException | None, unset: Sequence[str]) -> str:
    """What it raised, with the fields that were not set where these may well be why; "" for nothing."""
    if error is None:
        return ""
    said = one_line(error)
    return f"{said} ({_not_set(unset)})" if _may_explain(error, unset) else said


def notes(error: BaseException | None, unset: Sequence[str], levels: Sequence[Level]) -> Iterator[str]:
    """Sentences: what was not set, and what is so because a rehearsal is a transaction."""
    if unset and not _may_explain(error, unset):
        yield f"{_not_set(unset)}."
    if not isinstance(error, TransactionManagementError):
        return
    said = one_line(error)
    if "forbidden when an 'atomic' block" in said:
        yield (
            "The rehearsal itself is such a block, as a request is under ATOMIC_REQUESTS: outside of all of "
            "them the program may commit by hand."
        )
    for level in levels if "until the end of the 'atomic' block" in said else ():
        last = level.last_error()
        if last:
            yield (
                f"Before it, in {level.alias!r}, and caught: {last}. Inside a transaction, such as the "
                "rehearsal's or that of ATOMIC_REQUESTS, no query works after that."
            )


def _may_explain(error: BaseException | None, unset: Sequence[str]) -> bool:
    return bool(unset) and isinstance(error, IntegrityError)


def _not_set(unset: Sequence[str]) -> str:
    return f"Not set, and without a default: {', '.join(unset)}"
