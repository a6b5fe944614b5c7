"""What each receiver did, seen in one checkout of the sample site as its users see it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.sample_site.test_shop import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A copy of the sample site, set up."""
    made = Site(tmp_path_factory.mktemp("probes") / "site")
    assert made.manage("checkout")[0] == 0
    return made


@pytest.fixture(scope="module")
def tree(site: Site) -> str:
    """The tree of a checkout, each run of spaces one."""
    return shown(site, "run", "--queries", "--fields", "checkout")


def shown(site: Site, *arguments: str) -> str:
    done = site.run(sys.executable, "manage.py", "signaltrace", *arguments, COLUMNS="160")
    assert done.returncode == 0, done.stderr
    return " ".join(done.stderr.split()) + " " + " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "told",
    [
        # queries, and the receiver that asks for each row
        "N+1: 12 × SELECT … FROM shop_publisher WHERE id = ? LIMIT ?",
        # a block, a savepoint that is rolled back, what left it all the same
        "post_save shop.OrderLine pk=25, created in atomic shop/checkout.py",
        "in atomic, depth 2 rolled back by TooFew",
        "left the transaction before it committed: mail to 1 recipient: Low stock shop/mail.py:8",
        "left the savepoint, which was rolled back: mail to 1 recipient: Low stock",
        # callbacks: run, and dropped
        "on commit default",
        "└→ partial(shop.mail.send_mail_to)",
        "└○ partial(shop.mail.send_mail_to) rolled back",
        # writes that call no receiver
        "bulk_create shop.OrderLine 1 row bypassed",
        "update shop.Order 1 row bypassed",
        # fields, and the two that depend on their order
        "price: 15.95 → 16",
        "price: 16 → 14.40",
        "order dependency: price was written by shop.receivers.round_price before",
        # a receiver that saves what it was called for
        "inside itself: post_save shop.Book → shop.receivers.give_slug → save → post_save shop.Book",
        "3 on_commit callbacks",
    ],
)
def test_a_checkout_shows_it(tree: str, told: str) -> None:
    """Each is there without a search: the checkout is the README's example."""
    assert told in tree


def test_another_order_of_receivers_has_an_effect(site: Site) -> None:
    """The total that a customer pays depends on which of two receivers of pre_save comes first."""
    assert "paid: 3 books, 57.40" in shown(site, "run", "checkout")
    told = shown(site, "run", "--shuffle-receivers=1", "checkout")
    assert "paid: 3 books, 57.50" in told
    assert "Receivers ran in a shuffled order, --shuffle-receivers=1." in told


def test_a_rehearsal_leaves_no_trace_in_the_shop(site: Site) -> None:
    """A save is done, shown and rolled back: the database file holds what it held."""
    held = Path(site.folder / "db.sqlite3").read_bytes()
    told = shown(site, "create", "shop.Order", "--set", "customer=1", "--yes")
    assert "Rehearsal: save() of a new shop.Order, rolled back in default." in told
    assert "audit.trail.AuditTrail.saved" in told
    assert Path(site.folder / "db.sqlite3").read_bytes() == held
