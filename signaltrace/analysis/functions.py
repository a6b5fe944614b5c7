"""The functions of the source by where they are written, stage *analysis*."""

from __future__ import annotations

from signaltrace.analysis.paths import real
from signaltrace.declarations import FunctionDef, Source, SourceModule
from signaltrace.span import ReceiverInfo

# Decorators that change neither when a function runs nor what it is called with: ``receiver`` is Django's.
_HARMLESS = frozenset(
    (
        "receiver",
        "staticmethod",
        "classmethod",
        "atomic",
    )
)

# What to do about a receiver whose name another function took.
SECOND_OF_ITS_NAME = "Rename one of the two: nothing holds the first, and a weak connection goes with it."


class Functions:
    """Which function of the source a receiver is."""

    def __init__(self, source: Source) -> None:
        self._modules = {each.file: each for each in source.modules}
        self._by_path: dict[str, SourceModule] | None = None
        self._lines: dict[str, dict[int, FunctionDef]] = {}

    def module(self, file: str | None) -> SourceModule | None:
        """The module of a file."""
        if file is None:
            return None
        found = self._modules.get(file)
        if found is None:
            if self._by_path is None:
                self._by_path = {real(each.file): each for each in self._modules.values()}
            found = self._by_path.get(real(file))
        return found

    def at(self, file: str | None, line: int | None) -> tuple[SourceModule, FunctionDef] | None:
        """The function that begins on this line: at its first decorator, or at its ``def``."""
        module = self.module(file)
        if module is None or line is None:
            return None
        if module.name not in self._lines:
            lines = self._lines[module.name] = {each.def_line: each for each in module.functions}
            lines.update((each.line, each) for each in module.functions)
        found = self._lines[module.name].get(line)
        return None if found is None else (module, found)

    def second_of(self, receiver: ReceiverInfo) -> FunctionDef | None:
        """The last function of the file that took the name of the one that this receiver is, if any did."""
        found = self.of(receiver)
        if found is None or "<locals>" in found[1].qualname:
            return None
        later = [
            each
            for each in found[0].functions
            if each.qualname == found[1].qualname and each.def_line > found[1].def_line
        ]
        return later[-1] if later else None

    def of(self, receiver: ReceiverInfo) -> tuple[SourceModule, FunctionDef] | None:
        """The function that a receiver is, or that a partial, a method or a decorator of it runs."""
        return self.at(receiver.file, receiver.line)


def is_plain(function: FunctionDef, module: SourceModule | None = None) -> bool:
    """Whether no decorator can have made something else of it, or keep it from running.

    ``module``: the one it is in, where a decorator may go by another name than its own.
    """
    brought = {} if module is None else dict(module.brings)
    return all(_last_name(each, brought) in _HARMLESS for each in function.decorators)


def _last_name(decorator: str, brought: dict[str, str]) -> str:
    """``receiver`` of ``@dispatch.receiver(post_save)``, and of ``@on(post_save)`` where that is its name."""
    name = decorator.lstrip("@ ").partition("(")[0].strip()
    return brought.get(name, name).rpartition(".")[2]
