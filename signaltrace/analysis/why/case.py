"""One receiver, one signal, one sender, stage *analysis*: all that is known of that one connection.

It may never have come about: it is declared in the source, waits for a model, or was seen to be made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from signaltrace.analysis.declared import NEVER_IMPORTED, Declared
from signaltrace.analysis.functions import is_plain
from signaltrace.analysis.imports import Imports
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.paths import real
from signaltrace.analysis.references import References
from signaltrace.analysis.why.observed import Observed
from signaltrace.analysis.why.target import Target
from signaltrace.connections import ConnectedSignal, Connection, Pending
from signaltrace.declarations import LABEL, UNDECIDED
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, DIED, NOT_FOUND, SENDER_COLLECTED, WAITING, Event
from signaltrace.trace import ReceiverInfo

MODEL_SIGNALS = "django.db.models.signals."
# What the ledger calls a sender it has to find out yet, and the name of a model alike.
_UNDECIDED_SENDER = ""
# What the inventory calls a sender that is gone.
COLLECTED_SENDER = "collected sender"


@dataclass(frozen=True)
class Project:
    """What is the same for every case: the facts, their names, their declarations."""

    facts: Facts
    references: References
    declarations: tuple[Declared, ...]

    @cached_property
    def imports(self) -> Imports:
        """Who imports whom."""
        return Imports(self.facts.source)


@dataclass(frozen=True)
class Case:
    """``signal`` and ``sender`` are names as the inventory has them, "" where that is undecided.

    ``expected`` is the sender the user says it should run for, "" if they do not. ``connections`` has dead
    ones too. ``events`` are in the order of happening.
    """

    project: Project
    target: Target
    signal: str
    sender: str
    live_signal: ConnectedSignal | None = None
    declarations: tuple[Declared, ...] = ()
    connections: tuple[Connection, ...] = ()
    pending: tuple[Pending, ...] = ()
    events: tuple[Event, ...] = ()
    expected: str = ""
    observed: Observed | None = None

    @property
    def facts(self) -> Facts:
        """The project's facts."""
        return self.project.facts

    @property
    def alive(self) -> tuple[Connection, ...]:
        """The connections Django calls."""
        return tuple(each for each in self.connections if each.alive)

    @property
    def of_models(self) -> bool:
        """Whether it is one of the signals that models send."""
        return self.signal.startswith(MODEL_SIGNALS)

    @property
    def about(self) -> bool:
        """Whether anything at all connects the receiver here, or tried to."""
        return bool(self.declarations or self.connections or self.pending or self.events)

    @property
    def imported(self) -> tuple[Declared, ...]:
        """The declarations whose module was imported."""
        return tuple(each for each in self.declarations if each.state != NEVER_IMPORTED)


@dataclass(slots=True)
class _Parts:
    declarations: list[Declared]
    connections: list[Connection]
    pending: list[Pending]
    events: list[Event]


def cases_of(project: Project, target: Target) -> list[Case]:
    """Every signal and sender the target is, was, or is to be connected for; in order of appearance."""
    return _Cases(project, target).cases()


