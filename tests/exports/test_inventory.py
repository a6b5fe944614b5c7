"""The inventory for other tools: read again by who is meant to read it, whatever the names are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import fields, replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from signaltrace.connections import ConnectedSignal, Connection, Inventory, Pending
from signaltrace.exports import inventory_dot, inventory_json, inventory_markdown, inventory_mermaid
from signaltrace.exports.graph import LONGEST, one_line
from signaltrace.exports.inventory import formats
from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo
from tests.inventory.samples import SAMPLES, connected, connection, shop

FOLDER = Path(__file__).parent.parent / "golden" / "exports"
ENDINGS = {"json": "json", "dot": "dot", "mermaid": "mermaid.md", "markdown": "md"}
CASES = [(name, sample) for name in ENDINGS for sample in ("shop", "hostile", "no_receivers", "empty")]
DOT = shutil.which("dot")
needs_dot = pytest.mark.skipif(DOT is None, reason="Graphviz is not installed: there is no dot to ask")

# Names as no project has them, and the words and signs that Mermaid, DOT, Markdown and HTML mind.
AWKWARD = (
    'end', '"', '\\', '\\N', '\\"', '#', '#quot;', '&amp;', '&', '<b>x</b>', '<lambda>', '[x](y)', '|',
    '\\|', '`', '``', '%%{init: {}}%%', '%% x', '---', '*a*', '__a__', '_a', 'a__b', '1. a', '- a', '+ a',
    '    a', '~~a~~', '@user', '#1', 'style x:y#a;', 'classDef a:b#c;', 'fa:fa-car', '$$a$$', '{', '}',
    'a\nb', 'a\r', '\t', '\x00', '\x1b[1m', '\u202e', '\ud800', 'é', '名前', '🙂', '…', 'ﬂ°°35¶ß', ' a ',
    'x' * 500, 'subgraph', 'graph', 'node', 'strict', '-->', '->', ';', '|"|', '</code>', '```', "'", '$',
    'http://a.b/?c=d&e=f', '\u2028', '(async)', '\ufeff',
)  # fmt: skip


def named(names: list[str]) -> Inventory:
    """An inventory in which everything has one of these names."""
    turned = [*names[1:], names[0]]
    return Inventory(
        tuple(
            ConnectedSignal(
                SignalInfo(f"{name}{number}", other),
                (
                    Connection(
                        1,
                        ReceiverInfo(f"{name} {number}", name, 1, other),
                        SenderInfo(other),
                        True,
                        True,
                        name,
                    ),
                    Connection(
                        0, ReceiverInfo(other, None, None, "", False, True), SenderInfo(name), False, False
                    ),
                ),
            )
            for number, (name, other) in enumerate(zip(names, turned, strict=True))
        ),
        (names[0],),
        (names[-1],),
        (Pending(names[0], ReceiverInfo(names[0]), names[0]),),
    )


def text_of(name: str, inventory: Inventory) -> str:
    return str(formats()[name].render_inventory(inventory).text)


def wide(number: int, apps: int = 1) -> Inventory:
    """One signal with so many receivers, of so many apps."""
    receivers = (
        connection(f"app{each % apps}.receivers.r{each}", order=each + 1, app=f"app{each % apps}")
        for each in range(number)
    )
    return Inventory((connected("shop.signals.paid", *receivers),))


# --- all of them


@pytest.mark.parametrize(("name", "sample"), CASES)
def test_prints_its_golden_file(name: str, sample: str) -> None:
    """To the letter; UPDATE_GOLDEN=1 writes them anew."""
    text = text_of(name, SAMPLES[sample]())
    path = FOLDER / f"inventory-{sample}.{ENDINGS[name]}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


def test_golden_files_belong_to_cases() -> None:
    """A file left over would pass for proof."""
    expected = {f"inventory-{sample}.{ENDINGS[name]}" for name, sample in CASES}
    assert {path.name for path in FOLDER.glob("inventory-*")} == expected


def test_the_formats_are_found_by_scanning() -> None:
    """A new one is a file of its own."""
    assert list(formats()) == sorted(ENDINGS)
    assert all(module.SUMMARY for module in formats().values())


@pytest.mark.parametrize("name", ENDINGS)
def test_what_is_written_is_ascii_with_one_line_end(name: str) -> None:
    """Nothing a terminal obeys, a pipe cannot hold or an editor turns around; twice the same."""
    text = text_of(name, named(list(AWKWARD)))
    assert text.isascii()
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text == text_of(name, named(list(AWKWARD)))


# --- JSON


def test_json_has_every_field() -> None:
    """Whatever is known of a signal, a connection, a receiver; under the names of the data."""
    data = json.loads(text_of("json", named(["a", "b"])))
    assert (data["format"], data["schema"]) == ("signaltrace-inventory", 1)
    assert set(data) == {"format", "schema", "signaltrace"} | {each.name for each in fields(Inventory)}
    signal = data["signals"][0]
    own = {each.name for each in fields(ConnectedSignal)} - {"signal"}
    assert set(signal) == own | {each.name for each in fields(SignalInfo)}
    assert set(signal["connections"][0]) == {each.name for each in fields(Connection)}
    assert set(signal["connections"][0]["receiver"]) == {each.name for each in fields(ReceiverInfo)}
    assert set(signal["connections"][0]["sender"]) == {each.name for each in fields(SenderInfo)}
    assert set(data["pending"][0]) == {each.name for each in fields(Pending)}


def restored(data: dict[str, Any]) -> Inventory:
    """The inventory that a document tells of."""

    def receiver(given: dict[str, Any]) -> ReceiverInfo:
        return ReceiverInfo(**given)

    def one(given: dict[str, Any]) -> Connection:
        return Connection(
            **{**given, "receiver": receiver(given["receiver"]), "sender": SenderInfo(**given["sender"])}
        )

    signals = tuple(
        ConnectedSignal(
            SignalInfo(each["name"], each["app"], each["mine"]),
            tuple(one(given) for given in each["connections"]),
            tuple(each["aliases"]),
        )
        for each in data["signals"]
    )
    pending = tuple(
        Pending(each["signal"], receiver(each["receiver"]), each["sender"]) for each in data["pending"]
    )
    return Inventory(signals, tuple(data["notes"]), tuple(data["models"]), pending)


@pytest.mark.parametrize("inventory", [*(build() for build in SAMPLES.values()), named(list(AWKWARD))])
def test_json_gives_the_very_inventory_back(inventory: Inventory) -> None:
    """Lone surrogates, controls and traits included."""
    signals = tuple(
        replace(
            each,
            connections=tuple(
                replace(
                    one,
                    kind="function",
                    module="m",
                    qualname="q",
                    has_qualname=False,
                    accepts_kwargs=False,
                    kept_by_debug=True,
                )
                for one in each.connections
            ),
        )
        for each in inventory.signals
    )
    for given_one in (inventory, replace(inventory, signals=signals)):
        assert restored(json.loads(inventory_json.render_inventory(given_one).text)) == given_one


# --- DOT


def drawn(text: str) -> tuple[list[str], list[str]]:
    """What the real dot writes into its picture: the labels of nodes and clusters, and of edges."""
    assert DOT is not None
    done = subprocess.run(
        [DOT, "-Tsvg"], input=text, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown: dict[bool, list[str]] = {True: [], False: []}
    space = "{http://www.w3.org/2000/svg}"
    for group in ElementTree.fromstring(done.stdout).iter(f"{space}g"):
        if group.get("class") in ("node", "cluster", "edge"):
            lines = ["".join(each.itertext()) for each in group.findall(f"{space}text")]
            assert len(lines) <= 1
            shown[group.get("class") == "edge"] += lines or [""]
    return shown[False], shown[True]


def by_dot(text: str) -> str:
    """As dot draws it: a space that would be lost as one that is not, what it can't draw by its number."""
    shown = (each if ord(each) < 0x10000 else f"\\U{ord(each):08x}" for each in text)
    return "".join(shown).replace("\xa0", " ")


