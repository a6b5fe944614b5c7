"""W019: gone from a signal, and no disconnect took it."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import removed_behind_django as rule
from signaltrace.history import CONNECTED, DISCONNECTED, NOT_FOUND, REMOVED
from tests.analysis.findings.building import APPS, FILE, PAID, conn, event, facts, found, signal


def removed(number=2, name="notify", **more):
    return event(REMOVED, number, name, **{"rival": number - 1, "site": None, "within": "", **more})


def test_where_it_was_connected_is_evidence():
    """The ledger knows the line."""
    (finding,) = found(rule, facts(signal(PAID), events=(event(), removed())))
    assert finding.title == f"shop.receivers.notify is gone from {PAID}, and no disconnect() took it"
    assert finding.evidence == (Evidence("shop.receivers.notify was connected here", APPS, 30),)
    assert finding.subject == PAID


def test_many_are_one_finding_of_the_signal():
    """A helper that mutes takes them all; one older than the ledger goes by its own place."""
    events = tuple(removed(number, f"n{'x' * number}", rival=0) for number in range(1, 9))
    (finding,) = found(rule, facts(signal(PAID), events=events))
    assert finding.title == f"8 receivers are gone from {PAID}, and no disconnect() took them"
    assert finding.evidence[0] == Evidence("shop.receivers.nx", FILE, 10)
    assert finding.evidence[-1] == Evidence("and 3 more")


@pytest.mark.parametrize(
    "events",
    [
        (event(),),
        (event(), removed(), event(CONNECTED, 3)),
        (event(), event(DISCONNECTED, 2, rival=1)),
        (event(NOT_FOUND),),
    ],
    ids=["connected", "connected again", "disconnected", "a disconnect that missed"],
)
def test_no_finding_of(events):
    """What is in force no longer, or was never so."""
    assert found(rule, facts(signal(PAID), events=events)) == []


def test_no_finding_of_what_is_there():
    """Put back as it was taken: without a connect()."""
    assert found(rule, facts(signal(PAID, conn()), events=(event(), removed()))) == []
