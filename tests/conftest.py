"""What holds for the whole suite: nothing is written outside of temporary folders."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _cache_of_sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is remembered of source files goes to a folder of the run, also of processes it starts."""
    folder = tmp_path_factory.mktemp("signaltrace-cache")
    before = os.environ.get("SIGNALTRACE_CACHE_DIR")
    os.environ["SIGNALTRACE_CACHE_DIR"] = str(folder)
    yield folder
    if before is None:
        del os.environ["SIGNALTRACE_CACHE_DIR"]
    else:
        os.environ["SIGNALTRACE_CACHE_DIR"] = before
