"""What a trace saw of one receiver and of its signals, stage *analysis*: sent, called, stopped, muted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from signaltrace.analysis.references import References
from signaltrace.analysis.spans import has_failed, is_orphaned
from signaltrace.analysis.why.target import Target
from signaltrace.analysis.words import describe_value
from signaltrace.rows import Row
from signaltrace.span import arguments_dict
from signaltrace.trace import RAISED, CallSite, ErrorInfo, ReceiverInfo, Trace

# Call sites that are told apart per sender: enough to show, whatever the length of the trace.
_MOST_SITES = 50


@dataclass(slots=True)
class SentBy:
    """One signal as one sender sent it, and what became of the receiver in it.

    ``more_than_once`` are dispatches that called it several times, ``stopped_by`` the receivers that raised
    before its turn, with what they raised; ``raised`` what it raised itself, by the method that sent.
    """

    sent: int = 0
    called: int = 0
    failed: int = 0
    not_called: int = 0
    muted: int = 0
    more_than_once: int = 0
    sites: Counter[CallSite] = field(default_factory=Counter)
    stopped_by: Counter[tuple[ReceiverInfo, ErrorInfo | None]] = field(default_factory=Counter)
    raised: Counter[tuple[str, ErrorInfo | None]] = field(default_factory=Counter)
    instances: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Observed:
    """By signal, and in it by sender. ``dropped`` counts spans the trace did not keep."""

    by_signal: dict[str, dict[str, SentBy]]
    dropped: int = 0
    title: str = ""

    def of(self, signal: str) -> dict[str, SentBy]:
        """By sender, what was seen of a signal; empty where it was never sent."""
        return self.by_signal.get(signal, {})


def observe(trace: Trace, target: Target, signals: Iterable[str], references: References) -> Observed:
    """One pass over a trace for a receiver and the signals it is meant to hear."""
    return _Pass(trace, target, set(signals), references).observed()


class _Pass:
    """Adds up the rows of a trace that are of the signals asked for."""

    def __init__(self, trace: Trace, target: Target, signals: set[str], references: References) -> None:
        self._trace = trace
        self._ours = {index for index, each in enumerate(trace.receivers) if was_target(target, each)}
        self._names = [canonical_signal(each.name, references) for each in trace.signals]
        self._wanted = [self._names[signal] in signals for _, signal, _ in trace.routes]
        self._signals = signals
        self._unheard: dict[tuple[int, int], int] = {}
        self._found: dict[str, dict[str, SentBy]] = {}

    def observed(self) -> Observed:
        """What was seen, dropped spans included as far as they are told apart."""
        trace = self._trace
        for row in trace.rows():
            if self._wanted[row[2]]:
                self._add(row)
        for route, number in trace.tally.routes.items():
            if self._wanted[route]:
                _, signal, sender = trace.routes[route]
                self._of(signal, sender).sent += number
        for signal, sender, number in trace.orphaned:
            # Recorded one by one or only counted, never both.
            missed = number - self._unheard.get((signal, sender), 0)
            if missed > 0 and self._names[signal] in self._signals:
                self._of(signal, sender).sent += missed
        return Observed(self._found, trace.dropped, " ".join(trace.argv))

    def _of(self, signal: int, sender: int) -> SentBy:
        by_sender = self._found.setdefault(self._names[signal], {})
        return by_sender.setdefault(self._trace.senders[sender].name, SentBy())

    def _add(self, row: Row) -> None:
        _, signal, sender = self._trace.routes[row[2]]
        seen, extra = self._of(signal, sender), row[9] or {}
        times = sum(index in self._ours for index in row[7][::3])
        seen.called += times
        if extra:
            self._add_rare(seen, row, extra)
        if "late" in extra:
            return  # its dispatch was counted when it ended
        seen.sent += 1
        seen.more_than_once += times > 1
        if is_orphaned(row):
            key = (signal, sender)
            self._unheard[key] = self._unheard.get(key, 0) + 1
        site = self._trace.sites[row[3]]
        if site is not None and (site in seen.sites or len(seen.sites) < _MOST_SITES):
            seen.sites[site] += 1
        instance = _instance(row)
        if instance and (instance in seen.instances or len(seen.instances) < _MOST_SITES):
            seen.instances[instance] += 1

    def _add_rare(self, seen: SentBy, row: Row, extra: dict[str, object]) -> None:
        """Who failed, who was passed over, who was muted."""
        trace = self._trace
        calls = trace.calls(row) if "outcomes" in extra and "late" not in extra else ()
        method = trace.routes[row[2]][0]
        for call in calls:
            if call.receiver in self._ours and has_failed(call):
                seen.failed += 1
                seen.raised[method, ErrorInfo(*call.error) if call.error else None] += 1
        seen.muted += _count(self._ours, extra.get("muted"))
        passed_over = _count(self._ours, extra.get("not_called"))
        seen.not_called += passed_over
        for call in calls if passed_over else ():
            if call.outcome == RAISED:
                error = ErrorInfo(*call.error) if call.error else None
                seen.stopped_by[trace.receivers[call.receiver], error] += 1


def was_target(target: Target, receiver: ReceiverInfo) -> bool:
    """Whether a receiver that was recorded, here or on another machine, is the one that is meant."""
    return target.is_at(receiver.file, receiver.line) or receiver.name in target.names


def canonical_signal(name: str, references: References) -> str:
    """A signal of a trace as the inventory of now calls it."""
    live = references.connected(name)
    return name if live is None else live.signal.name


def _count(ours: set[int], indexes: object) -> int:
    return sum(each in ours for each in indexes) if isinstance(indexes, Sequence) else 0


def _instance(row: Row) -> str:
    """The model instance a dispatch was about, ``shop.Order pk=5``."""
    value = arguments_dict(row[8]).get("instance") if row[8] is not None else None
    return describe_value(value) if isinstance(value, dict) and "pk" in value else ""
