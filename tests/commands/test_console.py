"""Streams that cannot fail for their reader's sake, and the colours and widths of consoles."""

from __future__ import annotations

import io

import pytest

from signaltrace.commands.console import PIPE_WIDTH, Stream, make_console


class Terminal(io.StringIO):
    """Text in memory that says it is a terminal."""

    def isatty(self):
        return True


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text):
        raise BrokenPipeError(32, "Broken pipe")


class Wrapper(io.StringIO):
    """As Django's OutputWrapper: adds a line end and a style."""

    def write(self, msg="", style_func=None, ending="\n"):
        super().write((style_func or str.upper)(msg) + ending)


@pytest.mark.parametrize(
    ("stream", "options", "environ", "colored"),
    [
        (Terminal(), {}, {"TERM": "xterm"}, True),
        (Terminal(), {"no_color": True}, {"TERM": "xterm"}, False),
        (Terminal(), {}, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {}, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {}, {"TERM": "xterm", "DJANGO_COLORS": "nocolor"}, False),
        (Terminal(), {}, {"TERM": "xterm", "DJANGO_COLORS": "dark"}, True),
        (io.StringIO(), {}, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
        (io.StringIO(), {"force_color": True}, {"TERM": "dumb", "NO_COLOR": "1"}, True),
    ],
)
def test_colours(stream, options, environ, colored, monkeypatch):
    """On a terminal unless refused; elsewhere only when forced. Without them not even bold is printed."""
    monkeypatch.setenv("TERM", environ["TERM"])
    make_console(Stream(stream), **options, environ=environ).print("text", style="bold red")
    assert ("\x1b[" in stream.getvalue()) is colored
    assert "text" in stream.getvalue()


@pytest.mark.parametrize(
    ("columns", "width"), [("72", 72), ("", PIPE_WIDTH), ("0", PIPE_WIDTH), ("wide", PIPE_WIDTH)]
)
def test_width(columns, width):
    """COLUMNS, else the same everywhere there is no terminal to measure."""
    assert make_console(Stream(io.StringIO()), environ={"COLUMNS": columns}).width == width


def test_markup_in_text_is_text():
    """Names with brackets are printed as they are."""
    out = io.StringIO()
    make_console(Stream(out)).print("[bold]x[/bold] :smile:")
    assert out.getvalue() == "[bold]x[/bold] :smile:\n"


def test_what_the_encoding_lacks_is_replaced():
    """Printing does not fail for an arrow."""
    raw = io.BytesIO()
    stream = Stream(io.TextIOWrapper(raw, encoding="ascii"))
    stream.write("a → b\n")
    stream.flush()
    assert raw.getvalue() == b"a ? b\n"


def test_a_reader_that_has_gone_ends_the_printing():
    """Quietly, and once."""
    stream = Stream(Gone())
    stream.write("text")
    assert stream.gone
    stream.write("more")
    stream.flush()


def test_djangos_wrapper_adds_nothing():
    """Neither line ends nor the red of its stderr."""
    out = Wrapper()
    stream = Stream(out, raw=True)
    stream.write("a")
    stream.write("b\n")
    assert out.getvalue() == "ab\n"


def test_a_closed_stream_is_no_terminal():
    """As at the end of some test runs."""
    out = io.StringIO()
    out.close()
    assert Stream(out).isatty() is False
