"""Files that mean harm, or were harmed: each is a trace that everything shows, or one line of refusal."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from signaltrace import storage, views
from signaltrace.analysis.selection import Selection
from signaltrace.errors import SignaltraceError
from signaltrace.exports import json as json_export
from signaltrace.storage import load
from signaltrace.trace import Trace
from tests.commands.doors import python, through_door
from tests.hostile_depth import tries
from tests.hostile_documents import DOCUMENTS, changed, garbled, opening
from tests.saved import refusal
from tests.views.printing import printed

WHOLE = (json.dumps(DOCUMENTS[0], separators=(",", ":")) + "\n").encode()
PACKED = gzip.compress(WHOLE, mtime=0)
SELECTIONS = (Selection(), Selection(orphaned=True, limit=0), Selection(receivers=("r.",), min_ns=1))


def shows(trace: Trace) -> None:
    """Every view and every export has something to say of it, in lines that fit and hold no controls."""
    for name in views.names():
        for selection in SELECTIONS:
            text = printed(views.load(name).render(trace, selection), 80)
            assert text.strip()
            assert all(each.isprintable() for line in text.split("\n") for each in line)
            assert max(cell_len(line) for line in text.split("\n")) <= 80
    text = json_export.render(trace)
    assert "\n" not in text
    assert text.isascii()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    for _ in trace.walk():
        pass


def tried(data: bytes) -> bool:
    """Load a file of these bytes: shown in full, or refused in one line. Says whether it was a trace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.open", lambda *arguments: io.BufferedReader(io.BytesIO(data)))
        try:
            trace = load("trace.json")
        except SignaltraceError as error:
            line = str(error)
            assert line.startswith("'trace.json' ")
            assert line.isprintable()
            assert len(line) < 300
            return False
    shows(trace)
    return True


@pytest.mark.parametrize(("whole", "least"), [(WHOLE, 1), (PACKED, 0)])
def test_a_file_cut_at_every_byte(whole: bytes, least: int) -> None:
    """From nothing at all to all but the line end, plain and compressed."""
    whole_ones = [end for end in range(len(whole)) if tried(whole[:end])]
    assert whole_ones == [len(whole) - 1][:least]
    assert tried(whole)


@tries(80, 8_000)
@given(st.data())
def test_a_file_with_other_bytes(data: Any) -> None:
    """Flipped, lost and foreign ones."""
    tried(data.draw(garbled(data.draw(st.sampled_from((WHOLE, PACKED))))))


@tries(80, 8_000)
@given(st.data())
def test_a_compressed_file_of_other_bytes(data: Any) -> None:
    """Past gzip's check sum, the same."""
    tried(gzip.compress(data.draw(garbled(WHOLE)), 1, mtime=0))


@tries(120, 8_000)
@given(changed())
def test_a_file_that_was_made_up(data: bytes) -> None:
    """Other types, huge numbers, ids used twice, parents in a circle or nowhere, deep nests, long texts."""
    tried(data)


def rows(*spoiled: tuple[int, int, Any]) -> bytes:
    """The small file with some fields of its rows replaced: (row, field, value)."""
    data = json.loads(WHOLE)
    for row, field, value in spoiled:
        data["rows"][row][field] = value
    return json.dumps(data).encode()


def test_parents_that_are_no_calls() -> None:
    """A dispatch inside a call that its parent never made is shown as a root."""
    outer = next(each for each in json.loads(WHOLE)["rows"] if each[1] == 0)
    (inner,) = (at for at, each in enumerate(json.loads(WHOLE)["rows"]) if each[1])
    for parent in (outer[0], outer[0] + 3, outer[0] + 60_000, outer[0] - 1):
        assert tried(rows((inner, 1, parent)))


def test_parents_in_a_circle() -> None:
    """A dispatch inside its own call, and two inside each other."""
    held = json.loads(WHOLE)["rows"]
    for at, row in enumerate(held):
        assert not tried(rows((at, 1, row[0] + 1)))
        assert not tried(rows((at, 1, row[0])))
        for other in held:
            if other[0] > row[0]:
                assert not tried(rows((at, 1, other[0] + 1)))


NESTS = {
    "lists": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "unfinished lists": "[" * 1_000_000,
    "unfinished objects": '{"a":' * 300_000,
}


@pytest.mark.parametrize("nest", NESTS)
def test_deep_nests(nest: str) -> None:
    """More levels than Python has stack for."""
    assert not tried(NESTS[nest].encode())
    assert not tried(opening(f'"rows":{NESTS[nest]}}}'))