@needs_dot
@pytest.mark.parametrize(
    "inventory", [shop(), SAMPLES["hostile"](), SAMPLES["empty"](), named(list(AWKWARD))]
)
def test_dot_draws_every_name_as_it_is(inventory: Inventory) -> None:
    """Read back from the picture that Graphviz itself makes."""
    nodes, edges = drawn(text_of("dot", inventory))
    told = [one for each in inventory.signals for one in each.connections]
    names = {one_line(one.receiver.name) + (" (async)" if one.receiver.is_async else "") for one in told}
    names |= {one_line(each.signal.name) for each in inventory.signals if each.connections}
    apps = {one_line(one.receiver.app) or "no app" for one in told}
    apps |= {one_line(each.signal.app) or "no app" for each in inventory.signals if each.connections}
    assert {by_dot(each) for each in nodes} == {by_dot(each) for each in names | apps}
    assert sorted(map(by_dot, edges)) == sorted(
        by_dot(one_line(f"{one.order if one.alive else 'dead'} {one.sender.name}")) for one in told
    )


@needs_dot
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=40) | st.sampled_from(AWKWARD), min_size=1, max_size=12, unique=True))
def test_dot_takes_any_names(names: list[str]) -> None:
    """Text of any kind: two edges a signal come out of it."""
    assert len(drawn(text_of("dot", named(names)))[1]) == 2 * len(names)


