"""Saved traces: exact when read again, written whole or not at all, refused in one line when they are no such thing."""

from __future__ import annotations

import copy
import gzip
import json
import os
import stat
import sys

import pytest

from signaltrace import storage
from signaltrace.errors import SignaltraceError
from signaltrace.exports import json as json_export
from signaltrace.rows import STEP, pack, unpack
from signaltrace.storage import check_writable, load, save, to_text
from signaltrace.tally import Tally
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, Trace


def a_trace() -> Trace:
    """A trace with something of everything a trace can hold."""
    trace = build_trace(
        sent(
            "django.db.models.signals.post_save",
            "shop.Order",
            arguments={"created": True, "price": 1.5, "note": "naïve \ud800 \x1b[31m\u202e", "none": None},
            site=CallSite("shop/views.py", 12, "pay"),
            not_called=("shop.receivers.last",),
        )(
            called("shop.receivers.thank", 5_000, file="shop/receivers.py", line=3)(
                sent("shop.signals.paid", task="Task-1", opaque=True)(
                    called("shop.receivers.ship", 700, is_async=True, busy_ns=20)
                )
            ),
            called("shop.receivers.refuse", 90, error=ErrorInfo("ValueError", "no", "shop/receivers.py", 9)),
        ),
        sent("shop.signals.unheard", "shop.Order", thread="Thread-2"),
        orphaned=[(0, 0, 3)],
        dropped=2,
        faults=[Fault("labels", "KeyError: 1", 2)],
        notes=["A note."],
        pauses={STEP: 10, STEP + 1: 10},
    )
    rows = [row for block in trace.blocks for row in unpack(block)]
    # a list among the arguments, an instance, and a call that ended after its dispatch
    rows.append(
        (
            5 * STEP,
            0,
            0,
            0,
            0,
            9,
            1,
            (0, 1, 2),
            ("tags", ("list", "items", (1, "a")), "order", ("shop.Order", "pk", 7)),
            None,
        )
    )
    rows.append(
        (5 * STEP, 0, 0, 0, 0, 9, 1, (1, 1, 2), None, {"late": True, "positions": [1], "threads": [[0, 1]]})
    )
    trace.blocks = [pack(rows)]
    tally = Tally()
    tally.add(rows[:1])
    trace.tally = tally
    return trace


def document() -> dict:
    """The trace as a file holds it, to be spoiled."""
    return json.loads(to_text(a_trace()))


@pytest.fixture
def file(tmp_path):
    """Where to save."""
    return tmp_path / "trace.json"


def refusal(file) -> str:
    """The line with which a file is refused, its name left out."""
    with pytest.raises(SignaltraceError) as caught:
        load(file)
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(repr(str(file)), "FILE")


# -- what is saved ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trace.json", "trace.json.gz", "trace"])
def test_the_round_trip_is_exact(name, tmp_path):
    """The same trace, and the same bytes when it is saved again."""
    file, again = tmp_path / name, tmp_path / f"again-{name}"
    trace = a_trace()
    save(trace, file)
    loaded = load(file)
    assert loaded == trace
    assert list(loaded.walk()) == list(trace.walk())
    save(loaded, again)
    assert again.read_bytes() == file.read_bytes()


def test_an_empty_trace_can_be_saved(file):
    """A program that sends nothing."""
    save(Trace(), file)
    assert load(file) == Trace()


def test_a_file_says_what_it_is_first(file):
    """Format, schema and the facts of the recording, on one line."""
    save(a_trace(), file)
    text = file.read_text(encoding="ascii")
    assert text.startswith('{"format":"signaltrace","schema":1,"started_at":"2026-01-02T03:04:05+00:00",')
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    held = json.loads(text)
    assert held["argv"] == ["manage.py", "checkout"]
    assert held["versions"] == {"signaltrace": "0.1.0", "django": "6.0", "python": "3.12.0"}
    assert json_export.render(a_trace()) + "\n" == text


