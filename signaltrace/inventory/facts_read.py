"""All that ``why`` and ``doctor`` reason about, read at once, stage *inventory*."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from signaltrace.facts import Facts
from signaltrace.inventory import ledger
from signaltrace.inventory.models_read import read_models
from signaltrace.inventory.registry import read_inventory
from signaltrace.inventory.source import read_source
from signaltrace.inventory.told_senders import with_told_senders
from signaltrace.labels.looking import exact_text
from signaltrace.labels.signals import SignalNames
from signaltrace.trace import Trace


def read_facts(trace: Trace | None = None, budget_ns: int = 0, *, names: SignalNames | None = None) -> Facts:
    """The project as it is now: connections and what became of them, source, models, two settings.

    ``trace`` is what really happened, where there is one, ``budget_ns`` what a receiver may take in it.
    ``names``: an index of signals that is kept.
    """
    names = SignalNames() if names is None else names
    inventory = read_inventory(names)
    history = ledger.history(names)
    user_model = exact_text(_setting("AUTH_USER_MODEL")) or ""
    return Facts(
        inventory=with_told_senders(inventory, history),
        source=read_source(user_model=user_model),
        history=history,
        models=read_models(),
        debug=_setting("DEBUG") is True,
        user_model=user_model,
        trace=trace,
        budget_ns=budget_ns,
    )


def _setting(name: str) -> Any:
    """A setting of the project; None where there are no settings, or they can't be read."""
    try:
        return getattr(settings, name, None)
    except Exception:  # noqa: BLE001 - a settings module may raise anything
        return None
