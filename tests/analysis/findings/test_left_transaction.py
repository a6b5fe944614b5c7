"""W106: what a receiver let out of a transaction; and recordings in which nothing left one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from signaltrace.analysis.finding import Evidence, Finding
from signaltrace.analysis.findings import left_transaction
from signaltrace.event import Event
from signaltrace.facts import Facts
from signaltrace.rows import STEP
from signaltrace.storage import load, save
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, Trace
from tests.analysis.findings.building import FILE, PAID, POST_SAVE, found

SITES = [None, CallSite("/srv/shop/pay.py", 30, "pay"), CallSite("/srv/shop/mail.py", 12, "confirm")]
HERE = 2
MAIL = {"how": "mail", "what": "mail to 1 recipient: Your order", "alias": "default"}
TASK = {"how": "celery", "what": "shop.tasks.pack", "alias": "default"}
SOCKET = {"how": "socket", "what": "crm.example.org:443", "alias": "default"}


def left(data: dict[str, Any] = MAIL, dispatch: int = 1, at: int = 5, **more: Any) -> Event:
    """Something let out by the first receiver of a dispatch, by its number."""
    number = dispatch * STEP
    event = Event("left", number + at, 0, number + 1, 0, HERE, 0, 0, (), data)
    return event._replace(**more)


def rollback(start: int, end: int, why: str = "", **more: Any) -> Event:
    """What was undone, from one id to another."""
    data = {"alias": more.pop("alias", "default"), "to": more.pop("to", "transaction"), "why": why}
    return Event("rollback", start, end, 0, 0, 0, 0, 0, (), data)._replace(**more)


def notify(name: str = "notify", **more: Any) -> Any:
    return called(f"shop.receivers.{name}", 1, **{"file": FILE, "line": 10, "app": "shop", **more})


def paid(*calls: Any, **more: Any) -> Any:
    return sent(more.pop("signal", PAID), "shop.Order", site=SITES[1], **more)(*(calls or (notify(),)))


def recorded(*events: Event, roots: Any = None) -> Trace:
    trace = build_trace(*(roots or (paid(), paid())))
    trace.sites = SITES
    trace.events = sorted(events, key=lambda each: each.id)
    return trace


def judged(*events: Event, **more: Any) -> list[Finding]:
    return found(left_transaction, Facts(trace=recorded(*events, **more)))


def test_without_a_trace_nothing_is_found() -> None:
    """Nor in one in which nothing left."""
    assert found(left_transaction, Facts()) == []
    assert judged() == []
    assert judged(rollback(STEP - 5, STEP + 50)) == []


def test_mail_that_left() -> None:
    """The line by which it went comes first; the subject of the mail is evidence, and in no name."""
    (finding,) = judged(left())
    assert finding.title == (
        "shop.receivers.notify left the transaction before it committed: mail to 1 recipient"
    )
    assert finding.subject == f"{PAID} of shop.Order: shop.receivers.notify, mail"
    assert finding.evidence == (
        Evidence("it went out in confirm(): mail to 1 recipient: Your order", "/srv/shop/mail.py", 12),
        Evidence("the receiver", FILE, 10),
        Evidence(f"{PAID} of shop.Order was sent once in pay()", "/srv/shop/pay.py", 30),
    )
    assert finding.fix == "Send it in a callback of transaction.on_commit()."
    assert (finding.mine, finding.app, finding.possible) == (True, "shop", False)


@pytest.mark.parametrize(
    ("data", "what", "subject", "went"),
    [
        (TASK, "Celery task shop.tasks.pack", "Celery task shop.tasks.pack", "the task was queued"),
        (SOCKET, "connection to crm.example.org:443", "a connection", "the connection was made"),
        (MAIL, "mail to 1 recipient", "mail", "the mail went out"),
    ],
)
def test_every_way_has_its_words(data: dict[str, Any], what: str, subject: str, went: str) -> None:
    """And its remedy; a host is no part of what it is known by."""
    first, second = judged(left(data), left(data, 2), rollback(2 * STEP - 5, 2 * STEP + 50))
    assert first.title.endswith(f" left the transaction before it committed: {what}")
    assert second.title.endswith(f" left the transaction, which was rolled back: {what}")
    assert first.subject == second.subject
    assert first.subject.endswith(f": shop.receivers.notify, {subject}")
    assert second.evidence[2].text == f"rolled back afterwards: {went}, what it tells of did not happen"
    assert ("delay_on_commit" in first.fix) is (data is TASK)


@pytest.mark.parametrize(
    ("undone", "expected"),
    [
        (rollback(STEP - 5, STEP + 50), True),
        (rollback(STEP + 4, STEP + 6), True),
        (rollback(STEP + 6, STEP + 50), False),
        (rollback(STEP - 9, STEP + 4), False),
        (rollback(STEP - 5, STEP + 50, alias="other"), False),
        (rollback(STEP - 5, STEP + 50, thread=1), False),
    ],
    ids=["around it", "just around it", "begun later", "over by then", "another database", "another thread"],
)
def test_rolled_back_only_if_it_was_inside(undone: Event, expected: bool) -> None:
    """Same thread, same database, and its id between the two."""
    (finding,) = judged(left(), undone)
    assert ("which was rolled back" in finding.title) is expected


def test_why_it_was_rolled_back() -> None:
    """The exception, by its type; a savepoint is said to be one."""
    undone = rollback(STEP - 5, STEP + 50, why="shop.errors.NoStock", to="savepoint")
    (finding,) = judged(left(), undone)
    assert finding.title.endswith(" left the savepoint, which was rolled back: mail to 1 recipient")
    assert finding.evidence[2] == Evidence(
        "rolled back afterwards (shop.errors.NoStock): the mail went out, what it tells of did not happen"
    )


def test_rollbacks_inside_each_other() -> None:
    """One that is over hides none that is still to come."""
    undone = (rollback(STEP - 9, STEP + 90), rollback(STEP - 6, STEP + 2), rollback(STEP + 3, STEP + 4))
    (finding,) = judged(left(), *undone)
    assert "which was rolled back" in finding.title
    assert judged(left(), *undone[1:])[0].title.endswith("before it committed: mail to 1 recipient")


def test_of_several_rollbacks_around_it_the_first_is_told() -> None:
    """It was undone by then."""
    undone = [
        rollback(STEP - 9, STEP + 90, "Outer"), rollback(STEP - 8, STEP + 40, "Inner", to="savepoint"),
        rollback(STEP - 8, STEP - 6, "Over"), rollback(STEP - 5, STEP + 3, "Over, too"),
    ]  # fmt: skip
    (finding,) = judged(left(), *undone)
    assert finding.evidence[2].text.startswith("rolled back afterwards (Inner): ")


def test_the_same_from_the_same_line_is_one_finding() -> None:
    """With how often; the subjects of many mails are left out."""
    other = {**MAIL, "what": "mail to 1 recipient: Another"}
    (finding,) = judged(left(), left(other, at=6), left(dispatch=2))
    assert finding.title == (
        "shop.receivers.notify left the transaction before it committed, 3 times: mail to 1 recipient"
    )
    assert finding.evidence[0] == Evidence("it went out in confirm()", "/srv/shop/mail.py", 12)
    assert finding.evidence[2].text == f"{PAID} of shop.Order was sent 3 times in pay()"


def test_mail_to_more_and_fewer() -> None:
    """What is not the same for all is left out."""
    (finding,) = judged(left(), left({**MAIL, "what": "2 mails to 9 recipients"}, 2))
    assert finding.title.endswith(" before it committed, twice: mail")


def test_what_is_to_be_mended_apart_is_told_apart() -> None:
    """Another line, another way, another task, another receiver, another signal."""
    roots = (paid(notify(), notify("other")), paid(signal=POST_SAVE))
    events = [
        left(), left(at=6, site=1), left(TASK, at=7), left({**TASK, "what": "shop.tasks.bill"}, at=8),
        left(at=9, span=STEP + 2), left(dispatch=2),
    ]  # fmt: skip
    assert len(judged(*events, roots=roots)) == 6


def test_a_receiver_of_somebody_elses() -> None:
    """Is not ours to mend."""
    (finding,) = judged(left(), roots=[paid(notify(mine=False, app="vendor"))])
    assert (finding.mine, finding.app) == (False, "vendor")


def test_a_call_that_is_not_in_the_trace() -> None:
    """It was dropped, or is still running: nothing to judge."""
    assert judged(left(dispatch=9), left(span=0)) == []


def test_a_line_nobody_knows() -> None:
    """Then the receiver comes first."""
    (finding,) = judged(left(site=0))
    assert finding.evidence[0] == Evidence("the receiver", FILE, 10)


def test_what_another_version_noted_is_passed_over() -> None:
    """A file may hold events of this kind that say something else."""
    assert judged(left({}), left({"how": 1, "what": []}, at=6)) == []
    (finding,) = judged(left({**MAIL, "how": "pigeon", "what": "home"}))
    assert finding.title.endswith(": connection to home")


def test_of_a_file_the_same_is_found(tmp_path: Any) -> None:
    """A saved trace is judged as a new one."""
    trace = recorded(left(), left(TASK, 2), rollback(STEP - 5, STEP + 50, why="E"))
    save(trace, tmp_path / "t.json")
    expected = found(left_transaction, Facts(trace=trace))
    assert found(left_transaction, Facts(trace=load(tmp_path / "t.json"))) == expected
    assert len(expected) == 2


def test_a_task_of_a_lambda_is_known_without_its_line() -> None:
    """So that a baseline knows it tomorrow."""
    trace = recorded(left())
    trace.receivers[0] = replace(trace.receivers[0], name="<lambda> at shop/receivers.py:10")
    (finding,) = found(left_transaction, Facts(trace=trace))
    assert finding.subject == f"{PAID} of shop.Order: <lambda> at shop/receivers.py, mail"