def test_a_name_in_gz_means_compressed_and_reproducible(tmp_path):
    """Neither the time nor the name of the file is in it."""
    one, two = tmp_path / "one.json.gz", tmp_path / "two.gz"
    save(a_trace(), one)
    save(a_trace(), two)
    assert one.read_bytes() == two.read_bytes()
    assert gzip.decompress(one.read_bytes()).decode() == to_text(a_trace()) + "\n"


def test_the_content_tells_whether_a_file_is_compressed(tmp_path):
    """Not its name: files get renamed."""
    save(a_trace(), tmp_path / "trace.gz")
    os.rename(tmp_path / "trace.gz", tmp_path / "trace.json")
    assert load(tmp_path / "trace.json") == a_trace()


def test_numbers_json_has_no_way_to_write_are_described(file):
    """The file stays JSON for every reader of it."""
    trace = build_trace(sent("s", arguments={"nan": float("nan"), "huge": -(10**5000), "big": 2**200}))
    save(trace, file)
    assert load(file).roots()[0].arguments == {
        "nan": {"type": "float", "value": "nan"},
        "huge": {"type": "int", "bits": 16610},
        "big": 2**200,
    }
    assert "NaN" not in file.read_text()


def test_a_reformatted_file_is_the_same_trace(file):
    """After jq or an editor."""
    file.write_text(json.dumps(document(), indent=2, sort_keys=True), encoding="utf-8")
    assert load(file) == a_trace()


# -- how it is written -----------------------------------------------------------------------------


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(file, monkeypatch):
    """Whole or not at all."""
    save(Trace(), file)
    before = file.read_bytes()

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SignaltraceError) as caught:
        save(a_trace(), file)
    assert str(caught.value) == f"cannot write {str(file)!r}: No space left on device"
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


def test_an_interrupt_while_writing_leaves_nothing(file, monkeypatch):
    """Ctrl-C is no reason for a half file."""

    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(a_trace(), file)
    assert os.listdir(file.parent) == []


def test_permissions_are_those_of_any_new_file_and_those_of_the_old_one_stay(file):
    """Not the private ones of a temporary file."""
    mask = os.umask(0o027)
    try:
        save(Trace(), file)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    file.chmod(0o604)
    save(a_trace(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path):
    """What it points to is replaced."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    save(a_trace(), link)
    assert link.is_symlink()
    assert load(target) == a_trace()


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    """/dev/stderr, /dev/null, a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_writable(pipe)
    save(Trace(), pipe)
    assert os.read(reader, 100_000).decode() == to_text(Trace()) + "\n"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_whether_it_can_be_written_is_known_beforehand(file, tmp_path):
    """And nothing is left behind by asking."""
    check_writable(file)
    assert os.listdir(tmp_path) == []
    for path, cause in (
        (tmp_path, "it is a directory"),
        (tmp_path / "nosuch" / "trace.json", "no such folder"),
        (tmp_path / "a\0b", "no file has such a name"),
    ):
        for act in (check_writable, lambda path: save(Trace(), path)):
            with pytest.raises(SignaltraceError) as caught:
                act(path)
            assert str(caught.value).startswith(f"cannot write {str(path)!r}: ")
            assert str(caught.value).endswith(cause)
    (tmp_path / "plain").write_text("")
    with pytest.raises(SignaltraceError) as caught:
        check_writable(tmp_path / "plain" / "trace.json")
    assert str(caught.value) == f"cannot write {str(tmp_path / 'plain' / 'trace.json')!r}: Not a directory"


def test_a_file_that_may_not_be_written_is_not_replaced(file, monkeypatch):
    """Though its folder would allow it."""
    save(Trace(), file)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SignaltraceError) as caught:
        check_writable(file)
    assert str(caught.value) == f"cannot write {str(file)!r}: Permission denied"


# -- what is refused -------------------------------------------------------------------------------


def test_a_missing_file_and_a_folder(tmp_path):
    """One line each."""
    assert refusal(tmp_path / "nosuch.json") == "no such file: FILE"
    assert refusal(tmp_path) == "cannot read FILE: it is a directory"
    assert refusal(tmp_path / "a\0b") == "cannot read FILE: no file has such a name"


