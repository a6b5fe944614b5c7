"""How many programs are run, and which: a few, the same ones each time; or thousands of new ones.

``HYPOTHESIS_PROFILE=deep`` chooses the latter (see README.md). The settings are these tests' own, so that
no other test of the suite runs by them.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
SHRINKING_SECONDS = 300 if DEEP else 30

_common = settings(
    deadline=None,  # a traced program may take its time on a busy machine
    database=None,  # nothing is written into the checkout
    derandomize=not DEEP,
    print_blob=DEEP,
    report_multiple_bugs=False,  # one at a time is what a reader can take in, and shrunk sooner
    phases=(Phase.explicit, Phase.generate, Phase.shrink),  # to explain takes longer than to find
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
PROGRAMS = settings(_common, max_examples=5_000 if DEEP else 250)
ORDERS = settings(_common, max_examples=1_000 if DEEP else 60, stateful_step_count=40 if DEEP else 25)
