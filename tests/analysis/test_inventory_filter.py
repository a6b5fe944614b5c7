"""The filters of the inventory: each keeps what was asked for, and senders what runs for them."""

from typing import Any

import pytest

from signaltrace.analysis.inventory_filter import select
from tests.inventory.samples import POST_SAVE, shop

DELETE = "django.db.models.signals.post_delete"
PAID = "shop.signals.order_paid"


def selected(**filters: Any) -> dict[str, list[str]]:
    """Own names of the receivers kept, by signal."""
    return {
        each.signal.name: [one.receiver.name.rpartition(".")[2] for one in each.connections]
        for each in select(shop(), **filters).signals
    }


def test_without_filters_all_of_it_is_kept() -> None:
    """No filter is no restriction."""
    assert select(shop()) == shop()


@pytest.mark.parametrize("pattern", ["ORDER_paid", "signals.order", PAID])
def test_a_pattern_that_names_a_signal_keeps_it_whole(pattern: str) -> None:
    """In part, whatever the case."""
    assert selected(patterns=[pattern]) == {PAID: ["notify)", "send"]}


def test_a_pattern_that_names_receivers_keeps_those() -> None:
    """In the signals they are connected to, with their order there."""
    assert selected(patterns=["auditlog"]) == {DELETE: ["log_delete"], POST_SAVE: ["log_save"]}
    assert [one.order for each in select(shop(), ["log_save"]).signals for one in each.connections] == [2]


def test_another_name_of_a_signal_counts_in_full_only() -> None:
    """Every module that imports a signal lends it a name: "base" does not mean post_save."""
    assert list(selected(patterns=["django.db.models.BASE.post_save"])) == [POST_SAVE]
    assert selected(patterns=["models.base"]) == {}


def test_signals_are_matched_by_name_alone() -> None:
    """A signal without receivers is kept if it was asked for."""
    assert selected(signals=["request_", "low"]) == {
        "django.core.signals.request_started": [],
        "django.core.signals.request_finished": [],
        "shop.signals.stock_low": [],
    }
    assert selected(signals=["auditlog"]) == {}


def test_senders_keep_what_runs_for_them() -> None:
    """Receivers of any sender too: on its signals, and for a model on those every model sends."""
    assert selected(senders=["shop.order"]) == {
        DELETE: ["log_delete"],
        POST_SAVE: ["keep_total", "lost", "log_save", "Recorder()"],
    }
    assert selected(senders=["any sender"]) == {
        DELETE: ["log_delete"],
        POST_SAVE: ["log_save"],
        PAID: ["notify)", "send"],
    }
    assert selected(senders=["nobody"]) == {}


def test_apps_are_those_of_the_signal_or_of_the_receiver() -> None:
    """An app's signals are kept whole, and its receivers wherever they are."""
    assert selected(apps=["auditlog"]) == {DELETE: ["log_delete"], POST_SAVE: ["log_save"]}
    kept = selected(apps=["shop"])
    assert kept["shop.signals.stock_low"] == []
    assert "log_save" not in kept[POST_SAVE]
    assert DELETE not in kept


def test_mine_is_code_of_the_project() -> None:
    """Own receivers on anybody's signals, and own signals whole."""
    kept = selected(mine=True)
    assert list(kept) == [POST_SAVE, PAID, "shop.signals.stock_low"]
    assert "log_save" not in kept[POST_SAVE]


def test_filters_restrict_one_another() -> None:
    """All that is asked for must hold."""
    assert selected(patterns=["post_save"], senders=["Book"], mine=True) == {POST_SAVE: ["py:14"]}
    assert selected(patterns=["order_paid"], apps=["auditlog"]) == {}
