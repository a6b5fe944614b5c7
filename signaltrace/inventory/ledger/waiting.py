"""Calls that wait for a model to be loaded, stage *inventory*: known again when they come true.

Django holds the receiver of such a call until then, so that its id stays its own; what is held here is
watched by weak reference all the same.
"""

from __future__ import annotations

import weakref
from typing import Any

from signaltrace.inventory.ledger.attempts import Attempt
from signaltrace.inventory.ledger.rows import Row
from signaltrace.labels.looking import class_attribute, exact_text, is_a, own

_Known = tuple[str, int, int, str]


class Waiting:
    """Rows by what their call was made of. The oldest go where there are more than ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: dict[_Known, list[tuple[weakref.ref[Any], Row]]] = {}
        self._number = 0

    def __len__(self) -> int:
        return self._number

    def put(self, attempt: Attempt, row: Row) -> list[Row]:
        """Have a call wait; gives the rows that have waited too long."""
        known = _known(attempt, label_text(attempt.sender))
        self._rows.setdefault(known, []).append((weakref.ref(attempt.signal), row))
        self._number += 1
        dropped: list[Row] = []
        while self._number > self._limit:
            oldest = next(iter(self._rows))
            found = self._rows.pop(oldest)
            self._number -= len(found)
            dropped += [each for _, each in found]
        return dropped

    def take(self, attempt: Attempt) -> Row | None:
        """The row of the call that this one is, if one waits."""
        for label in (_label_of(attempt.sender), ""):
            known = _known(attempt, label)
            found = self._rows.get(known)
            if not found:
                continue
            signal, row = found.pop(0)
            self._number -= 1
            if not found:
                del self._rows[known]
            if signal() is attempt.signal:
                return row
        return None


def label_text(sender: Any) -> str:
    """The text that names a model, as it was given; "" for what is no text of its own."""
    return (exact_text(sender) or "") if is_a(sender, str) else ""


def _known(attempt: Attempt, label: str) -> _Known:
    app, _, model = label.partition(".")
    return attempt.action, id(attempt.signal), id(attempt.receiver), f"{app}.{model.lower()}"


def _label_of(model: Any) -> str:
    meta = class_attribute(model, "_meta") if is_a(model, type) else None
    if meta is None:
        return ""
    return f"{exact_text(own(meta, 'app_label')) or ''}.{exact_text(own(meta, 'object_name')) or ''}"
