"""Nothing of a suite's recording is left behind: Signal is as it was."""

from collections.abc import Iterator

import pytest
from django.dispatch import Signal

from signaltrace.capture.patch import installed


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Each test puts back the very methods it found."""
    before = dict(vars(Signal))
    yield
    assert not installed()
    assert dict(vars(Signal)) == before
