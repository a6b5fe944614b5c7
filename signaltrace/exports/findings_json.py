"""The JSON export of findings: all of a diagnosis, versioned; the schema is in the README."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from signaltrace import __version__
from signaltrace.analysis.diagnosis import Diagnosis
from signaltrace.analysis.finding import SEVERITIES, Finding, Rule
from signaltrace.analysis.silences import Silenced
from signaltrace.exports.paths import shown

NAME = "json"
SUMMARY = "all that doctor found as JSON"
FORMAT = "signaltrace-findings"
SCHEMA = 1


def render_findings(diagnosis: Diagnosis, root: str) -> str:
    """An object in lines, to be read by people as well; without a line end."""
    counted = Counter(each.severity for each in diagnosis.findings)
    data = {
        "format": FORMAT,
        "schema": SCHEMA,
        "signaltrace": __version__,
        "root": root,
        "summary": {each: counted[each] for each in reversed(SEVERITIES)},
        "looked": {
            "rules": len(diagnosis.ran),
            "signals": diagnosis.looked.signals,
            "connections": diagnosis.looked.connections,
            "files": diagnosis.looked.files,
            "dispatches": diagnosis.looked.dispatches,
        },
        "rules": [_rule(each) for each in diagnosis.ran],
        "findings": [_finding(each, root) for each in diagnosis.findings],
        "packages": [_finding(each, root) for each in diagnosis.packages],
        "silenced": [_silenced(each, root) for each in diagnosis.silenced],
        "unused_silences": [_at(each.text, each.file, each.line, root) for each in diagnosis.unused],
        "baseline": _baseline(diagnosis, root) if diagnosis.has_baseline else None,
        "unread": [{"file": shown(each.file, root), "error": each.error} for each in diagnosis.unread],
        "notes": list(diagnosis.notes),
        "faults": [
            {"where": each.where, "message": each.message, "count": each.count} for each in diagnosis.faults
        ],
    }
    return json.dumps(data, indent=2)


def _finding(finding: Finding, root: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "subject": finding.subject,
        "title": finding.title,
        "possible": finding.possible,
        "mine": finding.mine,
        "app": finding.app,
        "fix": finding.fix,
        "evidence": [_at(each.text, each.file, each.line, root) for each in finding.evidence],
    }


def _at(text: str, file: str | None, line: int | None, root: str) -> dict[str, Any]:
    return {"text": text, "file": shown(file, root), "line": line}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.ID,
        "name": rule.NAME,
        "severity": rule.SEVERITY,
        "summary": rule.SUMMARY,
        "why": rule.WHY,
    }


def _silenced(silenced: Silenced, root: str) -> dict[str, Any]:
    return {
        "finding": _finding(silenced.finding, root),
        "by": silenced.by,
        "file": shown(silenced.file, root),
        "line": silenced.line,
    }


def _baseline(diagnosis: Diagnosis, root: str) -> dict[str, Any]:
    return {
        "known": [_finding(each, root) for each in diagnosis.known],
        "stale": [
            {"rule": each.rule, "subject": each.subject, "count": each.count} for each in diagnosis.stale
        ],
    }