class _Cases:
    def __init__(self, project: Project, target: Target) -> None:
        self._project = project
        self._target = target
        self._parts: dict[tuple[str, str], _Parts] = {}
        # Models are told by label in any case: the registry's spelling first, then the source's.
        self._models = {each.label.casefold(): each.label for each in project.facts.models}
        for each in project.declarations:
            if each.sender is not None and each.connect.sender.kind == LABEL:
                self._models.setdefault(each.sender.casefold(), each.sender)
        for event in project.facts.history.events:
            if event.what == WAITING:
                self._models.setdefault(event.sender.name.casefold(), event.sender.name)

    def cases(self) -> list[Case]:
        """All of them, each with what belongs to it."""
        project, target = self._project, self._target
        mine = [each for each in project.declarations if declares(each, target)]
        for signal in project.facts.inventory.signals:
            for connection in signal.connections:
                if is_target(target, connection.receiver):
                    self._at(signal.signal.name, connection.sender.name).connections.append(connection)
        lines = {(real(each.module.file), each.connect.line): each for each in mine}
        for pending in project.facts.inventory.pending:
            if is_target(target, pending.receiver):
                self._at(pending.signal, self._label(pending.sender)).pending.append(pending)
        for event in project.facts.history.events:
            self._event(event, lines)
        for each in mine:
            self._declared(each)
        for each in mine:
            self._dead(each)
        self._unite()
        live = {each.signal.name: each for each in project.facts.inventory.signals}
        return [
            Case(
                project=project,
                target=target,
                signal=signal,
                sender=sender,
                live_signal=live.get(signal),
                declarations=tuple(parts.declarations),
                connections=tuple(parts.connections),
                pending=tuple(parts.pending),
                events=tuple(parts.events),
            )
            for (signal, sender), parts in self._parts.items()
        ]

    def _unite(self) -> None:
        """What is left of a connection whose sender is gone belongs to the one that was seen to be made."""
        for signal, sender in [key for key in self._parts if key[1] == COLLECTED_SENDER]:
            for key, parts in self._parts.items():
                gone = any(each.what == DIED and each.reason == SENDER_COLLECTED for each in parts.events)
                if key[0] == signal and key[1] != sender and gone:
                    left = self._parts.pop((signal, sender))
                    parts.connections += [each for each in left.connections if each not in parts.connections]
                    parts.declarations += [
                        each for each in left.declarations if each not in parts.declarations
                    ]
                    break

    def _at(self, signal: str, sender: str) -> _Parts:
        return self._parts.setdefault((signal, sender), _Parts([], [], [], []))

    def _label(self, sender: str) -> str:
        """The label of a model in the case it is known by."""
        return self._models.get(sender.casefold(), sender)

    def _event(self, event: Event, lines: dict[tuple[str, int], Declared]) -> None:
        if event.what == NOT_FOUND:
            return  # a disconnect that changed nothing
        site = event.site
        known = None if site is None else lines.get((real(site.file), site.line))
        ours = is_target(self._target, event.receiver)
        if not ours and (known is None or known.signal not in (None, event.signal)):
            return
        if not ours and known is not None and _has_own_place(known, event, self._target):
            return
        sender = self._label(event.sender.name) if event.what == WAITING else event.sender.name
        parts = self._at(event.signal, sender)
        parts.events.append(event)
        if not ours:
            live = self._project.references.connected(event.signal)
            parts.connections += [
                each
                for each in (() if live is None else live.connections)
                if each.receiver == event.receiver
                and each.sender.name == sender
                and each not in parts.connections
            ]

    def _declared(self, each: Declared) -> None:
        signal = each.signal or each.connect.signal.text
        known = {
            key
            for key, parts in self._parts.items()
            if key[0] == signal
            and (any(one in each.connections for one in parts.connections) or _saw(parts, each))
        }
        sender = _UNDECIDED_SENDER if each.sender is None else self._label(each.sender)
        if each.connect.sender.kind != UNDECIDED and (signal, sender) in self._parts:
            known.add((signal, sender))
        for key in known or {(signal, sender)}:
            self._at(*key).declarations.append(each)

    def _dead(self, each: Declared) -> None:
        """What a declaration made, and nobody can say any more whose it was."""
        for parts in self._parts.values():
            if each in parts.declarations:
                dead = [one for one in each.connections if not one.alive and one not in parts.connections]
                parts.connections += dead


def is_target(target: Target, receiver: ReceiverInfo) -> bool:
    """Whether a receiver of this process is the one that is meant: by its place, by its name without one."""
    if receiver.file is None or receiver.line is None or target.file is None:
        return receiver.name in target.names
    return target.is_at(receiver.file, receiver.line)


def declares(declared: Declared, target: Target) -> bool:
    """Whether it is this receiver that a declaration connects."""
    if any(is_target(target, each.receiver) for each in declared.connections):
        return True
    if declared.connect.receiver_line is not None:
        return target.is_at(declared.module.file, declared.connect.receiver_line)
    name = declared.receiver.removeprefix("partial(").removesuffix(")")
    return name in target.names


def is_sender_gone(case: Case) -> bool:
    """Whether the object it was connected for is no more, and the connection with it."""
    last = next((each for each in reversed(case.events) if each.what in (DIED, CONNECTED)), None)
    gone = last is not None and last.reason == SENDER_COLLECTED
    return gone or any(each.sender.name == COLLECTED_SENDER for each in case.connections)


def is_any(sender: str) -> bool:
    """Whether a connection for it hears every sender."""
    return sender == ANY_SENDER


def _saw(parts: _Parts, each: Declared) -> bool:
    """Whether the history has something of that very line."""
    place = (real(each.module.file), each.connect.line)
    return any(
        event.site is not None and (real(event.site.file), event.site.line) == place for event in parts.events
    )


def _has_own_place(declared: Declared, event: Event, target: Target) -> bool:
    """Whether the line connects several receivers, and this event is of another of them."""
    if event.receiver.line is None:
        return False
    # What a decorator without functools.wraps made of a function is written elsewhere.
    return declared.connect.form != "decorator" or not hidden_by(target)


def hidden_by(target: Target) -> tuple[str, ...]:
    """The decorators that may have put something else in the function's place."""
    if target.function is None or is_plain(target.function):
        return ()
    named = target.function.decorators
    return tuple(each for each in named if each.partition("(")[0].rpartition(".")[2] != "receiver")


def sequence_of(cases: Sequence[Case]) -> list[str]:
    """The signals of cases, each once."""
    return list(dict.fromkeys(each.signal for each in cases))
