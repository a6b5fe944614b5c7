"""``signaltrace doctor``: its options, its exit status, its formats, baselines, and a command it runs."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from signaltrace import storage
from signaltrace.analysis.findings import rules
from signaltrace.commands.doctor_options import source_root
from signaltrace.declarations import AppInfo, Silence, Source, SourceModule
from signaltrace.testing import build_trace, called, sent
from tests.analysis.findings.building import FILE, PAID, POST_DELETE, conn, facts, model, module, signal
from tests.commands.doctor_stub import stub_facts
from tests.commands.doors import through_door

INFO = facts(signal(POST_DELETE, conn()), models=(model("shop.Line"),))
WARNING = facts(signal(PAID, conn(accepts_kwargs=False)))
ERROR = facts(signal(PAID, conn(alive=False, order=0)))
PACKAGE = facts(signal(PAID, conn("lib.hear", accepts_kwargs=False, mine=False, app="lib")))
LEVELS = {"clean": facts(), "info": INFO, "warning": WARNING, "error": ERROR}
TRACE = build_trace(sent(PAID)(called("shop.receivers.notify", 5_000)))


def doctor(monkeypatch, given, *arguments):
    """The command over these facts."""
    stub_facts(monkeypatch, given)
    return through_door("doctor", *arguments)


@pytest.mark.parametrize(
    ("found", "level", "status"),
    [
        (found, level, int(found != "clean" and order.index(found) >= order.index(level)))
        for order in [["info", "warning", "error"]]
        for found in LEVELS
        for level in order
    ],
)
def test_the_status_is_1_for_findings_at_the_level_or_above(found, level, status, monkeypatch):
    """And 0 else: what is below is shown all the same."""
    result = doctor(monkeypatch, LEVELS[found], "--fail-level", level)
    assert (result.status, result.err) == (status, "")
    assert result.out.startswith("No findings" if found == "clean" else found[0].upper()) or found == "info"


def test_warnings_fail_by_default(monkeypatch):
    """An info does not."""
    assert doctor(monkeypatch, INFO).status == 0
    assert doctor(monkeypatch, WARNING).status == 1


def test_a_finding_is_told_with_place_and_fix(monkeypatch):
    """On stdout."""
    result = doctor(monkeypatch, WARNING)
    assert "W012 warning  no-kwargs\n" in result.out
    assert f"{FILE}:10  the receiver\n" in result.out
    assert "Fix: Add **kwargs to its parameters.\n" in result.out
    assert 'README: "signaltrace.W012"\n' in result.out


def test_packages_count_with_all(monkeypatch):
    """Else they are counted apart and fail nothing."""
    result = doctor(monkeypatch, PACKAGE)
    assert result.status == 0
    assert "Not shown: 1 in installed packages (--all shows them)." in result.out
    result = doctor(monkeypatch, PACKAGE, "--all")
    assert result.status == 1
    assert "lib.hear" in result.out


def test_a_rule_that_fails_is_not_clean(monkeypatch):
    """It is told in a line."""
    monkeypatch.setattr(rules()[-1], "find", lambda facts: 1 / 0)
    result = doctor(monkeypatch, facts(), "--fail-level", "error")
    assert result.status == (0 if rules()[-1].NEEDS_TRACE else 1)
    monkeypatch.setattr(rules()[0], "find", lambda facts: 1 / 0)
    result = doctor(monkeypatch, facts(), "--fail-level", "error")
    assert result.status == 1
    assert f"Rule {rules()[0].ID} failed: ZeroDivisionError: division by zero" in " ".join(result.out.split())


@pytest.mark.parametrize("spelled", ["W012", "w012", "signaltrace.W012", "no-kwargs"])
def test_one_rule_alone(spelled, monkeypatch):
    """The others do not run."""
    both = facts(signal(PAID, conn(accepts_kwargs=False), conn("gone", alive=False)))
    result = doctor(monkeypatch, both, "--rule", spelled)
    assert "W012" in result.out
    assert "E002" not in result.out
    assert "1 warning: 1 rule over 2 connections" in result.out


def test_one_app_alone(monkeypatch):
    """Part of a label; one that there is not is refused, for nothing found in it is no good news."""
    result = doctor(monkeypatch, WARNING, "--app", "sho")
    assert result.status == 1
    given = facts(signal(PAID, conn(accepts_kwargs=False), conn("audit.hear", app="audit")))
    result = doctor(monkeypatch, given, "--app", "audit")
    assert result.status == 0
    result = doctor(monkeypatch, WARNING, "--app", "sopp")
    assert (result.status, result.out) == (2, "")
    assert (
        result.err
        == "signaltrace: --app 'sopp' matches nothing that is installed here; the closest is shop\n"
    )


def test_an_app_without_receivers_is_an_app(monkeypatch):
    """It is looked at, and nothing is wrong with it."""
    given = facts()
    source = Source(apps=(AppInfo("quiet", "quiet", "/srv/quiet"),))
    object.__setattr__(given, "source", source)
    assert doctor(monkeypatch, given, "--app", "quiet").status == 0


@pytest.mark.parametrize("asked", ["json", "sarif"])
def test_machine_formats_have_stdout_to_themselves(asked, monkeypatch, settings):
    """What else there is to say is in them."""
    settings.SIGNALTRACE = {"SILENCED": ["W009"]}
    result = doctor(monkeypatch, WARNING, "--format", asked)
    assert (result.status, result.err) == (1, "")
    assert result.out.endswith("}\n")
    json.loads(result.out)


def test_github_says_nothing_of_nothing(monkeypatch):
    """Not even an empty line."""
    result = doctor(monkeypatch, facts(), "--format", "github")
    assert (result.status, result.out, result.err) == (0, "", "")
    result = doctor(monkeypatch, WARNING, "--format", "github")
    assert result.out.startswith("::warning title=signaltrace.W012::")


def test_settings_silence_by_id(monkeypatch, settings):
    """Ours with or without the prefix, Django's with it; one without effect is told."""
    settings.SIGNALTRACE = {"SILENCED": ["W012", "W00 8"]}
    settings.SILENCED_SYSTEM_CHECKS = ["signaltrace.E002", "fields.W342"]
    result = doctor(monkeypatch, WARNING)
    assert result.status == 0
    text = " ".join(result.out.split())
    assert "Not shown: 1 silenced." in text
    assert "2 silences silence nothing:" in text
    assert 'SIGNALTRACE["SILENCED"] names W00 8, which is no rule; did you mean W008?' in text
    assert "SILENCED_SYSTEM_CHECKS names signaltrace.E002, which found nothing there" in text


