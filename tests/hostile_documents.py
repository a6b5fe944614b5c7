"""Saved traces made hostile: small ones cut, changed byte by byte, and changed where it hurts."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from signaltrace.rows import STEP
from signaltrace.storage import FORMAT, SCHEMA, to_text
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault
from tests.saved import document

Path = tuple[Any, ...]


def small() -> dict[str, Any]:
    """A trace of three dispatches inside one another, as a file holds it."""
    error = ErrorInfo("ValueError", "no", "a.py", 3)
    inner = sent("s.inner", "shop.Order", not_called=("r.last",), muted=("r.quiet",))(
        called("r.inner", 5, error=error)
    )
    trace = build_trace(
        sent("s.outer", arguments={"a": 1}, site=CallSite("a.py", 1, "f"))(
            called("r.outer", 9)(inner), called("r.later", 3, is_async=True, busy_ns=2)
        ),
        sent("s.alone", thread="T-2", opaque=True)(called("r.outer", 2)),
        orphaned=[(0, 0, 3)],
        faults=[Fault("here", "gone", 2)],
        pauses={STEP + 1: 1},
    )
    found: dict[str, Any] = json.loads(to_text(trace))
    return found


DOCUMENTS = (small(), document())


def paths(value: Any, way: Path = ()) -> Iterator[Path]:
    """The way to every value inside a document."""
    yield way
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        yield from paths(each, (*way, step))


# By text, since json.dumps would not write them.
SPECIAL = ("1" + "0" * 400, "-1" + "0" * 5_000, "1e999", "-1e999", "NaN", "Infinity", "1.5", "0.0", "-0")
ATOMS: list[Any] = [
    None, True, False, 0, 1, -1, 2, STEP, STEP + 1, STEP - 1, 2 * STEP, 2 * STEP + 1, 3 * STEP, 1 << 53,
    1 << 61, 1 << 62, -(1 << 61), 1 << 63, 1 << 64, "", "x", "1", "0", "late", "\x00", "\ud800", "\u202e",
    "\x1b[2J", "a\nb",
    [], {}, [[]], [{}], {"": None}, [0, 0, 0], [0, 1, 2], [[0, 0]], [[0, "raised", None]], {"late": True},
    {"positions": [3]}, {"positions": [7], "late": True}, {"opaque": True}, {"outcome": "raised"},
]  # fmt: skip


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A document with a few of its values replaced, removed, repeated or exchanged, as a file's bytes."""
    data = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    specials: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        way = draw(st.sampled_from([each for each in paths(data) if each]))
        inner = data
        for step in way[:-1]:
            inner = inner[step]
        _change(draw, data, inner, way[-1], specials)
    text = json.dumps(data)
    for number, special in enumerate(specials):
        text = text.replace(f'"@special {number}@"', special)
    return text.encode()


def _change(draw: st.DrawFn, data: Any, inner: Any, step: Any, specials: list[str]) -> None:
    action = draw(
        st.sampled_from(("atom", "atom", "near", "special", "long", "deep", "drop", "twice", "other"))
    )
    if action == "atom":
        inner[step] = copy.deepcopy(draw(st.sampled_from(ATOMS)))
    elif action == "near" and type(inner[step]) is int:
        inner[step] += draw(st.sampled_from((-STEP, -2, -1, 1, 2, STEP)))
    elif action == "special":
        inner[step] = f"@special {len(specials)}@"
        specials.append(draw(st.sampled_from(SPECIAL)))
    elif action == "long":
        inner[step] = draw(st.sampled_from(("x", "漢", "\x1b", "é.", "[/]", "\ud800"))) * 20_000
    elif action == "deep":
        for _ in range(draw(st.sampled_from((3, 50, 700)))):
            inner[step] = [inner[step]] if draw(st.booleans()) else {"a": inner[step]}
    elif action == "drop":
        del inner[step]
    elif action == "twice" and isinstance(inner, list):
        inner.append(copy.deepcopy(inner[step]))
    elif action == "other":
        way = draw(st.sampled_from([each for each in paths(data) if each]))
        other = data
        for each in way:
            other = other[each]
        inner[step] = copy.deepcopy(other)


@st.composite
def garbled(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes of a file flipped, put in and taken out."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        action = draw(st.sampled_from(("flip", "insert", "remove", "swap")))
        if action == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif action == "insert":
            data[at:at] = draw(
                st.binary(min_size=1, max_size=4) | st.sampled_from((b'"', b"{", b"[", b",", b"9"))
            )
        elif action == "remove":
            del data[at : at + draw(st.integers(1, 20))]
        else:
            data[at : at + 2] = reversed(data[at : at + 2])
    return bytes(data)


def opening(rest: str) -> bytes:
    """A file that says it is a trace, and then something else."""
    return f'{{"format":"{FORMAT}","schema":{SCHEMA},{rest}'.encode()
