"""``why --json``: what a program reads of an answer. Keys are added, never changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signaltrace.analysis.why.answer import Question, project_of, targets_of
from signaltrace.exports import why_json
from tests.analysis.why.building import (
    APPS,
    NOTIFY,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    Shop,
    connect,
    connection,
    name,
    receiver,
    unconnected,
)
from tests.views.why_samples import SAMPLES


def document(sample: str) -> dict[str, Any]:
    """The document of a sample, read again."""
    read: dict[str, Any] = json.loads(why_json.render(SAMPLES[sample]()))
    return read


def test_a_broken_chain_to_the_letter() -> None:
    """Every key of a chain and of a link, with its value."""
    answer = unconnected(loaded=False, connects=[connect(sender=name("shop.models.Customer"))]).ask()
    read = json.loads(why_json.render(answer))
    assert {key: read[key] for key in read if key != "chains"} == {
        "version": 1,
        "receiver": {"name": NOTIFY, "names": [NOTIFY], "file": RECEIVERS, "line": 10, "kind": "function"},
        "ok": False,
        "twice": [],
        "trace": None,
    }
    (chain,) = read["chains"]
    links = chain.pop("links")
    assert chain == {
        "signal": POST_SAVE,
        "sender": "shop.Customer",
        "expected_sender": "",
        "when": "after each save() of shop.Customer",
        "ok": False,
        "broken": "imported",
        "called": None,
    }
    assert [(each["name"], each["state"]) for each in links] == [
        ("exists", "holds"),
        ("imported", "broken"),
        ("sender", "holds"),
        ("sent", "holds"),
    ]
    assert links[1] == {
        "name": "imported",
        "state": "broken",
        "possible": False,
        "text": "shop.receivers was never imported, so its connect never ran.",
        "evidence": [{"text": "it is to be connected here", "file": RECEIVERS, "line": 10}],
        "fix": {
            "text": "Add this to ShopConfig.ready()",
            "file": APPS,
            "line": 8,
            "code": ["from . import receivers  # noqa: F401"],
        },
        "would_tell": "",
    }


def test_a_cause_and_a_trace_to_the_letter() -> None:
    """What --twice gives, and what was recorded."""
    (cause,) = document("twice")["twice"]
    assert (cause["cause"], cause["signal"], cause["sender"], cause["times"], cause["possible"]) == (
        "any-and-one-sender",
        POST_SAVE,
        "shop.Order",
        2,
        False,
    )
    assert document("stopped")["trace"] == {"command": "manage.py pay --all", "dropped": 0}
    assert document("stopped")["chains"][0]["called"] == 1


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_answer_is_json_of_the_same_keys(sample: str) -> None:
    """A reader need not ask whether a key is there."""
    assert set(document(sample)) == {"version", "receiver", "ok", "chains", "twice", "trace"}


def test_a_name_of_several_receivers() -> None:
    """The same description, in a list."""
    twin = connection(receiver=receiver("stock.receivers.notify", 7, file=f"{ROOT}/stock/receivers.py"))
    shop = Shop(connections={POST_SAVE: [connection()], POST_DELETE: [twin]})
    targets = targets_of(project_of(shop.facts()), Question("notify"))
    read = json.loads(why_json.render_choices(targets))
    assert [each["name"] for each in read["ambiguous"]] == [NOTIFY, "stock.receivers.notify"]
