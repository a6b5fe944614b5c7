"""sentry-sdk: its Django integration with a span per receiver, inside a transaction, nothing sent.

It patches Signal for the life of the process, so it needs a process of its own. Async receivers
get no span from it.
"""

from __future__ import annotations

from typing import Any, Self

from tests.benchmarks.swapping import Swap

TITLE = "sentry-sdk"
REQUIRES: str | None = "sentry-sdk"
WORKLOADS = ("no_receiver", "one", "five", "save")

# By default a transaction drops its spans after the thousandth, which would be cheaper.
MAX_SPANS = 10_000_000


class Sentry:
    """See Tool in measuring.py."""

    def __init__(self) -> None:
        self._transaction: Any = None
        self._spans = 0

    def __enter__(self) -> Self:
        import sentry_sdk
        from sentry_sdk.integrations.django import DjangoIntegration
        from sentry_sdk.transport import Transport

        class Dropped(Transport):
            def capture_envelope(self, envelope: Any) -> None:
                pass

        swap = Swap()
        sentry_sdk.init(
            dsn="https://key@example.invalid/1",
            transport=Dropped,
            traces_sample_rate=1.0,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[DjangoIntegration(signals_spans=True)],
            _experiments={"max_spans": MAX_SPANS},
        )
        swap.learn()
        swap.original()
        self._swap = swap
        self._start = sentry_sdk.start_transaction
        return self

    def __exit__(self, *error: object) -> None:
        self.off()

    def on(self) -> None:
        """The patched methods, in a new transaction."""
        self._swap.patched()
        self._transaction = self._start(name="benchmark")
        self._transaction.__enter__()

    def off(self) -> None:
        """Django's methods, the transaction ended."""
        self._swap.original()
        if self._transaction is not None:
            self._transaction.__exit__(None, None, None)
            self._transaction = None


def tool(options: dict[str, Any]) -> Sentry:
    """Sentry, not set up yet."""
    return Sentry()
