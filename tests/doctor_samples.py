"""Rules, findings and diagnoses made by hand, for what sorts, shows and exports them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from signaltrace.analysis.baseline import Entry
from signaltrace.analysis.diagnosis import Diagnosis, Looked, Unread
from signaltrace.analysis.finding import Evidence, Finding, Rule
from signaltrace.analysis.findings import rules
from signaltrace.analysis.silences import COMMENT, OURS, Silenced, Unused
from signaltrace.span import Fault

SEVERITIES = {"E": "error", "W": "warning", "I": "info"}
SRC = "/srv/bookshop"


def finding(rule: str = "W007", subject: str = "shop.receivers.notify", **more: Any) -> Finding:
    """A finding of a rule; its letter is the severity."""
    given: dict[str, Any] = {
        "title": f"{subject} runs twice",
        "evidence": (Evidence("the receiver", f"{SRC}/shop/receivers.py", 10),),
        "fix": "Connect it once.",
        "app": "shop",
        **more,
    }
    return Finding(f"signaltrace.{rule}", SEVERITIES[rule[0]], subject, **given)


def rule(rule_id: str, *findings: Finding, needs_trace: bool = False, fails: str = "") -> Rule:
    """A rule that finds these, and then may fail."""

    def find(facts: object) -> Any:
        yield from findings
        if fails:
            raise ValueError(fails)

    return cast(
        Rule,
        SimpleNamespace(
            ID=f"signaltrace.{rule_id}",
            NAME=f"rule-{rule_id.lower()}",
            SEVERITY=SEVERITIES[rule_id[0]],
            SUMMARY="A summary.",
            WHY="A reason.",
            NEEDS_TRACE=needs_trace,
            find=find,
        ),
    )


def _ran() -> tuple[Rule, ...]:
    """Four real rules: goldens do not change with each new one."""
    wanted = ("E002", "W007", "W008", "I009")
    return tuple(each for each in rules() if each.ID.endswith(wanted))


GONE = finding(
    "E002",
    "shop.signals.order_paid: shop.apps.ShopConfig.ready.<locals>.greet",
    title="shop.apps.ShopConfig.ready.<locals>.greet was connected to shop.signals.order_paid weakly and is "
    "gone: it is never called",
    evidence=(
        Evidence("the receiver, collected", f"{SRC}/shop/apps.py", 12),
        Evidence("connected here in shop.apps.ShopConfig.ready()", f"{SRC}/shop/apps.py", 14),
    ),
    fix="Add weak=False to the connect(), or keep a reference, in the receiver's module for one.",
)
LAMBDA = finding(
    "E002",
    "shop.signals.order_paid: shop.checkout.pay.<locals>.<lambda>",
    title="shop.signals.order_paid is connected weakly to a lambda that nothing keeps",
    evidence=(Evidence("connected weakly here", f"{SRC}/shop/checkout.py", 41),),
    fix="Add weak=False to the connect(), or keep a reference, in the receiver's module for one.",
    possible=True,
)
TWICE = finding(
    "W007",
    "shop.signals.order_paid: shop.receivers.notify",
    title="shop.receivers.notify runs twice for each shop.signals.order_paid of any sender: "
    "its dispatch_uids differ",
    evidence=(
        Evidence("the receiver", f"{SRC}/shop/receivers.py", 10),
        Evidence("connected here in shop.apps.ShopConfig.ready()", f"{SRC}/shop/apps.py", 20),
        Evidence("connected here in shop.apps.ShopConfig.ready()", f"{SRC}/shop/apps.py", 21),
    ),
    fix="Connect it once, or each time with the same dispatch_uid (they are one and two).",
)
SLOW = finding(
    "I009",
    "audit.trail.forget",
    title="audit.trail.forget hears post_delete of any sender: 12 models have no fast delete",
    evidence=(
        Evidence("the receiver", f"{SRC}/audit/trail.py", 33),
        Evidence(
            "deleted row by row because of it: shop.OrderLine, shop.Review, shop.Tag, shop.Wish and 8 more"
        ),
    ),
    fix="Connect it with sender= for each model that it is about.",
    app="audit",
)
HOSTILE = finding(
    "W008",
    "shop\x1b[31m: 100%, \u202e<b>",
    title="evil\x1b[31m [bold]shout[/bold] 100%, a:b\r\nc \u202ereversed",
    evidence=(
        Evidence("text\x07 one, two: three", f"{SRC}/shop/we,ird: %25 ä.py", 3),
        Evidence("nowhere"),
    ),
    fix="Mind 100% of it, or: don't.",
)

LOOKED = Looked(signals=23, connections=118, files=301, dispatches=None)


def clean() -> Diagnosis:
    """Nothing found."""
    return Diagnosis(ran=_ran(), looked=LOOKED)


def some() -> Diagnosis:
    """Findings of three rules, and nothing else."""
    return Diagnosis(findings=(GONE, LAMBDA, TWICE, SLOW), ran=_ran(), looked=LOOKED)


def everything() -> Diagnosis:
    """All that a diagnosis can hold."""
    return Diagnosis(
        findings=(TWICE, SLOW),
        packages=(finding("W008", "lib.hear", mine=False, app="lib"),) * 4,
        silenced=(
            Silenced(GONE, COMMENT, f"{SRC}/shop/apps.py", 14),
            Silenced(LAMBDA, OURS),
        ),
        known=(finding("W008", "shop.receivers.old"),),
        stale=(Entry("signaltrace.W007", "shop.signals.sold: shop.old.hear", 2),),
        unused=(
            Unused(f"{COMMENT} names W008, which found nothing there: take it out", f"{SRC}/shop/mail.py", 8),
            Unused(f"{OURS} names W09, which is no rule; did you mean W009?"),
        ),
        unread=(Unread(f"{SRC}/shop/broken.py", "SyntaxError: invalid syntax (line 3)"),),
        faults=(Fault("signaltrace.W008", "ValueError: a bug"), Fault("ledger", "KeyError: 1", 3)),
        notes=("Put signaltrace first in INSTALLED_APPS: what ready() did is not known.",),
        ran=_ran(),
        looked=Looked(23, 118, 300, 2_500),
        has_baseline=True,
    )


def hostile() -> Diagnosis:
    """Text that a terminal, or a format, would obey."""
    return Diagnosis(findings=(HOSTILE,), ran=_ran(), looked=LOOKED)


DIAGNOSES = {"clean": clean, "some": some, "everything": everything, "hostile": hostile}
