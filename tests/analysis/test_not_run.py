"""What is connected for a model and did not run, and why: told from the trace and the relations of models."""

from __future__ import annotations

from dataclasses import replace

from signaltrace.analysis.model_reach import model_reach
from signaltrace.analysis.not_run import not_run
from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, ReceiverInfo, SenderInfo, SignalInfo

MODELS = "django.db.models.signals"
ORDER = ModelInfo(
    "shop.Order", "shop.models.Order", children=("shop.Gift",), many_to_many=(("tags", "shop.OT"),)
)
GIFT = ModelInfo("shop.Gift", "shop.models.Gift", parents=("shop.Order",))
THROUGH = ModelInfo("shop.OT", "shop.models.OT", auto_created="shop.Order")


def connected(signal, *receivers):
    """A signal with connections ``(receiver, sender)``; a name that ends in ``!`` is dead."""
    connections = tuple(
        Connection(at, ReceiverInfo(name.rstrip("!")), SenderInfo(sender), True, not name.endswith("!"))
        for at, (name, sender) in enumerate(receivers, 1)
    )
    return ConnectedSignal(SignalInfo(f"{MODELS}.{signal}"), connections)


def told(trace, *signals, deletes=False, ended=False, model=ORDER):
    """``signal receiver: why`` of each."""
    models = (model, GIFT, THROUGH) if model.label == "shop.Order" else (ORDER, model, THROUGH)
    facts = Facts(inventory=Inventory(signals=signals), models=models)
    found = not_run(model_reach(facts, model.label), trace, deletes=deletes, ended=ended)
    return [
        f"{each.signal.rpartition('.')[2]} {one.receiver.name}: {each.why}"
        for each in found
        for one in each.connections
    ]


def saved(signal, *calls, sender="shop.Order", **more):
    """A dispatch of a model signal, and its receivers."""
    return sent(f"{MODELS}.{signal}", sender, **more)(*calls)


def test_what_ran_is_not_listed():
    """For this model, on this signal: the same receiver on another sender's dispatch is no proof."""
    signals = connected("post_save", ("ran", "shop.Order"), ("idle", "any sender"))
    trace = build_trace(
        saved("post_save", called("ran", 1)), saved("post_save", called("idle", 1), sender="shop.Line")
    )
    assert told(trace, signals) == [
        "post_save idle: possible: it was disconnected meanwhile, for the signal was sent and not to it"
    ]


def test_the_other_methods_signals():
    """save() sends none of delete()'s, nor the other way round; m2m_changed comes from neither."""
    signals = (
        connected("pre_save", ("a", "shop.Order")),
        connected("post_delete", ("b", "shop.Order")),
        connected("m2m_changed", ("c", "shop.OT")),
    )
    ran = build_trace(saved("pre_save", called("a", 1)))
    assert told(ran, *signals) == [
        "post_delete b: sent by delete(), not by save()",
        "m2m_changed c: sent when tags is changed (add, remove, clear, set), not by save()",
    ]
    gone = build_trace(saved("post_delete", called("b", 1)))
    assert told(gone, *signals, deletes=True) == [
        "pre_save a: sent by save(), not by delete()",
        "m2m_changed c: sent when tags is changed (add, remove, clear, set), not by delete()",
    ]


def test_what_a_receiver_caused_is_not_listed():
    """A receiver of the save that deletes one, or changes the relation, has had the others run."""
    signals = (connected("pre_save", ("a", "shop.Order")), connected("pre_delete", ("b", "shop.Order")))
    inner = saved("pre_delete", called("b", 1))
    assert told(build_trace(saved("pre_save", called("a", 1)(inner))), *signals) == []


def test_muted_and_passed_over():
    """As the trace has it."""
    signals = connected("post_save", ("bad", "shop.Order"), ("late", "shop.Order"), ("quiet", "shop.Order"))
    trace = build_trace(
        saved(
            "post_save",
            called("bad", 1, error=ErrorInfo("ValueError", "no")),
            not_called=("late",),
            muted=("quiet",),
        )
    )
    assert told(trace, signals, ended=True) == [
        "post_save late: bad raised before its turn",
        "post_save quiet: it was muted",
    ]


def test_a_signal_that_was_not_sent():
    """An exception came before, or save() is the model's own and never got there."""
    signals = connected("post_save", ("a", "shop.Order"))
    assert told(build_trace(), signals, ended=True) == [
        "post_save a: not sent any more: save() had ended by an exception"
    ]
    own = replace(ORDER, own_save=True)
    assert told(build_trace(), signals, model=own) == [
        "post_save a: not sent: the save() that ran is not Django's own"
    ]
    assert told(build_trace(), signals) == ["post_save a: not sent for shop.Order"]


def test_a_dead_receiver():
    """It is still connected, and gone."""
    signals = connected("post_save", ("a!", "shop.Order"))
    trace = build_trace(saved("post_save", called("b", 1)))
    assert told(trace, signals) == [
        "post_save a: it was collected: connected weakly, and nothing else held it"
    ]


def test_senders_are_compared_by_identity():
    """A child's receivers do not hear the parent's save, nor the parent's the child's."""
    signals = connected("post_save", ("child", "shop.Gift"), ("parent", "shop.Order"))
    trace = build_trace(saved("post_save", called("parent", 1)))
    assert told(trace, signals) == [
        "post_save child: shop.Gift (child) is not the sender: that is shop.Order itself"
    ]
    trace = build_trace(saved("post_save", called("child", 1), sender="shop.Gift"))
    assert told(trace, signals, model=GIFT) == [
        "post_save parent: shop.Order (parent) is not the sender: that is shop.Gift itself"
    ]


def test_dropped_spans_prove_nothing():
    """A receiver that is in the totals ran; nobody knows for whom."""
    signals = connected("post_save", ("a", "shop.Order"))
    trace = build_trace(saved("post_save", called("a", 1), sender="shop.Line"))
    assert told(trace, signals) == ["post_save a: not sent for shop.Order"]
    trace.tally.receivers[0] = None
    assert told(trace, signals) == []
