"""Secrets among the arguments: masked when they are sent, so that they are in no view, export or file."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.capture.recording import record
from signaltrace.exports import json as json_export
from signaltrace.storage import load, save
from tests.capture.observing import METHODS, dispatch
from tests.testapp.models import Book
from tests.views.printing import printed

SECRET = "hunter2-Zq9"
NAMES = (
    "password", "new_password1", "passwd", "passphrase", "token", "csrf_token", "access_token", "secret",
    "client_secret", "SECRET_KEY", "key", "api_key", "apikey", "private_key", "authorization",
    "proxy_authorization", "cookie", "cookies", "session", "session_key", "sessionid", "credentials",
)  # fmt: skip


class Holder:
    """An object that would tell."""

    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__


VALUES = (SECRET, SECRET * 50, [SECRET], {SECRET}, (SECRET, 1), {"a": SECRET}, SECRET.encode(), Holder())


def receive(password: Any = None, **named: Any) -> None:
    """A receiver that fails over what it got, and must not tell."""
    if isinstance(password, str):
        raise LookupError(Holder())


@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
def test_secrets_are_nowhere(method: str, tmp_path: Any) -> None:
    """Only their names are there, with a mask: in every view and export, in files of either kind, and in what
    the trace keeps in memory. Containers and objects that hold them do not tell either."""
    signal = Signal()
    signal.connect(receive)
    kept = {"mapping": {"password": SECRET}, "raw": SECRET.encode(), "holder": Holder(), "held": [Holder()]}
    with record() as recording:
        for value in VALUES:
            dispatch(signal, method, None, plain="seen", **dict.fromkeys(NAMES, value))
        dispatch(signal, method, Holder(), instance=Book(title=SECRET, pk=7), **kept)
    trace = recording.trace
    plain, packed = tmp_path / "trace.json", tmp_path / "trace.json.gz"
    save(trace, plain)
    save(trace, packed)
    for each in (trace, load(plain)):
        pages = [printed(views.load(name).render(each, Selection(limit=0)), 2_000) for name in views.names()]
        pages += [json_export.render(each), repr(each), repr(list(each.walk())), repr(each.to_dict())]
        pages += [repr(each.blocks), repr(each.shapes)]
        assert [page for page in pages if SECRET in page] == []
        assert all(f"{name}='********'" in "".join(pages) for name in NAMES)
        assert [list(root.arguments.values()) for root in each.roots()[:-1]] == [
            ["seen", *["********"] * len(NAMES)]
        ] * len(VALUES)
    files = plain.read_bytes() + gzip.decompress(packed.read_bytes())
    assert SECRET.encode() not in files
    assert b"********" in files


@pytest.mark.parametrize("method", METHODS)
def test_without_arguments_there_is_no_value_at_all(method: str) -> None:
    """`--arguments none`: not even the names."""
    signal = Signal()
    signal.connect(lambda **named: None, weak=False)
    with record(arguments="none") as recording:
        dispatch(signal, method, None, password=SECRET, plain=f"plain {SECRET}")
    text = repr(recording.trace.to_dict())
    assert SECRET not in text
    assert "'password'" not in text
