"""W107: statements that receivers run again and again; and those of which many are as they should be."""

from __future__ import annotations

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import queries_in_a_loop
from signaltrace.facts import Facts
from signaltrace.testing import Sent, build_trace, called, sent
from signaltrace.trace import Trace
from tests.analysis.findings.building import found
from tests.query_samples import AUTHOR, LOG, TOTAL, asks, call, ran
from tests.sample_parts import RECEIVERS, model, placed, site

SAVED = "django.db.models.signals.post_save of shop.Order"
IN_SHORT = "SELECT … FROM shop_author WHERE id = ? LIMIT ?"


def saved(pk: int = 1, **more: object) -> Sent:
    """A save from one line."""
    return model("post_save", "shop.Order", pk, **{"site": site(41), **more})(placed("notify", 1_000, 20))


def seen(*roots: Sent, queries: dict[int, int], text: str = AUTHOR, alias: str = "default") -> Trace:
    """A trace in which calls ran the statement so many times."""
    trace = asks(build_trace(*roots), [(text, alias, site(24, "author_of", RECEIVERS))])
    return ran(trace, {span: [(0, 10)] * times for span, times in queries.items()})


def judged(trace: Trace | None):
    """The findings."""
    return found(queries_in_a_loop, Facts(trace=trace))


def test_a_statement_run_again_and_again_in_one_call() -> None:
    """The line that ran it comes first; the subject has no line number."""
    (finding,) = judged(seen(saved(1), saved(2), queries={call(0): 12, call(1): 7}))
    assert finding.title == (
        f"shop.receivers.notify ran {IN_SHORT} 12 times in one call, on post_save of shop.Order"
    )
    assert finding.subject == f"{SAVED}: shop.receivers.notify, {IN_SHORT}"
    assert finding.evidence == (
        Evidence("run here in author_of()", RECEIVERS, 24),
        Evidence("the receiver", RECEIVERS, 20),
        Evidence("it came to that twice; this was the worst"),
    )
    assert not finding.possible
    assert finding.mine
    assert "select_related()" in finding.fix


def test_a_statement_run_once_per_dispatch() -> None:
    """From one line in one thread is an inference: they may be the jobs of a worker."""
    (finding,) = judged(seen(*map(saved, range(6)), queries={call(number): 1 for number in range(6)}))
    assert finding.title == (
        f"shop.receivers.notify ran {IN_SHORT} once per dispatch of post_save of shop.Order, "
        "6 of them in one go"
    )
    assert finding.possible


def test_dispatches_of_one_receiver_call_are_sure() -> None:
    """Whoever sent them is known."""
    below = [saved(pk) for pk in range(6)]
    trace = seen(
        sent("shop.signals.closed")(called("shop.close", 5)(*below)),
        queries={call(number): 1 for number in range(1, 7)},
    )
    (finding,) = judged(trace)
    assert not finding.possible


def test_writing_once_per_dispatch_is_what_a_receiver_is_for() -> None:
    """An audit trail writes a row for each save. Many in one call could be one statement."""
    queries = {call(number): 1 for number in range(6)}
    assert judged(seen(*map(saved, range(6)), queries=queries, text=LOG)) == []
    assert judged(seen(*map(saved, range(6)), queries=queries, text=TOTAL)) == []
    (finding,) = judged(seen(saved(), queries={call(0): 6}, text=LOG))
    assert "bulk_create()" in finding.fix


def test_another_database_is_named() -> None:
    """The default one goes without saying."""
    (finding,) = judged(seen(saved(), queries={call(0): 5}, alias="replica"))
    assert f"{IN_SHORT} on replica 5 times" in finding.title
    assert finding.subject.endswith(f"{IN_SHORT} on replica")


def test_one_statement_by_two_methods_is_one_finding() -> None:
    """A subject is there but once: a baseline knows findings by it."""
    roots = [saved(), saved(method="send_robust")]
    (finding,) = judged(seen(*roots, queries={call(0): 5, call(1): 8}))
    assert "8 times" in finding.title


def test_a_receiver_of_a_package_is_not_the_projects() -> None:
    """Django's own look up a content type for each model."""
    theirs = called("django.contrib.auth.management.create_permissions", 5, mine=False, app="auth")
    trace = seen(sent("django.db.models.signals.post_migrate")(theirs), queries={call(0): 9})
    assert [each.mine for each in judged(trace)] == [False]


def test_what_is_no_loop_is_no_finding() -> None:
    """Four of a kind, savepoints, no trace at all."""
    assert judged(seen(saved(), queries={call(0): 4})) == []
    assert judged(seen(saved(), queries={call(0): 40}, text="RELEASE SAVEPOINT ?")) == []
    assert judged(None) == []
