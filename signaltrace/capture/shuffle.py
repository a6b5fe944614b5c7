"""Receivers in another order, stage *capture*: what depends on their order shows itself.

The order is drawn from the seed and the names of signal, sender and receivers alone: the same seed gives
it again, whatever threads and earlier dispatches do. Sync receivers change places among themselves and
so do async ones, as Django runs one kind after the other.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any

from signaltrace.capture.signal_names import signal_name

# Orders kept, and draws until receivers come to stand otherwise than they are connected: two in a row
# are alike by chance one time in two at the worst.
_MAX_KNOWN = 10_000
_DRAWS = 20


class Shuffle:
    """The orders that one seed gives."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        # (signal, sender, receivers), by index -> places of the receivers, in the order they run
        self._known: dict[tuple[int, int, tuple[int, ...]], list[int]] = {}

    def shuffled(self, recorder: Any, signal: Any, sender: Any, live: Any) -> Any:
        """Live receivers, sync and async, each in their new order; as they are after a fault of ours, or
        where an override of ``_live_receivers`` gives them in its own way."""
        try:
            if type(live) is not tuple or any(type(each) is not list for each in live):
                return live
            return tuple([self._ordered(recorder, signal, sender, each) for each in live])
        except Exception as fault:
            recorder.fault("shuffled receivers", fault)
            return live

    def _ordered(self, recorder: Any, signal: Any, sender: Any, receivers: list[Any]) -> list[Any]:
        if len(receivers) < 2:
            return receivers
        names = recorder.names
        indexes = tuple([names.receiver(each) for each in receivers])
        key = (names.signal(signal), names.sender(sender), indexes)
        places = self._known.get(key)
        if places is None:
            told = [names.receivers.get(each).name for each in indexes]
            about = f"{signal_name(recorder, signal)}\n{names.senders.get(key[1]).name}"
            places = order(self.seed, about, told)
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[key] = places
        return [receivers[at] for at in places]


def order(seed: int, about: str, names: list[str]) -> list[int]:
    """Places of ``names`` in an order that is not theirs. ``about`` is what they receive."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:  # receivers that are called alike are told apart by which comes first
        seen[name] += 1
        numbered.append(f"{name}\n{seen[name]}")
    given = list(range(len(names)))
    for draw in range(_DRAWS):
        drawn = sorted(given, key=lambda at: _number(f"{seed}\n{draw}\n{about}\n{numbered[at]}"))
        if drawn != given:
            return drawn
    return given[::-1]


def _number(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def shuffle_notes(seed: int | None, passed_over: bool) -> list[str]:
    """What the reader of a trace is to know of it."""
    if seed is None:
        return []
    notes = [f"Receivers ran in a shuffled order, --shuffle-receivers={seed}."]
    if passed_over:
        notes.append("Subclasses of Signal that call receivers in a loop of their own kept their order.")
    return notes
