"""``signaltrace why``: why a receiver does not run, or runs twice; what runs for a model."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace import storage
from signaltrace.analysis.why.answer import Question, explain, project_of, targets_of
from signaltrace.commands.door import Action, Door
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

NAME = "why"
PANEL = "Look"
SUMMARY = """Say why a receiver does not run: the first broken link from its def to a call, and the fix.

RECEIVER is a dotted name or the end of one, or file.py:line. The exit status is 0 when no link is broken, \
1 when one is or when it runs twice, 2 for a receiver, signal or sender there is none of.

With --model: all that runs on create, save, delete, many-to-many changes and init of a model."""


def command(
    receiver: Annotated[
        str | None,
        typer.Argument(
            metavar="RECEIVER",
            help="shop.receivers.send_mail, send_mail, shop/receivers.py:14.",
            show_default=False,
        ),
    ] = None,
    signal: Annotated[
        str | None,
        typer.Option("--signal", metavar="SIGNAL", help="Only this signal: post_save.", show_default=False),
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(
            "--sender",
            metavar="SENDER",
            help="The sender it should run for: shop.Order. Compared by identity, as Django does.",
            show_default=False,
        ),
    ] = None,
    twice: Annotated[bool, typer.Option("--twice", help="Why it runs more than once.")] = False,
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace", metavar="FILE", help="With what a saved trace saw happen.", show_default=False
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar='"COMMAND …"',
            help="With what this management command does: it is run and recorded, its output on stderr.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="LABEL",
            help="All that runs for a model instead: shop.Order.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> Action:
    """Parse."""
    if (receiver is None) == (model is None):
        raise SignaltraceError("why takes a RECEIVER, or --model LABEL, and one of them alone")
    if trace is not None and run is not None:
        raise SignaltraceError("--trace and --run can't be used together: one trace at a time")
    if model is not None:
        given = {
            "--signal": signal,
            "--sender": sender,
            "--trace": trace,
            "--run": run,
            "--twice": twice,
            "--json": json,
        }
        for option, value in given.items():
            if value:
                raise SignaltraceError(f"{option} is about a RECEIVER: it can't be used with --model")

    def action(door: Door) -> None:
        if model is not None:
            from signaltrace.commands.why_model import show_model

            show_model(door, model)
            return
        question = Question(receiver or "", signal or "", sender or "", twice)
        _tell(door, question, _trace(door, trace, run), as_json=json)

    return action


def _trace(door: Door, file: str | None, line: str | None) -> Trace | None:
    """What really happened, where that was asked for. Sets Django up in any case."""
    saved = None if file is None else storage.load(file)
    door.set_up()
    if line is None:
        return saved
    from signaltrace.commands.observed import observe_command

    return observe_command(door, line)


def _tell(door: Door, question: Question, trace: Trace | None, *, as_json: bool) -> None:
    from signaltrace.exports import why_json
    from signaltrace.inventory.facts_read import read_facts
    from signaltrace.views import why

    project = project_of(read_facts(trace=trace))
    targets = targets_of(project, question)
    if len(targets) > 1:
        door.status = 2
        if as_json:
            door.out.write(why_json.render_choices(targets) + "\n")
        else:
            door.console(door.err).print(why.render_choices(question.receiver, targets))
        return
    answer = explain(project, targets[0], question)
    if not answer.well:
        door.status = max(door.status, 1)
    if as_json:
        door.out.write(why_json.render(answer) + "\n")
    else:
        door.console(door.out).print(why.render(answer))
