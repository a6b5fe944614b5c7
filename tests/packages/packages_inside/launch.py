"""Runs a script as Python would, with a DiscoverRunner that records.

``python -m packages_inside.launch SCRIPT …``: a manage.py or a runtests.py; whatever it makes of
Django's runner, it makes of this one.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any
from unittest import TestCase, TestSuite, TextTestResult

from django.test import runner
from packages_inside import stage
from packages_inside.places import LEFT_OUT
from suite_inside.runner import Outcomes


class Result(Outcomes):
    """The parent's result; outcomes go to the stage, and each test runs inside what stands around it."""

    def startTest(self, test: TestCase) -> None:
        super().startTest(test)
        self.open = stage.around(test.id())
        self.open.__enter__()

    def stopTest(self, test: TestCase) -> None:
        self.open.__exit__(None, None, None)
        super().stopTest(test)

    def _note(self, test: TestCase, outcome: str, detail: str = "") -> None:
        stage.note(test.id(), outcome, detail)


class Runner(runner.DiscoverRunner):
    """Django's runner with the result above; begins the recording before databases are made."""

    def get_resultclass(self) -> type[TextTestResult]:
        return Result

    def build_suite(self, *args: Any, **kwargs: Any) -> TestSuite:
        suite: TestSuite = super().build_suite(*args, **kwargs)
        left_out = os.environ.get(LEFT_OUT, "").splitlines()
        if not left_out:
            return suite
        kept: TestSuite = self.test_suite(
            [test for test in runner.iter_test_cases(suite) if test.id() not in left_out]
        )
        return kept

    def run_tests(self, *args: Any, **kwargs: Any) -> int:
        stage.begin()
        failures: int = super().run_tests(*args, **kwargs)
        return failures


def main() -> None:
    """Run the script; a second runner of the same script is recorded with the first."""
    runner.DiscoverRunner = Runner  # type: ignore[misc]
    sys.argv = sys.argv[1:]
    script = Path(sys.argv[0]).resolve()
    sys.path[0] = str(script.parent)
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        stage.end()


if __name__ == "__main__":
    main()
