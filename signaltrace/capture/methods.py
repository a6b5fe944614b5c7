"""Which method asks for receivers, stage *capture*: to tell a subclass's own dispatch from a look."""

from __future__ import annotations

from types import CodeType, FunctionType

from signaltrace.internals import django_signal_class

# These ask, but do not dispatch.
_LOOKS = frozenset({"has_listeners", "_live_receivers"})
MAX_CODES = 10_000


class Methods:
    """Code objects of methods that Signal subclasses define, by name; None for any other code."""

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], tuple[CodeType, type, str | None]] = {}

    def dispatching(self, kind: type, code: CodeType) -> str | None:
        """The name of the method of ``kind`` that ``code`` is, where that can dispatch."""
        key = (id(kind), id(code))
        known = self._names.get(key)
        if known is None:
            if len(self._names) >= MAX_CODES:
                self._names.clear()
            known = self._names[key] = (code, kind, self._find(kind, code))
        return known[2]

    def _find(self, kind: type, code: CodeType) -> str | None:
        base = django_signal_class()
        for owner in kind.__mro__:
            if owner is base:
                break
            for name, value in vars(owner).items():
                if type(value) is FunctionType and value.__code__ is code:
                    return None if name in _LOOKS else name
        return None
