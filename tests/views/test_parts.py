"""What the views are made of: harmless text, lines that fit, the scan of the folder, the options."""

from __future__ import annotations

import os

import pytest

import signaltrace
from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.errors import SignaltraceError
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite
from signaltrace.views.layout import Label, bar, fit
from signaltrace.views.text import cut_path, inert, location
from tests.samples import SAMPLES
from tests.views.printing import printed


def shown(view: str, sample: str, width: int = 80, **facts: object) -> str:
    """A view of a sample under a selection."""
    return printed(views.load(view).render(SAMPLES[sample](), Selection(**facts)), width)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("shop.receivers.notify", "shop.receivers.notify"),
        ("[red]\\[/red]", "[red]\\[/red]"),
        ("\x1b[31m\x07\x00\x9b", "\\x1b[31m\\x07\\x00\\x9b"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u202e\u2066\u200b\u2028\ufeff", "\\u202e\\u2066\\u200b\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("naïve 漢字 ✓", "naïve 漢字 ✓"),
    ],
)
def test_inert_text_holds_nothing_a_terminal_obeys(text: str, harmless: str) -> None:
    """Controls, escape sequences, bidi and zero-width marks, surrogates become visible; words stay."""
    assert inert(text) == harmless


def test_inert_text_is_short() -> None:
    """A label of 100 kB loses its middle before anything goes through it."""
    assert inert("a" * 50_000 + "b" * 50_000, 9) == "aaaa…bbbb"


@pytest.mark.parametrize(
    ("path", "width", "cut"),
    [
        ("shop.receivers.orders.notify", 28, "shop.receivers.orders.notify"),
        ("shop.receivers.orders.notify", 27, "shop.….orders.notify"),
        ("shop.receivers.orders.notify", 19, "shop.….notify"),
        ("shop.receivers.orders.notify", 12, "….notify"),
        ("shop.receivers.orders.notify", 3, "….notify"),
        ("a.notify", 3, "a.notify"),
        ("notify", 3, "notify"),
        ("/srv/shop/orders/mail.py:12", 26, "/…/shop/orders/mail.py:12"),
        ("/srv/shop/orders/mail.py:12", 14, "/…/mail.py:12"),
        ("<lambda> at shop/orders/apps.py:14", 30, "<lambda> at shop/…/apps.py:14"),
        ("partial(shop.orders.mail.notify)", 26, "partial(shop.….notify)"),
        ("shop.a/b.receivers.notify", 20, "shop.….notify"),
    ],
)
def test_paths_are_cut_in_the_middle_and_never_at_their_end(path: str, width: int, cut: str) -> None:
    """The app in front and the receiver's own name are what one looks for."""
    assert cut_path(path, width) == cut


def test_places_are_relative_to_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """`shop/apps.py:3` can be clicked in most terminals, and says more in less."""
    monkeypatch.setattr(os, "getcwd", lambda: "/srv/bookshop")
    assert location("/srv/bookshop/shop/apps.py", 3) == "shop/apps.py:3"
    assert location("/srv/bookshop2/shop/apps.py", 3) == "/srv/bookshop2/shop/apps.py:3"
    assert location("/srv/bookshop/env/lib/site-packages/allauth/models.py", 3) == "allauth/models.py:3"
    assert location(None, 3) == ""


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (65, ["shop.signals.paid shop.Order a=1, b=2, c=3  robust  /srv/x/y.py:1"]),
        (60, ["shop.signals.paid shop.Order a=1, b=2, c=3  robust  …/y.py:1"]),
        (50, ["shop.signals.paid shop.Order a=1, b=2, c=3  robust", "/srv/x/y.py:1"]),
        (46, ["shop.signals.paid shop.Order a=1, b=2, c=3", "robust  /srv/x/y.py:1"]),
        (40, ["shop.signals.paid shop.Order a=1, +2", "robust  /srv/x/y.py:1"]),
        (30, ["shop.….paid shop.Order a=1, +2", "robust  /srv/x/y.py:1"]),
        (20, ["….paid shop.Order", "a=1, +2  robust", "/srv/x/y.py:1"]),
        (16, ["….paid ….Order", "a=1, +2  robust", "/srv/x/y.py:1"]),
        (12, ["….paid", "….Order a=1,", "+2", "robust", "/…/x/y.py:1"]),
    ],
)
def test_a_dispatch_gives_way_in_order(width: int, lines: list[str]) -> None:
    """Folders of the place, the place, the notes, arguments but the first, middles of paths, the sender's
    last; the own name and the first argument never."""
    label = Label(
        "shop.signals.paid",
        sender="shop.Order",
        arguments=("a=1", "b=2", "c=3"),
        notes=[("robust", "")],
        where="/srv/x/y.py:1",
    )
    first, below = fit(label, width, width)
    assert [each.plain for each in (first, *below)] == lines


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (60, ["post_delete zoo.Animal pk='22222222'  in atomic  rolled back"]),
        (50, ["post_delete zoo.Animal pk='22222222'", "in atomic  rolled back"]),
        (30, ["post_delete zoo.Animal", "pk='22222222'  in atomic", "rolled back"]),
        (20, ["post_delete ….Animal", "pk='22222222'  in", "atomic  rolled back"]),
    ],
)
def test_the_key_is_never_dropped(width: int, lines: list[str]) -> None:
    """Notes go below before it does, and it goes below before the sender is cut: it says which one it was."""
    notes = [("in atomic", ""), ("rolled back", "")]
    label = Label("post_delete", sender="zoo.Animal", arguments=("pk='22222222'",), notes=notes)
    first, below = fit(label, width, width)
    assert [each.plain for each in (first, *below)] == lines


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (42, ["<lambda> at shop/animals/receivers.py:37"]),
        (28, ["<lambda> at ", "…/receivers.py:37"]),
        (17, ["<lambda> at ", "…/receivers.py:37"]),
        (16, ["<lambda> at …/", "receivers.py:37"]),
        (14, ["<lambda> at …/", "receivers.py", ":37"]),
    ],
)
def test_a_line_number_is_never_broken(width: int, lines: list[str]) -> None:
    """`receivers.py:3` would be another place than `receivers.py:37`."""
    first, below = fit(Label("<lambda> at shop/animals/receivers.py:37"), width, width)
    assert [each.plain for each in (first, *below)] == lines


