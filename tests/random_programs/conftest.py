"""Hypothesis profiles, and the proof that a test leaves Signal as it found it.

``HYPOTHESIS_PROFILE=deep`` runs thousands of programs, new ones each time; the default runs a few, the
same ones each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.capture.conftest import _leaves_nothing as _leaves_nothing

COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}
settings.register_profile("signaltrace-ci", max_examples=60, derandomize=True, stateful_step_count=15, **COMMON)
settings.register_profile("signaltrace-deep", max_examples=3_000, stateful_step_count=40, print_blob=True, **COMMON)
settings.load_profile("signaltrace-" + os.environ.get("HYPOTHESIS_PROFILE", "ci"))
