"""E002: a receiver that nothing keeps, and everything beside it that is kept."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import weak_temporary as rule
from signaltrace.declarations import (
    LAMBDA,
    LOCAL_FUNCTION,
    METHOD,
    OBJECT,
    PARTIAL,
    UNDECIDED,
    Reference,
)
from signaltrace.history import DIED, RECEIVER_COLLECTED, SENDER_COLLECTED
from signaltrace.span import CallSite
from tests.analysis.findings.building import (
    APPS,
    FILE,
    PAID,
    conn,
    declaration,
    event,
    facts,
    found,
    module,
    signal,
)
from tests.analysis.findings.source_building import function

LOCAL = "shop.apps.ShopConfig.ready.<locals>.greet"
PRINTER = Reference(UNDECIDED, "", "Printer().print")


def dead(name=LOCAL, **more):
    return conn(name, alive=False, order=0, kind=LOCAL_FUNCTION, file=APPS, line=12, **more)


def weak_lambda(**more):
    given = {"receiver_kind": LAMBDA, "receiver_line": 20, "temporary": True, **more}
    return declaration(PAID, Reference(UNDECIDED, "", "lambda **kw: None"), **given)


def test_a_dead_connection_is_certain():
    """It is seen dead: nothing is inferred."""
    (finding,) = found(rule, facts(signal(PAID, dead()), events=()))
    assert finding.title == f"{LOCAL} was connected to {PAID} weakly and is gone: it is never called"
    assert finding.subject == f"{PAID}: {LOCAL}"
    assert finding.evidence == (Evidence("the receiver, collected", APPS, 12),)
    assert (finding.possible, finding.mine) == (False, True)
    assert "weak=False" in finding.fix


def test_the_line_that_connected_it_is_evidence():
    """From the source and from the ledger it is the same line, and told once."""
    source = module(
        "shop.apps",
        declaration(PAID, LOCAL, receiver_kind=LOCAL_FUNCTION, receiver_line=12, temporary=True, line=30),
    )
    (finding,) = found(rule, facts(signal(PAID, dead()), modules=(source,)))
    assert finding.evidence == (
        Evidence("connected weakly here, and nothing keeps it", APPS, 30),
        Evidence("the receiver, collected", APPS, 12),
    )


def test_one_of_which_nothing_is_known_is_told_by_its_signal_and_sender():
    """Its name and place went with it."""
    one = conn("collected receiver", "shop.Order", alive=False, order=0, file=None, line=None, kind="")
    (finding,) = found(rule, facts(signal(PAID, one)))
    assert finding.evidence == (Evidence(f"a dead entry of {PAID} for shop.Order"),)


MAILER = "shop.mail.Mailer.send"
BY_IMPORT = {"within": "", "site": CallSite("/srv/shop/mail.py", 30, "<module>")}
BY_SCRIPT = {"within": "", "site": CallSite("/srv/manage.py", 30, "<module>")}
BY_CALL = {"within": "", "site": CallSite("/srv/shop/mail.py", 30, "Mailer.__init__")}


def gone(kind, *begun):
    """An object's receiver, dead, and how those like it were connected."""
    events = [event(number=at, name=MAILER, **each) for at, each in enumerate(begun, 1)]
    script = module("manage", loaded_as=("__main__",))
    one = conn(MAILER, alive=False, order=0, kind=kind)
    return facts(signal(PAID, one), modules=(module("shop.mail"), script), events=tuple(events))


@pytest.mark.parametrize("kind", [METHOD, OBJECT])
@pytest.mark.parametrize("begun", [{}, BY_IMPORT], ids=["ready()", "an import"])
def test_an_object_may_have_been_meant_to_go(kind, begun):
    """Its death is certain; that it is a fault is inferred."""
    (finding,) = found(rule, gone(kind, begun))
    assert finding.possible


@pytest.mark.parametrize("kind", [METHOD, OBJECT])
@pytest.mark.parametrize("begun", [(), (BY_CALL,), (BY_SCRIPT,), ({}, BY_CALL)], ids=str)
def test_no_finding_of_an_object_that_was_connected_while_the_program_ran(kind, begun):
    """It connects itself for its own life, as Django's file storages do."""
    assert found(rule, gone(kind, *begun)) == []


def test_many_dead_of_one_name_are_one_finding():
    """A function that is called per request leaves one behind each time."""
    assert len(found(rule, facts(signal(PAID, dead(), dead(), dead(dispatch_uid="x"))))) == 1


@pytest.mark.parametrize(
    "one",
    [
        conn(LOCAL, kind=LOCAL_FUNCTION),
        conn(LOCAL, kind=LOCAL_FUNCTION, weak=False),
        conn(LOCAL, kind=LOCAL_FUNCTION, alive=False, sender="collected sender"),
        conn(LOCAL, kind=LOCAL_FUNCTION, kept_by_debug=True),
    ],
    ids=["alive", "strong", "its sender died", "the DEBUG variant"],
)
def test_no_finding_of(one):
    """What is alive is no finding of this rule; nor what a sender took along."""
    assert found(rule, facts(signal(PAID, one))) == []


def test_what_the_ledger_saw_die_counts_when_it_is_swept_away():
    """Django drops dead entries at the next connect: then the ledger alone knows."""
    events = (
        event(number=1, name=LOCAL),
        event(DIED, 2, LOCAL, rival=1, site=None, within="", reason=RECEIVER_COLLECTED, kind=LOCAL_FUNCTION),
    )
    (finding,) = found(rule, facts(signal(PAID), events=events))
    assert Evidence("connected here", APPS, 30) in finding.evidence
    assert not finding.possible


