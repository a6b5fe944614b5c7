"""The list of receivers, per signal and per sender, to the letter."""

from functools import partial

import pytest

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo
from signaltrace.views import receivers
from tests.inventory.samples import connected, connection, large, shop
from tests.views.inventory_cases import CASES, FOLDER, compare, holds_everywhere
from tests.views.printing import printed

VIEWS = {
    "receivers": receivers.render,
    "receivers-by-sender": partial(receivers.render, by="sender"),
}


@pytest.mark.parametrize(("sample", "width"), CASES)
@pytest.mark.parametrize("view", VIEWS)
def test_prints_its_golden_file(view: str, sample: str, width: int) -> None:
    """The view changes only on purpose."""
    compare(VIEWS[view], view, sample, width)


@pytest.mark.parametrize("view", VIEWS)
def test_any_terminal_can_show_it(view: str) -> None:
    """Narrow, wide, without UTF-8."""
    holds_everywhere(VIEWS[view])


def test_golden_files_belong_to_cases() -> None:
    """A file left over would pass for proof."""
    views = (*VIEWS, "overview")
    expected = {f"{view}-{sample}-{width}.txt" for view in views for sample, width in CASES}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_a_receivers_own_name_is_never_cut(width: int) -> None:
    """What is cut is cut in the middle of a path."""
    text = printed(receivers.render(large()), width)
    assert all(f"synchronise_stock_{number}" in text for number in range(120))


def test_a_name_too_long_for_a_line_goes_on_in_the_next() -> None:
    """Even where the own name alone is wider than the terminal nothing of it is lost."""
    own = "receive_" + "a_very_long_name_" * 10 + "end"
    inventory = Inventory((connected("s.s", connection(f"shop.receivers.{own}")),))
    text = printed(receivers.render(inventory), 80)
    assert own in "".join(line.strip() for line in text.splitlines())


def test_what_runs_for_a_sender_includes_receivers_of_any_sender() -> None:
    """In the signal's own order, marked as such; also on signals every model sends."""
    text = printed(receivers.render(shop(), by="sender", senders=("order",)), 160)
    lines = [line.split() for line in text.splitlines() if line.strip()]
    assert [line[:2] for line in lines[1:]] == [
        ["shop.Order"],
        ["django.db.models.signals.post_delete", "1"],
        ["1", "auditlog.receivers.log_delete"],
        ["django.db.models.signals.post_save", "3"],
        ["1", "shop.receivers.keep_total"],
        ["dead", "shop.receivers.lost"],
        ["2", "auditlog.receivers.log_save"],
        ["4", "shop.audit.Recorder()"],
    ]
    assert [line[1] for line in lines if "any" in line] == [
        "auditlog.receivers.log_delete",
        "auditlog.receivers.log_save",
    ]


def test_dead_receivers_are_marked_and_not_counted() -> None:
    """They have no place in the order, for they are not called."""
    text = printed(receivers.render(shop()), 120)
    assert "5 receivers, 1 dead" in text
    assert [line.split()[:2] for line in text.splitlines() if "lost" in line] == [
        ["dead", "shop.receivers.lost"]
    ]


def test_what_runs_for_a_model_nothing_was_connected_for() -> None:
    """Receivers of any sender run for every model, so it can be asked about; unasked it stays out."""
    deleted = ConnectedSignal(
        SignalInfo("django.db.models.signals.post_delete", "django"),
        (Connection(1, ReceiverInfo("audit.deleted"), SenderInfo("any sender"), weak=True, alive=True),),
    )
    inventory = Inventory((deleted,), models=("shop.Review",))
    asked = printed(receivers.render(inventory, by="sender", senders=["review"]), 80)
    assert "shop.Review" in asked
    assert "audit.deleted" in asked
    assert "shop.Review" not in printed(receivers.render(inventory, by="sender"), 80)
