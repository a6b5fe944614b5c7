"""The machine formats of doctor: golden files, and what each format asks of a text."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from signaltrace import __version__
from signaltrace.exports import paths
from signaltrace.exports.findings import formats
from tests.doctor_samples import DIAGNOSES, HOSTILE, SRC

GOLDEN = Path(__file__).parent.parent / "golden" / "findings"
CASES = [(sample, name) for sample in DIAGNOSES for name in formats()]
# GitHub's own parser of workflow commands, and what it turns back.
COMMAND = re.compile(r"::(?P<name>[a-z]+) (?P<properties>[^:]*)::(?P<data>.*)")


def rendered(sample: str, name: str) -> str:
    return formats()[name].render_findings(DIAGNOSES[sample](), SRC)


def sarif(sample: str) -> dict:
    return json.loads(rendered(sample, "sarif"))["runs"][0]


def commands(sample: str) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for line in rendered(sample, "github").splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = [each.partition("=") for each in match["properties"].split(",")]
        properties = {key: _back(value.replace("%3A", ":").replace("%2C", ",")) for key, _, value in pairs}
        found.append((match["name"], properties, _back(match["data"])))
    return found


def _back(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_the_formats_are_found():
    """By scanning their folder; each says what it is."""
    assert list(formats()) == ["github", "json", "sarif"]
    assert all(each.SUMMARY and not each.SUMMARY.endswith(".") for each in formats().values())


@pytest.mark.parametrize(("sample", "name"), CASES)
def test_it_is_its_golden_file(sample, name):
    """Other tools read it: it changes only on purpose."""
    text = rendered(sample, name).replace(f'"{__version__}"', '"VERSION"') + "\n"
    path = GOLDEN / f"{sample}.{name}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_case():
    """One left over would pass for proof."""
    known = {f"{sample}.{name}" for sample, name in CASES}
    assert {each.name for each in GOLDEN.iterdir() if each.suffix != ".txt"} == known


def test_json_holds_all_of_it():
    """Its version first, files below the root."""
    data = json.loads(rendered("everything", "json"))
    assert list(data)[:3] == ["format", "schema", "signaltrace"]
    assert (data["format"], data["schema"]) == ("signaltrace-findings", 1)
    assert data["summary"] == {"error": 0, "warning": 1, "info": 1}
    assert data["findings"][0]["evidence"][0] == {
        "text": "the receiver",
        "file": "shop/receivers.py",
        "line": 10,
    }
    assert [len(data[key]) for key in ("packages", "silenced", "unused_silences", "unread", "faults")] == [
        4,
        2,
        2,
        1,
        2,
    ]
    assert [len(data["baseline"][key]) for key in ("known", "stale")] == [1, 1]
    assert json.loads(rendered("clean", "json"))["baseline"] is None


@pytest.mark.parametrize("sample", DIAGNOSES)
def test_sarif_has_what_the_standard_requires(sample):
    """SARIF 2.1.0: required properties, their kinds and the values they are limited to."""
    log = json.loads(rendered(sample, "sarif"))
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "signaltrace"
    assert driver["version"] == __version__
    rules = [each["id"] for each in driver["rules"]]
    assert len(set(rules)) == len(rules)
    for each in driver["rules"]:
        assert each["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert all(each[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    base = run["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert base == "file:///srv/bookshop/"
    for each in run["results"]:
        assert each["message"]["text"]
        assert each["level"] in ("none", "note", "warning", "error")
        assert rules[each["ruleIndex"]] == each["ruleId"]
        assert len(each["locations"]) == 1
        for location in (*each["locations"], *each["relatedLocations"]):
            place = location["physicalLocation"]
            _is_artifact(place["artifactLocation"])
            assert place.get("region", {"startLine": 1})["startLine"] >= 1
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in each["partialFingerprints"].values())
        for suppression in each.get("suppressions", ()):
            assert suppression["kind"] in ("inSource", "external")
    for invocation in run["invocations"]:
        assert type(invocation["executionSuccessful"]) is bool
        for notification in invocation["toolExecutionNotifications"]:
            assert notification["message"]["text"]


def _is_artifact(location: dict[str, str]) -> None:
    """Relative below the root, absolute elsewhere; never both."""
    parts = urlsplit(location["uri"])
    if "uriBaseId" in location:
        assert location["uriBaseId"] == "%SRCROOT%"
        assert (parts.scheme, parts.netloc) == ("", "")
        assert not parts.path.startswith("/")
    else:
        assert parts.scheme == "file"
    assert re.fullmatch(r"[\w.~!$&'()*+,;=:@/%-]+", location["uri"])


def test_sarif_has_silenced_and_known_findings_suppressed():
    """What counts has no suppressions: code scanning closes the others."""
    results = sarif("everything")["results"]
    kinds = [[one["kind"] for one in each.get("suppressions", ())] for each in results]
    assert kinds == [[], [], ["external"], ["inSource"], ["external"]]


def test_sarif_levels():
    """An info is a note."""
    assert [each["level"] for each in sarif("some")["results"]] == ["error", "error", "warning", "note"]


def test_sarif_fingerprints_know_a_finding_by_rule_and_subject():
    """Not by line or title; two of one subject are told apart."""
    first, second = DIAGNOSES["some"]().findings[:2]
    moved = DIAGNOSES["some"]()
    object.__setattr__(moved, "findings", (first, first, second))
    texts = [json.loads(formats()["sarif"].render_findings(moved, root)) for root in (SRC, "/elsewhere")]
    marks = [
        [each["partialFingerprints"]["signaltrace/v1"] for each in text["runs"][0]["results"]]
        for text in texts
    ]
    assert marks[0] == marks[1]
    assert len(set(marks[0])) == 3


def test_sarif_of_a_failed_rule_is_no_success():
    """And says which."""
    (invocation,) = sarif("everything")["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == (
        "signaltrace.W008 failed: ValueError: a bug"
    )
    assert sarif("some")["invocations"][0]["executionSuccessful"] is True


def test_sarif_uris_are_uris():
    """A comma may stay, a blank or a percent sign may not."""
    (result,) = sarif("hostile")["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "shop/we%2Cird%3A%20%2525%20%C3%A4.py"
    assert unquote(uri) == "shop/we,ird: %25 ä.py"


def test_github_has_one_command_a_finding():
    """Level, place and id; the message has the fix."""
    found = commands("some")
    assert [each[0] for each in found] == ["error", "error", "warning", "notice"]
    assert found[2] == (
        "warning",
        {"file": "shop/receivers.py", "line": "10", "title": "signaltrace.W007"},
        (
            "shop.receivers.notify runs twice for each shop.signals.order_paid of any sender: "
            "its dispatch_uids differ\n"
            "shop/apps.py:20: connected here in shop.apps.ShopConfig.ready()\n"
            "shop/apps.py:21: connected here in shop.apps.ShopConfig.ready()\n"
            "Fix: Connect it once, or each time with the same dispatch_uid (they are one and two)."
        ),
    )
    assert commands("clean") == []


def test_github_escapes_what_would_end_a_property_or_a_line():
    """A percent sign first, or it would be escaped twice."""
    ((level, properties, data),) = commands("hostile")
    assert level == "warning"
    assert properties["file"] == "shop/we,ird: %25 ä.py"
    assert "file=shop/we%2Cird%3A %2525 ä.py,line=3," in rendered("hostile", "github")
    assert data.endswith("Fix: Mind 100% of it, or: don't.")
    assert "a:b\r\nc" in data
    assert "\x1b" not in rendered("hostile", "github")
    assert HOSTILE.title.startswith("evil\x1b")


def test_paths_below_the_root_and_elsewhere(tmp_path):
    """Through links, too; what is no file is none."""
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    assert paths.below(str(real / "a.py"), str(link)) == "a.py"
    assert paths.below(str(tmp_path / "realer.py"), str(real)) is None
    assert paths.below("<string>", "/") is None
    assert paths.shown("/usr/a.py", "/srv") == "/usr/a.py"
    assert paths.file_uri("/a b/c.py") == "file:///a%20b/c.py"