@pytest.mark.parametrize(
    ("begun", "died"),
    [
        ({"within": "", "site": CallSite(APPS, 30, "view")}, {}),
        ({}, {"reason": SENDER_COLLECTED}),
        ({}, {"weak": False}),
    ],
    ids=["connected by a call", "its sender died", "strong"],
)
def test_no_finding_of_a_death(begun, died):
    """What a call connected may have ended with it."""
    last = {"rival": 1, "site": None, "within": "", "reason": RECEIVER_COLLECTED, **died}
    events = (event(number=1, name=LOCAL, **begun), event(DIED, 2, LOCAL, **last))
    assert found(rule, facts(signal(PAID), events=events)) == []


def test_no_finding_of_one_that_was_connected_again():
    """A reload makes it anew."""
    events = (event(number=1, name=LOCAL), event(DIED, 2, LOCAL, rival=1, site=None, within=""))
    assert found(rule, facts(signal(PAID, conn(LOCAL)), events=events)) == []


@pytest.mark.parametrize(
    "more", [{"dispatch_uid": "shop.greet"}, {"sender": "shop.Order"}, {"line": 40}], ids=str
)
def test_another_connection_of_its_name_does_not_hide_a_death(more):
    """Another object's method with a uid or a sender of its own, or a second function that took the name."""
    events = (event(number=1, name=LOCAL), event(DIED, 2, LOCAL, rival=1, site=None, within=""))
    (finding,) = found(rule, facts(signal(PAID, conn(LOCAL, **more)), events=events))
    assert Evidence("connected here", APPS, 30) in finding.evidence


def test_the_source_alone_makes_it_possible():
    """Nothing live shows it: its line may not have been reached yet."""
    source = module("shop.apps", weak_lambda(scope="ShopConfig.ready"))
    (finding,) = found(rule, facts(signal(PAID), modules=(source,)))
    assert finding.title == f"{PAID} is connected weakly to a lambda that nothing keeps"
    assert finding.subject == f"{PAID}: shop.apps.ShopConfig.ready.<locals>.<lambda>"
    assert finding.evidence == (Evidence("connected weakly here", APPS, 20),)
    assert finding.possible


@pytest.mark.parametrize(
    ("more", "loaded"),
    [
        ({"weak": False}, True),
        ({"weak": None}, True),
        ({"temporary": False}, True),
        ({}, False),
    ],
    ids=["strong", "undecided", "kept", "never imported"],
)
def test_no_finding_in_the_source_of(more, loaded):
    """What the source leaves undecided never fires; what was never imported is another rule's."""
    source = module("shop.apps", weak_lambda(**more), loaded_as=("shop.apps",) if loaded else ())
    assert found(rule, facts(signal(PAID), modules=(source,))) == []


def test_no_finding_of_what_the_same_function_disconnects():
    """It is kept by that function's own variable, for as long as it is wanted."""
    listen = {"receiver_kind": LOCAL_FUNCTION, "temporary": True, "scope": "sold", "receiver_line": 18}
    source = module(
        "shop.apps",
        declaration(PAID, "shop.apps.sold.<locals>.note", **listen),
        declaration(PAID, "shop.apps.sold.<locals>.note", action="disconnect", **listen),
    )
    assert found(rule, facts(signal(PAID), modules=(source,))) == []


@pytest.mark.parametrize("kind", [METHOD, PARTIAL])
def test_no_finding_where_one_of_its_kind_is_alive(kind):
    """An object can keep itself: it can't be told that the living one is another."""
    source = module("shop.apps", declaration(PAID, PRINTER, receiver_kind=kind, temporary=True))
    alive = signal(PAID, conn("shop.printing.Printer.print", kind=kind))
    assert found(rule, facts(alive, modules=(source,))) == []
    assert len(found(rule, facts(signal(PAID), modules=(source,)))) == 1


TWINS = module("shop.receivers", functions=(function("notify", 10), function("notify", 40)))


@pytest.mark.parametrize("swept", [True, False])
def test_the_first_of_two_functions_of_one_name_is_told_with_both_lines(swept):
    """Its name was taken, nothing else holds it, and the second one lives: the fix is another name."""
    live_one = conn(line=40)
    if swept:
        events = (
            event(number=1, site=CallSite(FILE, 10, "<module>")),
            event(DIED, 2, rival=1, site=None, within="", reason=RECEIVER_COLLECTED),
        )
        given = facts(signal(PAID, live_one), modules=(TWINS,), events=events)
    else:
        given = facts(signal(PAID, conn(alive=False, order=0), live_one), modules=(TWINS,))
    (finding,) = found(rule, given)
    assert finding.title == (
        f"shop.receivers.notify was connected to {PAID} weakly and is gone: a second function took its name"
    )
    assert finding.evidence[-2:] == (
        Evidence("the receiver, collected", FILE, 10),
        Evidence("the second function of that name", FILE, 40),
    )
    assert finding.fix.startswith("Rename one of the two")
    assert not finding.possible


def test_the_last_of_its_name_was_not_replaced():
    """It died of something else."""
    (finding,) = found(rule, facts(signal(PAID, conn(alive=False, order=0, line=40)), modules=(TWINS,)))
    assert "weak=False" in finding.fix
