"""Fingerprints of SQL: statements that are one have one, and nothing they were run with is in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from signaltrace.capture.fingerprint import MAX_READ, MAX_TEXT, fingerprint

VENDORS = ("sqlite", "postgresql", "mysql", "oracle", "microsoft", "cockroachdb", "somebodys")


@pytest.mark.parametrize(
    ("vendor", "sql", "text"),
    [
        (
            "sqlite",
            'SELECT "shop_author"."id" FROM "shop_author" WHERE "shop_author"."id" = %s LIMIT 21',
            "SELECT shop_author.id FROM shop_author WHERE shop_author.id = ? LIMIT ?",
        ),
        ("sqlite", "SELECT 1\n  AS   a -- c = 'x'\n FROM t /* d='y' */", "SELECT ? AS a FROM t"),
        ("sqlite", """SELECT a FROM t WHERE "t"."a" LIKE %s ESCAPE '\\' AND b = 'it''s'""",
         "SELECT a FROM t WHERE t.a LIKE ? ESCAPE ? AND b = ?"),
        ("sqlite", "SELECT [it's], `it's`.x FROM t WHERE a = 's'",
         "SELECT [it's], `it's`.x FROM t WHERE a = ?"),
        ("sqlite", "SELECT a FROM t WHERE a IN (%s, %s,%s) AND b in(1)",
         "SELECT a FROM t WHERE a IN (…) AND b in (…)"),
        ("sqlite", "SELECT a FROM t WHERE a IN (SELECT 1)", "SELECT a FROM t WHERE a IN (SELECT ?)"),
        ("postgresql", "(a, b) IN ((1, 2), (3, NULL))", "(a, b) IN (…)"),
        ("postgresql", "INSERT INTO t (a, b) VALUES (%s, %s), (%s, upper(%s)) RETURNING a",
         "INSERT INTO t (a, b) VALUES (…) RETURNING a"),
        ("postgresql", "a = ANY(ARRAY[1, 2,3]) AND b[1] = ARRAY[x]", "a = ANY(ARRAY[…]) AND b[?] = ARRAY[x]"),
        ("postgresql", "SELECT $$it's$$, $a$ $$ x $a$, E'a\\'b', N'x', x'1f', U&'d!0061', a$b",
         "SELECT ?, ?, ?, ?, ?, ?, a$b"),
        ("postgresql", "SELECT a::int, data->>'k', $1, data ?| 'k' /* n /* n */ 'x' */",
         "SELECT a::int, data->>?, ?, data ?| ?"),
        ("sqlite", "SELECT table1, t1.c2, 0xFF, 1.5e-10, .5, 1_000, x1e5",
         "SELECT table1, t1.c2, ?, ?, ?, ?, x1e5"),
        ("sqlite", "a = -5 AND b = a - 5 AND c BETWEEN -1 AND +1 OR d IN (-1, 2)",
         "a = ? AND b = a - ? AND c BETWEEN ? AND ? OR d IN (…)"),
        ("postgresql", "SELECT a -- it's\r, 's'", "SELECT a , ?"),
        ("mysql", 'SELECT "a", `b c`.`d` # it\'s\nFROM `t` -- it\'s', "SELECT ?, `b c`.d FROM t"),
        ("mysql", "SELECT 5--'x\ny'", "SELECT ?-?"),
        ("postgresql", 'SELECT "My Table"."a" FROM "My Table"', 'SELECT "My Table".a FROM "My Table"'),
        ("oracle", "SELECT q'[it's]', nq'!a'b!', :arg0 FROM t", "SELECT ?, ?, ? FROM t"),
        ("microsoft", "SELECT [a]]'b], [c] FROM t WHERE d = N'x'", "SELECT [a]]'b], c FROM t WHERE d = ?"),
        ("sqlite", 'SAVEPOINT "s139_x1"', "SAVEPOINT ?"),
        ("postgresql", 'RELEASE SAVEPOINT "s139_x1"', "RELEASE SAVEPOINT ?"),
        ("mysql", "ROLLBACK TO SAVEPOINT `s139_x1`", "ROLLBACK TO SAVEPOINT ?"),
        ("microsoft", "SAVE TRANSACTION s139_x1", "SAVE TRANSACTION ?"),
        ("sqlite", "SELECT %(name)s, :name, a %% 5;", "SELECT ?, ?, a %% ?"),
        ("sqlite", "", ""),
    ],
)  # fmt: skip
def test_how_statements_are_told(vendor: str, sql: str, text: str) -> None:
    """Literals, parameters, comments and lists go, names stay and lose quotes they don't need."""
    assert fingerprint(sql, vendor) == text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ('SELECT "U0"."a" FROM "t" "U0" INNER JOIN "u" "U1" ON ("U0"."b" = "U1"."b")',
         "SELECT U0.a FROM t U0 INNER JOIN u U1 ON (U0.b = U1.b)"),
        ('SELECT "t"."a" FROM "t" WHERE "t"."a" = "s"', "SELECT t.a FROM t WHERE t.a = ?"),
        ('UPDATE "t" SET "a" = "s", "b" = lower("s")', "UPDATE t SET a = ?, b = lower(?)"),
        ('INSERT INTO "t" ("a", "b") VALUES ("s", "s")', "INSERT INTO t (a, b) VALUES (…)"),
        ('INSERT INTO t ("a", "b") SELECT "s", "s"', "INSERT INTO t (a, b) SELECT ?, ?"),
        ('SELECT "s" AS "a" FROM t GROUP BY "a", "b"', "SELECT ? AS a FROM t GROUP BY a, b"),
        ('SELECT SUM("__col1") FROM (SELECT "t"."b" AS "__col1")',
         "SELECT SUM(__col1) FROM (SELECT t.b AS __col1)"),
    ],
)  # fmt: skip
def test_double_quotes_on_sqlite(sql: str, text: str) -> None:
    """SQLite takes a quoted name that is none's for a literal: only what must be a name is one."""
    assert fingerprint(sql, "sqlite") == text


