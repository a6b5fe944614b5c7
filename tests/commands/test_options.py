"""View options: each is checked before anything runs."""

from __future__ import annotations

import pytest

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.settings import Defaults, check_defaults
from signaltrace.errors import SignaltraceError
from signaltrace.ran import RanTest
from signaltrace.trace import Trace

A_VIEW = (
    "the setting SIGNALTRACE['VIEW'] is one or several of profile, queries, receivers-called, tests, tree"
)


def test_options_become_a_selection():
    """Names of options on one side, names of fields on the other."""
    plan = ViewOptions(
        view=["profile", "tree", "profile"],
        signal=["a"],
        sender=["b"],
        receiver=["c", "d"],
        app=["e"],
        errors=True,
        min="5ms",
        depth="2",
        limit="0",
        sort="max",
        orphaned=True,
        arguments="none",
        save="x.json",
        json=True,
    ).plan(Defaults())
    assert plan.selection == Selection(
        ("a",), ("b",), ("c", "d"), ("e",), True, 5_000_000, 2, 0, "max", True, "none"
    )
    assert plan.views == (views.load("profile"), views.load("tree"))
    assert (plan.save, plan.as_json) == ("x.json", True)


def test_what_is_not_given_comes_from_the_settings():
    """And what is given wins, a refusal too."""
    defaults = Defaults(("profile",), "none", True, 7, 3, 1_000, 50)
    plan = ViewOptions().plan(defaults)
    assert plan.selection == Selection(min_ns=1_000, depth=3, limit=7, orphaned=True, arguments="none")
    assert plan.views == (views.load("profile"),)
    assert plan.max_spans == 50
    assert ViewOptions(orphaned=False).plan(defaults).selection.orphaned is False
    assert ViewOptions(view=["tree"]).plan(defaults).views == (views.load("tree"),)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"view": ["queries"], "sort": "ncalls"},
            "--sort has no 'ncalls' for the view queries; there are sqltime, queries, receiver",
        ),
        (
            {"queries": True, "sort": "max"},
            "--sort has no 'max' for the view queries; there are sqltime, queries, receiver",
        ),
        ({"view": ["queries"], "sort": "queries"}, ""),
        ({"view": ["profile"], "queries": True, "sort": "max"}, ""),
        ({"view": ["queries", "profile"], "sort": "ncalls"}, ""),
        ({"view": ["tree"], "sort": "ncalls"}, ""),
    ],
)
def test_a_column_of_another_view_is_refused(options, line):
    """An order that no table has would be passed over in silence; one of several tables is enough."""
    if not line:
        assert ViewOptions(**options).plan(Defaults()).selection.sort == options["sort"]
        return
    with pytest.raises(SignaltraceError) as refused:
        ViewOptions(**options).plan(Defaults())
    assert str(refused.value) == line


def test_without_a_view_the_trace_decides():
    """Tests where there are some, else the tree; a view that is named or set wins."""
    suite, plain = Trace(tests=[RanTest("a.test")]), Trace()
    assert ViewOptions().plan(Defaults()).views_of(suite) == (views.load("tests"),)
    assert ViewOptions().plan(Defaults()).views_of(plain) == (views.load("tree"),)
    assert ViewOptions(view=["tree"]).plan(Defaults()).views_of(suite) == (views.load("tree"),)
    assert ViewOptions().plan(Defaults(view=("profile",))).views_of(suite) == (views.load("profile"),)


def test_queries_come_below_the_view():
    """Below the one that was asked for or suits the trace, and but once."""
    queries, tree, suite = views.load("queries"), views.load("tree"), Trace(tests=[RanTest("a.test")])
    assert ViewOptions(queries=True).plan(Defaults()).views_of(Trace()) == (tree, queries)
    assert ViewOptions(queries=True).plan(Defaults()).views_of(suite) == (views.load("tests"), queries)
    assert ViewOptions(queries=True, view=["queries"]).plan(Defaults()).views_of(Trace()) == (queries,)
    assert ViewOptions(view=["queries"]).plan(Defaults()).views_of(Trace()) == (queries,)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"view": ["tre"]}, "--view has no 'tre'; did you mean tree?"),
        ({"sort": "totime"}, "--sort has no 'totime'; did you mean tottime?"),
        ({"arguments": "all"}, "--arguments is none or summary, not 'all'"),
        ({"depth": "0"}, "--depth is a whole number from 1, not '0'"),
        ({"depth": "two"}, "--depth is a whole number from 1, not 'two'"),
        ({"limit": "-1"}, "--limit is a whole number from 0, not '-1'"),
        ({"limit": "²"}, "--limit is a whole number from 0, not '²'"),
        (
            {"min": "5parsecs"},
            "--min: not a duration: '5parsecs'; write it like 5ms, 0.5s, 200us, 2m, or in seconds",
        ),
    ],
)
def test_an_option_that_cannot_be_met_is_refused(options, line):
    """In one line that names it and what it takes."""
    with pytest.raises(SignaltraceError) as caught:
        ViewOptions(**options).plan(Defaults())
    assert str(caught.value) == line


def test_every_key_of_the_setting():
    """The documented names."""
    assert check_defaults({}) == Defaults()
    assert check_defaults(
        {
            "VIEW": ["tree", "profile"],
            "ARGUMENTS": "none",
            "ORPHANED": True,
            "LIMIT": 0,
            "DEPTH": 2,
            "MIN": "5ms",
            "MAX_SPANS": 1_000,
            "MAX_DEPTH": 0,
        }
    ) == Defaults(("tree", "profile"), "none", True, 0, 2, 5_000_000, 1_000, 0)
    assert check_defaults({"VIEW": "profile"}).view == ("profile",)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ([], "the setting SIGNALTRACE is a dict, not list"),
        ({"VEIW": "tree"}, "the setting SIGNALTRACE has no key 'VEIW'; did you mean VIEW?"),
        (
            {"XYZZY": 1},
            (
                "the setting SIGNALTRACE has no key 'XYZZY'; there are VIEW, ARGUMENTS, ORPHANED, LIMIT,"
                " DEPTH, MIN, MAX_DEPTH, MAX_SPANS, SILENCED, CHECKS, BUDGET"
            ),
        ),
        (
            {"VIEW": "tre"},
            f"{A_VIEW}, not str 'tre'",
        ),
        (
            {"VIEW": 3},
            f"{A_VIEW}, not int 3",
        ),
        (
            {"VIEW": [[]]},
            f"{A_VIEW}, not list",
        ),
        ({"ORPHANED": "yes"}, "the setting SIGNALTRACE['ORPHANED'] is True or False, not str 'yes'"),
        ({"LIMIT": True}, "the setting SIGNALTRACE['LIMIT'] is a whole number from 0, not bool True"),
        ({"DEPTH": 0}, "the setting SIGNALTRACE['DEPTH'] is a whole number from 1, not int 0"),
        ({"MIN": 5}, "the setting SIGNALTRACE['MIN'] is a duration like '5ms', not int 5"),
        ({"MIN": "soon"}, "the setting SIGNALTRACE['MIN'] is a duration like '5ms', not str 'soon'"),
        ({"MAX_SPANS": 1.5}, "the setting SIGNALTRACE['MAX_SPANS'] is a whole number from 1, not float"),
        ({"ARGUMENTS": []}, "the setting SIGNALTRACE['ARGUMENTS'] is none or summary, not list"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(value, line):
    """In one line, with the nearest key or the kind of value."""
    with pytest.raises(SignaltraceError) as caught:
        check_defaults(value)
    assert str(caught.value) == line
