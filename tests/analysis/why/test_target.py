"""What is meant by RECEIVER: names and their ends, places, and what to do where nothing or too much is."""

from __future__ import annotations

import os

import pytest

from signaltrace.analysis.why.answer import Question, project_of, targets_of
from signaltrace.analysis.why.target import NoReceiver, Target
from signaltrace.declarations import LAMBDA, METHOD, OBJECT, PARTIAL
from signaltrace.errors import SignaltraceError
from signaltrace.span import ReceiverInfo
from tests.analysis.why.building import (
    APPS,
    NOTIFY,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    WHO_KNOWS,
    Shop,
    connect,
    connection,
    function,
    module,
    name,
    receiver,
)


def found(shop: Shop, text: str) -> tuple[Target, ...]:
    """What the shop has of that name."""
    return targets_of(project_of(shop.facts()), Question(text))


def names(shop: Shop, text: str) -> list[str]:
    """Their names."""
    return [each.name for each in found(shop, text)]


@pytest.mark.parametrize("text", [NOTIFY, "receivers.notify", "notify", "NOTIFY", " notify "])
def test_a_name_or_the_end_of_it_in_any_case(text: str) -> None:
    """As much of the dotted name as it takes."""
    assert names(Shop(), text) == [NOTIFY]


def test_the_end_of_a_name_begins_after_a_dot() -> None:
    """``tify`` is nobody."""
    with pytest.raises(NoReceiver):
        found(Shop(), "tify")


def test_the_nearest_is_named_in_one_line() -> None:
    """A typo is answered with what there is."""
    with pytest.raises(
        NoReceiver, match=r"no receiver 'notifi'.*the closest is notify|receivers.notify"
    ) as raised:
        found(Shop(), "notifi")
    assert "\n" not in str(raised.value)
    assert raised.value.__class__.__mro__[1] is SignaltraceError


@pytest.mark.parametrize("text", ["shop/late.py:3", "lost"])
def test_what_may_be_in_a_file_that_cannot_be_read_says_so(text: str) -> None:
    """It is no typo: the file is named, with what is wrong in it, and a package's is not."""
    broken = module("shop.late", loaded=False, error="line 1: invalid syntax")
    package = module("left.pad", mine=False, error="line 2: invalid syntax")
    with pytest.raises(NoReceiver, match=r"; not read: shop\.late \(line 1: invalid syntax\)$"):
        found(Shop(others=[package, broken]), text)
    with pytest.raises(NoReceiver) as raised:
        found(Shop(others=[package]), text)
    assert "not read" not in str(raised.value)


@pytest.mark.parametrize("line", [10, 11, 13])
@pytest.mark.parametrize("file", ["receivers.py", "shop/receivers.py", "./shop/receivers.py", RECEIVERS])
def test_any_line_of_a_function_of_any_end_of_a_path(file: str, line: int) -> None:
    """The decorator's, the def's, the last."""
    assert names(Shop(), f"{file}:{line}") == [NOTIFY]


def test_a_path_from_the_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """``../receivers.py`` from below."""
    relative = os.path.relpath(RECEIVERS, os.getcwd())
    assert names(Shop(), f"{relative}:10") == [NOTIFY]


def test_the_projects_own_file_comes_before_a_packages() -> None:
    """Every app has an apps.py."""
    package = receiver("auth.apps.seen", 10, file="/site-packages/auth/receivers.py", mine=False)
    shop = Shop(connections={POST_SAVE: [connection(), connection(order=2, receiver=package)]})
    assert names(shop, "receivers.py:10") == [NOTIFY]
    assert names(shop, "auth/receivers.py:10") == ["auth.apps.seen"]


def test_half_a_file_name_is_no_file() -> None:
    """``eceivers.py`` is not the end of a path."""
    said = r"no such file in the source .*: 'eceivers.py'; the closest is receivers.py"
    with pytest.raises(NoReceiver, match=said):
        found(Shop(), "eceivers.py:10")


def test_a_line_of_no_function_names_the_nearest() -> None:
    """The file is right, the line is not."""
    with pytest.raises(
        NoReceiver, match=r"is in no function and connects nothing; the closest is .*notify, line 10"
    ):
        found(Shop(), "receivers.py:99")


def test_the_innermost_function_is_meant() -> None:
    """A local function's line is in the outer one too."""
    outer = function("wire", 5, end_line=40, decorators=())
    inner = function("wire.<locals>.notify", 10, decorators=())
    assert names(Shop(connects=[], functions=[outer, inner], connections={}), "receivers.py:12") == [
        "shop.receivers.wire.<locals>.notify"
    ]


def test_the_line_of_a_connect_means_what_it_connects() -> None:
    """In ready(), it is not ready() that is asked about."""
    ready = module(
        "shop.apps",
        connects=(connect(form="call", line=9, scope="ShopConfig.ready", receiver_line=None),),
        functions=(function("ShopConfig.ready", 8, decorators=()),),
    )
    shop = Shop(connects=[], others=[ready])
    assert names(shop, "apps.py:9") == [NOTIFY]
    assert names(shop, "apps.py:8") == ["shop.apps.ShopConfig.ready"]


