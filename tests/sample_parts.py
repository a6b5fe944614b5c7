"""What sample traces are made of: model signals, call sites, receivers of one bookshop."""

from __future__ import annotations

from signaltrace.testing import Called, Sent, called, sent
from signaltrace.trace import CallSite, SignalInfo

US = 1_000
MS = 1_000_000
MODELS = "django.db.models.signals."
RECEIVERS = "/srv/bookshop/shop/receivers.py"
PRE_INIT = SignalInfo(f"{MODELS}pre_init", "django")
STOCK_LOW = SignalInfo("shop.signals.stock_low", "shop", True)


def model(signal: str, sender: str, pk: int, **facts: object) -> Sent:
    """A model signal as it is recorded: the instance as label and pk."""
    arguments = {"instance": (sender, "pk", pk), **facts.pop("more", {})}  # type: ignore[dict-item]
    return sent(MODELS + signal, sender, arguments=arguments, **facts)


def site(line: int, function: str = "checkout", file: str = "/srv/bookshop/shop/checkout.py") -> CallSite:
    """A place that sends signals."""
    return CallSite(file, line, function)


def placed(name: str, own_ns: int, line: int, **facts: object) -> Called:
    """A receiver of shop/receivers.py."""
    return called(f"shop.receivers.{name}", own_ns, file=RECEIVERS, line=line, **facts)
