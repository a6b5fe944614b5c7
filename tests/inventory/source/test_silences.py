"""Comments that silence rules."""

from __future__ import annotations

import pytest

from signaltrace.declarations import Silence
from signaltrace.inventory.source.silences import read_silences


@pytest.mark.parametrize(
    ("comment", "ids"),
    [
        ("# signaltrace: ignore[W004]", ("W004",)),
        ("# signaltrace: ignore[signaltrace.W004, E002] known to", ("signaltrace.W004", "E002")),
        ("#signaltrace:ignore[ W004 ,]", ("W004",)),
        ("# noqa: F401  # signaltrace: ignore[W004]", ("W004",)),
        ("# signaltrace: ignore", ()),
        ("# signaltrace: ignore[]", ()),
    ],
)
def test_the_ids_are_as_written(comment: str, ids: tuple[str, ...]) -> None:
    """With or without the prefix, and a reason after them."""
    assert read_silences(f"x = 1\ny = 2  {comment}\n") == (Silence(2, ids),)


def test_a_comment_alone_is_about_the_next_line_of_code() -> None:
    """Through blank lines and other comments, and knows its own; at the end of a file it is about that."""
    text = (
        "# signaltrace: ignore[W004]\n\n# why\n@receiver(x)\ndef f():\n"
        "    # signaltrace: ignore[W005]\n    g()\n# signaltrace: ignore[W006]\n"
    )
    assert read_silences(text) == (
        Silence(4, ("W004",), 1),
        Silence(7, ("W005",), 6),
        Silence(8, ("W006",)),
    )


def test_a_comment_behind_a_statement_of_several_lines_is_about_all_of_them() -> None:
    """It knows on which line the statement began."""
    text = 'z = 1\nx = """\n"""  # signaltrace: ignore[W004]\ny = 1  # signaltrace: ignore[W005]\n'
    assert read_silences(text) == (Silence(3, ("W004",), first=2), Silence(4, ("W005",)))


def test_a_comment_within_a_call_is_about_the_call_so_far() -> None:
    """Alone on its line, about the next one."""
    text = "connect(\n    a,  # signaltrace: ignore[W004]\n    # signaltrace: ignore[W005]\n    b,\n)\n"
    assert read_silences(text) == (Silence(2, ("W004",), first=1), Silence(4, ("W005",), 3))


@pytest.mark.parametrize(
    "text",
    [
        'x = "# signaltrace: ignore[W004]"\n',
        '"""\n# signaltrace: ignore[W004]\n"""\n',
        "# signaltrace: ignored[W004]\n",
        "x = 1\n",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    """In a string it is text."""
    assert read_silences(text) == ()


def test_what_is_no_python_silences_nothing_and_raises_nothing() -> None:
    """The parser has told of the file already."""
    assert read_silences('x = """\n# signaltrace: ignore[W004]\n') == ()
    assert read_silences("x = (  # signaltrace: ignore[W004]\n") == (Silence(1, ("W004",)),)
