"""A receiver that can't take the call: every dispatch raises, and that is said where it is certain."""

from __future__ import annotations

import pytest

from signaltrace.analysis.why.link import BROKEN
from signaltrace.history import REFUSED
from signaltrace.span import ReceiverInfo
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo
from tests.analysis.why.building import (
    ANY,
    NOTIFY,
    PAID,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    Shop,
    connect,
    connection,
    event,
    function,
    name,
    saw,
    unconnected,
)

METHOD = "Mail.notify"
HEARD = ("signal", "sender", "instance", "created", "raw", "using", "update_fields")


def shop(parameters: tuple[str, ...], signal: str = POST_SAVE, **more: object) -> Shop:
    """notify with these parameters and no ``**kwargs``, connected while Django did not look."""
    made = function(parameters=parameters, accepts_kwargs=False)
    live = {signal: [connection(accepts_kwargs=False)]}
    return Shop(connects=[connect(signal)], functions=[made], connections=live, **more)  # type: ignore[arg-type]


def in_class(**more: object) -> Shop:
    """``@receiver`` above a method, in the body of its class."""
    made = function(METHOD, parameters=("self", "sender"), **more)
    who = ReceiverInfo(f"shop.receivers.{METHOD}", RECEIVERS, 10, "shop", True)
    one = connect(receiver=name(f"shop.receivers.{METHOD}"))
    live = {POST_SAVE: [connection(receiver=who, qualname=METHOD)]}
    return Shop(connects=[one], functions=[made], connections=live)


@pytest.mark.parametrize(
    ("signal", "parameters", "missing"),
    [
        (POST_DELETE, ("sender", "instance"), "signal, using and origin"),
        (POST_SAVE, HEARD[1:], "passes signal:"),
        (PAID, ("sender", "order"), "passes signal:"),
    ],
)
def test_a_keyword_that_is_always_passed_and_never_taken_breaks_the_chain(
    signal: str, parameters: tuple[str, ...], missing: str
) -> None:
    """The def is named, with the def as it is to be."""
    chain = shop(parameters, signal).chain()
    (link,) = [each for each in chain.links if each.name == "signature"]
    assert (link.state, chain.holds) == (BROKEN, False)
    assert missing in link.text
    assert link.fix is not None
    assert (link.fix.line, link.fix.code) == (11, (f"def notify({', '.join(parameters)}, **kwargs):",))


def test_what_takes_all_that_is_passed_is_not_broken() -> None:
    """Without ``**kwargs`` it runs all the same; of a signal of one's own nobody knows what is passed."""
    assert shop(HEARD).chain().holds
    assert not [each for each in shop(("sender", "signal"), PAID).chain().links if each.name == "signature"]


def test_what_a_decorator_may_have_changed_is_not_judged() -> None:
    """The parameters of the source are not those of what is connected."""
    made = shop(("sender",))
    made.functions = [
        function(parameters=("sender",), accepts_kwargs=False, decorators=("quiet", "receiver"))
    ]
    assert made.chain().holds


def test_a_connection_that_django_refused_is_told_once() -> None:
    """Under DEBUG it is refused for the very reason."""
    made = function(parameters=("sender",), accepts_kwargs=False)
    refused = event(REFUSED, reason="ValueError: Signal receivers must accept keyword arguments (**kwargs).")
    chain = unconnected(functions=[made], history=saw(refused)).chain()
    assert [each.name for each in chain.broken] == ["accepted"]


def test_a_method_connected_in_its_class_lacks_its_self() -> None:
    """Nothing binds it: the fix is a staticmethod."""
    link = in_class().chain("Mail.notify").broken[0]
    assert (link.name, "nothing passes self" in link.text) == ("signature", True)
    assert link.fix is not None
    assert link.fix.code == ("@staticmethod", "def notify(sender, **kwargs):")


def test_a_bound_method_and_a_staticmethod_have_all_they_take() -> None:
    """``connect(mail.notify)`` passes self."""
    assert in_class(decorators=("receiver", "staticmethod")).chain("Mail.notify").holds
    bound = in_class()
    (live,) = bound.connections[POST_SAVE]
    bound.connections = {POST_SAVE: [connection(receiver=live.receiver, kind="method")]}
    assert bound.chain("Mail.notify").holds


def test_a_recording_shows_what_it_raised() -> None:
    """Each call is evidence."""
    error = ErrorInfo("builtins.TypeError", "notify() got an unexpected keyword argument 'signal'")
    one = sent(POST_SAVE, ANY)(called(NOTIFY, file=RECEIVERS, line=10, error=error))
    link = shop(("sender",), trace=build_trace(one, one)).chain().broken[0]
    assert link.name == "signature"
    assert link.evidence[-1].text == f"raised TypeError 2 times: {error.message}"
