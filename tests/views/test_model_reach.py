"""What runs for a model, to the letter. UPDATE_GOLDEN=1 python -m pytest tests/views writes it anew."""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from signaltrace.analysis.model_reach import model_reach
from signaltrace.views import model_reach as view
from tests.views.printing import printed
from tests.views.reach_samples import SAMPLES, shop

FOLDER = Path(__file__).parent.parent / "golden" / "why-model"
CASES = [(sample, width) for sample in SAMPLES for width in (80, 120)]


def text_of(sample: str, width: int, encoding: str = "utf-8") -> str:
    facts, label = SAMPLES[sample]
    return printed(view.render(model_reach(facts(), label)), width, encoding=encoding)


@pytest.mark.parametrize(("sample", "width"), CASES)
def test_prints_its_golden_file(sample: str, width: int) -> None:
    """The view changes only on purpose; no line is wider than the terminal, nothing in it is obeyed."""
    text = text_of(sample, width)
    path = FOLDER / f"{sample}-{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(each.isprintable() for line in text.split("\n") for each in line)


def test_golden_files_belong_to_cases() -> None:
    """A file left over would pass for proof."""
    assert {path.name for path in FOLDER.iterdir()} == {f"{sample}-{width}.txt" for sample, width in CASES}


@pytest.mark.parametrize("sample", SAMPLES)
def test_any_terminal_can_show_it(sample: str) -> None:
    """Narrow, wide, without UTF-8."""
    for width in (20, 40, 100, 300):
        assert max(cell_len(line) for line in text_of(sample, width).splitlines()) <= width
    assert text_of(sample, 80, encoding="ascii").isascii()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_receiver_is_named_in_full(width: int) -> None:
    """Own names are never cut, nor those of models that a delete reaches."""
    text = text_of("book", width)
    assert all(name in text for name in ("log_save", "index", "log_delete", "remember_price", "index_tags"))
    assert all(f"shop.{name}" in text for name in ("Review.book", "ReviewVote.review", "Book_tags.book"))


def test_nothing_connected_is_said() -> None:
    """A model that nobody receives has an answer, too."""
    text = printed(view.render(model_reach(shop(), "news.Tag")), 80)
    assert text.count("no receivers") == 4