def test_a_quoted_string_of_dot_has_no_open_end() -> None:
    """Also where there is no dot to ask: each line that has a label has just that many quotes."""
    for name in AWKWARD:
        assert re.fullmatch(r'"([^"\\&\n]|\\["\\]|&#\d+;)*"', inventory_dot.quoted(one_line(name)))


# --- Mermaid

LABEL = r'"(?:[A-Za-z0-9 .,/()_-]|#\d+;)+"'
GRAMMAR = re.compile(
    rf"flowchart LR|  none\[{LABEL}\]|  subgraph a\d+\[{LABEL}\]|  end"
    rf"|    s\d+\(\[{LABEL}\]\)|    r\d+\[{LABEL}\]|  s\d+ (?:-->|-\.->)\|{LABEL}\| r\d+"
)


def diagrams(text: str) -> list[str]:
    """What stands in the fences; headings and empty lines are all there is besides."""
    parts = re.split(r"^```mermaid\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert all(re.fullmatch(r"\n*(## [A-Za-z0-9 &#;()]+\n*)?", each) for each in parts[::2])
    return parts[1::2]


def labels(diagram: str) -> list[str]:
    """The labels as Mermaid shows them."""
    found = re.findall(r'"([^"]*)"', diagram)
    return [re.sub(r"#(\d+);", lambda each: chr(int(each[1])), label) for label in found]


@pytest.mark.parametrize("inventory", [*(build() for build in SAMPLES.values()), named(list(AWKWARD))])
def test_every_line_is_mermaid(inventory: Inventory) -> None:
    """Ids of our own, labels quoted, of signs that mean nothing; every name is among them."""
    found = diagrams(text_of("mermaid", inventory))
    assert all(GRAMMAR.fullmatch(line) for each in found for line in each.splitlines())
    shown = {label for each in found for label in labels(each)}
    signals = [each for each in inventory.signals if each.connections]
    assert {one_line(each.signal.name) for each in signals} <= shown
    for each in signals:
        for one in each.connections:
            name = one_line(one.receiver.name)
            assert name in shown or f"{name} (async)" in shown


@given(st.text(max_size=60) | st.sampled_from(AWKWARD))
def test_a_label_of_mermaid_means_nothing_but_itself(name: str) -> None:
    """Any text comes back; no sign of Mermaid, Markdown or HTML is left in it to be obeyed."""
    shown = inventory_mermaid.quoted(one_line(name))
    assert re.fullmatch(LABEL, shown)
    assert labels(shown) == [one_line(name) or " "]
    bare = re.sub(r"#\d+;", "X", shown[1:-1])
    html = MarkdownIt("default").render(bare)
    assert unescape(html) in (f"<p>{bare}</p>\n", f"<p>{bare.strip()}</p>\n")


def test_what_mermaid_would_refuse_is_split_and_told() -> None:
    """By app, an app's in parts; each small enough, no connection lost or doubled."""
    fits = inventory_mermaid.render_inventory(wide(inventory_mermaid.MAX_EDGES))
    assert (len(diagrams(fits.text)), fits.notes) == (1, ())
    for inventory, count in ((wide(501), 2), (wide(501, apps=3), 3), (wide(2_001, apps=2), 5)):
        split = inventory_mermaid.render_inventory(inventory)
        found = diagrams(split.text)
        assert len(found) == count
        assert all(each.count(" -->|") <= inventory_mermaid.MAX_EDGES for each in found)
        assert all(len(each) <= inventory_mermaid.MAX_TEXT for each in found)
        shown = [label for each in found for label in labels(each) if ".receivers." in label]
        assert sorted(shown) == sorted(one.receiver.name for one in inventory.signals[0].connections)
        (note,) = split.notes
        assert note.startswith(f"split into {count} diagrams: Mermaid draws at most 500 edges and 50,000 ")


def test_long_names_split_a_diagram_too() -> None:
    """The text counts, not the edges alone; signals without receivers as well."""
    many = Inventory(tuple(connected(f"{'é' * 150}{number}") for number in range(100)))
    found = diagrams(text_of("mermaid", many))
    assert len(found) > 1
    assert all(len(each) <= inventory_mermaid.MAX_TEXT for each in found)
    assert sum(each.count("([") for each in found) == 100
    assert one_line("x" * 1_000).count("x") == LONGEST - 2


# --- Markdown


def tables(text: str) -> list[list[list[str]]]:
    """The tables as a reader of Markdown makes them: rows of cells, without their markup."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    found: list[list[list[str]]] = []
    for token in tokens:
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level >= 4:
            shown = "".join(each.content for each in token.children or () if each.type != "html_inline")
            found[-1][-1].append(shown)
    return found


@pytest.mark.parametrize(
    "inventory", [shop(), SAMPLES["hostile"](), SAMPLES["large"](), named(list(AWKWARD))]
)
def test_markdown_has_every_connection_in_a_row(inventory: Inventory) -> None:
    """Eight cells each, whatever pipes and backticks the names have; each name as it is."""
    rows = [row for table in tables(text_of("markdown", inventory)) for row in table[1:]]
    assert {len(row) for row in rows} == {8}
    told = [(each, one) for each in inventory.signals for one in each.connections]
    expected = [
        (
            one_line(each.signal.name),
            str(one.order) if one.alive else "dead",
            one_line(one.receiver.name),
            one_line(one.sender.name),
        )
        for each, one in told
    ]
    assert sorted(tuple(row[:4]) for row in rows) == sorted(expected)


@given(st.lists(st.text(max_size=30) | st.sampled_from(AWKWARD), min_size=1, max_size=6, unique=True))
def test_markdown_takes_any_names(names: list[str]) -> None:
    """No name ends its cell, its row or its table."""
    text = inventory_markdown.render_inventory(named(names)).text
    rows = [row for table in tables(text) for row in table[1:]]
    assert [len(row) for row in rows] == [8] * (2 * len(names))
    headings = {one_line(other) or "no app" for other in names} | {"no app"}
    assert text.count("\n## ") + 1 == len(headings)


def test_markdown_files_are_told_as_in_the_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Below the current folder or site-packages: a table is pasted elsewhere."""
    monkeypatch.chdir(tmp_path)
    receivers = (
        connection("a.a", file=str(tmp_path / "shop" / "a.py"), line=3),
        connection("b.b", file="/x/b.py", line=4),
    )
    rows = tables(text_of("markdown", Inventory((connected("s.s", *receivers),))))[0]
    assert [row[-1] for row in rows[1:]] == ["shop/a.py:3", "/x/b.py:4"]
