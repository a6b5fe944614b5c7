"""How a test went, in pytest's words, from the reports of its phases."""

from __future__ import annotations

import pytest


def outcome(report: pytest.TestReport, before: str) -> str:
    """The outcome of a test after one more report; ``before`` is what it was, "" at first."""
    expected = hasattr(report, "wasxfail")
    said: str = report.outcome  # pytest-rerunfailures adds "rerun" to pytest's own three
    if said == "failed":
        return "failed" if report.when == "call" or before == "failed" else "error"
    if before == "failed" and said != "rerun":
        return before  # of a subtest: unittest's whole test is told to have passed
    if said == "skipped":
        return "xfailed" if expected else "skipped"
    if said == "passed":
        if report.when != "call":
            return before
        return "xpassed" if expected else "passed"
    return said
