"""The ledger, stage *inventory*: every ``connect`` and ``disconnect``, from where, and what came of it.

A connection is accepted, ignored, refused, or waits; it is ended by a disconnect, by a death, or by somebody
who writes the list. Signal's two methods are swapped between :func:`begin` and :func:`end`, and nothing else.
Nothing of the program is kept alive: signals, receivers and senders are described when they are met, and
watched by weak references. Loaded only by processes that asked for it.
"""

from signaltrace.inventory.ledger.process import LIMIT, begin, end, history, is_on

__all__ = ["LIMIT", "begin", "end", "history", "is_on"]
