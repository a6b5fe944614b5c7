"""What doctor says of the sample site, which holds every pitfall, and of the clean site, which holds none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from signaltrace.analysis.findings import rules
from tests.sample_site.test_shop import ROOT, Site

ERROR = "shop.delivery.CourierUnavailable"
RANKING = "shop.signals.order_paid of shop.Order: search.receivers.rank_sold_books"
SAVED = "django.db.models.signals.post_save"
# rule -> what it is about and the file to open first, in the sample site as it comes
PLANTED = {
    "W001": [("newsletter.signals", "newsletter/signals.py")],
    "E002": [
        (
            "rewards.signals.voucher_used: rewards.printing.VoucherPrinter.print_voucher",
            "rewards/apps.py",
        )
    ],
    "W003": [(f"{SAVED}: search.apps.SearchConfig.ready.<locals>.forget_suggestions", "search/apps.py")],
    "W004": [
        (
            "shop.signals.order_paid: rewards.receivers.mail_points of any sender, uid shop.mail_receipt",
            "rewards/receivers.py",
        )
    ],
    "W005": [("shop.signals.order_paid: shop.receivers.mail_receipt of any sender", "rewards/apps.py")],
    "W006": [("rewards.lib.tiers", "rewards/lib/tiers.py")],
    "W007": [("rewards.signals.card_filled: rewards.receivers.congratulate", "rewards/receivers.py")],
    "W008": [("shop.signals.order_paid: partial(shop.mail.notify)", "shop/mail.py")],
    "I009": [("audit.trail.AuditTrail.deleted", "audit/trail.py")],
    "I011": [(f"{SAVED}: rewards.receivers.enter_voucher of rewards.Voucher", "rewards/receivers.py")],
    # DEBUG is on, and so the line that connects it is not reached: the source tells
    "W012?": [("rewards.receivers.report_card", "rewards/receivers.py")],
    "W013": [("rewards.signals.voucher_used: rewards.receivers.note_use", "rewards/receivers.py")],
    "W014": [("rewards.signals.voucher_expired: rewards.receivers.tell_customer", "rewards/receivers.py")],
    "W015": [(f"{SAVED}: rewards.receivers.enter_voucher", "rewards/receivers.py")],
    "W016": [(f"{SAVED}: rewards.receivers.stamp_card", "rewards/receivers.py")],
    "I017": [
        ("shop.catalogue.fill_customer: bulk_create of shop.OrderLine", "shop/catalogue.py"),
        ("shop.catalogue.fill_customer: update of shop.Order", "shop/catalogue.py"),
        ("shop.checkout.place_order: bulk_create of shop.OrderLine", "shop/checkout.py"),
        ("shop.checkout.pay: update of shop.Order", "shop/checkout.py"),
        ("shop.receivers.count_tags: update of shop.Book", "shop/receivers.py"),
        ("shop.receivers.move_stock: update of shop.Book", "shop/receivers.py"),
    ],
    "E018": [(f"{SAVED}: rewards.receivers.check_limit of rewards.vouchr", "rewards/apps.py")],
    "W019": [("rewards.signals.card_lost", "rewards/apps.py")],
}
# what is seen where DEBUG is off, in place of W003
WITHOUT_DEBUG = {
    "E002": [(f"{SAVED}: search.apps.SearchConfig.ready.<locals>.forget_suggestions", "search/apps.py")],
    "W012": [("rewards.receivers.report_card", "rewards/receivers.py")],
}
TRACKED = {
    "I010": [("django.db.models.signals.post_init: rewards.receivers.track_loaded", "rewards/receivers.py")]
}
TRACED = {
    "W101": [
        (f"shop.signals.order_paid of shop.Order: shop.delivery.book_courier, {ERROR}", "shop/delivery.py"),
    ],
    "W102": [(f"{SAVED} of shop.Book: shop.receivers.give_slug", "shop/receivers.py")],
    "W103": [("shop.signals.order_paid of shop.Order: shop.receivers.print_invoice", "shop/receivers.py")],
    "W104": [(f"{SAVED} of shop.Order", "shop/receivers.py")],
    "W105": [
        (
            (
                "shop.signals.gift_wrap_requested of shop.Order: shop.wrapping.reserve_paper, "
                "shop.wrapping.OutOfPaper"
            ),
            "shop/wrapping.py",
        )
    ],
    # once in a block that committed, once in one that did not
    "W106": [("shop.signals.stock_low of shop.Book: shop.stock.LowStockAlert(), mail", "shop/mail.py")] * 2,
    "W108": [
        (
            (
                "django.db.models.signals.pre_save of shop.Book: "
                "shop.receivers.reduce_second_hand and shop.receivers.round_price, price"
            ),
            "shop/receivers.py",
        )
    ],
    "W107": [
        (f"{RANKING}, SELECT COUNT(*) FROM shop_book_tags WHERE book_id = ?", "search/receivers.py"),
        (f"{RANKING}, SELECT … FROM shop_publisher WHERE id = ? LIMIT ?", "search/receivers.py"),
    ],
}


def found(output: str, root: Path) -> dict[str, list[tuple[str, str]]]:
    """The findings of a JSON report: by rule ("W012?" where it is possible), subjects with the first place,
    relative to the site."""
    report = json.loads(output)
    assert report["faults"] == []
    assert report["unread"] == []
    result: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in report["findings"]:
        file = os.path.relpath(os.path.join(report["root"], each["evidence"][0]["file"]), root)
        rule = each["rule"].removeprefix("signaltrace.") + ("?" if each["possible"] else "")
        result[rule].append((each["subject"], file.replace(os.sep, "/")))
    return dict(result)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A copy of the sample site, set up."""
    made = Site(tmp_path_factory.mktemp("doctor") / "site")
    assert made.manage("checkout")[0] == 0
    return made


