"""A rehearsal in a few lines for the trace that was recorded of it, stage *analysis*: so that a file says
what it is of, long after what was printed is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signaltrace.analysis.rehearsed import Rehearsed, Seen

_MOST = 3


def undone(told: Rehearsed) -> str:
    """``rolled back in default, NOT in archive``."""
    sure = [each for each in told.aliases if each not in told.not_undone]
    parts = [f"rolled back in {', '.join(sure)}"] if sure else []
    return ", ".join(parts + ([f"NOT in {', '.join(told.not_undone)}"] if told.not_undone else []))


def notes_of(told: Rehearsed) -> list[str]:
    """One line each: what was done and what became of it, mail, callbacks, refusals, what is not undone."""
    lines = [_first(told), *told.troubles, *told.notes]
    if told.mails:
        subjects = _few(each.subject or "(no subject)" for each in told.mails)
        lines.append(f"Mail of the rehearsal: {len(told.mails):,} kept in memory, not sent: {subjects}.")
    waiting = [] if told.kept else [each.name for each in told.callbacks if not each.ran]
    if waiting:
        lines.append(f"Given to on_commit, and not run: {_few(waiting)}.")
    if told.refused:
        targets = _few(f"{each.what} {each.target}" for each in told.refused)
        lines.append(f"Refused by the rehearsal, {_times(len(told.refused))}: {targets}.")
    if told.seen:
        lines.append(f"Not undone: {_few(_happened(told.seen))}.")
    return lines


def _first(told: Rehearsed) -> str:
    title = "Kept" if told.kept else "Rehearsal"
    became = f"committed in {', '.join(told.aliases)}" if told.kept else undone(told)
    if not told.ending:
        return f"{title}: {told.doing}, {became}."
    who = f"{told.doing}: a callback of on_commit" if told.in_callback else told.doing
    return f"{title}: {who} raised {told.ending}; {became}."


def _few(names: Iterable[str]) -> str:
    """Each once, the first of them by name."""
    found: Sequence[str] = list(dict.fromkeys(names))
    more = f" and {len(found) - _MOST:,} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


def _happened(seen: Iterable[Seen]) -> Iterable[str]:
    return (f"{each.what} {each.target}".rstrip() for each in seen)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
