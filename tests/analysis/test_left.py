"""Remarks of the tree on what left a transaction."""

from __future__ import annotations

from signaltrace.analysis.remarks import CARE, WRONG, Remark
from signaltrace.analysis.remarks.outgoing import of_calls
from signaltrace.rows import STEP
from tests.analysis.findings.test_left_transaction import MAIL, SOCKET, TASK, left, recorded, rollback

PLACE = ("/srv/shop/mail.py", 12)
BEFORE = "left the transaction before it committed"
FIRST, SECOND = STEP + 1, 2 * STEP + 1


def test_a_remark_is_of_its_own_call() -> None:
    """What another receiver let out is that one's."""
    trace = recorded(left(), left(SOCKET, 2))
    mail = Remark(f"{BEFORE}: mail to 1 recipient: Your order", CARE, place=PLACE)
    socket = Remark(f"{BEFORE}: connection to crm.example.org:443", CARE, place=PLACE)
    assert of_calls(trace, [FIRST]) == [mail]
    assert of_calls(trace, [SECOND]) == [socket]
    assert of_calls(trace, [FIRST, SECOND]) == [mail, socket]
    assert of_calls(trace, [STEP + 2]) == []
    assert of_calls(recorded(), [FIRST]) == []


def test_what_was_rolled_back_comes_first() -> None:
    """It went wrong; the rest might have."""
    trace = recorded(left(SOCKET), left(dispatch=2), rollback(2 * STEP - 5, 2 * STEP + 50))
    wrong, care = of_calls(trace, [FIRST, SECOND])
    assert wrong == Remark(
        "left the transaction, which was rolled back: mail to 1 recipient: Your order; "
        "the mail went out, what it tells of did not happen",
        WRONG,
        place=PLACE,
    )
    assert care.weight == CARE


def test_the_same_from_the_same_line_is_told_once() -> None:
    """With how often, and in words that fit all of them."""
    trace = recorded(left(), left(dispatch=2), left(TASK, at=6, site=0), left(TASK, 2, at=6, site=0))
    assert of_calls(trace, [FIRST, SECOND]) == [
        Remark(f"{BEFORE}: 2 × mail to 1 recipient", CARE, place=PLACE),
        Remark(f"{BEFORE}: 2 × Celery task shop.tasks.pack", CARE),
    ]
    other = {**MAIL, "what": "2 mails to 3 recipients"}
    (remark,) = of_calls(recorded(left(), left(other, 2)), [FIRST, SECOND])
    assert remark.text == f"{BEFORE}: 2 × mail"


def test_a_long_list_is_cut() -> None:
    """The line of the tree is not to be lost among them."""
    tasks = [left({**TASK, "what": f"shop.tasks.{name}"}, at=5 + at) for at, name in enumerate("abcde")]
    texts = [each.text for each in of_calls(recorded(*tasks), [FIRST])]
    assert texts == [f"{BEFORE}: Celery task shop.tasks.{name}" for name in "abc"] + [f"{BEFORE}: 2 more"]
