"""Whether two paths are one file, stage *analysis*."""

from __future__ import annotations

import os
from functools import lru_cache


def same_file(one: str, other: str) -> bool:
    """Whether two paths are one file, through links."""
    return one == other or real(one) == real(other)


@lru_cache(maxsize=16_384)
def real(path: str) -> str:
    """The path with its links followed."""
    return os.path.realpath(path)
