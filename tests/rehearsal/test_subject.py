"""Which row is meant: one line, and the nearest, where there is none such."""

from __future__ import annotations

import pytest

NOT_THERE = [
    (("shop.Ordr", "1"), "no model is called 'shop.Ordr'; the closest is shop.Order"),
    (("shop.Order", "x"), "'x' is no primary key of shop.Order: “x” value must be an integer."),
    (("shop.Order", "9"), "no shop.Order has the primary key 9 in 'default'; the nearest is 3"),
    (("shop.Silent", "1"), "no shop.Silent has the primary key 1 in 'default'; it has no rows"),
    (("shop.Order", "1", "--using", "note"), "--using has no 'note'; did you mean notes?"),
    (("shop.Note", "1", "--using", "default"), "shop.Note cannot be read from the database 'default'"),
    (("shop.Note", "1", "--db", "notes"), "no such option: --database; did you mean --using?"),
    (("named", "1"), "shop.Named is abstract and has no rows; name a model that inherits it: shop.Login"),
    (("xyzzy", "1"), "no model is called 'xyzzy'; it takes a label such as shop.Order"),
]


def test_what_there_is_not(untouched):
    """Told before anything runs, in one line with the nearest."""
    lines = [(command, *words, "--yes") for words, _ in NOT_THERE for command in ("save", "delete")]
    told = [line for _, line in NOT_THERE for _ in range(2)]
    for line, result in zip(told, untouched.many(*lines), strict=True):
        assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
        assert result.err.startswith(f"signaltrace: {line}")


def test_a_model_by_its_name_alone(untouched):
    """In any case, if no other has it."""
    assert "save() of shop.Note 1, rolled back" in untouched.signaltrace("save", "note", "1", "--yes").err


def test_an_ambiguous_name():
    """All that it could mean."""
    from signaltrace.errors import SignaltraceError
    from signaltrace.rehearsal.subject import model_of

    with pytest.raises(SignaltraceError, match="closest is"):
        model_of("testapp.Bok")
    assert model_of("testapp.book")[1].__name__ == "Book"


def test_using(untouched):
    """The database is named to save() and delete()."""
    for arguments in (["save", "shop.Note", "1"], ["delete", "shop.Note", "1"]):
        assert untouched.signaltrace(*arguments, "--yes", "--using", "notes").status == 0


def test_rows_of_a_delete(untouched):
    """As many as went, by model; a delete() of the model's own that does not say."""
    result = untouched.signaltrace("delete", "shop.Order", "1", "--yes")
    said = " ".join(result.err.split())
    assert result.status == 0
    assert "It would take 4 rows: 1 shop.Order_tags, 2 shop.Line, 1 shop.Order." in said
    said = untouched.signaltrace("delete", "shop.Soft", "1", "--yes").err
    assert "Its delete() is not Django's own, and does not say how many rows go." in said


def test_a_delete_that_is_protected(untouched):
    """One line, without the instances that Django's message shows: printing one may query."""
    result = untouched.signaltrace("delete", "shop.Order", "2", "--yes")
    assert result.status == 1
    assert "raised ProtectedError: Cannot delete some instances of model 'Order'" in " ".join(
        result.err.split()
    )
    assert "Kept object" not in result.err
