"""Who patched what over whom: a model of Signal's attributes, told by what was done and never by looking."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

from tests.capture.observing import METHODS

LIVE = "_live_receivers"
PATCHED = (*METHODS, LIVE, "_log_robust_failure")
WHOLE, OPAQUE, UNSEEN = "whole", "opaque", "unseen"


@dataclass(eq=False)
class Layer:
    """One function that stands, or stood, in an attribute: ``django``, ``ours`` or a ``tool``'s, and what
    was there when it came."""

    kind: str
    name: str
    function: Any
    below: Layer | None = None


class Layers:
    """The layer that stands in each attribute, and which of ours are still switched on."""

    def __init__(self) -> None:
        self.at = {name: Layer("django", name, vars(Signal)[name]) for name in PATCHED}
        self.own: dict[str, Layer] = {}

    def install(self) -> None:
        """We have gone in, over whatever was there."""
        for name in PATCHED:
            self.own[name] = Layer("ours", name, vars(Signal)[name], self.at[name])
        self.at.update(self.own)

    def uninstall(self) -> None:
        """We have gone out: where another stands over us it stays, and ours below it only passes on."""
        for name, layer in self.own.items():
            if self.at[name] is layer and layer.below is not None:
                self.at[name] = layer.below
        self.own = {}

    def wrap(self, name: str, seen: list[str]) -> Layer:
        """Another tool goes in: it notes the call and passes it on."""
        below = self.at[name]
        self.at[name] = Layer("tool", name, _wrapper(name, below.function, seen), below)
        setattr(Signal, name, self.at[name].function)
        return self.at[name]

    def unwrap(self, tool: Layer) -> None:
        """The tool puts back what it found, whatever is there now."""
        assert tool.below is not None
        self.at[tool.name] = tool.below
        setattr(Signal, tool.name, tool.below.function)

    def reached(self, layer: Layer) -> Layer | None:
        """The layer of ours, still on, that a call of this one comes to."""
        step: Layer | None = layer
        while step is not None and step is not self.own.get(layer.name):
            step = step.below
        return step

    def tools(self, layer: Layer) -> int:
        """How many tools a call of this one goes through."""
        return (layer.kind == "tool") + (0 if layer.below is None else self.tools(layer.below))

    def seen(self, layer: Layer) -> tuple[str, bool]:
        """How a dispatch by this function is seen, and whether its async receivers are timed."""
        ours, live = self.reached(layer), self.at[LIVE]
        if ours is None:
            # Django's own method, past ours: it is seen where it asks ours for receivers itself, and was
            # there to be known when we came
            met = self.own.get(layer.name)
            known = met is not None and met.below is not None and met.below.kind == "django"
            return (OPAQUE if known and live is self.own.get(LIVE) else UNSEEN), False
        assert ours.below is not None
        over_django = ours.below.kind == "django"
        if over_django and not layer.name.startswith("a"):
            return WHOLE, True
        # even one of ours that is off answers what another of ours has announced
        return (WHOLE if _is_there(live) else UNSEEN), over_django


def _is_there(layer: Layer | None) -> bool:
    """Whether any of ours is in the way of a call, on or off."""
    return layer is not None and (layer.kind == "ours" or _is_there(layer.below))


def _wrapper(name: str, inner: Any, seen: list[str]) -> Any:
    if name.startswith("a"):

        @functools.wraps(inner)
        async def tool(*args: Any, **kwargs: Any) -> Any:
            seen.append(name)
            return await inner(*args, **kwargs)

        return tool

    @functools.wraps(inner)
    def tool(*args: Any, **kwargs: Any) -> Any:  # type: ignore[no-redef]
        seen.append(name)
        return inner(*args, **kwargs)

    return tool
