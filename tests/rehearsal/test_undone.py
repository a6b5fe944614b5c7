"""Whatever a receiver does, nothing is left in any database, and how it ended is told."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard():
    """A shell starts what runs in the background with SIGINT ignored, and a child inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_both_databases_are_rolled_back(untouched):
    """A receiver writes to another database than the row's."""
    result = untouched.act("both")
    assert result.status == 0
    assert "Rehearsal: save() of shop.Order 1, rolled back in default, notes." in result.err
    assert "post_save shop.Customer" in result.err


def test_delete_and_create_are_rolled_back(untouched):
    """By save() and delete(), and all that goes along."""
    for arguments in (["delete", "shop.Order", "1"], ["create", "shop.Customer", "--set", "name=Bo"]):
        assert untouched.signaltrace(*arguments, "--yes").status == 0


@pytest.mark.parametrize(
    ("act", "status", "told"),
    [
        ("raises", 1, "Rehearsal: save() of shop.Order 1 raised ValueError: no more"),
        ("early", 1, "Rehearsal: save() of shop.Order 1 raised ValueError: too early"),
        ("interrupt", -signal.SIGINT, "Rehearsal: save() of shop.Order 1 raised KeyboardInterrupt"),
        ("leave", 3, "Rehearsal: save() of shop.Order 1 raised SystemExit: 3"),
        ("close", 1, "The connection to 'default' was closed meanwhile: the database has rolled back"),
        ("close_both", 1, "The connection to 'notes' was closed meanwhile: the database has rolled back"),
        ("mark", 1, "marked for rollback meanwhile"),
        ("caught", 1, "The transaction of 'notes' was marked for rollback meanwhile"),
        (
            "caught",
            1,
            "(the last one there: IntegrityError: UNIQUE constraint failed: shop_note.key, at shop/rec",
        ),
        ("caught", 1, "such as this one or that of ATOMIC_REQUESTS, nothing is kept then; without one, what"),
        (
            "caught_then_more",
            1,
            "and caught: IntegrityError: UNIQUE constraint failed: shop_note.key, at shop/r",
        ),
        ("by_hand", 1, "The rehearsal itself is such a block, as a request is under ATOMIC_REQUESTS"),
        ("unbalanced", 1, "An atomic block on 'default' was left open by the program."),
        ("autocommit", 1, "raised TransactionManagementError"),
        ("dangling", 1, "The database 'default' would refuse the commit: IntegrityError"),
        ("durable", 0, "rolled back in default, notes."),
    ],
)
def test_nothing_is_left_however_it_ends(untouched, act, status, told):
    """Exceptions, Ctrl-C, an exit, connections closed, transactions meddled with."""
    result = untouched.act(act)
    assert result.status == status
    assert told in " ".join(result.err.split())
    assert "Signals of manage.py" in result.err
    if status != -signal.SIGINT:
        assert "Traceback" not in result.err


def test_a_commit_past_django_is_told(shop):
    """What no rollback can undo any more is not called undone."""
    result = shop.act("past_django")
    assert result.status == 1
    said = " ".join(result.err.split())
    assert "save() of shop.Order 1, rolled back in notes, NOT in default." in said
    assert "was ended by the program itself, past Django" in said
    assert len(shop.rows()["default.shop_customer"]) == 2  # so it is: a COMMIT of the program's own


def test_what_was_unsound_before_is_no_news(shop):
    """SQLite checks all rows: a row that dangled already is nobody's fault here."""
    import sqlite3

    with sqlite3.connect(shop.folder / "default.sqlite3") as opened:
        opened.execute("INSERT INTO shop_line (order_id, slug) VALUES (998, 'x')")
    opened.close()
    result = shop.act("both")
    assert (result.status, "refuse the commit" in result.err) == (0, False)


def test_without_autocommit(untouched):
    """A database whose transactions the program manages itself."""
    assert untouched.act("both", REHEARSAL_MANUAL="1").status == 0


def test_keep_commits_all(shop):
    """And says so; on_commit has run."""
    before = shop.rows()
    result = shop.act("both", "--keep")
    after = shop.rows()
    assert result.status == 0
    assert "Kept: save() of shop.Order 1, committed in default, notes." in result.err
    for table in ("default.shop_customer", "notes.shop_note"):
        assert len(after[table]) == len(before[table]) + 1


def test_keep_without_autocommit(shop):
    """Django leaves that commit to the program: here it is ours."""
    shop.act("both", "--keep", REHEARSAL_MANUAL="1")
    assert len(shop.rows()["default.shop_customer"]) == 2


@pytest.mark.parametrize("act", ["raises", "mark", "close", "leave"])
def test_keep_keeps_all_or_nothing(untouched, act):
    """An exception, or a transaction that is good for nothing any more: nothing is committed."""
    result = untouched.act(act, "--keep")
    assert result.status in (1, 3)
    assert "Kept:" not in result.err


def test_a_commit_that_is_refused(untouched):
    """A constraint that is checked at the commit."""
    result = untouched.act("dangling", "--keep")
    assert result.status == 1
    assert "IntegrityError" in result.err


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("nosuch.backend", "the database 'third' cannot be used: ImproperlyConfigured"),
        ("django.db.backends.dummy", ""),
        ("shop.norollback", "the database 'third' can't roll back, so that nothing was run"),
    ],
)
def test_a_database_that_cannot_roll_back_is_refused_by_name(untouched, engine, told):
    """Before anything runs; an entry left empty on purpose is no database."""
    result = untouched.act("both", REHEARSAL_THIRD=engine)
    assert (result.status == 0) == (not told)
    assert told in result.err
    if told:
        assert result.err.count("\n") == 1


def test_a_mysql_table_that_cannot_roll_back_is_named():
    """The engine of the database may be a good one, and that of a table not."""
    from types import SimpleNamespace

    from signaltrace.rehearsal.databases import _why_not

    class Cursor:
        rows = ()

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def execute(self, sql):
            assert "information_schema" in sql

        def fetchall(self):
            return self.rows

    connection = SimpleNamespace(
        vendor="mysql", features=SimpleNamespace(supports_transactions=True), cursor=Cursor
    )
    assert _why_not(connection) == ""
    Cursor.rows = (("shop_log", "MyISAM"), ("shop_old", "MyISAM"))
    assert _why_not(connection) == "the engine of its table shop_log is MyISAM (and 1 table more)"
