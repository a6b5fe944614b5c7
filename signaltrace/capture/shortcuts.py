"""What the fast loops know in advance, stage *capture*: a save's keywords, and a signal's cache."""

from __future__ import annotations

from typing import Any
from weakref import ref

import django

from signaltrace.capture.recorder import Recorder
from signaltrace.rows import FIXED, relative

# As Django sends them, in this order. Spelled out, a call with them costs half of one with a dictionary.
POST_SAVE = ["instance", "created", "update_fields", "raw", "using"]
PRE_SAVE = ["instance", "raw", "using", "update_fields"]

# Where a cached entry says whether its receiver is async. The sender_ref before it, since 6.0, need not
# be asked: the entries were found by their sender, which is therefore alive.
_IS_ASYNC = 2 if django.VERSION >= (6, 0) else 1


def resolve(entries: Any) -> tuple[list[Any], list[Any]]:
    """The live sync and async receivers of the entries a signal has cached for a sender, as at the end
    of Django's ``_live_receivers``."""
    receivers: list[Any] = []
    async_receivers: list[Any] = []
    for entry in entries:
        receiver = entry[0]
        if type(receiver) is ref or isinstance(receiver, ref):
            receiver = receiver()
            if receiver is None:
                continue
        if entry[_IS_ASYNC]:
            async_receivers.append(receiver)
        else:
            receivers.append(receiver)
    return receivers, async_receivers


def cut(recorder: Recorder, row: list[Any], end: int) -> list[Any]:
    """Write a fast loop's row that has more calls than a row has ids for; gives what is left to write."""
    try:
        calls = relative(row)
        recorder.overflow(calls)
        head = (row[0], row[1], row[2], row[3], row[4], row[5])
        recorder.add(head, end - row[5], row[7], calls, row[FIXED : FIXED + row[9]])
    except Exception as fault:
        recorder.fault("receiver calls", fault)
    return []
