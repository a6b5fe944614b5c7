"""Saved traces: exact when they are read again, and written whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import stat
import sys

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.exports import json as json_export
from signaltrace.ran import CALL, Failed, Phase, RanTest
from signaltrace.storage import check_writable, load, save, to_text
from signaltrace.testing import build_trace, sent
from signaltrace.trace import Trace
from tests.saved import a_trace, document


@pytest.fixture
def file(tmp_path):
    """Where to save."""
    return tmp_path / "trace.json"


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
    assert text.startswith('{"format":"signaltrace","schema":3,"started_at":"2026-01-02T03:04:05+00:00",')
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


def test_such_numbers_among_the_items_of_an_argument_are_text(file):
    """A description holds words and numbers, no descriptions: the file must be read again."""
    huge = 2**20_000
    trace = build_trace(sent("s", arguments={"pks": ("list", "items", (1, huge)), "of": ("a.B", "pk", huge)}))
    save(trace, file)
    assert load(file).roots()[0].arguments == {
        "pks": {"type": "list", "items": (1, "int of 20001 bits")},
        "of": {"type": "a.B", "pk": "int of 20001 bits"},
    }


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


@pytest.mark.parametrize("name", ["notes.txt", "other.json", "cut.json.gz", "other.json.gz"])
def test_somebody_else_s_work_is_not_replaced(tmp_path, name):
    """A file name forgotten behind --save would take the next argument's file; traces are replaced."""
    path = tmp_path / name
    work = b'{"format": "other"}'
    path.write_bytes(
        gzip.compress(work)[: 15 if name.startswith("cut") else None] if name.endswith("gz") else work
    )
    before = path.read_bytes()
    with pytest.raises(SignaltraceError) as refused:
        check_writable(path)
    assert str(refused.value) == (
        f"will not replace {str(path)!r}: it is no trace; delete it, or name another file"
    )
    assert path.read_bytes() == before
    path.write_bytes(b"")
    check_writable(path)
    save(a_trace(), path)
    check_writable(path)


def test_a_trace_of_schema_1_is_read_without_tests(file):
    """What was saved before suites could be recorded opens as it was."""
    trace = a_trace()
    save(trace, file)
    data = json.loads(file.read_text())
    assert (data.pop("tests"), data.pop("connected")) == ([], [])
    file.write_text(json.dumps({**data, "schema": 1}))
    assert load(file) == trace


def test_tests_and_connected_receivers_are_kept(file):
    """A suite's trace is the same in a file."""
    trace = a_trace()
    phase = Phase(CALL, 10, 90, 1, 20, [0, 1, 1, 1, 20])
    failed = Failed(0, 0, "raised", "ValueError", "no", 1)
    trace.tests = [RanTest("tests.py::test_a", "passed", "gw0", [phase], [failed])]
    trace.connected = [0, 1]
    save(trace, file)
    assert load(file) == trace
    assert load(file).tests == trace.tests
