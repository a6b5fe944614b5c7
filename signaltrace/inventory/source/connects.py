"""``@receiver(…)``, ``signal.connect(…)`` and ``signal.disconnect(…)``, stage *inventory*."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.declarations import NAME, NOTHING, UNDECIDED, Connect, Reference, SendCall
from signaltrace.inventory.source.arguments import Arguments
from signaltrace.inventory.source.flow import CONNECTS, SENDS, Definition, Site
from signaltrace.inventory.source.loops import Element, Loops
from signaltrace.inventory.source.names import Names, Turn
from signaltrace.inventory.source.receivers import Received, Receivers
from signaltrace.inventory.source.scopes import Scope

_CONNECT = ("receiver", "sender", "weak", "dispatch_uid")
_DISCONNECT = ("receiver", "sender", "dispatch_uid")
# Keywords that nothing but a signal takes; a text as the sender is a letter's.
_TELLING = ("sender", "dispatch_uid", "weak")


@dataclass(frozen=True, slots=True)
class Written:
    """A Connect, and the name of what decorates; "" for a call of a signal's method."""

    connect: Connect
    decorator: str = ""


class Connects:
    """Reads the connects of one module. Whether a name is a signal is decided when all modules are read."""

    def __init__(self, names: Names, receivers: Receivers) -> None:
        self._names = names
        self._receivers = receivers
        self._loops = Loops(names)

    def decorated(self, definition: Definition) -> Iterator[Written]:
        """The decorators of a function or class that may be Django's ``receiver``, one for each signal."""
        for decorator in definition.node.decorator_list:
            if not isinstance(decorator, ast.Call):
                continue
            kind, name = self._names.decide(decorator.func, definition.scope, {})
            if kind != NAME or not f".{name}".endswith(".receiver"):
                continue
            received = self._receivers.defined(definition)
            for connect in self._of_decorator(decorator, definition, received):
                yield Written(connect, name)

    def _of_decorator(self, call: ast.Call, definition: Definition, received: Received) -> Iterator[Connect]:
        arguments = Arguments(call, ("signal",))
        given = arguments.node("signal")
        turns, decided = self._loops.turns(definition.flow)
        seen: set[Connect] = set()
        for turn in turns:
            for node, scope in self._signals(given, definition.scope, turn):
                signal = (
                    self._names.reference(node, scope, turn) if node is not None else Reference(UNDECIDED)
                )
                connect = Connect(
                    action="connect",
                    form="decorator",
                    signal=signal,
                    receiver=received.reference,
                    receiver_kind=received.kind,
                    receiver_line=received.line,
                    temporary=received.temporary,
                    sender=arguments.sender(self._names, definition.scope, turn),
                    dispatch_uid=arguments.uid(self._names, definition.scope, turn),
                    weak=arguments.weak(self._names, definition.scope, turn),
                    line=call.lineno,
                    scope=function_of(definition.scope),
                    conditional=definition.flow.conditional or not decided,
                )
                if connect not in seen:
                    seen.add(connect)
                    yield connect

    def _signals(
        self, given: ast.expr | None, scope: Scope, turn: Turn
    ) -> list[tuple[ast.expr | None, Scope]]:
        """One signal, or those of a list that is written out: ``receiver`` takes a list and a tuple."""
        if given is None:
            return [(None, scope)]
        found: list[Element] | None = self._loops.elements(given, scope, turn)
        return [(given, scope)] if found is None else [*found]

    def called(self, site: Site) -> Iterator[Connect]:
        """A call of ``connect`` or ``disconnect`` of what may be a signal, one for each turn of its loops."""
        action = site.method
        arguments = Arguments(site.call, _CONNECT if action == "connect" else _DISCONNECT)
        if action == "connect" and "receiver" not in arguments and arguments.whole:
            return  # a signal has to be given what it connects
        turns, decided = self._loops.turns(site.flow)
        seen: set[Connect] = set()
        for turn in turns:
            signal = self._names.reference(site.target, site.scope, turn)
            if not self._may_be(signal, site):
                continue
            node = arguments.node("receiver")
            if node is not None:
                received = self._receivers.told(node, site.scope, turn, site.call.lineno)
            else:
                received = Received(Reference(NOTHING if arguments.whole else UNDECIDED))
            connect = Connect(
                action=action,
                form="call",
                signal=signal,
                receiver=received.reference,
                receiver_kind=received.kind,
                receiver_line=received.line,
                temporary=received.temporary,
                sender=arguments.sender(self._names, site.scope, turn),
                dispatch_uid=arguments.uid(self._names, site.scope, turn),
                weak=arguments.weak(self._names, site.scope, turn) if action == "connect" else None,
                line=site.call.lineno,
                scope=function_of(site.scope),
                conditional=site.flow.conditional or not decided,
            )
            if connect not in seen:
                seen.add(connect)
                yield connect

    def sent(self, site: Site) -> Iterator[SendCall]:
        """A call of one of the four ways to send, of what may be a signal."""
        arguments = Arguments(site.call, ("sender",))
        seen: set[SendCall] = set()
        for turn in self._loops.turns(site.flow)[0]:
            signal = self._names.reference(site.target, site.scope, turn)
            if not self._may_be(signal, site):
                continue
            sender = arguments.sender(self._names, site.scope, turn)
            call = SendCall(signal, site.method, sender, site.call.lineno, function_of(site.scope))
            if call not in seen:
                seen.add(call)
                yield call

    def _may_be(self, signal: Reference, site: Site) -> bool:
        """Whether what a method is called on can be a signal.

        Every name may be one until all files are read. What is undecided must look like one: a keyword that
        only signals take, or a loop variable, parameter or attribute that is called a signal.
        """
        if signal.kind != UNDECIDED:
            return signal.kind == NAME
        if any(each.arg in _TELLING and not _is_text(each.value) for each in site.call.keywords):
            return True
        target = site.target
        if isinstance(target, ast.Attribute):
            return _is_called_signal(target.attr)
        if not isinstance(target, ast.Name):
            return False
        if _is_called_signal(target.id):
            return True
        over = [each.iterable for each in site.flow.loops if _binds(each.target, target.id)]
        return any("signal" in self._names.text.of(each).lower() for each in over)


def reads(site: Site) -> bool:
    """Whether a call is one of those that are read here."""
    return site.method in CONNECTS or site.method in SENDS


def _is_called_signal(name: str) -> bool:
    return name.lower().rpartition("_")[2] in ("signal", "sig")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(target))


def function_of(scope: Scope) -> str:
    """The qualname of the function that runs what is written in a scope; "" for the module's own lines."""
    function = scope.function()
    return "" if function is None else function.qualname
