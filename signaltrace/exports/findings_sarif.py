"""The SARIF export of findings: version 2.1.0, as code scanning services read it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from signaltrace import __version__
from signaltrace.analysis.diagnosis import Diagnosis
from signaltrace.analysis.finding import ERROR, INFO, WARNING, Evidence, Finding, Rule
from signaltrace.analysis.silences import COMMENT, Silenced
from signaltrace.exports.paths import below, file_uri, uri

NAME = "sarif"
SUMMARY = "SARIF 2.1.0, for code scanning"
SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "note"}
_BASE = "%SRCROOT%"


def render_findings(diagnosis: Diagnosis, root: str) -> str:
    """A log with one run; silenced and known findings are in it as suppressed ones, without a line end."""
    results = _Results(diagnosis, root)
    failed = [
        {"level": "error", "message": {"text": f"{each.where} failed: {each.message}"}}
        for each in diagnosis.faults
    ]
    unread = [
        {
            "level": "warning",
            "message": {"text": f"could not be read: {each.error}"},
            "locations": [{"physicalLocation": {"artifactLocation": results.artifact(each.file)}}],
        }
        for each in diagnosis.unread
    ]
    notes = [
        {"level": "note", "message": {"text": text}}
        for text in (
            *diagnosis.notes,
            *(each.text for each in diagnosis.unused),
            *(
                f"The baseline's entry for {each.rule} {each.subject} no longer applies."
                for each in diagnosis.stale
            ),
        )
    ]
    run = {
        "tool": {
            "driver": {
                "name": "signaltrace",
                "version": __version__,
                "rules": [_rule(each) for each in diagnosis.ran],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"uri": f"{file_uri(root).rstrip('/')}/"}},
        "invocations": [
            {"executionSuccessful": not failed, "toolExecutionNotifications": [*failed, *unread, *notes]}
        ],
        "results": results.all(),
    }
    return json.dumps({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    readme = f'README, section "{rule.ID}"'
    return {
        "id": rule.ID,
        "name": "".join(part.capitalize() for part in rule.NAME.split("-")),
        "shortDescription": {"text": rule.SUMMARY},
        "fullDescription": {"text": rule.WHY},
        "help": {
            "text": f"{rule.SUMMARY} {rule.WHY} See the {readme}.",
            "markdown": f"**{rule.SUMMARY}**\n\n{rule.WHY}\n\nSee the {readme}.",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.SEVERITY]},
        "properties": {"tags": ["django", "signals"], "problem.severity": _PROBLEM[rule.SEVERITY]},
    }


# Code scanning takes no result without a place: the folder of the project itself.
_NOWHERE = {"physicalLocation": {"artifactLocation": {"uri": ".", "uriBaseId": _BASE}}}
_PROBLEM = {ERROR: "error", WARNING: "warning", INFO: "recommendation"}


class _Results:
    """The results of a run; findings that share rule and subject are told apart by their number."""

    def __init__(self, diagnosis: Diagnosis, root: str) -> None:
        self._diagnosis = diagnosis
        self._root = root
        self._numbers = {rule.ID: number for number, rule in enumerate(diagnosis.ran)}
        self._seen: Counter[tuple[str, str]] = Counter()

    def all(self) -> list[dict[str, Any]]:
        """Those that count first."""
        found = [self._result(each) for each in self._diagnosis.findings]
        for known in self._diagnosis.known:
            why = {"kind": "external", "justification": "in the baseline"}
            found.append({**self._result(known), "suppressions": [why]})
        for silenced in self._diagnosis.silenced:
            found.append({**self._result(silenced.finding), "suppressions": [self._suppression(silenced)]})
        return found

    def artifact(self, file: str) -> dict[str, str]:
        """A file below the root by its path, any other in full."""
        path = below(file, self._root)
        return {"uri": file_uri(file)} if path is None else {"uri": uri(path), "uriBaseId": _BASE}

    def _result(self, finding: Finding) -> dict[str, Any]:
        places = [each for each in finding.evidence if each.file]
        elsewhere = "".join(f"\n{each.text}" for each in finding.evidence if not each.file)
        possible = "possible: " if finding.possible else ""
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{possible}{finding.title}.{elsewhere}\nFix: {finding.fix}"},
            "locations": [self._location(places[0]) if places else _NOWHERE],
            "relatedLocations": [
                {"id": number, **self._location(each), "message": {"text": each.text}}
                for number, each in enumerate(places[1:], 1)
            ],
            "partialFingerprints": {"signaltrace/v1": self._fingerprint(finding)},
            "properties": {"subject": finding.subject, "possible": finding.possible, "mine": finding.mine},
        }
        if finding.rule in self._numbers:
            result["ruleIndex"] = self._numbers[finding.rule]
        return result

    def _fingerprint(self, finding: Finding) -> str:
        key = (finding.rule, finding.subject)
        self._seen[key] += 1
        text = "\0".join((*key, str(self._seen[key])))
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

    def _location(self, evidence: Evidence) -> dict[str, Any]:
        place: dict[str, Any] = {"artifactLocation": self.artifact(evidence.file or "")}
        if evidence.line is not None and evidence.line > 0:
            place["region"] = {"startLine": evidence.line}
        return {"physicalLocation": place}

    def _suppression(self, silenced: Silenced) -> dict[str, Any]:
        if silenced.by != COMMENT or silenced.file is None:
            return {"kind": "external", "justification": f"silenced by {silenced.by}"}
        place = self._location(Evidence("", silenced.file, silenced.line))
        return {"kind": "inSource", "justification": f"silenced by {silenced.by}", "location": place}
