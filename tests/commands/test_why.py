"""``why`` over a shop in which each link is really broken: named with its file, its line and the fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.doors import Result, python

SITE = Path(__file__).parent.parent / "why_site"
SHOP = SITE / "shop"
# Many questions to one process: setting Django up is what takes the time.
ASK = """
import io, json, sys, django
django.setup()
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.serving import serve

answers = []
for arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    door = Door("manage.py signaltrace", "manage.py", Stream(out), Stream(err))
    answers.append([serve(door, ["why", *arguments]), out.getvalue(), err.getvalue()])
json.dump(answers, sys.stdout)
"""


def line_of(file: str, text: str, nth: int = 1) -> int:
    """The number of the nth line that is this text, blanks aside."""
    lines = (SITE / file).read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if line.strip() == text][nth - 1]


def ask(questions: list[list[str]], **variables: str) -> list[Result]:
    """The answers of one process."""
    given = {"DJANGO_SETTINGS_MODULE": "settings", "SIGNALTRACE_LEDGER": "1", **variables}
    result = python("-c", ASK, folder=SITE, given=json.dumps(questions), **given)
    assert result.status == 0, result
    return [Result(*each) for each in json.loads(result.out)]


def manage(*arguments: str, **variables: str) -> Result:
    """``manage.py signaltrace why …`` in a process of its own."""
    return python("manage.py", "signaltrace", "why", *arguments, folder=SITE, **variables)


# receiver -> the first broken link, where its evidence is, a part of the sentence, where the fix goes, code
BROKEN: dict[str, tuple[str, tuple[str, int], str, tuple[str, int], list[str]]] = {
    "shop.late.late": (
        "imported",
        ("shop/late.py", line_of("shop/late.py", "@receiver(post_save, sender=Order)")),
        "shop.late was never imported",
        ("shop/apps.py", line_of("shop/apps.py", "def ready(self):")),
        ["from . import late  # noqa: F401"],
    ),
    "mail_shop": (
        "accepted",
        (
            "shop/receivers.py",
            line_of("shop/receivers.py", '@receiver(post_save, sender=Order, dispatch_uid="mail")', 2),
        ),
        "shop.receivers.mail_customer has the same dispatch_uid 'mail'",
        (
            "shop/receivers.py",
            line_of("shop/receivers.py", '@receiver(post_save, sender=Order, dispatch_uid="mail")', 2),
        ),
        ['dispatch_uid="shop.receivers.mail_shop"'],
    ),
    "greet": (
        "alive",
        ("shop/apps.py", line_of("shop/apps.py", "post_save.connect(greet, sender=Order)")),
        "a function made inside another one",
        ("shop/apps.py", line_of("shop/apps.py", "post_save.connect(greet, sender=Order)")),
        ["weak=False"],
    ),
    "silenced": (
        "connected",
        ("shop/apps.py", line_of("shop/apps.py", "post_save.disconnect(receivers.silenced, sender=Order)")),
        "It was connected, and disconnected again in ShopConfig.ready().",
        ("shop/apps.py", line_of("shop/apps.py", "post_save.disconnect(receivers.silenced, sender=Order)")),
        [],
    ),
    "watched": (
        "connected",
        ("shop/robbed.py", line_of("shop/robbed.py", "pre_delete.connect(watched, sender=Order)")),
        "gone from the signal's receivers though nothing disconnected it",
        ("", 0),
        [],
    ),
    "welcome": (
        "sender",
        ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(post_save, sender=User)")),
        "auth.User is swapped out for accounts.User",
        ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(post_save, sender=User)")),
        ["sender=settings.AUTH_USER_MODEL"],
    ),
    "mistyped": (
        "accepted",
        ("shop/receivers.py", line_of("shop/receivers.py", '@receiver(post_save, sender="shop.Ordr")')),
        "which does not exist; the closest is shop.Order",
        ("shop/receivers.py", line_of("shop/receivers.py", '@receiver(post_save, sender="shop.Ordr")')),
        ['sender="shop.Order"'],
    ),
    "tagged": (
        "sender",
        ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(m2m_changed, sender=Order)")),
        "m2m_changed is sent by the through model of the field, never by shop.Order",
        ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(m2m_changed, sender=Order)")),
        [],
    ),
    "unheard": (
        "sent",
        ("shop/signals.py", line_of("shop/signals.py", "never_sent = Signal()")),
        "No line of the source sends shop.signals.never_sent",
        ("shop/signals.py", line_of("shop/signals.py", "never_sent = Signal()")),
        ["never_sent.send(sender=…)"],
    ),
    "nobody_connects": (
        "reached",
        ("", 0),
        "Nothing connects it",
        ("shop/receivers.py", line_of("shop/receivers.py", "def nobody_connects(sender, **kwargs):")),
        ["@receiver(SIGNAL)"],
    ),
    "rarely": (
        "reached",
        ("shop/receivers.py", line_of("shop/receivers.py", "post_save.connect(rarely, sender=Order)")),
        "nothing has called connect_rarely()",
        ("shop/receivers.py", line_of("shop/receivers.py", "post_save.connect(rarely, sender=Order)")),
        [],
    ),
}

# receiver -> the cause, how often it runs, the places, where the fix goes
TWICE: dict[str, tuple[str, int, list[tuple[str, int]]]] = {
    "audit": (
        "any-and-one-sender",
        2,
        [
            ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(post_save)") - 1),
            ("shop/receivers.py", line_of("shop/receivers.py", "@receiver(post_save)")),
        ],
    ),
    "count": (
        "two-uids",
        2,
        [
            (
                "shop/receivers.py",
                line_of(
                    "shop/receivers.py", f'@receiver(post_save, sender=Order, dispatch_uid="count-{each}")'
                ),
            )
            for each in (2, 1)
        ],
    ),
    "thank": ("imported-twice", 2, [("shop/doubled.py", line_of("shop/doubled.py", "@receiver(paid)"))]),
    "points": (
        "ready-twice",
        2,
        [
            (
                "loyalty/apps.py",
                line_of("loyalty/apps.py", 'post_save.connect(points, sender="shop.Order", weak=False)'),
            )
        ],
    ),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, Result]:
    """Every question that needs nothing to be run, answered by one process as JSON."""
    names = [*BROKEN, *TWICE, "well"]
    return dict(zip(names, ask([[each, "--json"] for each in names]), strict=True))


def place(data: dict[str, Any]) -> tuple[str, int]:
    """A place below the site."""
    if data["file"] is None:
        return "", 0
    return str(Path(data["file"]).relative_to(SITE)), data["line"]


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_broken_link_is_named_with_place_and_fix(name: str, answers: dict[str, Result]) -> None:
    """What was planted is what is found, and the exit status says so."""
    link_name, evidence, said, fix, code = BROKEN[name]
    result = answers[name]
    assert result.status == 1, result
    document = json.loads(result.out)
    (chain,) = document["chains"]
    assert (document["ok"], chain["broken"]) == (False, link_name)
    link = next(each for each in chain["links"] if each["state"] == "broken")
    assert said in link["text"]
    places = [place(each) for each in link["evidence"]]
    assert (places[0] if places else ("", 0)) == evidence
    assert place(link["fix"]) == fix
    assert link["fix"]["code"] == code
    assert not [each for each in chain["links"] if each["state"] == "broken"][1:]


@pytest.mark.parametrize("name", TWICE)
def test_the_cause_of_running_twice_is_named(name: str, answers: dict[str, Result]) -> None:
    """The same command sees two connections that one dispatch reaches."""
    cause, times, places = TWICE[name]
    result = answers[name]
    assert result.status == 1, result
    document = json.loads(result.out)
    (found,) = document["twice"]
    assert (found["cause"], found["times"], found["possible"]) == (cause, times, False)
    assert [place(each) for each in found["evidence"]][: len(places)] == places


def test_a_receiver_that_is_well_is_said_to_run(answers: dict[str, Result]) -> None:
    """Status 0; a bulk write in the source is a remark, with its line."""
    result = answers["well"]
    document = json.loads(result.out)
    assert (result.status, document["ok"]) == (0, True)
    (chain,) = document["chains"]
    sent = next(each for each in chain["links"] if each["name"] == "sent")
    pay = "shop/management/commands/pay.py"
    assert (sent["state"], sent["fix"], place(sent["evidence"][0])) == (
        "unknown",
        None,
        (pay, line_of(pay, "Order.objects.bulk_create([Order()])")),
    )


def test_without_a_ledger_what_is_not_known_is_said_with_the_way_to_know() -> None:
    """What the source and the process show is found all the same."""
    shadowed, silenced, rarely, greet = ask(
        [[each, "--json"] for each in ("mail_shop", "silenced", "rarely", "greet")],
        WHY_LEDGER="no",
        SIGNALTRACE_LEDGER="",
    )
    first = [json.loads(each.out)["chains"][0] for each in (shadowed, silenced, greet)]
    assert [each["broken"] for each in first] == ["accepted", "connected", "alive"]
    assert first[1]["links"][5]["possible"]
    (chain,) = json.loads(rarely.out)["chains"]
    reached = next(each for each in chain["links"] if each["name"] == "reached")
    assert reached["state"] == "unknown"
    assert "signaltrace" in reached["would_tell"]


def test_what_only_debug_shows() -> None:
    """A refused connect, and a receiver that is alive because DEBUG is on."""
    refused, kept = ask([["no_kwargs"], ["greet"]], WHY_DEBUG="1")
    assert (refused.status, kept.status) == (1, 1)
    assert "Django refused the connection: ValueError" in refused.out
    assert "def no_kwargs(sender, **kwargs):" in refused.out
    assert f"shop/receivers.py:{line_of('shop/receivers.py', 'def no_kwargs(sender):')}" in refused.out
    assert "alive only because DEBUG is True" in " ".join(kept.out.split())


def test_a_proxy_that_is_saved_is_not_heard() -> None:
    """By the sender that is meant, and by what a command really sent."""
    result = manage("well", "--sender", "PaidOrder", "--json")
    (chain,) = json.loads(result.out)["chains"]
    link = next(each for each in chain["links"] if each["state"] == "broken")
    assert (result.status, link["name"], link["fix"]["code"]) == (1, "sender", ["sender=PaidOrder"])
    ran = manage("well", "--run", "pay --proxy", "--json")
    (chain,) = json.loads(ran.out)["chains"]
    link = next(each for each in chain["links"] if each["state"] == "broken")
    assert (ran.status, link["name"]) == (1, "sender")
    assert "shop.PaidOrder is a proxy of shop.Order" in link["text"]
    pay = "shop/management/commands/pay.py"
    assert (pay, line_of(pay, "order.save()")) in [place(each) for each in link["evidence"]]


def test_a_bulk_write_that_ran_sent_nothing() -> None:
    """Nothing is proved by a signal that was not sent: status 0, and the line that writes in bulk."""
    result = manage("well", "--run", "pay --bulk", "--json")
    (chain,) = json.loads(result.out)["chains"]
    link = next(each for each in chain["links"] if each["name"] == "sent")
    pay = "shop/management/commands/pay.py"
    assert (result.status, link["state"], place(link["evidence"][0])) == (
        0,
        "unknown",
        (pay, line_of(pay, "Order.objects.bulk_create([Order()])")),
    )


def test_an_earlier_receiver_that_raises_is_named_with_its_line() -> None:
    """The command failed for it: that is told on stderr, and what it sent is used."""
    result = manage("ship", "--run", "pay --amount 11")
    assert result.status == 1
    raised = line_of("shop/receivers.py", 'raise LookupError("none left")')
    said = " ".join(result.out.split())
    assert "It was not called in 1 of 1 dispatch: shop.receivers.take_from_stock raised LookupError" in said
    assert f"shop/receivers.py:{raised}" in result.out
    assert "pay --amount 11 raised LookupError: none left; what it sent until then is used" in result.err


def test_a_receiver_that_ran_is_counted_and_stdout_is_ours() -> None:
    """What the command and its child print is on stderr."""
    result = manage("ship", "--run", "pay", "--json")
    assert result.status == 0
    (chain,) = json.loads(result.out)["chains"]
    assert chain["called"] == 1
    for text in ("printed by the command", "written by the command", "printed by a child"):
        assert text in result.err
        assert text not in result.out


def test_a_command_that_fails_makes_the_status_one() -> None:
    """Even where no link is broken."""
    result = manage("ship", "--run", "pay --fail")
    assert result.status == 1
    assert "It runs: called once" in result.out
    assert "pay --fail ended with exit status 3" in result.err


def test_a_saved_trace_tells_the_same(tmp_path: Path) -> None:
    """--trace reads what run --save wrote."""
    file = str(tmp_path / "trace.json")
    saved = python("manage.py", "signaltrace", "run", "--save", file, "pay", folder=SITE)
    assert saved.status == 0, saved
    result = manage("ship", "--trace", file)
    assert (result.status, "It runs: called once" in result.out) == (0, True)
    assert "by a recording of manage.py pay" in result.out


def test_a_view_that_connects_at_each_request_is_named() -> None:
    """Three requests, three receivers of one line."""
    result = manage("remember", "--run", "browse", "--twice")
    assert result.status == 1
    said = " ".join(result.out.split())
    assert "checkout() connects another function each time it is called: 3 are connected by now" in said
    line = line_of("shop/views.py", "post_save.connect(remember, sender=Order, weak=False)")
    assert f"shop/views.py:{line}" in result.out


def test_any_line_of_a_function_is_a_receiver() -> None:
    """As an editor or a traceback writes it; the line of a connect is what it connects."""
    body = line_of("shop/receivers.py", "def silenced(sender, **kwargs):") + 1
    line = line_of("shop/apps.py", "post_save.connect(greet, sender=Order)")
    silenced, greet = ask([[f"shop/receivers.py:{body}"], [f"apps.py:{line}"]])
    assert silenced.out.startswith("shop.receivers.silenced  shop/receivers.py:")
    assert greet.out.startswith("shop.apps.ShopConfig.ready.<locals>.greet  shop/apps.py:")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mial_shop"], "there is no receiver 'mial_shop'"),
        (["well", "--signal", "post_svae"], "there is no signal 'post_svae'; the closest is"),
        (["well", "--sender", "shop.Ordr"], "there is no sender 'shop.Ordr'; the closest is shop.Order"),
        (["lambda"], "a lambda has no name of its own: give its file.py:LINE"),
        (["shop/views.py"], "give shop/views.py:LINE; its receivers are on line"),
        (["shop/views.py:top"], "give shop/views.py:LINE; its receivers are on line"),
        (["shop/nosuch.py:3"], "no such file in the source of apps and project: 'shop/nosuch.py'"),
        (["shop/receivers.py:9999"], "is in no function and connects nothing; the closest is"),
        ([], "why takes a RECEIVER, or --model LABEL"),
        (["well", "--model", "shop.Order"], "why takes a RECEIVER, or --model LABEL"),
        (["--model", "shop.Order", "--twice"], "--twice is about a RECEIVER"),
        (["well", "--trace", "a", "--run", "b"], "--trace and --run can't be used together"),
        (["well", "--trace", "/nowhere/trace.json"], "trace.json"),
        (["well", "--run", "apy"], "no such management command: apy; did you mean pay?"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(arguments: list[str], said: str) -> None:
    """What was wrong, and what there is."""
    (result,) = ask([arguments])
    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_a_name_of_two_receivers_lists_them_with_status_two() -> None:
    """One a line, with its place; as JSON, too."""
    text, document = ask([["ready"], ["ready", "--json"]])
    assert (text.status, document.status) == (2, 2)
    assert text.out == ""
    lines = text.err.splitlines()
    assert lines[0].startswith("ready could be any of 2 receivers")
    assert (
        f"  shop.apps.ShopConfig.ready  shop/apps.py:{line_of('shop/apps.py', 'def ready(self):')}" in lines
    )
    assert len(json.loads(document.out)["ambiguous"]) == 2
