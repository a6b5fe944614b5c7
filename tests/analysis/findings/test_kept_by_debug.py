"""W003: alive only because of Django's cache of signatures."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import kept_by_debug as rule
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION
from tests.analysis.findings.building import APPS, FILE, PAID, conn, event, facts, found, signal


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