def test_a_comment_silences(monkeypatch):
    """On a line of the evidence."""
    given = facts(
        signal(PAID, conn(accepts_kwargs=False)), modules=(module(silences=(Silence(10, ("W012",)),)),)
    )
    assert doctor(monkeypatch, given).status == 0


def test_files_that_could_not_be_read_are_told(monkeypatch):
    """At the foot; they fail nothing."""
    broken = SourceModule("shop.bad", "/srv/shop/bad.py", error="SyntaxError: invalid syntax (line 3)")
    result = doctor(monkeypatch, facts(modules=(broken,)))
    assert result.status == 0
    assert "1 file could not be read:\n  /srv/shop/bad.py: SyntaxError" in result.out


# Baselines.


def test_a_baseline_is_written_and_read(monkeypatch, tmp_path):
    """From then on only what is new fails; what is gone is told."""
    file = str(tmp_path / "baseline.json")
    result = doctor(monkeypatch, WARNING, "--write-baseline", file)
    assert result.status == 0
    assert result.err == (
        f"signaltrace: baseline written, 1 finding; use it with: signaltrace doctor --baseline {file}\n"
    )
    assert result.out.startswith("No new findings")
    result = doctor(monkeypatch, WARNING, "--baseline", file)
    assert (result.status, result.err) == (0, "")
    assert "Not shown: 1 in the baseline." in result.out
    both = facts(signal(PAID, conn(accepts_kwargs=False), conn("other", line=20, accepts_kwargs=False)))
    result = doctor(monkeypatch, both, "--baseline", file)
    assert result.status == 1
    assert "shop.receivers.other takes no **kwargs" in result.out
    assert "shop.receivers.notify" not in result.out
    result = doctor(monkeypatch, facts(), "--baseline", file)
    assert result.status == 0
    assert "1 entry of the baseline no longer applies:\n  W012 shop.receivers.notify\n" in result.out


def test_a_baseline_is_stable_and_replaced_whole(monkeypatch, tmp_path):
    """The same findings give the same bytes; nothing is left beside it."""
    file = tmp_path / "baseline.json"
    doctor(monkeypatch, WARNING, "--write-baseline", str(file))
    first = file.read_bytes()
    doctor(monkeypatch, facts(), "--write-baseline", str(file))
    assert file.read_bytes() != first
    doctor(monkeypatch, WARNING, "--write-baseline", str(file))
    assert file.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == ["baseline.json"]


def test_a_baseline_knows_what_debug_hides(monkeypatch, tmp_path):
    """Written with DEBUG off, read with it on: dead there is kept alive here."""
    file = str(tmp_path / "baseline.json")
    doctor(monkeypatch, ERROR, "--write-baseline", file)
    kept = facts(signal(PAID, conn(kept_by_debug=True)), debug=True)
    assert doctor(monkeypatch, kept).status == 1
    result = doctor(monkeypatch, kept, "--baseline", file)
    assert result.status == 0
    assert "Not shown: 1 in the baseline." in result.out
    assert "no longer" not in result.out


