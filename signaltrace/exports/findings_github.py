"""The GitHub export of findings: workflow commands, which Actions show beside the lines of a change."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.diagnosis import Diagnosis
from signaltrace.analysis.finding import ERROR, INFO, WARNING, Finding
from signaltrace.exports.paths import below

NAME = "github"
SUMMARY = "annotations for GitHub Actions"

_LEVELS = {ERROR: "error", WARNING: "warning", INFO: "notice"}


def render_findings(diagnosis: Diagnosis, root: str) -> str:
    """One line a finding; then what is to be known of silences, the baseline and ourselves."""
    return "\n".join(_lines(diagnosis, root))


def _lines(diagnosis: Diagnosis, root: str) -> Iterator[str]:
    for each in diagnosis.findings:
        yield _finding(each, root)
    for unused in diagnosis.unused:
        yield _command("notice", _place(unused.file, unused.line, root), "signaltrace", unused.text)
    for entry in diagnosis.stale:
        text = f"The baseline's entry for {entry.rule} {entry.subject} no longer applies."
        yield _command("notice", {}, "signaltrace", text)
    for unread in diagnosis.unread:
        text = f"{unread.file} could not be read: {unread.error}"
        yield _command("warning", _place(unread.file, None, root), "signaltrace", text)
    for note in diagnosis.notes:
        yield _command("notice", {}, "signaltrace", note)
    for fault in diagnosis.faults:
        yield _command("error", {}, "signaltrace", f"{fault.where} failed: {fault.message}")


def _finding(finding: Finding, root: str) -> str:
    """GitHub shows one place: the other evidence, and what is outside the repository, is in the message."""
    first = finding.evidence[0] if finding.evidence else None
    place = {} if first is None else _place(first.file, first.line, root)
    title = f"possible: {finding.title}" if finding.possible else finding.title
    lines = [title]
    for number, each in enumerate(finding.evidence):
        where = below(each.file, root) or each.file or ""
        where = f"{where}:{each.line}" if where and each.line is not None else where
        if number or not place:
            lines.append(f"{where}: {each.text}" if where else each.text)
    lines.append(f"Fix: {finding.fix}")
    return _command(_LEVELS[finding.severity], place, finding.rule, "\n".join(lines))


def _place(file: str | None, line: int | None, root: str) -> dict[str, str]:
    shown = below(file, root)
    if shown is None:
        return {}
    return {"file": shown} if line is None else {"file": shown, "line": str(line)}


def _command(level: str, place: dict[str, str], title: str, message: str) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**place, "title": title}.items())
    return f"::{level} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as GitHub reads it back; what a log would obey is left out."""
    text = "".join(each if each.isprintable() or each in "\r\n" else "?" for each in text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