def test_a_file_that_cannot_be_read(file, monkeypatch):
    """The cause is named."""
    save(Trace(), file)

    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert refusal(file) == "cannot read FILE: Permission denied"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"null",
        b"12",
        b'"signaltrace"',
        b"[]",
        b"[1, 2",
        b"{}",
        b'{"format": "speedscope"}',
        b'{"schema": 1}',
        b"hello",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        bytes(range(256)),
        b"[" * 200_000,
        b"1" * 10_000,
        b"{'format': 'signaltrace'}",
        b"SQLite format 3\x00",
        gzip.compress(b"anything else"),
        gzip.compress(b'{"a": 1}'),
    ],
)
def test_what_is_no_trace(data, file):
    """Any JSON, any text, any bytes."""
    file.write_bytes(data)
    assert refusal(file) == "FILE is not a trace saved by signaltrace"


def test_a_file_that_was_cut_short_anywhere(file):
    """At every single byte but the last, a line end."""
    text = (to_text(a_trace()) + "\n").encode()
    for end in range(1, len(text) - 1):
        file.write_bytes(text[:end])
        assert refusal(file) == "FILE is cut short: the end of the trace is missing", text[:end][-20:]
    file.write_bytes(text[:-1])
    assert load(file) == a_trace()


def test_a_compressed_file_that_was_cut_short_anywhere(tmp_path):
    """Also in the middle of gzip's own header and trailer."""
    file = tmp_path / "trace.json.gz"
    save(a_trace(), file)
    data = file.read_bytes()
    for end in range(2, len(data)):
        file.write_bytes(data[:end])
        assert refusal(file) == "FILE is cut short: the end of the trace is missing"


def test_a_damaged_file(tmp_path):
    """Changed in the middle: by gzip's check sum, or no longer JSON."""
    file = tmp_path / "trace.json.gz"
    save(a_trace(), file)
    data = bytearray(file.read_bytes())
    data[-6] ^= 1
    file.write_bytes(data)
    assert refusal(file).startswith("FILE is damaged: CRC check failed")
    file.write_text(to_text(a_trace()).replace('"argv":', '"argv"', 1), encoding="ascii")
    assert refusal(file) == "FILE is damaged: it is not JSON to the end"


def test_a_newer_schema(file):
    """With the way out."""
    file.write_text(json.dumps({**document(), "schema": 2, "more": 1}), encoding="ascii")
    assert refusal(file) == (
        "FILE was saved by a newer signaltrace (schema 2, this one reads up to 1): upgrade django-signaltrace"
    )


def test_too_much_is_not_unpacked(tmp_path, monkeypatch):
    """A small file can hold gigabytes of zeros."""
    monkeypatch.setattr(storage, "MAX_BYTES", 1_000)
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"0" * 1_000_000))
    assert refusal(file) == "FILE is too large: more than 1,000 bytes unpacked"
    file.write_bytes(b"0" * 1_001)
    assert refusal(file) == "FILE is too large: more than 1,000 bytes unpacked"


def spoiled(*path, value) -> dict:
    """The document with one value replaced (or removed, for `...`)."""
    whole = document()
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return whole


PARTS = [name for name in document() if name not in ("format", "schema")]


@pytest.mark.parametrize("value", [..., None, 1.5, "x", True, -1, {"a": 1}, [[]], [{}]])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_or_of_another_type(part, value, file):
    """Every one of them is checked, so that no view can trip over it."""
    file.write_text(json.dumps(spoiled(part, value=value)), encoding="ascii")
    assert refusal(file).startswith("FILE is damaged: its ")


