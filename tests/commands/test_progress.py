"""The live line: what it says, and that it never gets in the way of what the program prints."""

from __future__ import annotations

import io
import os
import threading

import pytest

from signaltrace.capture.recording import Progress
from signaltrace.commands import progress
from signaltrace.commands.progress import LiveLine, describe
from signaltrace.commands.terminal import ERASE, Terminal
from signaltrace.trace import ReceiverInfo

SO_FAR = Progress(1_234, 5_678, ReceiverInfo("shop.receivers.thank"), 12_300_000)
LINE = "signaltrace: 1,234 dispatches, 5,678 receiver calls, slowest 12 ms shop.receivers.thank"


class Tty:
    """A terminal: streams share what is shown on it."""

    def __init__(self, shown=None):
        self.shown = [] if shown is None else shown

    def isatty(self):
        return True

    def write(self, text):
        self.shown.append(text)
        return len(text)

    def flush(self):
        """Nothing is held back."""

    def fileno(self):
        return 99


@pytest.fixture
def streams():
    """stderr, stdout and stdin of one terminal."""
    err = Tty()
    return err, Tty(err.shown), Tty()


def shared(streams, in_front=lambda: True):
    """The three streams as a Terminal that is watched."""
    err, out, stdin = streams
    terminal = Terminal(err, [out], stdin, in_front)
    assert terminal.watch()
    return terminal


def test_what_it_says():
    """Counts, then the slowest receiver as far as it fits."""
    assert describe(SO_FAR, 100) == LINE
    assert describe(SO_FAR, 60) == LINE[:59] + "…"
    assert describe(Progress(0, 0, None, 0), 80) == "signaltrace: 0 dispatches, 0 receiver calls"


def test_a_name_cannot_obey_the_terminal():
    """A receiver's name is a stranger's."""
    assert "\x1b" not in describe(SO_FAR._replace(slowest=ReceiverInfo("a\x1b[2Jb")), 200)


def test_it_goes_before_the_program_prints_and_comes_back_later(streams):
    """On every stream of the terminal."""
    err, out, _ = streams
    line = LiveLine(lambda: SO_FAR, terminal := shared(streams))
    line.tick()
    print("from the program", file=out)
    line.tick()
    err.write("an error\n")
    terminal.unwatch()
    drawn = ERASE + describe(SO_FAR, 79) + "\r"
    assert "".join(err.shown) == f"{drawn}{ERASE}from the program\n{drawn}{ERASE}an error\n"


def test_it_stays_away_while_the_cursor_is_inside_a_line(streams):
    """`print("…", end="")` and progress bars of the program's own."""
    err, out, _ = streams
    line = LiveLine(lambda: SO_FAR, shared(streams))
    print("Copying… ", end="", file=out)
    line.tick()
    assert err.shown == ["Copying… ", ""]
    print("done", file=out)
    line.tick()
    assert err.shown[-1].startswith(ERASE)


def test_it_stays_away_while_the_program_asks_for_input(streams):
    """input() asks stdin for its file number before the prompt goes to the terminal itself."""
    err, _, stdin = streams
    line = LiveLine(lambda: SO_FAR, shared(streams))
    line.tick()
    assert stdin.fileno() == 99
    assert err.shown[-1] == ERASE
    line.tick()
    assert err.shown[-1] == ERASE


def test_it_stays_away_while_something_else_has_the_terminal(streams):
    """An editor, a password prompt, a shell in front of us."""
    LiveLine(lambda: SO_FAR, shared(streams, in_front=lambda: False)).tick()
    assert streams[0].shown == []


def test_a_terminal_that_cannot_be_asked_is_not_drawn_on(streams):
    """File number 99 is no terminal: the state cannot be read."""
    LiveLine(lambda: SO_FAR, shared(streams, in_front=None)).tick()
    assert streams[0].shown == []


def test_the_streams_are_the_same_objects_and_as_they_were_afterwards(streams, monkeypatch):
    """The program may hold on to them, and must find nothing of ours when the run is over."""
    err, out, stdin = streams
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stdin", stdin)
    before = [dict(vars(each)) for each in streams]
    terminal = Terminal()
    assert terminal.watch()
    held = out.write
    terminal.unwatch()
    assert [dict(vars(each)) for each in streams] == before
    held("still writes\n")
    assert err.shown[-1] == "still writes\n"


def test_a_write_of_somebody_elses_stays(streams):
    """Set before ours it comes back; set over ours it is not taken away."""
    err, out, _ = streams
    theirs = err.write
    err.write = theirs
    terminal = shared(streams)
    later = lambda text: len(text)  # noqa: E731
    out.write = later
    terminal.unwatch()
    assert vars(err)["write"] is theirs
    assert vars(out)["write"] is later


def test_nothing_is_done_in_a_pipe():
    """No thread, no attribute, no character."""
    err = io.StringIO()
    line = LiveLine(lambda: SO_FAR, Terminal(err, [], io.StringIO()))
    before = threading.active_count()
    line.start(first_s=0)
    assert threading.active_count() == before
    line.stop()
    assert err.getvalue() == ""
    assert vars(err) == {}


def test_nothing_is_done_without_streams(monkeypatch):
    """sys.stderr is None in a service without a console."""
    monkeypatch.setattr("sys.stderr", None)
    line = LiveLine(lambda: SO_FAR, Terminal())
    line.start()
    line.stop()


def test_the_thread_shows_the_line_and_ends_with_the_run(streams):
    """First after the time given, and no more after stop()."""
    shown = threading.Event()

    def read():
        shown.set()
        return SO_FAR

    err, out, stdin = streams
    line = LiveLine(read, Terminal(err, [out], stdin, lambda: True))
    line.start(first_s=0)
    assert shown.wait(30)
    line.stop()
    assert [each.name for each in threading.enumerate() if each.name == "signaltrace"] == []
    assert err.shown[-1] in (ERASE, f"{ERASE}{describe(SO_FAR, 79)}\r")
    assert err.shown[-1] == ERASE
    assert progress._running is None


def test_a_failure_of_ours_ends_the_line_alone(streams):
    """No traceback from a thread into the program's output."""
    read_once = threading.Event()

    def read():
        read_once.set()
        raise RuntimeError

    err, out, stdin = streams
    line = LiveLine(read, Terminal(err, [out], stdin, lambda: True))
    line.start(first_s=0)
    assert read_once.wait(30)
    line.stop()
    assert err.shown == []


def test_fork_finds_no_thread_of_ours_and_the_child_has_no_line(streams):
    """fork() among threads is warned of since 3.12; the child's prints take nothing away."""
    err, out, stdin = streams
    terminal = Terminal(err, [out], stdin, lambda: True)
    line = LiveLine(lambda: SO_FAR, terminal)
    line.start(first_s=60)
    line.tick()
    inside, outside = os.pipe()
    child = os.fork()
    if not child:
        out.write("child\n")
        names = [each.name for each in threading.enumerate()]
        os.write(outside, repr((err.shown[1:], "signaltrace" in names)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(inside, 1_000) == b"(['child\\n'], False)"
    assert "signaltrace" in [each.name for each in threading.enumerate()]
    line.stop()
    os.close(inside)
    os.close(outside)
