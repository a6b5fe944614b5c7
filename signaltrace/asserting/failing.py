"""What a failed assertion says: what was expected, what came nearest, and the tree of what did happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from signaltrace.analysis.selection import Selection
from signaltrace.asserting.finding import Question
from signaltrace.rows import Row
from signaltrace.span import arguments_dict
from signaltrace.trace import Trace
from signaltrace.views.text import inert
from signaltrace.views.tree import lines

__tracebackhide__ = True
__unittest = True

# Columns of the tree, unless whoever prints it knows better.
WIDTH = 100
# Lines of the tree, counted as its view does: enough to see what went wrong, not to bury the test's name.
MOST_LINES = 60
# Ways in which a signal was sent that are nearly as expected.
MOST_NEAR = 3
_LONGEST = 1_000


def fit(columns: int) -> None:
    """Draw trees for a terminal of so many columns, in which each line has a mark before it."""
    global WIDTH
    WIDTH = min(max(columns - 5, 60), 160)


def times_over(number: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def expectation(what: str, times: int | None, found: int, done: str) -> str:
    """The first line: ``expected shop.signals.order_paid once, sent 3 times``."""
    if times == 0:
        what = f"no {'call' if done == 'called' else 'dispatch'} of {what}"
    elif times is not None:
        what = f"{what} {times_over(times)}"
    return f"expected {what}, {f'{done} {times_over(found)}' if found else f'not {done}'}"


def message(first: str, trace: Trace, near: Iterable[str] = (), orphaned: bool = True) -> str:
    """The whole text: what was expected and seen, what came near, then the tree; ``orphaned``: with what no
    receiver heard."""
    head = [inert(each, _LONGEST) for each in (first, *near)]
    return "\n".join([*head, *_tree(trace, orphaned)])


def _tree(trace: Trace, orphaned: bool) -> list[str]:
    if not trace.rows_by_parent.get(0):
        return ["nothing was sent"]
    selection = Selection(orphaned=orphaned, limit=MOST_LINES)
    try:
        found, cut = lines(trace, selection, WIDTH)
    except Exception as error:  # noqa: BLE001 - the assertion fails all the same, and says why
        return [f"(the tree could not be drawn: {type(error).__name__}: {error})"]
    more = [f"… and more: the first {MOST_LINES} lines; .trace has it all"] if cut else []
    return ["", *(line.plain.rstrip() for line in found), *more]


def of_dispatches(question: Question) -> str:
    """The dispatches asked for, as in ``shop.signals.order_paid from shop.Order with total=5``."""
    parts = [] if question.signal is None else [question.signal.label()]
    parts += [] if question.sender is None else [f"from {question.sender.label()}"]
    parts += [f"with {question.arguments}"] if question.arguments else []
    return " ".join(parts)


def of_calls(question: Question) -> str:
    """The calls asked for, as in ``shop.receivers.notify for shop.signals.order_paid from shop.Order``."""
    parts = [] if question.receiver is None else [question.receiver.label()]
    parts += [] if question.signal is None else [f"for {question.signal.label()}"]
    parts += [] if question.sender is None else [f"from {question.sender.label()}"]
    return " ".join(parts)


def near_dispatches(question: Question, trace: Trace) -> list[str]:
    """How the signal was sent, where it was not sent as expected."""
    rows = [row for row in Question(question.signal).dispatches(trace) if question.differences(trace, row)]

    def told(row: Row) -> str:
        sender = trace.senders[trace.routes[row[2]][2]].name
        if not question.arguments:
            return f"from {sender}"
        return f"from {sender} with {question.arguments.seen(arguments_dict(row[8]))}"

    return _near("it was sent", rows, told, lambda row: question.differences(trace, row))


def near_calls(question: Question, trace: Trace) -> list[str]:
    """What the receiver was called for, where it was not called as expected."""
    calls = Question(receiver=question.receiver).calls(trace)
    rows = [row for row, _ in calls if question.differences(trace, row)]

    def told(row: Row) -> str:
        _, signal, sender = trace.routes[row[2]]
        return f"for {trace.signals[signal].name} from {trace.senders[sender].name}"

    return _near("it was called", rows, told, lambda row: question.differences(trace, row))


def _near(
    lead: str, rows: Iterable[Row], told: Callable[[Row], str], differences: Callable[[Row], int]
) -> list[str]:
    """The ways that differ least, each with how often; nothing where there is none."""
    counts: dict[str, int] = {}
    least: dict[str, int] = {}
    for row in rows:
        text = told(row)
        counts[text] = counts.get(text, 0) + 1
        least[text] = differences(row)
    ways = sorted(counts, key=least.__getitem__)
    said = [f"{each} ({times_over(counts[each])})" if counts[each] > 1 else each for each in ways[:MOST_NEAR]]
    if len(ways) > MOST_NEAR:
        said.append(f"and {len(ways) - MOST_NEAR:,} more")
    return [f"{' ' * len(lead) if at else lead} {each}" for at, each in enumerate(said)]