# (row, field) -> values that are wrong there; the rows of a_trace() by position
WRONG = [
    ((0, 0), [0, -STEP, STEP + 1, "1", 1.0, None, True]),
    ((0, 1), [-1, 2 * STEP, 3 * STEP, "1", None]),
    ((0, 2), [-1, 99, None, True]),
    ((0, 3), [-1, 99, None]),
    ((0, 4), [-1, 99, "MainThread"]),
    ((0, 5), ["now", 1 << 63, None, 0.5]),
    ((0, 6), [-1, 1 << 63, None]),
    ((0, 7), [None, [0], [0, 1], [99, 0, 0], [-1, 0, 0], [0, 0, -1], [0, "0", 0], [0, 0, 1.5], [True, 0, 0]]),
    ((0, 8), ["x", ["name"], [1, 2], ["name", []], ["name", [1]], ["name", ["T", "pk"]], ["name", {"a": 1}],
              ["name", ["T", "pk", [[]]]], ["name", ["T", 1, 2]]]),
    ((0, 9), [[], 1, {"unknown": 1}, {"task": 1}, {"opaque": "yes"}, {"error": ["ValueError"]},
              {"error": ["ValueError", "x", 1, 1]}, {"outcome": "fine"}, {"not_called": [99]}, {"not_called": 1},
              {"outcomes": [[5, "raised", None]]}, {"outcomes": [[0, "fine", None]]}, {"outcomes": [[0, "raised"]]},
              {"busy": [[0, -1]]}, {"busy": [[9, 1]]}, {"threads": [[0, 99]]}, {"positions": [0, 1]},
              {"positions": [-1]}, {"positions": [STEP]}]),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, values in WRONG for value in values])
def test_a_row_with_a_wrong_field(place, value, file):
    """Types, ranges, and indexes that point into nothing."""
    row, field = place
    file.write_text(json.dumps(spoiled("rows", row, field, value=value)), encoding="ascii")
    assert refusal(file) == f"FILE is damaged: its rows[{row}] cannot be understood"


def test_rows_that_contradict_each_other(file):
    """An id used twice, a call told twice, dispatches that are inside each other."""
    whole = document()
    twice = copy.deepcopy(whole)
    twice["rows"].append(twice["rows"][0])
    late = copy.deepcopy(whole)
    late["rows"][-1][9]["positions"] = [0]
    cycle = copy.deepcopy(whole)
    numbers = [row[0] for row in cycle["rows"]]
    outer, inner = numbers.index(STEP), numbers.index(2 * STEP)
    cycle["rows"][outer][1] = 2 * STEP + 1
    assert cycle["rows"][inner][1] == STEP + 1
    for spoilt, row in ((twice, len(whole["rows"])), (late, len(whole["rows"]) - 1), (cycle, outer)):
        file.write_text(json.dumps(spoilt), encoding="ascii")
        assert refusal(file) == f"FILE is damaged: its rows[{row}] cannot be understood"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("schema",), 0, "schema"),
        (("schema",), True, "schema"),
        (("schema",), "1", "schema"),
        (("schema",), ..., "schema"),
        (("more",), 1, "part 'more'"),
        (("started_at",), "yesterday", "part 'started_at'"),
        (("wall_ns",), 1 << 62, "part 'wall_ns'"),
        (("argv", 0), 1, "part 'argv'"),
        (("versions", "django"), None, "part 'versions'"),
        (("signals", 0, "name"), None, "signals[0]"),
        (("signals", 0, "more"), 1, "signals[0]"),
        (("signals", 0, "mine"), ..., "signals[0]"),
        (("senders", 0, "app"), 1, "senders[0]"),
        (("receivers", 0, "line"), "3", "receivers[0]"),
        (("receivers", 0, "is_async"), 0, "receivers[0]"),
        (("sites", 0), {"file": "a", "line": 1, "function": "f"}, "part 'sites'"),
        (("sites", 1, "line"), -1, "sites[1]"),
        (("routes", 0, 1), 99, "routes[0]"),
        (("routes", 0), ["send", 0], "routes[0]"),
        (("orphaned", 0, 0), 99, "orphaned[0]"),
        (("faults", 0, "count"), "2", "faults[0]"),
        (("pauses", "x"), 1, "part 'pauses'"),
        (("tally", "receivers", "99"), {}, "part 'tally'"),
        (("tally", "routes", "99"), 1, "part 'tally'"),
        (("tally", "inside"), [[1, 2]], "part 'tally'"),
        (("tally", "more"), 1, "part 'tally'"),
    ],
)
def test_a_table_with_a_wrong_entry(path, value, named, file):
    """The message names the place."""
    file.write_text(json.dumps(spoiled(*path, value=value)), encoding="ascii")
    assert refusal(file) == f"FILE is damaged: its {named} cannot be understood"
