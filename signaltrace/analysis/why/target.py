"""The receiver that is meant, stage *analysis*: from what was typed to one function, method or object."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaltrace.analysis.connected import listed
from signaltrace.analysis.matching import closest
from signaltrace.analysis.paths import real
from signaltrace.declarations import FunctionDef, SourceModule
from signaltrace.errors import SignaltraceError

# A file with something after it that is no line.
_NO_LINE = re.compile(r"[^<]+\.py:(?![0-9]{1,9}$).*")
_LAMBDAS = frozenset(("lambda", "<lambda>"))
_PLACE = re.compile(r"(?P<file>.+\.py):(?P<line>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Target:
    """Something that could be a receiver. ``names`` are all it goes by, the one to show first.

    ``file`` and ``line`` are where it is written, ``end_line`` where that ends as far as the source tells.
    ``lines`` are those of a ``connect`` that names it, by file. ``receives``: whether something connects it.
    """

    names: tuple[str, ...]
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    kind: str = ""
    module: SourceModule | None = None
    function: FunctionDef | None = None
    lines: tuple[tuple[str, int], ...] = ()
    receives: bool = False
    mine: bool = False

    @property
    def name(self) -> str:
        """The name to show."""
        return self.names[0]

    def is_at(self, file: str | None, line: int | None) -> bool:
        """Whether it is what is written there."""
        lines = (self.line,) if self.function is None else (self.line, self.function.def_line)
        if file is None or line is None or self.file is None or line not in lines:
            return False
        return real(file) == real(self.file)


class NoReceiver(SignaltraceError):
    """Nothing goes by that name, or stands at that place."""


def resolve(text: str, targets: Sequence[Target]) -> tuple[Target, ...]:
    """What ``text`` means: one target, or all it could mean. Raises NoReceiver where it means none."""
    text = text.strip()
    place = _PLACE.fullmatch(text)
    if place is not None and not text.startswith("<"):
        return _at_place(place["file"], int(place["line"]), targets)
    if text.endswith(".py") or _NO_LINE.fullmatch(text):
        raise NoReceiver(_without_line(text.partition(".py:")[0].removesuffix(".py") + ".py", targets))
    if text.casefold() in _LAMBDAS:
        raise NoReceiver(_nameless(targets))
    for found in _by_name(text, targets):
        if found:
            return _likely(found)
    raise NoReceiver(_unknown(text, targets))


def _by_name(text: str, targets: Sequence[Target]) -> Iterable[list[Target]]:
    """The targets of that name, by stricter rules first."""
    yield [each for each in targets if text in each.names]
    folded = text.casefold()
    wanted = _keys(folded)
    yield [each for each in targets if any(_keys(name.casefold()) & wanted for name in each.names)]
    ends = {f".{each}" for each in wanted}
    yield [
        each
        for each in targets
        if any(
            f".{key}".endswith(end) for name in each.names for key in _keys(name.casefold()) for end in ends
        )
    ]


def _keys(name: str) -> set[str]:
    """The spellings of a name: ``LowStockAlert()``, its class, what a partial calls."""
    keys = {name, name.removesuffix("()"), name.removesuffix(".__call__")}
    if name.startswith("partial(") and name.endswith(")"):
        keys |= _keys(name[len("partial(") : -1])
    return {each for each in keys if each}


def _likely(found: Sequence[Target]) -> tuple[Target, ...]:
    """Of several the receivers, and of none that is one, those of the project."""
    for wanted in ("receives", "mine"):
        chosen = [each for each in found if getattr(each, wanted)]
        if chosen:
            return tuple(chosen)
    return tuple(found)


def _at_place(file: str, line: int, targets: Sequence[Target]) -> tuple[Target, ...]:
    matching = _files(file, targets)
    if not matching:
        raise NoReceiver(_no_file(file, targets))
    connected = [each for each in targets if any(path in matching and at == line for path, at in each.lines)]
    inside = [each for each in targets if each.file in matching and _covers(each, line)]
    # The line of a connect() is inside of ready() too, and means what it connects.
    found = [each for each in connected if not _covers(each, line)] or _innermost(inside) or connected
    if not found:
        raise NoReceiver(
            f"{file[:60]}:{line} is in no function and connects nothing{_nearest(line, matching, targets)}"
        )
    return tuple(found)


def _no_file(file: str, targets: Sequence[Target]) -> str:
    known = {each.file for each in targets if each.file}
    near = closest(os.path.basename(file), {os.path.basename(each) for each in known})
    like = f"; the closest is {near}" if near and near != os.path.basename(file) else ""
    if os.path.isfile(file):
        return f"no function is known in the file {file[:60]!r}{like}"
    return f"no such file in the source of apps and project: {file[:60]!r}{like}"


def _without_line(file: str, targets: Sequence[Target]) -> str:
    """A file alone: the lines that could be meant."""
    matching = _files(file, targets)
    if not matching:
        return _no_file(file, targets)
    lines = sorted({each.line for each in targets if each.receives and each.file in matching and each.line})
    if not lines:
        return f"give {file[:60]}:LINE: no receiver of the file is known"
    named = [str(each) for each in lines]
    which = listed(named, most=12)
    return f"give {file[:60]}:LINE; its receivers are on line{'' if len(named) == 1 else 's'} {which}"


def _nameless(targets: Sequence[Target]) -> str:
    """Lambdas have no name of their own: those of the project, by their places."""
    found = [each for each in targets if each.receives and each.name.startswith("<lambda>")]
    mine = [each for each in found if each.mine] or found
    places = sorted({each.name.removeprefix("<lambda> at ") for each in mine})
    known = f" ({listed(places)})" if places else "; none is known"
    return f"a lambda has no name of its own: give its file.py:LINE{known}"


def _files(typed: str, targets: Sequence[Target]) -> set[str]:
    """The files a path means: the very one from here, else those of the project that end in it, else any."""
    paths = {each.file for each in targets if each.file} | {
        path for each in targets for path, _ in each.lines
    }
    here = real(os.path.abspath(typed))
    exact = {each for each in paths if real(each) == here}
    if exact:
        return exact
    ending = {each for each in paths if _ends_in(each, typed)}
    own = {each.file for each in targets if each.mine and each.file in ending}
    own |= {path for each in targets if each.mine for path, _ in each.lines if path in ending}
    return {each for each in own if each} or ending


def _covers(target: Target, line: int) -> bool:
    if target.line is None:
        return False
    return target.line <= line <= (target.end_line or target.line)


def _innermost(inside: Sequence[Target]) -> list[Target]:
    """Of functions around a line the one that begins last; of several files, each one's."""
    last: dict[str, int] = {}
    for each in inside:
        last[each.file or ""] = max(each.line or 0, last.get(each.file or "", 0))
    return [each for each in inside if each.line == last[each.file or ""]]


def _nearest(line: int, files: Iterable[str | None], targets: Sequence[Target]) -> str:
    files = set(files)
    inside = [each for each in targets if each.file in files and each.line is not None]
    if not inside:
        return ""
    near = min(inside, key=lambda each: abs((each.line or 0) - line))
    return f"; the closest is {near.name}, line {near.line}"


def _ends_in(path: str, typed: str) -> bool:
    """Whether a path ends in what was typed, folder by folder."""
    parts = [each for each in typed.replace("\\", "/").split("/") if each not in ("", ".")]
    return path.replace("\\", "/").split("/")[-len(parts) :] == parts


def _unknown(text: str, targets: Sequence[Target]) -> str:
    near = closest(text, [name for each in targets if each.receives for name in each.names])
    near = near or closest(text, [name for each in targets for name in each.names])
    hint = f"; the closest is {near}" if near else "; see signaltrace receivers for what is connected"
    return f"there is no receiver {text[:80]!r} in the source or among what is connected{hint}"
