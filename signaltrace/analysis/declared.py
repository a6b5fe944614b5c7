"""What the source declares beside what is connected, stage *analysis*: what came of each declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.analysis.functions import Functions, is_plain
from signaltrace.analysis.paths import real, same_file
from signaltrace.analysis.references import References
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import (
    CODE,
    FUNCTION,
    LAMBDA,
    LOCAL_FUNCTION,
    NAME,
    PARTIAL,
    Connect,
    FunctionDef,
    SourceModule,
)
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED as WAS_CONNECTED
from signaltrace.history import Event

# What came of a declaration.
CONNECTED = "connected"
DEAD = "dead"  # it was connected, and its receiver is gone
WAITING = "waiting"  # for a model that does not exist
NEVER_IMPORTED = "never imported"
NOT_CONNECTED = "not connected"  # its module was imported, and its line must have been reached
NOT_REACHED = "not reached"  # its module was imported; whether its line was ever reached can't be told
NOT_TOLD = "undecided"  # the source does not say what is connected to what


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration with the names it comes to (None: undecided) and the connections that answer to it.

    ``elsewhere`` is set where the module was never imported and the connection stands all the same.
    """

    module: SourceModule
    connect: Connect
    signal: str | None
    sender: str | None
    receiver: str
    state: str
    connections: tuple[Connection, ...] = ()
    elsewhere: bool = False


def declared(facts: Facts, references: References | None = None) -> list[Declared]:
    """Every ``connect`` in the source, tests and migrations left out, in the order of files and lines."""
    judge = _Judge(facts, References(facts) if references is None else references)
    return [
        judge.judged(module, connect)
        for module in facts.source.modules
        if module.role == CODE
        for connect in module.connects
        if connect.action == "connect"
    ]


def receiver_name(connect: Connect, references: References) -> str:
    """The receiver as a view calls it where the source tells, else as it is written."""
    if connect.receiver.kind != NAME:
        return connect.receiver.text or connect.receiver_kind
    name = references.canonical(connect.receiver.name)
    return f"partial({name})" if connect.receiver_kind == PARTIAL else name


def is_sure_to_run(facts: Facts, module: SourceModule, connect: Connect) -> bool:
    """Whether the line is reached once the module is imported: it is in no function but a ready()."""
    if connect.conditional or connect.scope == "":
        return not connect.conditional
    names = {f"{name}.{connect.scope}" for name in (module.name, *module.loaded_as)}
    return any(f"{each.config}.ready" in names for each in facts.source.apps if each.config)


