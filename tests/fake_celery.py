"""A package of Celery's shape, for those who look for it: written to a folder of the test, imported by it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

# As in Celery 5: the class of tasks is imported when an app makes its first one; delay() ends in
# apply_async(), and that in the app's send_task() unless tasks are called at once; so do signatures.
FILES = {
    "__init__.py": "",
    "app/__init__.py": "",
    "app/base.py": '''
from importlib import import_module


class Celery:
    """Keeps what was queued."""

    eager = False

    def __init__(self):
        self.queued = []
        self.made = {}

    def subclass_with_self(self, path, name=None):
        module, _, kind = path.partition(":")
        base = getattr(import_module(module), kind)
        return type(name or base.__name__, (base,), {"app": self})

    def task(self, function):
        name = f"{function.__module__}.{function.__name__}"
        if "Task" not in self.made:
            self.made["Task"] = self.subclass_with_self("celery.app.task:Task", name="Task")
        return type(function.__name__, (self.made["Task"],), {"name": name, "run": staticmethod(function)})()

    def send_task(self, name, args=None, kwargs=None, task_type=None):
        if self.queued is None:
            raise ConnectionError("the broker is down")
        self.queued.append((name, args))
        return f"result of {name}"
''',
    "canvas.py": '''
class Signature(dict):
    """A call that is to be."""

    def __init__(self, task):
        super().__init__(task=task.name, kwargs={})
        self.type = task

    def apply_async(self):
        return self.type.apply_async()


class group(Signature):
    """Several."""

    def __init__(self, *tasks):
        dict.__init__(self, task="celery.group", kwargs={"tasks": tasks})

    def apply_async(self):
        tasks = [each.type for each in self["kwargs"]["tasks"]]
        return [task.run() if task.app.eager else task.apply_async() for task in tasks]
''',
    "app/task.py": '''
class Task:
    """What a task is."""

    app = None
    name = None

    def __repr__(self):
        raise AssertionError("somebody looked")

    __str__ = __repr__

    def delay(self, *args, **kwargs):
        return self.apply_async(args, kwargs)

    def apply_async(self, args=None, kwargs=None):
        if self.app.eager:
            return self.run(*(args or ()), **(kwargs or {}))
        return self.app.send_task(self.name, args, kwargs, task_type=self)
''',
}


@contextmanager
def celery_in(folder: Path) -> Iterator[None]:
    """``import celery`` finds the package, installed below ``folder``; nothing is imported yet."""
    packages = folder / "site-packages"
    for name, text in FILES.items():
        path = packages / "celery" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.path.insert(0, str(packages))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(packages))
        for name in [each for each in sys.modules if each.partition(".")[0] == "celery"]:
            del sys.modules[name]


def canvas() -> ModuleType:
    """``celery.canvas``, imported now."""
    return importlib.import_module("celery.canvas")


def base() -> ModuleType:
    """``celery.app.base``, imported now."""
    return importlib.import_module("celery.app.base")
