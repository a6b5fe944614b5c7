"""Files that `load` refuses, each in one line: no traces, cut short, damaged, too new, too large."""

from __future__ import annotations

import gzip
import json

import pytest

from signaltrace import storage
from signaltrace.storage import load, save, to_text
from signaltrace.trace import Trace
from tests.saved import a_trace, document, refusal


@pytest.fixture
def file(tmp_path):
    """Where to save."""
    return tmp_path / "trace.json"


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
        gzip.compress(b"anything else", mtime=0),
        gzip.compress(b'{"a": 1}', mtime=0),
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
    file.write_text(json.dumps({**document(), "schema": 4, "more": 1}), encoding="ascii")
    assert refusal(file) == (
        "FILE was saved by a newer signaltrace (schema 4, this one reads up to 3): upgrade django-signaltrace"
    )


def test_too_much_is_not_unpacked(tmp_path, monkeypatch):
    """A small file can hold gigabytes of zeros."""
    monkeypatch.setattr(storage, "MAX_BYTES", 1_000)
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"0" * 1_000_000, mtime=0))
    assert refusal(file) == "FILE is too large: more than 1,000 bytes unpacked"
    file.write_bytes(b"0" * 1_001)
    assert refusal(file) == "FILE is too large: more than 1,000 bytes unpacked"