def test_receivers_come_before_other_functions_of_the_name() -> None:
    """``save`` is a method of many; the one that is connected is meant."""
    others = [module("shop.mail", functions=(function("notify", 3, decorators=()),))]
    assert names(Shop(others=others), "notify") == [NOTIFY]


def test_several_receivers_of_a_name_are_all_given() -> None:
    """Each with its place: the command lists them."""
    twin = connection(receiver=receiver("stock.receivers.notify", 7, file=f"{ROOT}/stock/receivers.py"))
    shop = Shop(connections={POST_SAVE: [connection()], POST_DELETE: [twin]})
    assert names(shop, "notify") == [NOTIFY, "stock.receivers.notify"]
    assert names(shop, "stock.receivers.notify") == ["stock.receivers.notify"]


def test_a_function_that_is_connected_nowhere_can_be_asked_about() -> None:
    """It is the very case."""
    shop = Shop(connects=[], connections={}, functions=[function(decorators=())])
    (target,) = found(shop, "notify")
    assert (target.name, target.receives) == (NOTIFY, False)


@pytest.mark.parametrize("text", ["<lambda> at shop/apps.py:14", "shop/apps.py:14", "apps.py:14"])
@pytest.mark.parametrize("live", [True, False])
def test_a_lambda_is_known_by_its_place(text: str, live: bool) -> None:
    """Connected, or only declared in a module that was never imported."""
    line = connect(
        form="call", line=14, receiver=WHO_KNOWS, receiver_kind=LAMBDA, receiver_line=14, temporary=True
    )
    shown = ReceiverInfo("<lambda> at shop/apps.py:14", APPS, 14, "shop", True)
    shop = Shop(
        connects=[],
        connections={POST_SAVE: [connection(receiver=shown, kind=LAMBDA)]} if live else {},
        others=[module("shop.apps", loaded=live, connects=(line,))],
    )
    assert names(shop, text) == ["<lambda> at shop/apps.py:14"]


@pytest.mark.parametrize(
    "text", ["shop.stock.LowStockAlert()", "LowStockAlert()", "LowStockAlert", "lowstockalert"]
)
def test_a_callable_object_goes_by_its_class(text: str) -> None:
    """With or without the parentheses the views write."""
    shown = receiver("shop.stock.LowStockAlert()", 20, file=f"{ROOT}/shop/stock.py")
    shop = Shop(connections={POST_SAVE: [connection(receiver=shown, kind=OBJECT)]})
    assert names(shop, text) == ["shop.stock.LowStockAlert()"]


def test_a_method_goes_by_its_class() -> None:
    """Whatever the object is called."""
    shown = receiver("audit.trail.AuditTrail.saved", 12, file=f"{ROOT}/audit/trail.py")
    shop = Shop(connections={POST_SAVE: [connection(receiver=shown, kind=METHOD)]})
    assert names(shop, "AuditTrail.saved") == names(shop, "saved") == ["audit.trail.AuditTrail.saved"]


def test_a_partial_is_found_by_what_it_calls() -> None:
    """It stands where its function does: one receiver, two names."""
    shown = receiver(f"partial({NOTIFY})")
    shop = Shop(connects=[], connections={POST_SAVE: [connection(receiver=shown, kind=PARTIAL)]})
    (target,) = found(shop, "notify")
    assert set(target.names) == {f"partial({NOTIFY})", NOTIFY}


def test_a_file_under_two_names_is_one_receiver() -> None:
    """Shown by the name the source has it by."""
    other = connection(
        order=2, receiver=receiver("project.shop.receivers.notify"), module="project.shop.receivers"
    )
    shop = Shop(connections={POST_SAVE: [other, connection()]})
    assert names(shop, "notify") == [NOTIFY]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"signal": "post_svae"}, "there is no signal 'post_svae'; the closest is .*post_save"),
        ({"sender": "shop.Ordr"}, "there is no sender 'shop.Ordr'; the closest is shop.Order"),
    ],
)
def test_an_unknown_signal_or_sender_names_the_nearest(asked: dict[str, str], message: str) -> None:
    """One line, like any mistake."""
    with pytest.raises(SignaltraceError, match=message):
        Shop().ask(**asked)


def test_a_signal_goes_by_its_short_name_and_a_sender_by_its_class() -> None:
    """As they are written in code."""
    chain = Shop().chain(signal="post_save", sender="Order")
    assert (chain.signal, chain.expected) == (POST_SAVE, "shop.Order")
    assert Shop().chain(sender="shop.models.Order").expected == "shop.Order"


def test_every_signal_and_sender_has_a_chain_the_broken_ones_first() -> None:
    """One receiver, three connections."""
    shop = Shop(
        connects=[connect(), connect(POST_DELETE, name("shop.models.Order"))],
        connections={POST_SAVE: [connection()]},
    )
    answer = shop.ask()
    assert [(each.signal, each.sender, each.holds) for each in answer.chains] == [
        (POST_DELETE, "shop.Order", False),
        (POST_SAVE, "any sender", True),
    ]
    assert not answer.well
    assert [each.signal for each in shop.ask(signal="post_save").chains] == [POST_SAVE]
