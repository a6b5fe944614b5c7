"""Which files the process has imported, and as what, stage *inventory*. Asks no module anything."""

from __future__ import annotations

import os
import sys
from collections import defaultdict

from signaltrace.labels.looking import module_file


class Loaded:
    """The modules of this moment by the file each was read from, links followed."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        for name in [each for each in dict.copy(sys.modules) if type(each) is str]:
            file = module_file(name)
            if file and file.endswith(".py"):
                self._names[self.real(file)].append(name)

    def names(self, file: str) -> tuple[str, ...]:
        """The names a file was imported by, sorted; ``__main__`` if it was run."""
        return tuple(sorted(self._names.get(self.real(file), ())))

    def real(self, file: str) -> str:
        """A path with its links followed, each folder's once."""
        folder, own = os.path.split(file)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        path = os.path.join(real, own)
        return os.path.realpath(path) if os.path.islink(path) else path
