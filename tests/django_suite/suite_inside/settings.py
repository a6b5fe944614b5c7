"""The suite's SQLite settings, a runner that writes outcomes down, and signaltrace where it is asked for.

Every process imports its settings once: the parent, and each worker that was spawned rather than forked.
"""

from suite_inside import recording
from test_sqlite import *  # noqa: F403  # Django's own, from the folder of runtests.py

TEST_RUNNER = "suite_inside.runner.SuiteRunner"

recording.begin()
