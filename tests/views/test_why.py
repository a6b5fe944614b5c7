"""The answers of ``why`` as people read them: golden files at 80 and 120 columns, and odd terminals."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from signaltrace.analysis.why.answer import Question, project_of, targets_of
from signaltrace.analysis.why.target import Target
from signaltrace.declarations import BulkCall
from signaltrace.views import why
from tests.analysis.why.building import (
    M2M_CHANGED,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    Shop,
    connect,
    connection,
    function,
    name,
    other_receiver,
    receiver,
)
from tests.views.printing import printed
from tests.views.why_samples import SAMPLES

GOLDEN = Path(__file__).parent.parent / "golden" / "why"
WIDTHS = (80, 120)
CASES = [(sample, width) for sample in SAMPLES for width in WIDTHS]


@pytest.mark.parametrize(("sample", "width"), CASES)
def test_the_answer_prints_its_golden_file(sample: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output changes only on purpose, and no line but one of code is wider than the terminal."""
    monkeypatch.setattr(os, "getcwd", lambda: ROOT)
    text = printed(why.render(SAMPLES[sample]()), width)
    path = GOLDEN / f"{sample}-{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_every_golden_file_belongs_to_a_case() -> None:
    """A file left over would pass for proof."""
    assert {each.name for each in GOLDEN.glob("*.txt")} == {f"{one}-{width}.txt" for one, width in CASES}


@pytest.mark.parametrize("width", [20, 40, 300])
@pytest.mark.parametrize("sample", SAMPLES)
def test_odd_widths_neither_fail_nor_overflow(sample: str, width: int) -> None:
    """A narrow pane or a huge one is laid out like any other."""
    text = printed(why.render(SAMPLES[sample]()), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_ascii_terminal_gets_ascii(sample: str) -> None:
    """A terminal without UTF-8 raises UnicodeEncodeError on the first box character."""
    assert printed(why.render(SAMPLES[sample]()), 80, encoding="ascii").isascii()


def test_hostile_names_reach_the_terminal_as_text() -> None:
    """No control character or bidi mark is ever printed."""
    text = printed(why.render(SAMPLES["hostile"]()), 80)
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    assert "[bold]" in text


def test_colours_are_for_terminals() -> None:
    """A pipe gets none; a terminal sees the broken link in red."""
    assert "\x1b[" not in printed(why.render(SAMPLES["shadowed"]()), 80)
    assert "\x1b[1;31mBroken" in printed(why.render(SAMPLES["shadowed"]()), 80, colour=True)


def test_a_choice_is_one_line_each_with_its_place() -> None:
    """A name of several receivers lists them."""
    twin = connection(receiver=receiver("stock.receivers.notify", 7, file=f"{ROOT}/stock/receivers.py"))
    shop = Shop(connections={POST_SAVE: [connection()], POST_DELETE: [twin]})
    targets = targets_of(project_of(shop.facts()), Question("notify"))
    assert printed(why.render_choices("notify", targets), 80).splitlines() == [
        "notify could be any of 2 receivers; name one in full:",
        f"  shop.receivers.notify  {ROOT}/shop/receivers.py:10",
        f"  stock.receivers.notify  {ROOT}/stock/receivers.py:7",
    ]


def test_a_choice_of_two_that_have_one_name_asks_for_the_line() -> None:
    """A second definition took the name of the first: no name tells them apart."""
    first, second = (Target(("shop.receivers.notify",), RECEIVERS, line) for line in (10, 20))
    head, *_ = printed(why.render_choices("notify", (first, second)), 80).splitlines()
    assert head == "notify could be any of 2 receivers; name its line:"


def test_every_label_stands_clear_of_its_text() -> None:
    """Two broken links, and one way to know what only a recording tells."""
    first = connection("shop.Order", receiver=other_receiver(), qualname="audit")
    live = {POST_SAVE: [first, connection("shop.Order", 2, accepts_kwargs=False)]}
    calls = (BulkCall("update", name("shop.models.Order"), 51),)
    made = function(parameters=("sender",), accepts_kwargs=False)
    broken = Shop(
        connections=live, functions=[made], connects=[connect(M2M_CHANGED, name("shop.models.Order"))]
    )
    broken.connections = {M2M_CHANGED: [connection("shop.Order", accepts_kwargs=False)]}
    lines = printed(why.render(broken.ask()), 80).splitlines()
    labelled = [line for line in lines if line.startswith("  Broken")]
    assert len(labelled) == 2
    assert all(line.startswith("  Broken     ") and line[13] != " " for line in labelled)
    open_shop = Shop(connections=live, bulk=calls, connects=[connect(sender=name("shop.models.Order"))])
    text = printed(why.render(open_shop.ask()), 80)
    assert text.count("--run") == 1
