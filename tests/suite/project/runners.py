"""Test runners as projects have them: workers that begin in a way of their own, and out of reach."""

import multiprocessing

from django.test.runner import DiscoverRunner, ParallelTestSuite, _init_worker, _run_subsuite


def begin(*args, **kwargs):
    """What initialises a worker of this project."""
    print("a worker of our own", flush=True)
    _init_worker(*args, **kwargs)


class OwnSuite(ParallelTestSuite):
    """Workers that begin in a way of their own."""

    init_worker = begin


class OwnRunner(DiscoverRunner):
    """As TEST_RUNNER names it."""

    parallel_test_suite = OwnSuite


class FarSuite(ParallelTestSuite):
    """A process that nothing of Django's initialises."""

    def run(self, result):
        """All in one child."""
        work = [
            (self.runner_class, index, suite, self.failfast, self.buffer)
            for index, suite in enumerate(self.subsuites)
        ]
        with multiprocessing.get_context("fork").Pool(1) as pool:
            for index, events in pool.imap(_run_subsuite, work):
                for event in events:
                    self.handle_event(result, list(self.subsuites[index]), event)
        return result


class FarRunner(DiscoverRunner):
    """As TEST_RUNNER names it."""

    parallel_test_suite = FarSuite
