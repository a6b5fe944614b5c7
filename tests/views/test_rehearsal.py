"""What a rehearsal came to, to the letter. UPDATE_GOLDEN=1 python -m pytest tests/views writes it anew."""

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from signaltrace.analysis.not_run import NotRun
from signaltrace.analysis.rehearsed import Callback, Mail, Refused, Rehearsed, Seen, Where
from signaltrace.connections import Connection
from signaltrace.trace import ReceiverInfo, SenderInfo
from signaltrace.views import rehearsal as view
from tests.views.printing import printed

FOLDER = Path(__file__).parent.parent / "golden" / "rehearsal"
FILE = "/srv/bookshop/shop/receivers.py"
HOSTILE = "\x1b]0;x\x07 \u202eevil\n" + "long_name_" * 30


def connection(name: str, order: int = 1, sender: str = "shop.Order") -> Connection:
    return Connection(order, ReceiverInfo(name, FILE, 14, "shop", True), SenderInfo(sender), True, True)


WHERE = Where(1, FILE, 40, "shop.receivers.settle")
SAMPLES = {
    "plain": Rehearsed("save", "shop.Order 42", ("default",)),
    "full": Rehearsed(
        "save",
        "shop.Order 42",
        ("default", "archive"),
        mails=(
            Mail("Order 42 is paid", "shop@shop.example", ("ann@reader.example",), 1, WHERE),
            Mail("", "shop@shop.example", tuple(f"reader{n}@reader.example" for n in range(9)), 0),
        ),
        callbacks=(
            Callback("shop.tasks.push_order", FILE, 60, "default"),
            Callback("<lambda> at shop/receivers.py:64", FILE, 64, "archive", True),
        ),
        refused=(
            Refused("connection to", "crm.example:443", WHERE),
            Refused("Celery task", "shop.tasks.index", Where(2, None, None, "shop.receivers.index")),
        ),
        seen=(Seen("file deleted", "covers/a.svg (FileSystemStorage)", WHERE),),
        notes=("Not set, and without a default: slug.",),
        not_run=(
            NotRun(
                "django.db.models.signals.post_delete",
                "sent by delete(), not by save()",
                (connection("shop.receivers.forget"), connection("audit.trail.deleted", 2, "any sender")),
            ),
            NotRun(
                "django.db.models.signals.post_save",
                "it was muted",
                (connection("search.receivers.reindex"),),
            ),
        ),
    ),
    "many": Rehearsed(
        "save",
        "zoo.Bird 1",
        ("default",),
        mails=(
            *(Mail("Low stock", "shop@shop.example", (f"r{n}@reader.example",), 0, WHERE) for n in range(38)),
            *(Mail("Again", "shop@shop.example", ("ann@reader.example",), 0, WHERE) for n in range(2)),
            *(Mail(f"Order {n}", "shop@shop.example", ("ann@reader.example",), 0, WHERE) for n in range(4)),
        ),
        seen=(
            Seen("file saved", "made.txt (FileSystemStorage)", WHERE),
            Seen("file deleted", "made.txt (FileSystemStorage)", WHERE),
        ),
        not_run=(
            NotRun(
                "django.db.models.signals.post_save",
                "zoo.Animal (parent) is not the sender: that is zoo.Bird itself",
                (connection("zoo.receivers.fed", 1, "zoo.Animal"),),
                "zoo.Animal",
            ),
            NotRun(
                "django.db.models.signals.post_delete",
                "sent by delete(), not by save()",
                (connection("zoo.receivers.gone", 1, "zoo.Bird"),),
            ),
        ),
    ),
    "unheard": Rehearsed("save", "shop.Login 1", ("default",), heard=False),
    "raised": Rehearsed(
        "create",
        "a new shop.Order",
        ("default",),
        ending="IntegrityError: NOT NULL constraint failed: shop_order.customer_id",
        callbacks=(
            Callback("shop.a", FILE, 1, "default", True, True, "ValueError: not my day"),
            Callback("shop.b", FILE, 2, "default"),
        ),
        troubles=(
            "The connection to 'default' was closed meanwhile: the database has rolled back by itself.",
        ),
    ),
    "kept": Rehearsed(
        "save",
        "shop.Order 42",
        ("default",),
        kept=True,
        ending="ValueError: not my day",
        in_callback=True,
        callbacks=(Callback("shop.a", FILE, 1, "default"),),
    ),
    "deleted": Rehearsed(
        "delete", "shop.Order 42", ("default",), rows=(("shop.Line", 1_200), ("shop.Order", 1))
    ),
    "soft": Rehearsed("delete", "shop.Order 42", ("default",), rows=None),
    "hostile": Rehearsed(
        "save",
        HOSTILE,
        (HOSTILE,),
        ending=HOSTILE,
        mails=(Mail(HOSTILE, HOSTILE, (HOSTILE,) * 8, 1, Where(1, HOSTILE, 1, HOSTILE)),),
        callbacks=(Callback(HOSTILE, HOSTILE, 1, HOSTILE, True, True, HOSTILE),),
        refused=(Refused(HOSTILE, HOSTILE),),
        seen=(Seen(HOSTILE, HOSTILE),),
        troubles=(HOSTILE,),
        notes=(HOSTILE,),
        not_run=(NotRun(HOSTILE, HOSTILE, (connection(HOSTILE),)),),
    ),
}
CASES = [(sample, width) for sample in SAMPLES for width in (80, 120)]


def text_of(sample: str, width: int, encoding: str = "utf-8") -> str:
    return printed(view.render(SAMPLES[sample]), width, encoding=encoding)


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


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_cannot_be_undone_is_said_always(sample: str) -> None:
    """But where nothing was undone."""
    said = " ".join(text_of(sample, 80).split())
    assert (view.NOT_UNDONE in said) == (not SAMPLES[sample].kept)


def test_it_is_json_ready() -> None:
    """For --json."""
    import json

    data = json.loads(json.dumps(SAMPLES["full"].to_dict()))
    assert data["mails"][0]["where"]["receiver"] == "shop.receivers.settle"
    assert data["not_run"][1]["why"] == "it was muted"