@pytest.mark.parametrize(
    ("vendor", "sql", "text"),
    [
        ("postgresql", "SELECT a, 'b\\', 'secret'", "SELECT a …"),
        ("mysql", 'SELECT a, "b\\" secret', "SELECT a …"),
        ("mysql", "SELECT a /*!50000 + 'it' */, b", "SELECT a …"),
        ("somebodys", "SELECT a, '''it's secret'''", "SELECT a …"),
        ("somebodys", "SELECT a, [it's secret]", "SELECT a …"),
        ("sqlite", "SELECT a, 'secret", "SELECT a, ?"),
        ("postgresql", "SELECT a, $$secret", "SELECT a, ?"),
        ("postgresql", "SELECT a /* secret", "SELECT a"),
    ],
)
def test_what_can_be_read_in_two_ways_is_left_out(vendor: str, sql: str, text: str) -> None:
    """Whether a backslash escapes a quote is the server's setting: from there on nothing is told."""
    assert fingerprint(sql, vendor) == text
    assert "secret" not in fingerprint(sql, vendor)


def test_long_statements() -> None:
    """Of a list however long there is one fingerprint; of the others the beginning."""
    for many in (5_000, 7_001):
        listed = ", ".join(["%s"] * many)
        assert (
            fingerprint(f"SELECT a FROM t WHERE a IN ({listed})", "sqlite")
            == "SELECT a FROM t WHERE a IN (…) …"
        )
        rows = ", ".join(["(%s, 'a', 5)"] * many)
        assert fingerprint(f"INSERT INTO t VALUES {rows}", "sqlite") == "INSERT INTO t VALUES (…) …"
        rows = ", ".join(["(%s, %s)"] * many)
        assert fingerprint(f"INSERT INTO t VALUES {rows}", "sqlite") == "INSERT INTO t VALUES (…) …"
    long = fingerprint("SELECT " + ", ".join(f"name{at}" for at in range(500)), "sqlite")
    assert len(long) == MAX_TEXT
    assert long.endswith("…")
    within = fingerprint("SELECT a, " + "'x' || " * (MAX_READ // 7), "sqlite")
    assert "x" not in within


# What a literal may hold; the marks in it are to be seen nowhere.
MARKS = ["zq", "zq7", "''", " ", "--", "/*", "*/", '"', "`", "[", "]", "$", "#", ";", "%s", "(", ",", "é"]
INSIDE = some.lists(some.sampled_from([*MARKS, "\n", "\r", "\x00"]), max_size=8).map("".join)
PREFIXES = some.sampled_from(["N", "x", "_utf8", ""])
LITERALS = some.one_of(
    INSIDE.map(lambda text: f"'{text}'"),
    PREFIXES.flatmap(lambda prefix: INSIDE.map(lambda text: f"{prefix}'{text}'")),
    some.integers(7_000_000).map(str),
    some.floats(7e6, 7e300).map(repr),
)
PARTS = [
    "SELECT",
    "a",
    "t.b",
    "=",
    "(",
    ")",
    ",",
    "IN (",
    "VALUES (",
    "AND",
    "-",
    "AS",
    "::",
    ";",
    "/* zq's */",
]
AROUND = some.lists(some.sampled_from(PARTS) | LITERALS, max_size=12)


@given(before=AROUND, literal=LITERALS, after=AROUND, vendor=some.sampled_from(VENDORS))
@settings(max_examples=600, deadline=None)
def test_no_literal_survives(before: list[str], literal: str, after: list[str], vendor: str) -> None:
    """Whatever stands in strings, numbers and comments, on whatever database: it is not in the text."""
    text = fingerprint(" ".join([*before, literal, *after]), vendor)
    assert "zq" not in text
    assert "7" not in text
    assert len(text) <= MAX_TEXT


@given(
    tag=some.sampled_from(["", "a", "tag"]),
    inside=INSIDE.filter(lambda text: "$" not in text),
    after=LITERALS,
)
@settings(deadline=None)
def test_no_literal_of_postgresql_survives(tag: str, inside: str, after: str) -> None:
    """Text in dollars, and in the quotes in which a backslash escapes."""
    assert "zq" not in fingerprint(f"SELECT ${tag}${inside}${tag}$, {after}", "postgresql")
    escaped = inside.replace("''", "").replace("'", "") + "\\'zq"
    assert "zq" not in fingerprint(f"SELECT E'{escaped}', {after}", "postgresql")


@given(text=some.text(max_size=200), vendor=some.sampled_from(VENDORS))
@settings(max_examples=300, deadline=None)
def test_any_text_has_a_fingerprint(text: str, vendor: str) -> None:
    """What is no SQL is no fault, and has one all the same; so has a fingerprint."""
    found = fingerprint(text, vendor)
    assert len(found) <= MAX_TEXT
    assert len(fingerprint(found, vendor)) <= MAX_TEXT
