"""Statements in short: what a person needs of them to know which they are."""

from __future__ import annotations

import pytest

from signaltrace.analysis.sql_words import in_brief, in_short, is_control, is_cut, is_reading, is_told


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            "SELECT shop_author.id, shop_author.name FROM shop_author WHERE shop_author.id = ?",
            "SELECT … FROM shop_author WHERE id = ?",
        ),
        (
            'SELECT "shop_author"."id", "shop_author"."name" FROM "shop_author" WHERE "shop_author"."id" = ?',
            "SELECT … FROM shop_author WHERE id = ?",
        ),
        ("SELECT `a`.`x`, `a`.`y` FROM `a`", "SELECT … FROM a"),
        ("SELECT COUNT(*) FROM shop_author", "SELECT COUNT(*) FROM shop_author"),
        ('SELECT COUNT(*) AS "__count" FROM shop_author', "SELECT COUNT(*) FROM shop_author"),
        ("SELECT ? AS a FROM shop_author LIMIT ?", "SELECT ? AS a FROM shop_author LIMIT ?"),
        ("SELECT DISTINCT a.x, a.y FROM a", "SELECT DISTINCT … FROM a"),
        ("SELECT COALESCE(x, (SELECT y FROM b WHERE z)), x FROM a", "SELECT … FROM a"),
        (
            "SELECT a.x, b.y FROM a INNER JOIN b ON (a.b_id = b.id) WHERE a.x = ?",
            "SELECT … FROM a INNER JOIN b WHERE a.x = ?",
        ),
        (
            "SELECT a.x, a.y FROM a WHERE a.id IN (SELECT U0.id, U0.k FROM b U0 WHERE U0.k = ?)",
            "SELECT … FROM a WHERE a.id IN (SELECT … FROM b U0 WHERE U0.k = ?)",
        ),
        ("INSERT INTO a (x, y, z) VALUES (?, ?, ?)", "INSERT INTO a (…) VALUES (…)"),
        ("INSERT INTO a (x, y) VALUES (…)", "INSERT INTO a (x, y) VALUES (…)"),
        ("UPDATE a SET x = ? WHERE a.id = ?", "UPDATE a SET x = ? WHERE id = ?"),
        ("UPDATE a SET x = ?, y = ?, z = ? WHERE a.id = ?", "UPDATE a SET … WHERE id = ?"),
        ("DELETE FROM a WHERE a.id IN (…)", "DELETE FROM a WHERE id IN (…)"),
        ("select x, y\n  from a", "select … from a"),
        ("SELECT x, y", "SELECT …"),
        ("SELECT x.fromage, x.y FROM x", "SELECT … FROM x"),
        ("SELECT a.x, a.y FROM schema.a WHERE schema.a.x", "SELECT … FROM schema.a WHERE x"),
        ("SAVEPOINT ?", "SAVEPOINT ?"),
        ("CALL f(?)", "CALL f(?)"),
        ("", ""),
        ("SELECT ((((", "SELECT (((("),
        ("SELECT a FROM b WHERE c[i] = ?", "SELECT a FROM b WHERE c[i] = ?"),
    ],
)
def test_what_nobody_reads_goes(text: str, short: str) -> None:
    """Lists of columns, quotes, join conditions, the one table before its columns; never which rows."""
    assert in_short(text) == short


def test_a_statement_that_is_too_long_keeps_its_end() -> None:
    """Where tells which rows are meant: the middle is what gives way, between words."""
    text = "SELECT a FROM t " + "INNER JOIN u " * 30 + "WHERE t.id = ?"
    brief = in_brief(text, 60)
    assert brief == "SELECT a FROM t INNER JOIN … INNER JOIN u WHERE t.id = ?"
    assert in_brief("SELECT a FROM t", 60) == "SELECT a FROM t"
    assert len(in_brief("x" * 500, 60)) <= 60


def test_of_a_text_without_end_only_the_beginning_is_looked_at() -> None:
    """A file can say anything."""
    assert len(in_short("SELECT " + "(" * 1_000_000)) <= 2_000


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN",
        "COMMIT",
        "ROLLBACK TO SAVEPOINT ?",
        "SAVEPOINT ?",
        "RELEASE SAVEPOINT ?",
        "begin",
        "SET x = ?",
    ],
)
def test_what_begins_and_ends_transactions_is_no_query(text: str) -> None:
    """They come as often as what they are around."""
    assert is_control(text)


@pytest.mark.parametrize(
    "text", ["SELECT ?", "INSERT INTO begin (a) VALUES (?)", "SETTLE", "UPDATE a SET b = ?"]
)
def test_what_works_with_rows_is_one(text: str) -> None:
    """Words that only begin alike are others."""
    assert not is_control(text)


def test_what_stands_for_several_statements_is_known() -> None:
    """Those cannot be said to be one."""
    assert not is_told("(other statements)")
    assert not is_told("(a statement that is no text)")
    assert is_told("(SELECT a FROM b) UNION (SELECT c FROM d)")
    assert is_cut("SELECT a…")
    assert not is_cut("SELECT a FROM b WHERE c IN (…)")


def test_reading_is_told_from_writing() -> None:
    """The advice differs."""
    assert is_reading("(SELECT a FROM b) UNION (SELECT c FROM d)")
    assert not is_reading("UPDATE a SET b = (SELECT c FROM d)")
