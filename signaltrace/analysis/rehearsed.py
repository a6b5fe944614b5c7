"""What a rehearsal came to, stage *analysis*: plain data for a view, and who did what of it by the trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from signaltrace.analysis.not_run import NotRun
from signaltrace.rows import dispatch_of
from signaltrace.trace import Trace

# What is done: in words, and the method that does it.
SAVE, CREATE, DELETE = "save", "create", "delete"
# What happened to a file of a storage.
FILE_SAVED, FILE_DELETED = "file saved", "file deleted"


@dataclass(frozen=True, slots=True)
class Where:
    """The receiver call something happened in (0 for none), the line of the user's own code nearest to it,
    and the receiver's name, once the trace has told it."""

    span: int = 0
    file: str | None = None
    line: int | None = None
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that went to memory: ``to`` are all who would have got it, copies too."""

    subject: str
    sender: str
    to: tuple[str, ...]
    attachments: int
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was to leave the process, and was refused: what, and whereto."""

    what: str
    target: str
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that happened and that no rollback undoes."""

    what: str
    target: str
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Callback:
    """What ``transaction.on_commit`` was given: where it is written, whether it ran, and what it raised."""

    name: str
    file: str | None
    line: int | None
    alias: str
    robust: bool = False
    ran: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal from its end.

    ``subject`` is ``shop.Order 42``, ``aliases`` are the databases it ran in, ``kept`` whether they were
    committed, ``not_undone`` those in which the program had ended the transaction itself. ``rows`` are
    (label, number) of what a delete took, None where it does not say. ``ending`` is what it raised, in one
    line, or what a callback of on_commit did (``in_callback``); ``troubles`` are sentences about what did
    not go as it should have, ``notes`` about what one should know. ``not_run`` are the receivers that were
    passed by, ``heard`` is whether any is connected for the model at all.
    """

    action: str
    subject: str
    aliases: tuple[str, ...] = ()
    kept: bool = False
    not_undone: tuple[str, ...] = ()
    ending: str = ""
    in_callback: bool = False
    rows: tuple[tuple[str, int], ...] | None = ()
    mails: tuple[Mail, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    refused: tuple[Refused, ...] = ()
    seen: tuple[Seen, ...] = ()
    troubles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    heard: bool = True
    allow_network: bool = False

    @property
    def doing(self) -> str:
        """``save() of shop.Order 42``."""
        return f"{'delete()' if self.action == DELETE else 'save()'} of {self.subject}"

    @property
    def gone(self) -> tuple[str, ...]:
        """The files that a storage deleted, without those that were saved meanwhile."""
        saved = {each.target for each in self.seen if each.what == FILE_SAVED}
        deleted = [each.target for each in self.seen if each.what == FILE_DELETED]
        return tuple(dict.fromkeys(each for each in deleted if each not in saved))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON-ready data."""
        return asdict(self)


def with_receivers(rehearsed: Rehearsed, trace: Trace) -> Rehearsed:
    """The same, with the names of the receivers in which things happened."""
    groups = (rehearsed.mails, rehearsed.refused, rehearsed.seen)
    names = _names(trace, [each.where.span for group in groups for each in group])

    def told(found: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(
            replace(each, where=replace(each.where, receiver=names.get(each.where.span, "")))
            for each in found
        )

    return replace(
        rehearsed, mails=told(rehearsed.mails), refused=told(rehearsed.refused), seen=told(rehearsed.seen)
    )


def _names(trace: Trace, spans: Iterable[int]) -> dict[int, str]:
    wanted = {each for each in spans if each}
    dispatches = {dispatch_of(each) for each in wanted}
    found: dict[int, str] = {}
    for row in trace.rows() if wanted else ():
        if row[0] in dispatches:
            for call in trace.calls(row):
                if call.id in wanted:
                    found[call.id] = trace.receivers[call.receiver].name
    return found
