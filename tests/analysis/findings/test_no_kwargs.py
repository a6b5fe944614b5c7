"""W012: receivers that take no keywords but their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import no_kwargs as rule
from tests.analysis.findings.building import (
    APPS,
    FILE,
    PAID,
    POST_SAVE,
    conn,
    declaration,
    facts,
    found,
    module,
    signal,
)
from tests.analysis.findings.source_building import decorated, function

PRE_SAVE = "django.db.models.signals.pre_save"


def test_one_finding_a_receiver():
    """Whatever it hears."""
    one = conn(accepts_kwargs=False)
    (finding,) = found(rule, facts(signal(PAID, one), signal(POST_SAVE, one)))
    assert (
        finding.title == f"shop.receivers.notify takes no **kwargs, and is connected to {PAID} and post_save"
    )
    assert finding.evidence == (Evidence("the receiver", FILE, 10),)
    assert finding.fix == "Add **kwargs to its parameters."


def test_no_finding_of_one_that_takes_them_or_is_dead():
    """It is not called then."""
    dead = conn(accepts_kwargs=False, alive=False)
    assert found(rule, facts(signal(PAID, conn(), dead))) == []


def test_a_packages_own_is_not_mine():
    """It is counted apart."""
    (finding,) = found(rule, facts(signal(PAID, conn("lib.hear", accepts_kwargs=False, mine=False))))
    assert finding.mine is False


def bare(line=10, **more):
    """``def notify(sender, order)``, decorated."""
    given = {"parameters": ("sender", "order"), "required": ("sender", "order"), **more}
    return function(given.pop("qualname", "notify"), line, **{"accepts_kwargs": False, **given})


def in_source(function, signal_name=PAID, *connections, loaded=True, **more):
    """A file with this function, which @receiver connects to the signal."""
    name = f"shop.receivers.{function.qualname}"
    source = module(
        "shop.receivers",
        decorated(signal_name, name, **more),
        functions=(function,),
        loaded_as=("shop.receivers",) if loaded else (),
    )
    return facts(signal(signal_name, *connections), modules=(source,))


@pytest.mark.parametrize("more", [{"loaded": False}, {"conditional": True}])
def test_one_that_was_not_connected_here_is_judged_by_the_source(more):
    """Elsewhere its module is imported, or the branch taken: with DEBUG off nothing is said there."""
    (finding,) = found(rule, in_source(bare(), **more))
    assert finding.title == f"shop.receivers.notify takes no **kwargs, and is to be connected to {PAID}"
    assert finding.evidence == (Evidence("the receiver", FILE, 10),)
    assert (finding.possible, finding.subject) == (False, "shop.receivers.notify")


def test_one_that_a_call_connects_is_possible():
    """Its name may have been given another value since."""
    call = declaration(PAID, "shop.receivers.notify", receiver_line=None, conditional=True)
    sources = (module("shop.receivers", functions=(bare(),)), module("shop.apps", call))
    (finding,) = found(rule, facts(signal(PAID), modules=sources))
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("to be connected here", APPS, 20),
    )
    assert finding.possible


@pytest.mark.parametrize(
    "given",
    [
        in_source(bare(accepts_kwargs=True), loaded=False),
        in_source(bare(decorators=("receiver", "takes_all")), loaded=False),
        in_source(bare(), PAID, conn(accepts_kwargs=True)),
        in_source(bare(), PAID, conn(alive=False, order=0)),
    ],
    ids=["takes them", "a decorator may take them", "connected, and found to take them", "dead"],
)
def test_no_finding_in_the_source_of(given):
    """What a decorator makes of it is not known; what is connected is asked itself."""
    assert found(rule, given) == []


@pytest.mark.parametrize("first", ["self", "cls"])
def test_a_method_that_is_connected_in_its_class_is_a_plain_function(first):
    """@receiver gets the function, before there is an object: nothing gives it self."""
    method = bare(qualname="Box.hear", parameters=(first, "sender"), required=(first, "sender"))
    given = in_source(
        replace(method, accepts_kwargs=True), PAID, conn("shop.receivers.Box.hear", qualname="Box.hear")
    )
    (finding,) = found(rule, given)
    assert finding.title == (
        f"shop.receivers.Box.hear is connected to {PAID} as a plain function: nothing gives it {first}"
    )
    assert "staticmethod" in finding.fix
    assert not finding.possible


@pytest.mark.parametrize(
    "more",
    [
        {"parameters": ("sender",), "required": ("sender",)},
        {"parameters": ("self", "sender"), "required": ("sender",)},
        {"qualname": "make.<locals>.hear", "parameters": ("self",), "required": ("self",)},
    ],
    ids=["a staticmethod", "self has a default", "no method"],
)
def test_no_finding_of_what_needs_no_self(more):
    """Of a signal whose keywords nobody knows."""
    one = bare(**{"qualname": "Box.hear", "accepts_kwargs": True, **more})
    name = f"shop.receivers.{one.qualname}"
    assert found(rule, in_source(one, PAID, conn(name, qualname=one.qualname))) == []


def test_a_parameter_that_a_model_signal_never_sends():
    """pre_save has no created; of a signal of one's own nobody knows the keywords."""
    names = ("sender", "instance", "created")
    one = bare(parameters=names, required=names, accepts_kwargs=True)
    (finding,) = found(rule, in_source(one, PRE_SAVE, conn()))
    assert finding.title == ("shop.receivers.notify is connected to pre_save, and nothing gives it created")
    assert found(rule, in_source(one, POST_SAVE, conn())) == []
    assert found(rule, in_source(one, PAID, conn())) == []
    assert found(rule, in_source(replace(one, required=names[:2]), PRE_SAVE, conn())) == []