@pytest.mark.parametrize(
    "number", ["1" * 5_000, "-" + "9" * 10_000, "1" * 1_000_000, "1e999", "NaN", "-Infinity"]
)
def test_numbers_beyond_all_bounds(number: str) -> None:
    """As a duration, as an id, as an argument."""
    held = WHOLE.decode()
    for old in ('"wall_ns":', '"dropped":'):
        assert old in held
        assert not tried(held.replace(old, f"{old}{number},{old}", 1).replace(f",{old}", ',"x":', 1).encode())
    assert not tried(held.replace('"wall_ns":', f'"wall_ns":{number}', 1).encode())


class Counted(io.RawIOBase):
    """A gzip file of zeros without end, that counts what was read of it."""

    def __init__(self) -> None:
        piece = gzip.compress(b"0" * 10_000_000)
        self._piece = piece
        self._rest = piece
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        self._rest = self._rest or self._piece
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


def test_a_gzip_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that unpacks without end is read up to the limit and no further: exactly one byte too many is
    asked for, and never is there more in memory."""
    asked: list[int] = []
    taken: list[int] = []
    real = gzip.GzipFile.read

    def read(self: gzip.GzipFile, size: int = -1) -> bytes:
        asked.append(size)
        data = real(self, size)
        taken.append(len(data))
        return data

    monkeypatch.setattr(storage, "MAX_BYTES", 3_000_000)
    monkeypatch.setattr(gzip.GzipFile, "read", read)
    bomb = Counted()
    monkeypatch.setattr("builtins.open", lambda *arguments: io.BufferedReader(bomb))
    with pytest.raises(SignaltraceError) as caught:
        load("bomb.gz")
    assert str(caught.value) == "'bomb.gz' is too large: more than 3,000,000 bytes unpacked"
    assert (asked, taken) == ([3_000_001], [3_000_001])
    # 10 MB of zeros are 10 kB: one buffer's worth of the stream was enough
    assert bomb.given <= 2 * max(io.DEFAULT_BUFFER_SIZE, 128 * 1024)


def test_a_plain_file_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/dev/zero`, or a pipe that never ends."""

    class Endless(Counted):
        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            buffer[:] = b"0" * len(buffer)
            return len(buffer)

    monkeypatch.setattr(storage, "MAX_BYTES", 3_000_000)
    endless = Endless()
    monkeypatch.setattr("builtins.open", lambda *arguments: io.BufferedReader(endless, 1_024))
    with pytest.raises(SignaltraceError, match="is too large"):
        load("/dev/zero")
    assert endless.given <= 3_000_001 + 2 * 1_024


COMMANDS = {
    "cut": WHOLE[: len(WHOLE) // 2],
    "packed and cut": PACKED[: len(PACKED) // 2],
    "nest": NESTS["lists"].encode(),
    "number": WHOLE.replace(b'"wall_ns":', b'"wall_ns":' + b"1" * 5_000, 1),
    "nothing": b"",
    "escapes": opening('"\\u001b[2J\\n\\u202e":1}'),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_show_says_it_in_one_line(case: str, tmp_path: Path) -> None:
    """`signaltrace show FILE`: one line, an exit status that is not 0, no traceback."""
    file = tmp_path / "trace"
    file.write_bytes(COMMANDS[case])
    result = through_door("show", str(file))
    assert (result.status, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert line.startswith("signaltrace: ")
    assert line.isprintable()


def test_show_as_it_is_called(tmp_path: Path) -> None:
    """`python -m signaltrace show FILE`, on a file of the worst kind and on a whole one."""
    file = tmp_path / "trace"
    file.write_bytes(opening(f'"rows":{NESTS["lists"]}}}'))
    result = python("-m", "signaltrace", "show", str(file), folder=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    file.write_bytes(PACKED)
    result = python("-m", "signaltrace", "show", str(file), folder=tmp_path)
    assert (result.status, result.err) == (0, "")
    assert "r.inner" in result.out


def test_a_bomb_of_brackets_is_not_even_parsed(tmp_path, monkeypatch):
    """A few kB, packed, that would take gigabytes as lists: refused before anything is made of them."""
    file = tmp_path / "bomb.json.gz"
    opening = b'{"format":"signaltrace","schema":1,"rows":['
    file.write_bytes(gzip.compress(opening + b"[]," * 1_000_000 + b"[]]}"))

    def parsed(text):
        raise AssertionError("it was parsed")

    monkeypatch.setattr("signaltrace.storage.json.loads", parsed)
    assert refusal(file) == "FILE is not a trace saved by signaltrace"
