"""Names, values and messages that mean harm: shown as text, on one line, within the width, everywhere."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.exports import json as json_export
from signaltrace.storage import load, save
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, ReceiverInfo, SenderInfo, SignalInfo, Trace
from signaltrace.views import overview, receivers
from tests.commands.doors import through_door
from tests.hostile_depth import tries
from tests.views.printing import printed

CONTROLS = "".join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u200b\u2060\ufeff\u00ad\u2028\u2029\U000e0001\U000e0041"
TEXTS = {
    "markup": "[red]forged[/red] [link=http://x]here[/link] [/] \\[bold] [@click=f] :bomb:",
    "ansi": "\x1b[31mred\x1b[0m\x1b[2J\x1b[1;1H\x1b[?1049h",
    "osc": "\x1b]0;title\x07 \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b]52;c;ZXZpbA==\x07",
    "eight bits": "\x9b31m \x9d0;title\x9c \x90q\x9c",
    "controls": CONTROLS,
    "bidi": f"abc{BIDI}gnp.exe",
    "unseen": f"abc{UNSEEN}def",
    "surrogates": "\ud800 \udfff \ud83d \udc00\ud800",
    "lines": "one\ntwo\r\nthree\rfour\x0bfive\x0csix\x85seven\u2028eight",
    "wide": "漢字" * 200,
    "combining": "e" + "\u0301" * 500,
    "long": "x" * 100_000,
    "long path": "/".join(["x" * 50] * 2_000),
    "long escapes": "\x1b[31m" * 20_000,
    "guides": "│   └── → forged.receiver  1.2 ms",
    "nothing": "",
    "spaces": "   ",
}


def trace_of(text: str) -> Trace:
    """A trace that has a text wherever a program can bring one in."""
    error = ErrorInfo(text, text, text, 3)
    site = CallSite(text, 3, text)
    inside = sent(text, text, arguments={text: text, "plain": text}, site=site)(called(text, 5, error=error))
    receiver = called(f"app.{text}", 9, app=text, file=text, line=3)
    trace = build_trace(
        sent(f"shop.{text}", f"sender {text}", site=site, thread=text, task=text, not_called=(text,),
             muted=(text,),
             arguments={f"a {text}": (text, "pk", text), f"b {text}": (text, "items", (text, 1)), "c": text})(
            receiver(inside), called(text, 2, is_async=True, busy_ns=1),
        ),
        sent(text, text, method=text, opaque=True),
        argv=["manage.py", text],
        versions={text: text},
        notes=[text],
        faults=[Fault(text, text, 2)],
        orphaned=[(0, 0, 3)],
    )  # fmt: skip
    trace.signals = [SignalInfo(each.name, text, bool(at % 2)) for at, each in enumerate(trace.signals)]
    trace.orphaned = [(at, 0, 3) for at in range(len(trace.signals))]
    return trace


def inventory_of(text: str) -> Inventory:
    """The same for what is connected."""
    info = ReceiverInfo(text, text, 3, text, mine=True)
    named = ReceiverInfo(f"app.{text}", f"/srv/{text}", None, text)
    connections = (
        Connection(1, info, SenderInfo(text, text), weak=True, alive=True, dispatch_uid=text),
        Connection(2, named, SenderInfo("any sender"), weak=False, alive=True),
        Connection(0, info, SenderInfo(f"shop.{text}", text), weak=True, alive=False, dispatch_uid=text),
    )
    signals = (
        ConnectedSignal(SignalInfo(text, text, mine=True), connections, (text, f"shop.{text}")),
        ConnectedSignal(SignalInfo(f"django.{text}", text)),
    )
    return Inventory(signals, (text, f"{text}: is dead."), (text, f"shop.{text}"))


def rendered(text: str, **facts: Any) -> dict[str, RenderableType]:
    """Everything that is printed of a trace and of an inventory."""
    trace, inventory = trace_of(text), inventory_of(text)
    found = {name: views.load(name).render(trace, Selection(**facts)) for name in views.names()}
    found["receivers"] = receivers.render(inventory)
    found["receivers by sender"] = receivers.render(inventory, by="sender")
    found["overview"] = overview.render(inventory, command=text or "signaltrace")
    return found


def check(shown: str, width: int) -> None:
    """What was printed obeys nobody: all of it can be seen, and every line fits."""
    shown.encode("utf-8")
    for line in shown.split("\n"):
        assert all(each.isprintable() for each in line), repr(line[:200])
        assert not {unicodedata.bidirectional(each) for each in line} & {"LRE", "RLE", "LRO", "RLO", "PDF"}
        assert cell_len(line) <= width
    assert len(shown) < 60_000


@pytest.mark.parametrize("width", [20, 100])
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_inert(text: str, width: int) -> None:
    """No escape, control, bidi mark, surrogate or line end of the program's reaches a terminal; 100 kB do
    not fill it."""
    for renderable in rendered(TEXTS[text], orphaned=True).values():
        check(printed(renderable, width), width)


@pytest.mark.parametrize("text", ["markup", "ansi", "lines", "guides"])
def test_hostile_text_makes_no_lines(text: str) -> None:
    """As many lines as harmless text of the same shape: no row is forged, none is split."""
    harmless = rendered("".join(each if each.isprintable() else "xxxx" for each in TEXTS[text]))
    for name, renderable in rendered(TEXTS[text]).items():
        lines = printed(renderable, 800).count("\n")
        assert lines == printed(harmless[name], 800).count("\n"), name


@pytest.mark.parametrize("text", ["markup", "guides"])
def test_what_is_printable_is_shown_as_it_is(text: str) -> None:
    """Markup is not obeyed and not swallowed: the reader sees the very name."""
    for name, renderable in rendered(TEXTS[text], orphaned=True).items():
        assert TEXTS[text][:20] in printed(renderable, 400), name


@pytest.mark.parametrize("text", TEXTS)
def test_colours_are_ours_alone(text: str) -> None:
    """On a terminal with colours every escape is a change of colour that rich made."""
    for renderable in rendered(TEXTS[text]).values():
        shown = printed(renderable, 100, colour=True)
        for piece in shown.split("\x1b")[1:]:
            assert piece[0] == "["
            assert piece[1 : piece.index("m")].replace(";", "").isdigit()


@pytest.mark.parametrize("text", TEXTS)
def test_a_terminal_of_ascii_gets_ascii(text: str) -> None:
    """Where nothing else can be encoded nothing else is printed."""
    for renderable in rendered(TEXTS[text]).values():
        assert printed(renderable, 80, encoding="ascii").isascii()


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_kept_in_files_and_json(text: str, tmp_path: Any) -> None:
    """On one line of printable ASCII, and the very text when it is read again."""
    trace = trace_of(TEXTS[text])
    line = json_export.render(trace)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["notes"] == [TEXTS[text]]
    save(trace, tmp_path / "trace.json.gz")
    assert load(tmp_path / "trace.json.gz") == trace


@pytest.mark.parametrize("text", ["markup", "osc", "controls", "bidi", "surrogates", "lines", "long"])
def test_hostile_text_through_the_command(text: str, tmp_path: Any) -> None:
    """`signaltrace show`, with filters that match nothing and quote what comes near, too."""
    file = tmp_path / "trace.json"
    save(trace_of(TEXTS[text]), file)
    for arguments in (
        [],
        ["--view", "profile"],
        ["--json"],
        ["--receiver", "zzz"],
        ["--receiver", f"zzz{TEXTS[text][:100]}"],
        ["--view", TEXTS[text][:100]],
    ):
        result = through_door("show", str(file), *arguments)
        for printed_text in (result.out, result.err):
            printed_text.encode("utf-8")
            assert all(each.isprintable() for line in printed_text.split("\n") for each in line)
        if arguments[:1] == ["--receiver"] or arguments == ["--view", TEXTS[text][:100]]:
            assert result.status in (1, 2)
            assert len(result.err.splitlines()) == 1


@tries(25, 2_000)
@given(st.text(st.characters() | st.sampled_from(CONTROLS + BIDI + UNSEEN + "[]\\/\ud800"), max_size=40),
       st.integers(12, 160))  # fmt: skip
def test_any_text_is_inert(text: str, width: int) -> None:
    """Whatever a name is made of."""
    for renderable in rendered(text, orphaned=True).values():
        check(printed(renderable, width), width)
