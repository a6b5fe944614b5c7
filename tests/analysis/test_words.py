"""Names and arguments said briefly."""

from __future__ import annotations

from typing import Any

import pytest

from signaltrace.analysis.words import describe_arguments, short_signals
from signaltrace.testing import build_trace, sent

SAVED = "django.db.models.signals.post_save"


def described(*arguments: dict[str, Any], signal: str = SAVED) -> list[str]:
    """What is said of dispatches from shop.Order with these arguments."""
    trace = build_trace(*(sent(signal, "shop.Order", arguments=each) for each in arguments))
    return describe_arguments(trace, list(trace.rows()))


def test_djangos_signals_go_by_their_own_name_where_that_is_one_only() -> None:
    """`post_save`, but a signal of the user's in full, and in full all that would be confused."""
    names = [
        SAVED,
        "shop.signals.order_paid",
        "django.core.signals.setting_changed",
        "shop.signals.setting_changed",
    ]
    assert short_signals(names) == ["post_save", *names[1:]]
    assert short_signals(["Signal created at django/x.py:3"]) == ["Signal created at django/x.py:3"]
    assert short_signals([SAVED, SAVED]) == ["post_save", "post_save"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"instance": ("shop.Order", "pk", 5), "created": True}, ["pk=5", "created"]),
        ({"created": False, "raw": False, "using": "default", "update_fields": None}, []),
        ({"created": True, "raw": True, "using": "replica"}, ["created", "raw", "using='replica'"]),
        ({"update_fields": ("frozenset", "items", ("status", "total"))}, ["update_fields=status,total"]),
        ({"pk_set": ("set", "items", ())}, ["pk_set=no set"]),
        ({"pk_set": ("set", "items", (1, 10**5000))}, ["pk_set=1,a huge number"]),
        ({"x": ("shop.Box", "items", 5)}, ["x=shop.Box"]),
        ({"model": ("class", "name", "shop.Tag")}, ["model=shop.Tag"]),
        ({"instance": ("shop.Special", "pk", "a")}, ["instance=shop.Special pk='a'"]),
        ({"action": "post_add", "pk_set": ("set", "len", 3)}, ["post_add", "pk_set=set of 3"]),
        ({"request": ("WSGIRequest",)}, ["request=WSGIRequest"]),
        ({"instance": ("shop.Order", "pk", None)}, ["pk=None"]),
        ({"number": 10**5_000}, ["number=a huge number"]),
    ],
)
def test_arguments_of_model_signals_are_what_a_django_developer_looks_for(
    arguments: dict[str, Any], said: list[str]
) -> None:
    """`pk=5, created`; what is nearly always the same goes unsaid."""
    assert described(arguments) == said


def test_a_users_own_signal_says_all_it_was_sent() -> None:
    """There False and None may mean something."""
    assert described({"raw": False, "using": "default"}, signal="shop.paid") == [
        "raw=False",
        "using='default'",
    ]


def test_folded_dispatches_say_what_they_have_in_common() -> None:
    """Five hundred primary keys are not one; 1 and True are equal in Python but not the same."""
    one = {"instance": ("shop.Order", "pk", 1), "created": True, "raw": True}
    other = {"instance": ("shop.Order", "pk", 2), "created": True, "raw": 1}
    assert described(one, other) == ["created"]
    assert described({"raw": True}, {}) == []
