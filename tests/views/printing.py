"""Prints a renderable the way a terminal of a given width and encoding would get it."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def printed(renderable: RenderableType, width: int, encoding: str = "utf-8", colour: bool = False) -> str:
    """The text; with ANSI codes if ``colour``."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    console.print(renderable)
    stream.flush()
    return raw.getvalue().decode(encoding)
