"""--set: each field's value by its form field's own cleaning; what is refused is said by name."""

from __future__ import annotations

import sqlite3

import pytest

VALUES = [
    ("status=paid", "status", "paid"),
    ("total=12.50", "total", 12.5),
    ("day=2026-02-03", "day", "2026-02-03"),
    ("day=", "day", None),
    ("at=2026-02-03T04:05:06Z", "at", "2026-02-03 04:05:06"),
    ("gift=yes", "gift", 1),
    ("gift=false", "gift", 0),
    ("sure=no", "sure", 0),
    ("sure=", "sure", None),
    ('data={"a": [1]}', "data", '{"a": [1]}'),
    ("data=", "data", None),
    ("customer=1", "customer_id", 1),
    ("customer_id=1", "customer_id", 1),
    ("code=8a5d1f0c-0000-4000-8000-000000000000", "code", "8a5d1f0c000040008000000000000000"),
    ("cover=covers/b.svg", "cover", "covers/b.svg"),
    ("cover=", "cover", ""),
    ("act=", "act", ""),
]


@pytest.mark.parametrize("turn", [0, 1])
def test_a_value_of_each_type(shop, turn):
    """As the form takes it, with what empty means for the field; kept, to be read back."""
    columns = {}
    for given, column, value in VALUES:
        columns.setdefault(column, []).append((given, value))
    wanted = {column: found[turn % len(found)] for column, found in columns.items()}
    options = [part for given, _ in wanted.values() for part in ("--set", given)]
    result = shop.signaltrace("save", "shop.Order", "1", "--yes", "--keep", *options)
    assert result.status == 0, result
    with sqlite3.connect(shop.folder / "default.sqlite3") as opened:
        found = opened.execute(f"SELECT {', '.join(wanted)} FROM shop_order WHERE id = 1").fetchone()
    opened.close()
    assert dict(zip(wanted, found, strict=True)) == {column: value for column, (_, value) in wanted.items()}


REFUSED = [
    ("status=payd", "status refuses 'payd': Select a valid choice. payd is not one of the available"),
    ("status=payd", "It has placed, paid."),
    ("total=abc", "total refuses 'abc': Enter a number."),
    ("total=1.234", "total refuses '1.234': Ensure that there are no more than 2 decimal places."),
    ("day=soon", "day refuses 'soon': Enter a valid date."),
    ("gift=perhaps", "gift refuses 'perhaps': it is true or false"),
    ("data={", "data refuses '{': Enter a valid JSON."),
    ("customer=99", "customer refuses '99': Select a valid choice."),
    ("customer=", "customer refuses '': This field is required."),
    ("cover=covers/none.svg", "its storage has no such file"),
    ("totl=1", "shop.Order has no field 'totl'; did you mean total?"),
    ("tags=1", "tags can't be set: a many-to-many relation is changed by add() and remove()"),
    ("lines=1", "lines can't be set: it is the other side of a relation"),
    ("id=5", "id can't be set: with another primary key it would be another row"),
    ("pk=5", "id can't be set"),
    ("seen=2026-01-01", "seen can't be set: save() gives it the time of the save (auto_now)"),
    ("total", "--set needs NAME=VALUE, not 'total'"),
]


def test_what_a_field_refuses(untouched):
    """In one line that names it; nothing has run."""
    lines = [("save", "shop.Order", "1", "--yes", "--set", given) for given, _ in REFUSED]
    for (given, told), result in zip(REFUSED, untouched.many(*lines), strict=True):
        assert (result.status, result.out, result.err.count("\n")) == (2, "", 1), given
        assert told in result.err


def test_all_refusals_at_once(untouched):
    """Nobody likes to be told one after the other."""
    result = untouched.signaltrace(
        "save", "shop.Order", "1", "--yes", *("--set", "total=x", "--set", "status=y", "--set", "total=2")
    )
    assert result.err.count("refuses") == 2
    assert result.err.count("\n") == 1


NEEDED = [
    (("shop.Order",), "needs customer: --set customer=…"),
    (("shop.Customer",), "a new shop.Customer needs name: --set name=…"),
    (("shop.Note", "--set", "text=x"), "a new shop.Note needs key: --set key=…"),
    (("shop.Customer", "--set", "name="), "name refuses '': This field is required."),
]