def test_a_baseline_has_packages_with_all(monkeypatch, tmp_path):
    """What is shown is what is known; without --all they are no stale entries."""
    file = str(tmp_path / "baseline.json")
    doctor(monkeypatch, PACKAGE, "--write-baseline", file, "--all")
    assert doctor(monkeypatch, PACKAGE, "--baseline", file, "--all").status == 0
    assert "no longer" not in doctor(monkeypatch, PACKAGE, "--baseline", file).out


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "no such baseline: {}; --write-baseline makes one"),
        ("{", "{} is no baseline: --write-baseline makes one"),
        ('{"format": "signaltrace-baseline", "schema": 1, "fi', "{} is damaged: it is not JSON to the end; "),
        (
            '{"format": "signaltrace-baseline", "schema": 7}',
            "{} was written by a newer signaltrace (schema 7, ",
        ),
    ],
)
def test_a_baseline_that_cannot_be_read_is_a_line(content, line, monkeypatch, tmp_path):
    """And status 2: nothing was looked at."""
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    result = doctor(monkeypatch, WARNING, "--baseline", str(file))
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"signaltrace: {line.format(repr(str(file)))}")
    assert result.err.count("\n") == 1


def test_a_baseline_takes_nobodys_place(monkeypatch, tmp_path):
    """What is no baseline is somebody's work."""
    file = tmp_path / "work.json"
    file.write_text("{}", encoding="utf-8")
    result = doctor(monkeypatch, WARNING, "--write-baseline", str(file))
    assert (result.status, result.out) == (2, "")
    assert "it is no baseline; delete it, or name another file" in result.err
    assert file.read_text(encoding="utf-8") == "{}"
    for where, why in ((tmp_path, "it is a directory"), (tmp_path / "no" / "b", "no such folder")):
        result = doctor(monkeypatch, WARNING, "--write-baseline", str(where))
        assert result.status == 2
        assert why in result.err


# Misuse.


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rule", "W0012"], "--rule has no 'W0012'; did you mean W012?"),
        (["--format", "sarf"], "--format has no 'sarf'; did you mean sarif?"),
        (["--format", "xml"], "--format has no 'xml'; there are text, github, json, sarif"),
        (["--fail-level", "warn"], "--fail-level has no 'warn'; did you mean warning?"),
        (
            ["--trace", "a", "--run", "b"],
            "--trace and --run can't be used together: give the one or the other",
        ),
        (["--budget", "5ms"], "--budget is about a trace: give --trace or --run with it"),
        (["--run", "act", "--budget", "soon"], "--budget: not a duration: 'soon'; "),
        (["--run", "act", "--budget", "0"], "--budget is a duration above 0, not '0'"),
        (
            ["--rule", "W101", "--rule", "over-budget"],
            'W101 and W103 judge a trace: give --trace FILE or --run "COMMAND ARGS" with them',
        ),
        (
            ["--rule", "W101"],
            'W101 judges a trace: give --trace FILE or --run "COMMAND ARGS" with it',
        ),
        (["--write-baseline", ""], "--write-baseline needs the name of a file, not an empty text"),
        (["--baseline", ""], "--baseline needs the name of a file, not an empty text"),
        (["--trace", "nosuch.json"], "no such file: 'nosuch.json'"),
        (
            ["--baseline", "a", "--write-baseline", "b"],
            "--baseline and --write-baseline can't be used together: a new one takes in all that is found",
        ),
        (
            ["--write-baseline", "b", "--rule", "W012"],
            "--write-baseline is for all that is found: leave out --rule and --app",
        ),
        (["--run", "nosuch"], "no such management command: nosuch; see manage.py help"),
        (["--run", ""], "--run needs a management command in one string"),
        (["shop"], "got unexpected extra argument"),
        (["--fix"], "no such option: --fix; see "),
    ],
)
def test_misuse_is_a_line_and_2(arguments, line, monkeypatch):
    """Before anything is read or run."""
    stub = stub_facts(monkeypatch, facts())
    result = through_door("doctor", *arguments)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"signaltrace: {line}")
    assert result.err.count("\n") == 1
    assert stub.asked == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            {"SILENCED": "W012"},
            "SIGNALTRACE['SILENCED'] is a list of ids of rules like 'W004', not str 'W012'",
        ),
        ({"SILENCED": [12]}, "SIGNALTRACE['SILENCED'] is a list of ids of rules like 'W004', not list"),
        ({"SILENCED": 5}, "SIGNALTRACE['SILENCED'] is a list of ids of rules like 'W004', not int 5"),
        ({"CHECKS": 1}, "SIGNALTRACE['CHECKS'] is True or False, not int 1"),
        ({"BUDGET": 5}, "SIGNALTRACE['BUDGET'] is a duration like '100ms', not int 5"),
    ],
)
def test_the_settings_are_checked(value, line, monkeypatch, settings):
    """Key by key."""
    settings.SIGNALTRACE = value
    result = doctor(monkeypatch, facts())
    assert (result.status, result.err) == (2, f"signaltrace: the setting {line}\n")