def test_a_uuid_is_whole() -> None:
    """A key with a middle cut out is none."""
    key = "22222222-2222-2222-2222-222222222222"
    trace = build_trace(
        sent("s", "zoo.Animal", arguments={"instance": ("zoo.Animal", "pk", key)})(called("a", 1))
    )
    assert f"pk='{key}'" in printed(views.load("tree").render(trace, Selection()), 100)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (52, ["→ shop.receivers.orders.notify × 500  1.2 ms each"]),
        (40, ["→ shop.….notify × 500  1.2 ms each"]),
        (30, ["→ shop.….orders.notify × 500", "1.2 ms each"]),
        (20, ["→ ….notify × 500", "1.2 ms each"]),
        (8, ["→ ….noti", "fy", "× 500", "1.2 ms", "each"]),
    ],
)
def test_a_receiver_gives_way_in_order(width: int, lines: list[str]) -> None:
    """The middle of its path, then its notes; its own name goes on below rather than be cut."""
    label = Label("shop.receivers.orders.notify", mark="→ ", count="× 500", notes=[("1.2 ms each", "")])
    first, below = fit(label, width, width - 2)
    assert [each.plain for each in (first, *below)] == lines


def test_the_bar_is_solid_for_own_time_and_shaded_below() -> None:
    """Always as wide as its column, never wider, whatever the shares."""
    assert bar(1, 1, 6) == "██████"
    assert bar(1, 0, 6) == "░░░░░░"
    assert bar(0.5, 0.25, 6) == "█▌░   "
    assert bar(0, 0, 6) == "      "
    assert bar(7, 3, 6) == "██████"
    assert bar(-1, -1, 6) == "      "


def test_views_are_found_by_scanning_the_folder() -> None:
    """A new file with a NAME is a new view; the inventory's views are not views of a trace."""
    assert views.names() == ["profile", "queries", "receivers-called", "tests", "tree"]
    for name in views.names():
        module = views.load(name)
        assert name == module.NAME
        assert module.SUMMARY.endswith(".")
        assert "\n" not in module.SUMMARY


def test_an_unknown_view_is_one_line_with_the_nearest() -> None:
    """Bad input of `--view`."""
    with pytest.raises(SignaltraceError, match=r"^no view called 'trea'; did you mean tree\?$"):
        views.load("trea")
    with pytest.raises(SignaltraceError, match="there are profile, queries, receivers-called, tests, tree"):
        views.load("x\x1b")


