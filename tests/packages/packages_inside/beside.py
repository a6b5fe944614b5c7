"""Another tool in the same process: sentry-sdk with its signal spans; what it reported, to be compared."""

import os
import re
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from packages_inside.places import PLACE, TOOL

_spans: Counter[str] = Counter()
_ordered: list[str] = []
_sentry: Any = None


def patch(place: str) -> None:
    """Start sentry, where that is the tool and ``place`` the one asked for: under us, or over us."""
    global _sentry
    # A bare run has nothing to be under: there the tool starts at the first chance.
    if os.environ.get(TOOL) != "sentry" or (os.environ.get(PLACE) or "under") != place:
        return
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.transport import Transport

    class Counting(Transport):
        """Sends nothing anywhere."""

        def capture_envelope(self, envelope: Any) -> None:
            transaction = envelope.get_transaction_event()
            spans = transaction["spans"] if transaction else []
            names = {span["span_id"]: span["description"] for span in spans}
            for span in spans:
                _count(span, names.get(span["parent_span_id"], "the transaction"))

    sentry_sdk.init(
        dsn="https://key@localhost/1",
        transport=Counting,
        traces_sample_rate=1.0,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(signals_spans=True)],
        _experiments={"max_spans": 1_000_000},
    )
    _sentry = sentry_sdk


def transaction(name: str) -> AbstractContextManager[Any]:
    """Sentry keeps spans inside a transaction only."""
    if _sentry is None:
        return nullcontext()
    started: AbstractContextManager[Any] = _sentry.start_transaction(op="test", name=name)
    return started


def spans() -> dict[str, int]:
    """How often sentry reported each receiver."""
    return dict(_spans)


def ordered() -> list[str]:
    """Every span sentry reported, of whatever kind, in order, each with what it stood in."""
    return list(_ordered)


def always(request: Any) -> bool:
    """The toolbar is shown for every request."""
    return True


def _count(span: dict[str, Any], parent: str) -> None:
    # Of an object without a name sentry tells its repr, with an address.
    texts = (span["description"] or "", parent or "")
    name, parent = (re.sub(r"0x[0-9a-f]+|id='[0-9]+'", "…", each) for each in texts)
    _ordered.append(f"{span['op']} {name} in {parent}")
    if span["op"] == "event.django":
        _spans[name] += 1
