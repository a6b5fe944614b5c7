"""No room left while a trace is saved: the earlier file stays whole, nothing else is left, one line tells."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import Any

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.storage import load, save
from signaltrace.trace import Trace
from tests.commands.doors import PROJECT, environment, python, through_door
from tests.saved import a_trace

FULL = OSError(errno.ENOSPC, "No space left on device")
NAMES = ("trace.json", "trace.json.gz")


class Failing:
    """A file on which one method fails. Some of what was written is on the disk by then."""

    def __init__(self, file: Any, failing: str) -> None:
        self._file = file
        self._failing = failing

    def __enter__(self) -> Failing:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
        self._maybe("close")

    def _maybe(self, name: str) -> None:
        if name == self._failing:
            raise FULL

    def write(self, data: bytes) -> int:
        """Half of it, where this is what fails."""
        if self._failing == "write":
            self._file.write(data[: len(data) // 2])
        self._maybe("write")
        return int(self._file.write(data))

    def flush(self) -> None:
        """Fails, or does it."""
        self._maybe("flush")
        self._file.flush()


def fill(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """From now on there is no room for one step of a save."""

    def refuse(*arguments: Any, **named: Any) -> Any:
        raise FULL

    if failing in ("fsync", "replace", "open", "chmod"):
        monkeypatch.setattr(os, failing, refuse)
    else:
        real = os.fdopen
        monkeypatch.setattr(os, "fdopen", lambda *arguments: Failing(real(*arguments), failing))


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("failing", ["open", "write", "flush", "fsync", "close", "chmod", "replace"])
@pytest.mark.parametrize("name", NAMES)
def test_the_earlier_file_stays_whole(
    name: str, failing: str, before: bool, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step has no room, in a plain or a compressed file, over an earlier one or none."""
    file = tmp_path / name
    if before:
        save(Trace(argv=["earlier"]), file)
    elif failing == "chmod":
        return  # only the permissions of an earlier file are taken over
    held = file.read_bytes() if before else b""
    with monkeypatch.context() as patch:
        fill(patch, failing)
        with pytest.raises(SignaltraceError) as caught:
            save(a_trace(), file)
    assert str(caught.value) == f"cannot write {str(file)!r}: No space left on device"
    assert os.listdir(tmp_path) == [name] * before
    if before:
        assert file.read_bytes() == held
        assert load(file).argv == ["earlier"]
    save(a_trace(), file)
    assert load(file) == a_trace()


@pytest.mark.parametrize("name", NAMES)
def test_saving_again_from_a_file_fails_with_one_line(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`signaltrace show FILE --save OTHER`: exit status 2 and the cause; the file that was read stays."""
    file, other = tmp_path / "here.json", tmp_path / name
    save(a_trace(), file)
    held = file.read_bytes()
    with monkeypatch.context() as patch:
        fill(patch, "fsync")
        result = through_door("show", str(file), "--save", str(other))
    assert result.status == 2
    (line,) = result.err.splitlines()
    assert f"cannot write {str(other)!r}: No space left on device" in line
    assert (file.read_bytes(), os.listdir(tmp_path)) == (held, [file.name])


# As `manage.py`, in a process that may write no file larger than so many bytes.
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size there")
@pytest.mark.parametrize(("name", "way", "status"), [(NAMES[0], (), 0), (NAMES[1], ("--exit=3",), 3)])
def test_a_run_whose_trace_finds_no_room(name: str, way: tuple[str, ...], status: int, tmp_path: Any) -> None:
    """A real refusal in the middle of writing: the program's output and exit status stay, the trace is shown,
    one line tells that it was not saved, and the earlier file is whole."""
    file = tmp_path / name
    save(Trace(argv=["earlier"]), file)
    held = file.read_bytes()
    command = ["-c", LIMITED.format(limit=64), "manage.py", "signaltrace", "run", "--save", str(file), "act"]
    result = python(*command, *way)
    assert (result.status, result.out) == (status, "acted [] plan=False view=none of ours\n")
    assert "Signals of manage.py act" in result.err
    (line,) = (line for line in result.err.splitlines() if "cannot write" in line)
    assert line.endswith("File too large")
    assert "Traceback" not in result.err
    assert "trace saved" not in result.err
    assert (file.read_bytes(), os.listdir(tmp_path)) == (held, [name])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_device_that_is_full() -> None:
    """Where there is nothing to replace the line is the same."""
    with pytest.raises(SignaltraceError, match=r"^cannot write '/dev/full': No space left on device$"):
        save(a_trace(), "/dev/full")
    result = python("manage.py", "signaltrace", "run", "--save", "/dev/full", "act", folder=PROJECT)
    assert result.status == 0
    assert "cannot write '/dev/full': No space left on device" in result.err
    assert "Traceback" not in result.err


HAS_FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")


def ended(command: str) -> tuple[int, str]:
    """Exit status and stderr of a shell's command line in the project; ``PYTHON`` is this one."""
    line = command.replace("PYTHON", f"'{sys.executable}' -W error")
    done = subprocess.run(
        ["sh", "-c", line], cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@HAS_FULL
@pytest.mark.parametrize("door", ["PYTHON manage.py signaltrace", "PYTHON -m signaltrace"])
@pytest.mark.parametrize("arguments", ["", "receivers", "--help"])
def test_output_that_cannot_be_written_is_one_line(door: str, arguments: str) -> None:
    """What a user redirected onto a full disk is incomplete: said in one line, and by the exit status."""
    status, err = ended(f"{door} {arguments} > /dev/full")
    assert (status, err) == (2, "signaltrace: the output is incomplete: No space left on device\n")


@HAS_FULL
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize("door", ["PYTHON manage.py signaltrace", "PYTHON -m signaltrace"])
def test_a_view_that_cannot_be_written_is_not_the_programs_fault(door: str, stderr: str) -> None:
    """`run` and `exec` end as the program did, wherever our view went."""
    assert ended(f"{door} exec -c 'import sys; sys.exit(3)' {stderr}")[0] == 3
    assert ended(f"{door} run act {stderr}")[0] == 0
