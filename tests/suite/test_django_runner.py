"""``signaltrace run test``: Django's runner is recorded test by test, in its workers too, and not changed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signaltrace.ran import CALL, OUTSIDE, SETUP, TEARDOWN
from signaltrace.trace import Trace
from tests.suite.django_project import (
    ENVIRONMENT,
    PROJECT,
    Ran,
    calls_of,
    outcomes,
    printed,
    totals,
    traced,
)

# Those that Django supports; under forkserver its own runner now and then fails, without us.
START_METHODS = ["fork", "spawn"]
COUNT, MAIL, SHIP = (f"shop.receivers.{name}" for name in ("count", "mail", "ship"))


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One process."""
    return traced(tmp_path_factory.mktemp("serial"), "shop.tests")


@pytest.fixture(scope="module", params=START_METHODS)
def parallel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Two workers, started in each way."""
    folder = tmp_path_factory.mktemp(request.param)
    return traced(folder, "shop.tests", "--parallel", "2", START_METHOD=request.param)


def test_calls_belong_to_the_test_and_phase_that_made_them(serial: Ran) -> None:
    """Class fixtures count for the tests beside them, clean-ups for the teardown."""
    trace = serial.trace
    assert serial.status == 0, serial.err
    assert calls_of(trace, "test_a_saves") == {
        SETUP: {COUNT: 2},
        CALL: {COUNT: 5},
        TEARDOWN: {MAIL: 2, SHIP: 2},
    }
    assert calls_of(trace, "test_b_async") == {
        SETUP: {COUNT: 1},
        CALL: {MAIL: 1, SHIP: 1},
        TEARDOWN: {MAIL: 2, SHIP: 2},
    }
    assert calls_of(trace, "test_c_skipped") == {SETUP: {}}
    assert calls_of(trace, "test_d_skips") == {
        SETUP: {COUNT: 1},
        CALL: {COUNT: 1},
        TEARDOWN: {MAIL: 2, SHIP: 2},
    }
    assert calls_of(trace, "test_f_subtests") == {
        SETUP: {COUNT: 1},
        CALL: {COUNT: 3},
        TEARDOWN: {MAIL: 4, SHIP: 4},
    }
    assert calls_of(trace, "test_robust")[CALL] == {MAIL: 1, SHIP: 1}


def test_what_runs_outside_of_tests_is_not_the_first_tests(serial: Ran) -> None:
    """The test database's migrations run receivers of Django's own."""
    trace = serial.trace
    outside = trace.tests[0]
    assert (outside.node_id, [phase.when for phase in outside.phases]) == ("", [OUTSIDE])
    names = {trace.receivers[cost.receiver].name for cost in outside.costs().values()}
    assert "django.contrib.contenttypes.management.create_contenttypes" in names
    assert names & {COUNT, MAIL, SHIP} == set()


def test_outcomes_in_a_fine_suite(serial: Ran) -> None:
    """A skipped test is one whether it began or not."""
    assert outcomes(serial.trace) == {
        "tests.Mails.test_robust": "passed",
        "tests.Orders.test_a_saves": "passed",
        "tests.Orders.test_b_async": "passed",
        "tests.Orders.test_c_skipped": "skipped",
        "tests.Orders.test_d_skips": "skipped",
        "tests.Orders.test_e_expected": "xfailed",
        "tests.Orders.test_f_subtests": "passed",
        "tests.Transactions.test_saves": "passed",
    }


def test_spans_carry_test_and_phase(serial: Ran) -> None:
    """The tree and the saved file tell them too."""
    spans = [span for _, span in serial.trace.walk() if span.label == MAIL]
    assert [(span.test, span.phase) for span in spans if span.outcome == "returned_error"] == [
        ("shop.tests.Mails.test_robust", CALL)
    ]
    assert {span.phase for span in spans} == {CALL, TEARDOWN}


def test_the_view_is_that_of_tests_unless_another_is_named(serial: Ran, tmp_path: Path) -> None:
    """Of `run test`, and of `show` with its file."""
    assert "receiver coverage: 1 of 4 receivers never ran\n  shop.receivers.refund" in serial.err
    file = str(serial.folder / "trace.json")
    shown = Ran(tmp_path / "a", "signaltrace", "show", file)
    assert shown.status == 0
    assert shown.out.strip() in serial.err
    tree = Ran(tmp_path / "b", "signaltrace", "run", "--view", "tree", "test", "shop.tests", "-k", "robust")
    assert tree.status == 0
    assert "Ran 1 test in" in tree.err
    assert "Signals of manage.py test shop.tests -k robust" in tree.err
    assert "receiver coverage" not in tree.err
    assert "no address" in tree.err


def test_workers_give_the_totals_of_a_serial_run(serial: Ran, parallel: Ran) -> None:
    """Call by call, whichever way the workers are started; and nothing is left behind."""
    assert parallel.status == 0, parallel.err
    assert totals(parallel.trace) == totals(serial.trace)
    assert sum(totals(parallel.trace).values()) > 30
    assert (parallel.trace.notes, parallel.trace.faults) == ([], [])
    assert {test.worker for test in parallel.trace.tests if test.node_id} <= {"worker 1", "worker 2"}
    assert all(test.worker for test in parallel.trace.tests if test.node_id)
    assert parallel.left == []


def test_workers_see_the_same_receivers_connected(serial: Ran, parallel: Ran) -> None:
    """Receiver coverage is that of a serial run."""

    def connected(trace: Trace) -> set[str]:
        return {trace.receivers[index].name for index in trace.connected}

    assert connected(parallel.trace) == connected(serial.trace)
    assert "receiver coverage: 1 of 4 receivers never ran" in parallel.err


def test_a_fine_run_prints_what_it_prints_alone(serial: Ran, tmp_path: Path) -> None:
    """Exit status, stdout, and stderr up to our view."""
    bare = Ran(tmp_path, "test", "shop.tests")
    assert (serial.status, serial.out) == (bare.status, bare.out)
    assert printed(serial) == printed(bare)


def test_a_parallel_run_prints_what_it_prints_alone(parallel: Ran, tmp_path: Path) -> None:
    """Marks of tests come in the order in which workers are done: the characters are the same."""
    method = parallel.variables["START_METHOD"]
    bare = Ran(tmp_path, "test", "shop.tests", "--parallel", "2", START_METHOD=method)
    assert (parallel.status, parallel.out) == (bare.status, bare.out)
    assert sorted(printed(parallel)) == sorted(printed(bare))


def test_failures_print_what_they_print_alone(tmp_path: Path) -> None:
    """Tracebacks, too: none of our frames is in them. And each outcome is known."""
    bare = Ran(tmp_path / "bare", "test", "shop.outcomes")
    ours = traced(tmp_path / "traced", "shop.outcomes")
    assert (ours.status, ours.out) == (bare.status, bare.out) == (1, bare.out)
    assert printed(ours) == printed(bare)
    assert outcomes(ours.trace) == {
        "outcomes.BadSetup.test_one": "error",  # the second never began
        "outcomes.BadTearDown.test_fine": "error",
        "outcomes.Loop.test_loop": "passed",
        "outcomes.Outcomes.test_error": "error",
        "outcomes.Outcomes.test_failure": "failed",
        "outcomes.Outcomes.test_subtests": "failed",
        "outcomes.Outcomes.test_unexpected": "xpassed",
    }
    assert calls_of(ours.trace, "test_one") == {SETUP: {MAIL: 1, SHIP: 1}}
    assert calls_of(ours.trace, "test_failure")[CALL] == {COUNT: 1}
    assert calls_of(ours.trace, "test_loop") == {
        SETUP: {MAIL: 1, SHIP: 1},
        CALL: {MAIL: 2, SHIP: 2},
        TEARDOWN: {},
    }


@pytest.fixture
def rendezvous(tmp_path: Path) -> Path:
    """A pipe at which a test waits for another."""
    path = tmp_path / "rendezvous"
    os.mkfifo(path)
    return path


def test_a_worker_that_crashes_loses_only_its_own_and_is_named(tmp_path: Path, rendezvous: Path) -> None:
    """Its trace would have come at its end; the run itself does not notice."""
    labels = ("shop.meeting.Crashes", "shop.meeting.Meets")
    ran = traced(tmp_path / "run", *labels, "--parallel", "2", RENDEZVOUS=str(rendezvous))
    assert ran.status == 0, ran.err
    assert outcomes(ran.trace) == {"meeting.Meets.test_second": "passed"}
    (note,) = ran.trace.notes
    worker, survivor = re.match(r"worker ([12])", note)[1], ran.trace.tests[1].worker
    assert {worker, survivor.removeprefix("worker ")} == {"1", "2"}
    assert re.fullmatch(r"worker \d \(pid \d+\) ended without its trace: what it recorded is lost", note)
    assert "ended without its trace" in ran.err
    assert ran.left == []


def test_workers_that_are_terminated_are_told_of_once(tmp_path: Path, rendezvous: Path) -> None:
    """Ctrl-C, as failfast, has Django terminate its workers; the folder is removed all the same."""
    labels = ("shop.meeting.Waits", "shop.meeting.WaitsToo")
    ran = traced(tmp_path / "run", *labels, "--parallel", "2", wait=False, RENDEZVOUS=str(rendezvous))
    with open(rendezvous, encoding="utf-8") as pipe:
        assert pipe.read(2) == "xx"  # both are under way
    ran.process.send_signal(signal.SIGINT)
    ran.end()
    (note,) = ran.trace.notes
    assert re.fullmatch(
        r"worker 1 \(pid \d+\), worker 2 \(pid \d+\) ended without their traces: what they recorded is lost",
        note,
    )
    assert outcomes(ran.trace) == {}
    assert ran.left == []


def test_a_runner_whose_workers_begin_in_their_own_way(serial: Ran, tmp_path: Path) -> None:
    """A subclass's init_worker runs as it would, and its workers record."""
    options = ("shop.tests", "--parallel", "2")
    ran = traced(tmp_path, *options, TEST_RUNNER="runners.OwnRunner", START_METHOD="spawn")
    assert ran.status == 0, ran.err
    assert ran.out.count("a worker of our own\n") == 2
    assert totals(ran.trace) == totals(serial.trace)


def test_processes_out_of_reach_are_told_of(tmp_path: Path) -> None:
    """Where nothing can be recorded in workers the trace says so instead of showing less."""
    options = ("shop.tests.Orders", "shop.tests.Mails", "--parallel", "2")
    ran = traced(tmp_path, *options, TEST_RUNNER="runners.FarRunner", START_METHOD="fork")
    assert ran.status == 0, ran.err
    (note,) = ran.trace.notes
    assert note.startswith("4 tests ran in other processes, which signaltrace could not reach: ")
    assert outcomes(ran.trace) == {}
    assert ran.left == []


def test_from_code_it_is_the_same(tmp_path: Path) -> None:
    """call_command records test by test too."""
    code = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('signaltrace', 'run', 'test', 'shop.tests.Mails')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=ENVIRONMENT | {"DJANGO_SETTINGS_MODULE": "settings", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "in 1 test" in done.stderr
    assert "receiver coverage" in done.stderr
