"""What the stateful test sends: four signals, what each returns, and the tree that each has to leave."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.dispatch import Signal

from tests.capture.kinds import Failure
from tests.random_programs.layers import LIVE, OPAQUE, Layer, Layers
from tests.random_programs.recordings import Tree

Build = Callable[[list[Tree]], Tree]


class Signals:
    """The signals with their receivers. ``action`` is what the receiver of ``acting`` does; ``nesting`` is
    told of each dispatch that a receiver is about to send."""

    def __init__(self) -> None:
        self.action: Callable[[], None] | None = None
        self.nesting: Callable[[str], None] | None = None
        self.made = {name: Signal() for name in ("heard", "failing", "acting", "nobody", "inner")}

        def plain(**kwargs: Any) -> str:
            return "plain"

        def nests(sender: str, **kwargs: Any) -> str:
            if self.nesting is not None:
                self.nesting(f"{sender} inside")
            return str(len(self.made["inner"].send(f"{sender} inside", number=5)))

        def fails(**kwargs: Any) -> None:
            raise Failure("failed", 5)

        def acts(**kwargs: Any) -> str:
            if self.action is not None:
                self.action()
            return "acts"

        async def aplain(**kwargs: Any) -> str:
            return "aplain"

        self.receivers = {
            "heard": [plain, nests, aplain],
            "failing": [fails, plain],
            "acting": [acts, nests],
            "nobody": [],
            "inner": [plain],
        }
        for name, receivers in self.receivers.items():
            for each in receivers:
                self.made[name].connect(each, weak=False)

    def result(self, name: str, call: Callable[[], Any]) -> Any:
        """What a dispatch returned or raised, as it can be compared with another."""
        try:
            responses = call()
        except Exception as error:
            return type(error), error.args
        return [(self.receivers[name].index(each), _value(value)) for each, value in responses]


def _value(value: Any) -> Any:
    return (type(value), value.args) if isinstance(value, Exception) else value


class Expected:
    """The trees of one dispatch and of what was sent in it, as they have to be by the layers of now."""

    def __init__(self, layers: Layers, called: Counter[str]) -> None:
        """``called`` counts the calls that other tools have to see."""
        self.layers = layers
        self.called = called

    def inner(self, sender: str) -> tuple[str, Tree]:
        """The dispatch that ``nests`` sends: how it is seen, and its tree."""
        layer = self.layers.at["send"]
        seen, _ = self.of(layer, asks=True)
        return seen, (sender, "send", "ok", seen == OPAQUE, [], [("plain", "ok", [])])

    def of(self, layer: Layer, asks: bool) -> tuple[str, bool]:
        """How a dispatch by this function is seen; ``asks`` whether it comes to look for receivers."""
        self.called[layer.name] += self.layers.tools(layer)
        if asks:
            self.called[LIVE] += self.layers.tools(self.layers.at[LIVE])
        return self.layers.seen(layer)

    def outer(self, signal: str, layer: Layer, sender: str) -> tuple[str, Build]:
        """A dispatch of ``heard``, ``failing`` or ``acting``: how it is seen, and its tree, given what was
        seen inside of it."""
        seen, timed = self.of(layer, asks=True)
        return seen, functools.partial(_tree, signal, layer.name, sender, seen == OPAQUE, timed)

    def orphan(self, layer: Layer) -> bool:
        """A dispatch of ``nobody``: whether it is seen. Django asks for no receivers where there are none."""
        self.of(layer, asks=False)
        return self.layers.reached(layer) is not None


def _tree(signal: str, method: str, sender: str, opaque: bool, timed: bool, inside: list[Tree]) -> Tree:
    robust = method.endswith("robust")
    outcome, missing = "ok", list[str]()
    calls: list[Tree] = [("plain", "ok", [])]
    if signal == "failing" and robust:  # in a loop that is not ours nobody can see who was caught
        calls.insert(0, ("fails", "ok" if opaque else "returned_error", []))
    elif signal == "failing":
        calls = [("fails", "unknown" if opaque else "raised", [])]
        if not opaque:
            outcome, missing = "raised", ["plain"]
    elif signal == "acting":
        calls = [("acts", "ok", []), ("nests", "ok", inside)]
    else:
        calls += [("nests", "ok", inside), ("aplain", "ok" if timed else "unknown", [])]
    return sender, method, outcome, opaque, missing, calls
