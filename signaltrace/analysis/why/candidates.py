"""All that could be a receiver, stage *analysis*: of the source, of what is connected, of the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from signaltrace.analysis.declared import Declared
from signaltrace.analysis.paths import real
from signaltrace.analysis.why.target import Target
from signaltrace.declarations import CODE, LAMBDA, FunctionDef, SourceModule
from signaltrace.facts import Facts
from signaltrace.trace import ReceiverInfo

_COLLECTED = "collected receiver"


@dataclass(slots=True)
class _Draft:
    """A target while it is put together."""

    names: dict[str, None] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    kind: str = ""
    module: SourceModule | None = None
    function: FunctionDef | None = None
    lines: dict[tuple[str, int], None] = field(default_factory=dict)
    receives: bool = False
    mine: bool = False

    def finished(self) -> Target:
        """The target."""
        own = None if self.module is None or self.function is None else _name(self.module, self.function)
        # What is connected goes by the name the other commands show, unless its file has two.
        names = (
            sorted(self.names, key=lambda each: each != own) if _is_double(self.names, own) else self.names
        )
        return Target(
            names=tuple(names),
            file=self.file,
            line=self.line,
            end_line=None if self.function is None else self.function.end_line,
            kind=self.kind,
            module=self.module,
            function=self.function,
            lines=tuple(self.lines),
            receives=self.receives,
            mine=self.mine,
        )


def candidates(facts: Facts, declarations: Sequence[Declared]) -> list[Target]:
    """Every function, method and object that is known, what is connected first."""
    return _Gathering(facts, declarations).targets()


class _Gathering:
    """Targets by place, by name where there is no place."""

    def __init__(self, facts: Facts, declarations: Sequence[Declared]) -> None:
        self._by_place: dict[tuple[str, int], _Draft] = {}
        self._by_name: dict[str, _Draft] = {}
        self._functions: dict[tuple[str, int], tuple[SourceModule, FunctionDef]] = {}
        self._named: dict[str, tuple[SourceModule, FunctionDef]] = {}
        for module in facts.source.modules:
            for function in module.functions:
                for line in (function.line, function.def_line):
                    self._functions.setdefault((real(module.file), line), (module, function))
                self._named.setdefault(_name(module, function), (module, function))
        self._of_inventory(facts)
        for each in declarations:
            self._declared(each)
        for event in facts.history.events:
            self._receiver(event.receiver, "")
        self._of_source(facts)
        known = {name for each in self._drafts() for name in each.names}
        for receiver in () if facts.trace is None else facts.trace.receivers:
            # recorded from another folder, or before its file was changed, it is at another place
            if receiver.name not in known:
                self._receiver(receiver, "")

    def targets(self) -> list[Target]:
        """All of them."""
        return [each.finished() for each in self._drafts() if each.names]

    def _drafts(self) -> list[_Draft]:
        return [*self._by_place.values(), *self._by_name.values()]

    def _of_inventory(self, facts: Facts) -> None:
        for signal in facts.inventory.signals:
            for connection in signal.connections:
                self._receiver(connection.receiver, connection.kind)
        for pending in facts.inventory.pending:
            self._receiver(pending.receiver, "")

    def _of_source(self, facts: Facts) -> None:
        for module in facts.source.modules:
            for function in module.functions if module.role == CODE else ():
                draft = self._draft(module.file, function.line, _name(module, function))
                draft.names.setdefault(_name(module, function))
                draft.mine = draft.mine or module.mine

    def _receiver(self, receiver: ReceiverInfo, kind: str) -> None:
        if receiver.name == _COLLECTED:
            return
        draft = self._draft(receiver.file, receiver.line, receiver.name)
        draft.names.setdefault(receiver.name)
        draft.receives = True
        draft.kind = draft.kind or kind
        draft.mine = draft.mine or receiver.mine

    def _declared(self, declared: Declared) -> None:
        connect, module = declared.connect, declared.module
        draft = self._known(declared)
        if draft is None:
            return
        draft.receives = True
        draft.mine = draft.mine or module.mine
        draft.kind = draft.kind or connect.receiver_kind
        draft.lines.setdefault((module.file, connect.line))

    def _known(self, declared: Declared) -> _Draft | None:
        """What a declaration connects: by the connection that answers to it, its own place, or its name."""
        for connection in declared.connections:
            receiver = connection.receiver
            if receiver.name != _COLLECTED:
                return self._draft(receiver.file, receiver.line, receiver.name)
        if declared.connect.receiver_line is not None:
            draft = self._draft(declared.module.file, declared.connect.receiver_line, declared.receiver)
            if not draft.names:
                draft.names.setdefault(_written(declared))
            return draft
        plain = declared.receiver.removeprefix("partial(").removesuffix(")")
        if not plain or not all(part.isidentifier() for part in plain.split(".")):
            return None
        if plain in self._named:
            module, function = self._named[plain]
            draft = self._draft(module.file, function.line, plain)
        else:
            draft = self._draft(None, None, plain)
        draft.names.setdefault(plain)
        return draft

    def _draft(self, file: str | None, line: int | None, name: str) -> _Draft:
        if file is None or line is None:
            return self._by_name.setdefault(name, _Draft())
        module, function = self._functions.get((real(file), line), (None, None))
        key = (real(file), line if function is None else function.line)
        draft = self._by_place.get(key)
        if draft is None:
            draft = self._by_place[key] = _Draft(file=file, line=key[1], module=module, function=function)
        return draft


def _name(module: SourceModule, function: FunctionDef) -> str:
    return f"{module.name}.{function.qualname}" if module.name else function.qualname


def _written(declared: Declared) -> str:
    """The name of a receiver that was never seen alive, as it would be given to it."""
    connect = declared.connect
    if connect.receiver_kind == LAMBDA:
        return f"<lambda> at {declared.module.name.replace('.', '/')}.py:{connect.receiver_line}"
    return declared.receiver


def _is_double(names: dict[str, None], own: str | None) -> bool:
    """Whether several names differ in their module alone: one file under two names."""
    if own is None or own not in names or len(names) < 2:
        return False
    return all(each.endswith(f".{own.rpartition('.')[2]}") for each in names)
