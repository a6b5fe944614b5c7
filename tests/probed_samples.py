"""Sample traces of what probes note: blocks that roll back, writes that bypass receivers, callbacks."""

from __future__ import annotations

from signaltrace.event import Event
from signaltrace.rows import STEP
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ReceiverInfo, Trace
from tests.sample_parts import MS, RECEIVERS, US, model, placed, site

AUDIT = ReceiverInfo("audit.trail.AuditTrail.saved", "/srv/bookshop/audit/trail.py", 23, "audit", True)
LATER = ReceiverInfo("partial(shop.mail.notify)", "/srv/bookshop/shop/mail.py", 9, "shop", True)


def event(kind: str, number: int, **facts: object) -> Event:
    """An event of the main thread, with what is not said left empty."""
    usual = {
        "last": 0, "span": 0, "thread": 0, "site": 0, "start_ns": 0, "duration_ns": 0, "receivers": (),
        "data": {},
    }  # fmt: skip
    return Event(kind=kind, id=number, **{**usual, **facts})  # type: ignore[arg-type]


def transacted() -> Trace:
    """An order in a block that commits, a line in a savepoint that is rolled back, mail from inside both."""
    using = {"created": True, "using": "default"}
    trace = build_trace(
        model("post_save", "shop.Order", 5, site=site(31), more=using)(
            placed("keep_total", 400 * US, 20)(
                sent("on commit", "default", method="on_commit", site=site(22, file=RECEIVERS))(
                    called("partial(shop.mail.notify)", 2 * MS, file=LATER.file, line=LATER.line, app="shop")
                ),
            ),
        ),
        model("post_save", "shop.OrderLine", 9, site=site(38), more=using)(
            placed("take_from_stock", 900 * US, 56),
        ),
        wall_ns=10 * MS,
    )
    order, callback, line = STEP, 2 * STEP, 3 * STEP
    trace.receivers += [AUDIT, LATER]
    audit, later = len(trace.receivers) - 2, len(trace.receivers) - 1
    trace.sites += [site(40), site(60, "move_stock", RECEIVERS)]
    end, inside = len(trace.sites) - 2, len(trace.sites) - 1
    block = {"alias": "default", "durable": False}
    trace.events = [
        event("atomic", order - 8, last=line + 16,
              data={**block, "depth": 1, "savepoint": False, "outcome": "committed"}),
        event("atomic", callback + 8, last=line + 12,
              data={**block, "depth": 2, "savepoint": True, "outcome": "rolled back"}),
        event("rollback", callback + 8, last=line + 14,
              data={"alias": "default", "to": "savepoint", "why": "shop.wrapping.OutOfPaper"}),
        event("bypass", line + 4, span=line + 1, site=inside, duration_ns=120 * US,
              data={"how": "update", "model": "shop.Book", "rows": 1, "overrides": []}, receivers=(audit,)),
        event("left", line + 5, span=line + 1, site=inside,
              data={"how": "mail", "what": "mail to 1 recipient: Low stock", "alias": "default"}),
        event("on_commit", line + 6, span=line + 1, site=inside, receivers=(later,),
              data={"alias": "default", "robust": False, "fate": "rolled back"}),
        event("bypass", line + 20, site=end, duration_ns=300 * US, receivers=(audit,),
              data={"how": "bulk_create", "model": "shop.OrderLine", "rows": 2, "overrides": ["save"]}),
        event("bypass", line + 21, site=end, duration_ns=80 * US,
              data={"how": "_raw_delete", "model": "sessions.Session", "rows": 3, "overrides": []}),
    ]  # fmt: skip
    return trace
