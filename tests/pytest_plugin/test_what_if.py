"""`--signaltrace-what-if`: which tests need a costly receiver, found by running them without it."""

import re
import tempfile
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import Run
from tests.pytest_plugin.test_summary import OUTCOMES, summary


def answers(result: pytest.RunResult) -> list[str]:
    """The lines of the answers, joined where they were folded."""
    told = summary(result)
    return [line for line in told[told.index("what if") + 1 :] if not line.startswith("Trace saved")]


@pytest.mark.parametrize("workers", [0, 2])
def test_tests_that_need_a_receiver_are_told(
    run: Run, shop_suite: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workers: int
) -> None:
    """Among those that passed and call it; the time is stated first; the run's own outcome stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    parallel = ("-n", str(workers), "--dist=loadscope") if workers else ()
    plugins = ("xdist.plugin",) if workers else ()
    result = run("--signaltrace-what-if-top=4", "-x", "--maxfail=9", *parallel, plugins=plugins)
    result.assert_outcomes(**OUTCOMES)
    assert result.ret == 1
    stated = [line for line in result.outlines if line.startswith("signaltrace: what if: ")]
    assert len(stated) == 1
    assert re.fullmatch(
        r"signaltrace: what if: 18 tests to run again without 4 receivers, about [\d.]+ m?s", stated[0]
    )
    told = [re.sub(r"TIME of TIME", "TIME", line) for line in answers(result)]
    needs = {
        "shop.receivers.index: TIME in 8 calls; 1 test needs it, 5 pass without",
        "shop.receivers.notify: TIME in 8 calls; no test needs it, 6 pass without",
        "shop.receivers.book_courier: TIME in 3 calls; 1 test needs it, 2 pass without",
        "shop.receivers.mail: TIME in 3 calls; 1 test needs it, 2 pass without",
    }
    assert {line for line in told if line.startswith("shop.")} == needs
    assert sorted(line for line in told if line.startswith("needs it")) == [
        "needs it: test_shop.py::test_index",
        "needs it: test_shop.py::test_pay",
        "needs it: test_shop.py::test_pay",
    ]
    assert list(tmp_path.glob("signaltrace-*")) == []


def test_nothing_of_the_run_is_touched(run: Run, shop_suite: Path, project: Path) -> None:
    """Neither the report, the coverage nor the saved trace is written by the runs that follow."""
    arguments = ("--junitxml=report.xml", "--cov=shop", "--cov-report=", "--signaltrace-save=trace.json")
    run(*arguments, plugins=("pytest_cov.plugin",))
    before = (project / "report.xml").read_text().count("<testcase")
    result = run(*arguments, "--signaltrace-what-if-top=1", plugins=("pytest_cov.plugin",))
    assert len(answers(result)) == 2
    assert (project / "report.xml").read_text().count("<testcase") == before == 10
    assert sorted(each.name for each in project.glob(".coverage*")) == [".coverage"]


def test_a_suite_without_receivers_has_no_question(run: Run, project: Path) -> None:
    """It says so instead of running anything."""
    (project / "test_one.py").write_text("def test_a(): pass\n")
    assert answers(run("--signaltrace-what-if")) == ["No test that passed calls a receiver for any time."]


def test_a_run_that_cannot_begin_is_told(run: Run, project: Path) -> None:
    """Here the suite refuses to run twice."""
    (project / "conftest.py").write_text(
        "from pathlib import Path\nmark = Path('ran')\n"
        "if mark.exists():\n    raise SystemExit('once is enough')\nmark.touch()\n"
    )
    (project / "test_one.py").write_text(
        "from shop.signals import order_paid\nfrom shop.models import Order\n"
        "def test_sent():\n    order_paid.send(sender=Order, order=Order())\n"
    )
    result = run("--signaltrace-what-if-top=1")
    assert result.ret == 0
    (line,) = answers(result)
    assert re.fullmatch(r"shop\.receivers\.\w+: could not be tried: .*once is enough.*", line)
