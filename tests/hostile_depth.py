"""How much the tests of hostile input try: a little that is the same each time, or much more on demand.

``HYPOTHESIS_PROFILE=deep`` for the latter.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def tries(few: int, many: int) -> settings:
    """Settings for a test that takes ``few`` examples in CI and ``many`` in depth."""
    return settings(
        max_examples=many if DEEP else few,
        derandomize=not DEEP,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