# Traces.


@pytest.mark.parametrize(
    ("setting", "option", "budget_ns"),
    [
        ({}, [], 100_000_000),
        ({"BUDGET": "5ms"}, [], 5_000_000),
        ({"BUDGET": "5ms"}, ["--budget", "2s"], 2 * 10**9),
    ],
)
def test_a_saved_trace_is_judged_by_the_budget(setting, option, budget_ns, monkeypatch, settings, tmp_path):
    """The option's, the setting's, or a tenth of a second."""
    settings.SIGNALTRACE = setting
    storage.save(TRACE, tmp_path / "trace.json")
    stub = stub_facts(monkeypatch, facts())
    result = through_door("doctor", "--trace", str(tmp_path / "trace.json"), *option)
    assert result.status == 0
    assert [each["budget_ns"] for each in stub.asked] == [budget_ns]
    assert stub.asked[0]["trace"].to_dict() == TRACE.to_dict()
    assert "and 1 dispatch." in " ".join(result.out.split())


def test_named_rules_that_had_no_trace_are_told(monkeypatch):
    """Those beside them run."""
    result = doctor(monkeypatch, WARNING, "--rule", "W012", "--rule", "W101")
    assert result.status == 1
    note = "Note: W101 judges a trace and was not run: --trace FILE or --run gives one."
    assert note in " ".join(result.out.split())
    assert "Note" not in doctor(monkeypatch, WARNING, "--rule", "W012").out


def test_without_a_trace_none_is_given(monkeypatch):
    """And its rules do not run."""
    stub = stub_facts(monkeypatch, facts())
    through_door("doctor")
    assert stub.asked[0]["trace"] is None


def test_a_command_is_run_and_judged(monkeypatch):
    """What it prints is not in the format; facts are read once it is over."""
    stub = stub_facts(monkeypatch, WARNING)
    result = through_door("doctor", "--run", "check --tag models", "--format", "json")
    assert result.status == 1
    assert json.loads(result.out)["looked"]["dispatches"] is not None
    assert len(stub.asked) == 1


def test_how_a_command_fails_is_told_and_what_was_found_all_the_same(monkeypatch):
    """With status 1, however clean the rest."""
    result = doctor(monkeypatch, facts(), "--run", "loaddata nosuchfixture")
    assert result.status == 1
    assert "No findings" in result.out
    assert "loaddata nosuchfixture" in result.err
    assert "Note: The command loaddata nosuchfixture raised " in " ".join(result.out.split())
    result = doctor(monkeypatch, facts(), "--run", "loaddata nosuchfixture", "--format", "json")
    assert json.loads(result.out)["notes"][0].startswith("The command loaddata nosuchfixture raised")


# Other doors.


def test_rules_lists_them(monkeypatch):
    """Without reading a thing."""
    stub = stub_facts(monkeypatch, facts())
    result = through_door("doctor", "--rules")
    assert (result.status, result.err, stub.asked) == (0, "", [])
    assert all(each.NAME in result.out for each in rules())


def test_call_command_exits_as_the_command_line_does(monkeypatch):
    """Options are keywords; misuse is a CommandError."""
    stub_facts(monkeypatch, WARNING)
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("signaltrace", "doctor", format="json", stdout=out)
    assert caught.value.code == 1
    assert len(json.loads(out.getvalue())["findings"]) == 1
    call_command("signaltrace", "doctor", fail_level="error", stdout=io.StringIO())
    with pytest.raises(CommandError) as refused:
        call_command("signaltrace", "doctor", rule=["W0012"], stdout=io.StringIO())
    assert refused.value.returncode == 2


def test_files_are_told_relative_to_the_repository(monkeypatch, tmp_path):
    """GitHub's folder if it is given, else the one with .git, else the current one."""
    inner = tmp_path / "repo" / "site"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert source_root() == str(inner)
    (tmp_path / "repo" / ".git").mkdir()
    assert source_root() == str(tmp_path / "repo")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert source_root() == str(tmp_path)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "repo" / "sit"))
    assert source_root() == str(tmp_path / "repo")
