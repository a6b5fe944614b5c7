"""One file a tool, found by scanning the folder; each defines TITLE, REQUIRES and ``tool()``."""

from __future__ import annotations

from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

SELF = "signaltrace"


def names() -> list[str]:
    """All tools, signaltrace first."""
    files = Path(__file__).parent.glob("[a-z]*_.py")
    return sorted((each.stem.removesuffix("_") for each in files), key=lambda name: (name != SELF, name))


def load(name: str) -> ModuleType:
    """The module of a tool. It imports the tool itself only in ``tool()``."""
    return import_module(f"{__name__}.{name}_")


def version(name: str) -> str | None:
    """The version of the distribution a tool needs; "" where it needs none, None where it is missing."""
    required = load(name).REQUIRES
    if required is None:
        return ""
    try:
        return metadata.version(required)
    except metadata.PackageNotFoundError:
        return None
