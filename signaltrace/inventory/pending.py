"""Receivers that wait for a model which was never loaded, stage *inventory*.

``post_save.connect(receiver, sender="shop.Ordr")`` raises nothing: Django keeps the connection
back until a model of that name appears, for ever if there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from django.apps import apps

from signaltrace.connections import Pending
from signaltrace.internals import django_signal_class
from signaltrace.labels.looking import cut, is_a
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.signals import SignalNames


def read_pending(names: SignalNames) -> tuple[Pending, ...]:
    """Each receiver that waits, once all models are loaded; none before that."""
    if not apps.models_ready:
        return ()
    operations = getattr(apps, "_pending_operations", {})
    return tuple(
        Pending(names.name(signal).name, describe_receiver(receiver), _label(key))
        for key, waiting in list(operations.items())
        for signal, receiver in _connects(list(waiting))
    )


def pending_notes(pending: Iterable[Pending]) -> list[str]:
    """A sentence for each."""
    return [
        f"{each.signal}: {each.receiver.name} waits for the model {each.sender}, which does not exist: "
        "it is never called."
        for each in pending
    ]


def _connects(waiting: list[Any]) -> Iterator[tuple[Any, Any]]:
    """The (signal, receiver) of those operations that are a ``connect`` put off."""
    for operation in waiting:
        # Apps.lazy_model_operation hangs what is to be called on the function that waits.
        call = dict.get(operation.__dict__, "func") if type(operation) is FunctionType else None
        if type(call) is not partial or type(call.func) is not MethodType or not call.args:
            continue
        signal = call.func.__self__
        if is_a(signal, django_signal_class()) and call.func.__name__ == "connect":
            yield signal, call.args[0]


def _label(key: tuple[Any, ...]) -> str:
    return cut(".".join(str(part) for part in key if type(part) is str))