def examined(site: Site, *arguments: str, **environment: str) -> dict[str, list[tuple[str, str]]]:
    """What doctor finds in the site."""
    done = site.run(
        sys.executable, "manage.py", "signaltrace", "doctor", "--format", "json", *arguments, **environment
    )
    assert done.returncode == 1, done.stderr
    return found(done.stdout, Path(site.folder))


def test_each_pitfall_is_found_and_nothing_else(site: Site) -> None:
    """Every static rule fires in the sample site where its pitfall is planted, and nowhere else."""
    assert examined(site) == PLANTED


def test_without_debug_what_debug_hid_is_found(site: Site) -> None:
    """Where DEBUG is off, the receiver it kept alive is dead, and one that takes no keywords is connected."""
    expected = {rule: [*places] for rule, places in PLANTED.items() if rule not in ("W003", "W012?")}
    for rule, places in WITHOUT_DEBUG.items():
        expected[rule] = [*expected.get(rule, []), *places]
    assert examined(site, SAMPLE_SITE_DEBUG="0") == expected


def test_a_receiver_of_everything_loaded_is_found(site: Site) -> None:
    """The one pitfall that would be in every trace is planted on demand."""
    assert examined(site, SAMPLE_SITE_TRACK_LOADED="1") == {**PLANTED, **TRACKED}


def test_what_a_run_shows_is_found(site: Site) -> None:
    """The rules over a trace fire for a checkout, where its pitfalls are, and nowhere else."""
    wanted = [part for rule in TRACED for part in ("--rule", rule)]
    told = examined(site, "--run", "checkout", "--budget", "39ms", *wanted)
    # print_invoice sleeps for longer; what else does on a busy machine is nobody's pitfall
    told["W103"] = [each for each in told["W103"] if "print_invoice" in each[0]]
    assert told == TRACED


def test_every_rule_has_its_pitfall() -> None:
    """A rule of tomorrow is planted in the sample site, too."""
    planted = {*PLANTED, *WITHOUT_DEBUG, *TRACKED, *TRACED}
    assert {each.ID for each in rules()} == {f"signaltrace.{each.rstrip('?')}" for each in planted}


@pytest.mark.parametrize("debug", ["0", "1"])
def test_the_clean_site_has_no_finding(debug: str) -> None:
    """What is done right yields nothing, in installed packages included, at any severity."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "signaltrace",
            "doctor",
            "--all",
            "--fail-level",
            "info",
            "--format",
            "json",
        ],
        cwd=ROOT / "tests" / "clean_site",
        env={**kept, "PYTHONPATH": str(ROOT), "CLEAN_SITE_DEBUG": debug},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert (report["findings"], report["faults"], report["notes"], done.returncode) == ([], [], [], 0)
    # it was looked at: its own connections and its own files are there
    assert report["looked"]["connections"] >= 14


def test_the_readme_has_a_section_for_each_rule() -> None:
    """The id that a finding shows leads to a section of the README, which names the rule."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for each in rules():
        assert f"#### {each.ID}\n\n**{each.NAME}.**" in text