def test_what_a_new_row_needs_is_named_before_the_database_does(untouched):
    """Where nothing could fill it in: else it is tried, and what was missing is said with the refusal."""
    order, *others = untouched.many(*(("create", "--yes", *arguments) for arguments, _ in NEEDED))
    assert order.status == 1
    said = " ".join(order.err.split())
    assert (
        "NOT NULL constraint failed: shop_order.customer_id (Not set, and without a default: customer)"
        in said
    )
    assert said.count("Not set, and without a default") == 1
    for (_, told), result in zip(NEEDED[1:], others, strict=True):
        assert (result.status, result.err) == (2, f"signaltrace: {told}\n")


def test_what_a_receiver_fills_in_need_not_be_set(untouched):
    """A pre_save receiver gives the slug; that it was not set is told."""
    result = untouched.signaltrace("create", "shop.Line", "--yes", "--set", "order=1")
    assert result.status == 0
    assert "Not set, and without a default: slug." in result.err


def test_what_the_database_refuses_is_one_line(untouched):
    """A key that there is."""
    result = untouched.signaltrace("create", "shop.Note", "--yes", "--set", "text=x", "--set", "key=one")
    assert result.status == 1
    assert "raised IntegrityError: UNIQUE constraint failed: shop_note.key" in " ".join(result.err.split())
    assert "Traceback" not in result.err


EXISTING = [
    (
        ("shop.Customer", "name=Bo", "id=1"),
        "shop.Customer 1 exists already: signaltrace save shop.Customer 1",
    ),
    (
        ("shop.OldOrder", "customer=1", "pk=1"),
        "shop.OldOrder 1 exists already: signaltrace save shop.OldOrder 1",
    ),
    (
        ("shop.GiftOrder", "customer=1", "words=x", "id=1"),
        "shop.Order 1 exists already, and a new shop.GiftOrder would overwrite it: signaltrace save",
    ),
]


def test_a_new_row_overwrites_none(untouched):
    """save() updates the row of a key that is there, be it a parent's: that is no rehearsal of a create."""
    lines = [
        ("create", model, "--yes", *(part for each in given for part in ("--set", each)))
        for (model, *given), _ in EXISTING
    ]
    for (_, told), result in zip(EXISTING, untouched.many(*lines), strict=True):
        assert (result.status, result.err.count("\n")) == (2, 1)
        assert told in result.err


def test_an_option_is_no_value(untouched):
    """What --set would swallow is named, before anything else is complained about."""
    result = untouched.signaltrace("save", "shop.Order", "1", "--set", "--yes")
    assert (result.status, result.err) == (2, "signaltrace: --set needs NAME=VALUE, not '--yes'\n")


def test_a_secret_stays_out_of_messages_and_files(untouched, tmp_path):
    """Masked as arguments are: in what refuses it, in the title, in the trace that is saved."""
    long = untouched.signaltrace(
        "create", "shop.Login", "--yes", "--set", "name=Bo", "--set", "password=hunter2"
    )
    assert (long.status, "hunter2" in long.err) == (2, False)
    assert "password refuses ********: Ensure this value has at most 5 characters" in long.err
    file = tmp_path / "trace.json"
    for given in (("--set", "password=hunt2"), ("--set=password=hunt2",)):
        result = untouched.signaltrace(
            "create", "shop.Login", "--yes", "--set", "name=Bo", *given, "--save", str(file)
        )
        assert result.status == 0, result
        assert "hunt2" not in result.err + file.read_text()
        assert "password=********" in file.read_text()


def test_only_what_set_gives_is_masked():
    """The rest of a command line is as it was typed."""
    from signaltrace.rehearsal.fields import masked

    line = ["x", "--set", "--set=token=a", "--set", "token=b", "token=c", "--set=name=d", "--set=apikey=e=f"]
    assert masked(line) == [
        "x", "--set", "--set=token=a", "--set", "token=********", "token=c", "--set=name=d",
        "--set=apikey=********",
    ]  # fmt: skip


def test_a_field_without_a_form_field(untouched):
    """By its own cleaning: a primary key can be given to a new row."""
    result = untouched.signaltrace("create", "shop.Customer", "--yes", "--set", "name=Bo", "--set", "id=77")
    assert result.status == 0
    assert "post_save shop.Customer pk=77, created" in result.err
    result = untouched.signaltrace("create", "shop.Customer", "--yes", "--set", "name=Bo", "--set", "id=x")
    assert "id refuses 'x': “x” value must be an integer." in result.err
