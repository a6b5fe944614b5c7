"""``why --json``: the answer as data for other programs, stage *exports*. Documented in the README.

Keys are only ever added: a change of what one means is a new ``version``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.answer import Answer, Chain
from signaltrace.analysis.why.cause import Cause
from signaltrace.analysis.why.link import Fix, Link
from signaltrace.analysis.why.target import Target

VERSION = 1


def render(answer: Answer) -> str:
    """The answer, indented, without a line end."""
    document = {
        "version": VERSION,
        "receiver": _target(answer.target),
        "ok": answer.well,
        "chains": [_chain(each) for each in answer.chains],
        "twice": [_cause(each) for each in answer.causes],
        "trace": {"command": answer.recorded, "dropped": answer.dropped} if answer.traced else None,
    }
    return json.dumps(document, indent=2)


def render_choices(targets: Sequence[Target]) -> str:
    """What a name could mean."""
    document = {"version": VERSION, "ambiguous": [_target(each) for each in targets]}
    return json.dumps(document, indent=2)


def _target(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "names": list(target.names),
        "file": target.file,
        "line": target.line,
        "kind": target.kind,
    }


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "signal": chain.signal,
        "sender": chain.sender,
        "expected_sender": chain.expected,
        "when": chain.moment,
        "ok": chain.holds,
        "broken": chain.broken[0].name if chain.broken else None,
        "called": chain.called,
        "links": [_link(each) for each in chain.links],
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "state": link.state,
        "possible": link.possible,
        "text": link.text,
        "evidence": _evidence(link.evidence),
        "fix": _fix(link.fix),
        "would_tell": link.tells,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.name,
        "signal": cause.signal,
        "sender": cause.sender,
        "times": cause.times,
        "possible": cause.possible,
        "text": cause.text,
        "evidence": _evidence(cause.evidence),
        "fix": _fix(cause.fix),
    }


def _evidence(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [{"text": each.text, "file": each.file, "line": each.line} for each in evidence]


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {"text": fix.text, "file": fix.file, "line": fix.line, "code": list(fix.code)}
