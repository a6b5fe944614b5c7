"""The small program beside sentry and the toolbar: bare, traced, and traced without the tool; compared."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.django_suite.running import NotRun
from tests.packages.preparing import Workplace
from tests.packages.running import Way, environment, execute

# What the toolbar itself sends is no part of the program's tree.
TOOLBARS = ("debug_toolbar.", "django.test.signals.template_rendered")


def small_program(folder: Path, tools: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A line for each difference. Raises NotPrepared, NotRun."""
    workplace = Workplace(folder, None)
    workplace.prepare()
    found = []
    for tool in tools:
        version = workplace.installed({"sentry": "sentry-sdk", "toolbar": "django-debug-toolbar"}[tool])
        for place in ("under", "over"):
            ways = (Way(False, tool, place), Way(True, "", place), Way(True, tool, place))
            bare, alone, traced = (_run(workplace, tool, way) for way in ways)
            lines = compare(tool, bare, alone, traced)
            what = f"{len(lines)} differences" if lines else "same"
            told = f"{len(traced['sentry'])} spans of sentry's, {len(traced['toolbar'])} toolbars"
            print(
                f"the small program, {tool} {version} {place} us: {len(traced['log'])} log lines, "
                f"{len(traced['tree'])} spans, {told}: {what}",
                flush=True,
            )
            found += [f"the small program, {tool} {place} us: {line}" for line in lines]
    return found


def compare(tool: str, bare: dict[str, Any], alone: dict[str, Any], traced: dict[str, Any]) -> list[str]:
    """What differs: log, the tool's report, our tree, patches left behind, faults."""
    found = []
    for what in ("log", "sentry", "toolbar"):
        found += _first(f"{what}, bare and traced", bare[what], traced[what])
    found += _first("tree, without the tool and with it", _own(alone["tree"]), _own(traced["tree"]))
    found += [f"no {what}" for what in ("log", "tree", tool) if not traced[what]]
    for run in (bare, traced):
        found += [f"not as the tool left it: {name}" for name in run["left"]]
        found += [f"still signaltrace's: {name}" for name in run["live"]]
    return found + [f"fault: {fault}" for fault in traced["faults"]]


def _first(what: str, one: list[Any], other: list[Any]) -> list[str]:
    """The first item that differs, and the lengths."""
    if one == other:
        return []
    pairs = zip([*one, None], [*other, None], strict=False)
    place, (before, after) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
    return [f"{what}: [{place}] {before!r} and {after!r} ({len(one)} and {len(other)})"]


def _own(tree: list[str]) -> list[str]:
    """The tree without the toolbar's own dispatches and what is inside them."""
    kept = []
    inside = -1
    for line in tree:
        depth = len(line) - len(line.lstrip())
        if 0 <= inside < depth:
            continue
        inside = depth if line.lstrip().startswith(TOOLBARS) else -1
        if inside < 0:
            kept.append(line)
    return kept


def _run(workplace: Workplace, tool: str, way: Way) -> dict[str, Any]:
    name = f"{tool} {way.name} {way.place}".replace(", ", "-").replace(" ", "-")
    folder = workplace.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    log = folder / "output.txt"
    command = [str(workplace.python), "-m", "packages_inside.program", tool]
    status = execute(command, workplace.source, folder, log, environment(workplace, None, folder, way))
    if status or not (folder / "program.json").exists():
        raise NotRun(f"the small program, {name}: status {status}: {log.read_text(errors='replace')[-3000:]}")
    told: dict[str, Any] = json.loads((folder / "program.json").read_text(encoding="utf-8"))
    return told
