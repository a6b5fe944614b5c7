"""W003: alive only because of Django's cache of signatures."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import kept_by_debug as rule
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION
from tests.analysis.findings.building import APPS, FILE, PAID, conn, event, facts, found, module, signal
from tests.analysis.findings.source_building import function

TWINS = module("shop.receivers", functions=(function("notify", 10), function("notify", 40)))


def test_it_is_told_with_the_line_that_connected_it():
    """The connect() first, which is to be mended, then the receiver."""
    given = facts(signal(PAID, conn(kept_by_debug=True)), events=(event(),), debug=True)
    (finding,) = found(rule, given)
    assert finding.title == f"shop.receivers.notify hears {PAID} only as long as DEBUG is on"
    assert finding.evidence == (
        Evidence("connected here in shop.apps.ShopConfig.ready()", APPS, 30),
        Evidence("the receiver", FILE, 10),
    )
    assert not finding.possible


def test_the_subject_of_a_lambda_has_no_line():
    """A baseline is to know it when the file has grown."""
    one = conn(
        "<lambda> at shop/apps.py:14",
        kept_by_debug=True,
        kind=LAMBDA,
        module="shop.apps",
        qualname="f.<lambda>",
    )
    (finding,) = found(rule, facts(signal(PAID, one)))
    assert finding.subject == f"{PAID}: shop.apps.f.<lambda>"


@pytest.mark.parametrize(
    "more", [{}, {"kept_by_debug": True, "weak": False}, {"kept_by_debug": True, "alive": False}]
)
def test_no_finding_of_what_is_kept_by_more_or_by_nothing(more):
    """Strong ones stay in production, dead ones are E002's."""
    assert found(rule, facts(signal(PAID, conn(kind=LOCAL_FUNCTION, **more)))) == []


def test_the_first_of_two_functions_of_one_name():
    """Both run while DEBUG is on; a module holds the second alone. Something else may hold the first."""
    both = signal(PAID, conn(), conn(line=40))
    (finding,) = found(rule, facts(both, modules=(TWINS,), debug=True))
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("the second function of that name", FILE, 40),
    )
    assert finding.fix.startswith("Rename one of the two")
    assert finding.possible
    (seen,) = found(rule, facts(signal(PAID, conn(kept_by_debug=True)), modules=(TWINS,), debug=True))
    assert (seen.evidence, seen.fix, seen.possible) == (finding.evidence, finding.fix, False)


@pytest.mark.parametrize(
    ("connections", "debug"),
    [
        ((conn(), conn(line=40)), False),
        ((conn(),), True),
        ((conn(weak=False), conn(line=40)), True),
        ((conn(kind=LOCAL_FUNCTION), conn(line=40)), True),
    ],
    ids=["DEBUG is off", "the second is in another branch", "strong", "no module's function"],
)
def test_no_finding_of_two_of_one_name(connections, debug):
    """With DEBUG off the living are held by something; what was never seen to run may be an `else`."""
    assert found(rule, facts(signal(PAID, *connections), modules=(TWINS,), debug=debug)) == []
