"""What ``why`` and ``doctor`` reason about, stage *trace*: plain data, so that a rule is a pure function."""

from __future__ import annotations

from dataclasses import dataclass, field

from signaltrace.connections import Inventory
from signaltrace.declarations import Source
from signaltrace.history import History
from signaltrace.model_map import ModelInfo
from signaltrace.trace import Trace


@dataclass(frozen=True, slots=True)
class Facts:
    """A project, looked at once.

    ``debug`` is its ``DEBUG``, ``user_model`` its ``AUTH_USER_MODEL``. ``trace`` is what really happened,
    where a recording was made or given; ``budget_ns`` what a receiver may take in it, 0 for any time.
    """

    inventory: Inventory = field(default_factory=Inventory)
    source: Source = field(default_factory=Source)
    history: History = field(default_factory=History)
    models: tuple[ModelInfo, ...] = ()
    debug: bool = False
    user_model: str = ""
    trace: Trace | None = None
    budget_ns: int = 0
