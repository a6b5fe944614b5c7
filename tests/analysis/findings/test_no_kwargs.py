"""W012: receivers that take no keywords but their own."""

from __future__ import annotations

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import no_kwargs as rule
from tests.analysis.findings.building import FILE, PAID, POST_SAVE, conn, facts, found, signal


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