def test_what_a_filter_left_out_is_counted() -> None:
    """A view that shows less than everything says so, and with which options."""
    text = shown("tree", "checkout", 120, receivers=("notify",))
    assert "Not shown: 4 of 5 dispatches, 7 of 8 receiver calls (--receiver notify)." in text
    assert "stamp_order" not in text
    text = shown("tree", "checkout", 120, depth=1, min_ns=1_000_000)
    assert "Not shown: 3 of 5 dispatches, 5 of 8 receiver calls (--min 1.0ms, --depth 1)." in text
    text = shown("tree", "checkout", 120, limit=3)
    assert "Not shown: 3 of 5 dispatches, 7 of 8 receiver calls (--limit 3, 0 for all)." in text
    assert "Not shown" not in shown("tree", "raising", limit=0)
    text = shown("profile", "checkout", 120, errors=False, min_ns=1_000_000)
    assert "Not shown: 2 of 5 receivers (--min 1.0ms)." in text
    assert "… and 3 more receivers (--limit 0 for all)" in shown("profile", "checkout", limit=2)
    assert "… and 3 more receivers (--limit 0 for all)" in shown("receivers-called", "checkout", limit=2)


def test_a_filter_nothing_matches_names_the_closest() -> None:
    """An empty view would leave the user guessing."""
    for view in set(views.names()) - {"tests"}:
        text = shown(view, "checkout", 120, receivers=("notfy",))
        said = "No receiver heard anything that matches --receiver notfy."
        assert f"{said} Did you mean partial(shop.mail.notify)?" in text
        assert "No receiver failed while this was recorded." in shown(view, "checkout", 120, errors=True)


def test_filters_of_the_tests_hold_for_the_receivers() -> None:
    """What is left out is counted; how a test did stays as it is."""
    text = shown("tests", "suite", 120, receivers=("notify",))
    assert "Not shown: 4 of 5 receivers (--receiver notify)." in text
    assert "shop.receivers.notify" in text
    assert "shop.receivers.count" not in text
    assert "of 1.05s, 2 receiver calls, most in shop.receivers.index" in text


def test_orphaned_dispatches_are_shown_when_asked_for() -> None:
    """As lines of their own where they were recorded, as a list where only counted; never both."""
    counted = shown("tree", "checkout", orphaned=True)
    assert "412 × pre_init shop.Order" in counted
    assert "no receiver heard (" not in counted.split("Orphaned", 1)[1].split("\n", 1)[1]
    recorded = shown("tree", "lossy", 120, orphaned=True)
    (line,) = (line for line in recorded.splitlines() if "stock_low" in line)
    assert line.split() == [
        "shop.signals.stock_low",
        "shop.Book",
        "orphaned",
        "/srv/bookshop/shop/checkout.py:5",
    ]
    assert "Orphaned:" not in recorded


def test_arguments_can_be_left_out() -> None:
    """`--arguments none`: nothing of what was sent is shown."""
    assert "pk=5" in shown("tree", "checkout")
    assert "pk=5" not in shown("tree", "checkout", arguments="none")


def test_places_of_the_project_are_relative_in_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call site of each root dispatch, relative to where the command runs."""
    monkeypatch.setattr(os, "getcwd", lambda: "/srv/bookshop")
    trace = build_trace(sent("s", site=CallSite("/srv/bookshop/shop/checkout.py", 41, "f"))(called("a", 1)))
    first = printed(views.load("tree").render(trace, Selection()), 80).splitlines()[2]
    assert first.endswith(" shop/checkout.py:41")


def test_receivers_stand_out_and_colours_do_not_spill() -> None:
    """Bold receivers, dim numbers of dispatches; a style ends where its words do."""
    lines = printed(
        views.load("tree").render(SAMPLES["checkout"](), Selection()), 80, colour=True
    ).splitlines()
    dispatch, receiver = lines[2], lines[3]
    assert "\x1b[36mpre_save\x1b[0m shop.Order" in dispatch
    assert "\x1b[1mshop.receivers.stamp_order\x1b[0m" in receiver


def test_threads_are_named_unless_it_is_the_main_one() -> None:
    """The first thread seen may well be a worker; folded dispatches say in how many they were."""

    def tree(*threads: str) -> str:
        sent_in = [sent("shop.paid", "shop.Order", thread=name)(called("shop.mail", 5)) for name in threads]
        return printed(views.load("tree").render(build_trace(*sent_in), Selection()), 120)

    assert "in worker-1" in tree("worker-1")
    assert " in " not in tree("MainThread").split("recorded")[0].split("sent from")[1]
    assert "in 2 threads" in tree("worker-1", "MainThread")


def test_a_view_can_be_printed_from_python(capsys: pytest.CaptureFixture[str]) -> None:
    """What the command prints, with the same filters."""
    trace = SAMPLES["checkout"]()
    signaltrace.show(trace)
    assert capsys.readouterr().out == printed(views.load("tree").render(trace, Selection()), 80)
    signaltrace.show(trace, view="profile", receivers=("notify",))
    assert "notify" in capsys.readouterr().out
    with pytest.raises(SignaltraceError, match=r"no view called 'treee'; did you mean tree\?"):
        signaltrace.show(trace, view="treee")
