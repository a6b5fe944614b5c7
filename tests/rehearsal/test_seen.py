"""What no rollback undoes is said in one sentence always, and listed where it can be seen."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("act", "lines"),
    [
        ("thread", ["  thread started indexer"]),
        ("process", ["  process started "]),
        (
            "files",
            ["  file saved made.txt (FileSystemStorage)", "  file deleted made.txt (FileSystemStorage)"],
        ),
    ],
)
def test_it_is_listed_with_who_did_it(untouched, act, lines):
    """Threads, processes, files of a storage."""
    found = untouched.act(act).err.splitlines()
    start = found.index(f"Not undone ({len(lines)}): it happened, and is not rolled back")
    for at, line in enumerate(lines):
        assert found[start + 1 + 2 * at].startswith(line)
        assert found[start + 2 + 2 * at].startswith("    by shop.receivers.act, shop/receivers.py:")


def test_a_file_that_is_gone_is_said_first(shop):
    """Below the title; one that came and went meanwhile is no loss."""
    gone = "The file covers/b.svg (FileSystemStorage) was deleted, and is gone: no rollback brings it back."
    lines = shop.act("drop", COLUMNS="120").err.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("Rehearsal: "))
    assert lines[start + 1] == gone
    assert not (shop.folder / "media" / "covers" / "b.svg").exists()
    assert "is gone" not in shop.act("files").err


def test_it_is_said_always(untouched):
    """Also where nothing was seen; the thread that an async receiver is run by is none of the program's."""
    result = untouched.act("both")
    assert "Not undone (" not in result.err
    assert "Not undone by a rollback: what receivers do to files, caches and other systems" in result.err