class _Judge:
    """What is looked up for every declaration."""

    def __init__(self, facts: Facts, references: References) -> None:
        self._facts = facts
        self._references = references
        self._functions = Functions(facts.source)
        self._made: dict[tuple[str, int], list[Event]] = {}
        for each in facts.history.events:
            if each.what == WAS_CONNECTED and each.site is not None:
                self._made.setdefault((real(each.site.file), each.site.line), []).append(each)

    def judged(self, module: SourceModule, connect: Connect) -> Declared:
        """A declaration and what came of it."""
        references = self._references
        signal, sender = references.signal(connect.signal), references.sender(connect.sender)
        receiver = receiver_name(connect, references)
        live = None if signal is None else references.connected(signal)
        function = self._function(module, connect)
        seen = [] if signal is None else self._seen(module, connect, signal, receiver, function)
        answers = () if live is None else tuple(self._answers(live, module, connect, receiver, seen))
        if any(each.alive for each in answers):
            state = CONNECTED
        elif answers:
            state = DEAD
        elif signal is None:
            state = NOT_TOLD
        elif any(
            each.signal == signal and each.receiver.name == receiver for each in self._facts.inventory.pending
        ):
            state = WAITING
        elif not module.loaded_as:
            state = NEVER_IMPORTED
        elif seen or not _would_be_known(connect, function):
            # What it connected goes by another name, or is gone: the history knows.
            state = NOT_TOLD
        else:
            state = NOT_CONNECTED if is_sure_to_run(self._facts, module, connect) else NOT_REACHED
        elsewhere = state == CONNECTED and not module.loaded_as
        return Declared(module, connect, signal, sender, receiver, state, answers, elsewhere)

    def _function(self, module: SourceModule, connect: Connect) -> FunctionDef | None:
        """The definition of the receiver, in whichever file it is."""
        found = self._functions.at(module.file, connect.receiver_line)
        if found is None and connect.receiver.kind == NAME:
            found = self._references.function(self._references.canonical(connect.receiver.name))
        return None if found is None else found[1]

    def _seen(
        self, module: SourceModule, connect: Connect, signal: str, receiver: str, function: FunctionDef | None
    ) -> list[Event]:
        """The connections the ledger saw this very line make; those of its other receivers left out."""
        lines = {connect.line}
        if connect.form == "decorator" and function is not None:
            lines.update(range(function.line, function.def_line + 1))
        path = real(module.file)
        found = [one for line in lines for one in self._made.get((path, line), ()) if one.signal == signal]
        if not found:
            return []
        others = {
            receiver_name(each, self._references)
            for each in module.connects
            if each.line == connect.line and each.action == "connect"
        } - {receiver}
        return [
            one
            for one in found
            if one.receiver.name not in others
            and self._references.may_be_sender(connect.sender, one.sender.name)
        ]

    def _answers(
        self,
        live: ConnectedSignal,
        module: SourceModule,
        connect: Connect,
        receiver: str,
        seen: list[Event],
    ) -> Iterator[Connection]:
        for each in live.connections:
            if (
                (_is_named(each, receiver) and not self._is_another_of_its_name(each, module, connect))
                or _is_at(each, module.file, connect.receiver_line)
                or _is_own_method(each, module, connect)
                or any(_is_made_by(each, event) for event in seen)
                or self._is_object(each, receiver)
            ) and self._references.may_be_sender(connect.sender, each.sender.name):
                yield each

    def _is_another_of_its_name(self, connection: Connection, module: SourceModule, connect: Connect) -> bool:
        """Whether it is a second function of the file that took the name of the first."""
        if connect.form != "decorator" or _is_at(connection, module.file, connect.receiver_line):
            return False
        other = self._functions.of(connection.receiver)
        mine = self._functions.at(module.file, connect.receiver_line)
        return other is not None and mine is not None and other[0] is mine[0] and other[1] is not mine[1]

    def _is_object(self, connection: Connection, receiver: str) -> bool:
        """Whether it may be what a module calls by this name: an object, or a method of one of its objects.

        ``shop.stock.alert`` of the source is ``shop.stock.LowStockAlert()`` in a process, and
        ``audit.trail.trail.saved`` is ``audit.trail.AuditTrail.saved``: the module is the same.
        """
        if connection.kind in ("", FUNCTION, LOCAL_FUNCTION, LAMBDA) or not connection.module:
            return False
        holder = self._references.module(receiver)
        if holder is None or connection.module not in (holder.name, *holder.loaded_as):
            return False
        rest = receiver[len(holder.name) + 1 :].split(".")
        if connection.receiver.name.endswith("()"):
            return len(rest) == 1 and self._references.function(receiver) is None
        return len(rest) == 2 and connection.receiver.name.endswith(f".{rest[1]}")


def _would_be_known(connect: Connect, function: FunctionDef | None) -> bool:
    """Whether a connection this line made would be there still, and be known for its own.

    Nothing keeps a temporary receiver; a decorator may have made something of a name of its own.
    """
    if connect.temporary or connect.receiver_kind == PARTIAL:
        return False
    if function is None:
        return connect.form == "decorator" and connect.receiver.kind == NAME
    if connect.receiver_kind in (LOCAL_FUNCTION, LAMBDA):
        return connect.weak is False
    return is_plain(function)


def _is_named(connection: Connection, receiver: str) -> bool:
    if connection.receiver.name == receiver:
        return True
    # a receiver of an object that is made on the spot goes by its class's name
    return bool(connection.module) and f"{connection.module}.{connection.qualname}" == receiver


def _is_at(connection: Connection, file: str, line: int | None) -> bool:
    if line is None or connection.receiver.line != line or connection.receiver.file is None:
        return False
    return same_file(connection.receiver.file, file)


def _is_own_method(connection: Connection, module: SourceModule, connect: Connect) -> bool:
    """Whether it is the method a class connects of its own object: ``signal.connect(self.saved)``."""
    owner, _, method = connect.receiver.text.partition(".")
    class_name = connect.scope.rpartition(".")[0]
    if (
        owner not in ("self", "cls")
        or not class_name
        or connection.module not in (module.name, *module.loaded_as)
    ):
        return False
    return connection.qualname == f"{class_name}.{method}"


def _is_made_by(connection: Connection, event: Event) -> bool:
    return (
        connection.receiver.name == event.receiver.name
        and connection.receiver.line == event.receiver.line
        and connection.sender.name == event.sender.name
        and connection.dispatch_uid == event.dispatch_uid
    )
