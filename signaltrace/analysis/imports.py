"""Who imports whom in the source, stage *analysis*: whether a module nobody has imported ever will be.

Not every module is there from the start. A URLconf is imported with the first request, a command when it is
run, a middleware when the settings name it: what such a module imports is connected then, and no rule may
say that it never is.
"""

from __future__ import annotations

from dataclasses import dataclass

from signaltrace.declarations import CODE, AppInfo, Source, SourceModule

# Names of modules that a framework imports when it needs them, by themselves or through a setting.
_WHEN_NEEDED = frozenset(
    (
        "__main__", "adapter", "admin", "asgi", "auth", "authentication", "backend", "celery", "command",
        "conftest", "consumer", "context_processor", "cron", "dashboard", "document", "exception", "filter",
        "form", "hasher", "hook", "jinja2", "job", "main", "manage", "management", "middleware",
        "migration", "pagination", "paginator", "panel", "parser", "perm", "permission", "plugin",
        "renderer", "resource", "router", "routing", "rule", "schedule", "schema", "script",
        "search_indexe", "serializer", "setting", "setup", "storage", "task", "templatetag", "test",
        "testing", "throttle", "throttling", "translation", "url", "validator", "view", "wagtail_hook",
        "webhook", "worker", "wsgi",
    )
)  # fmt: skip
# What a module is called that is there for its receivers.
_FOR_RECEIVERS = ("signal", "receiver", "handler", "listener", "subscriber", "reaction")
_MARKS_OF_AN_APP = ("apps", "models", "migrations")


@dataclass(frozen=True, slots=True)
class Unimported:
    """What is known of a module that was not imported.

    ``never``: nothing that is imported now, or will be when it is needed, imports it. ``sure``: it is a
    module of receivers, and so is not there to be imported by something else. ``outermost`` is the one
    module through which it would be imported; itself where there is no other, or more than one.
    ``through`` are modules that would import it and are not imported themselves.
    """

    never: bool
    sure: bool
    outermost: str
    through: tuple[str, ...] = ()


class Imports:
    """The imports of the source, looked at backwards."""

    def __init__(self, source: Source) -> None:
        self._modules = {each.name: each for each in source.modules}
        self._apps = {each.name: each for each in source.apps}
        # "receivers", where something imports the receivers of every app
        self._discovered = {each for module in source.modules for each in module.discovers}
        self._importers: dict[str, set[str]] = {}
        for module in source.modules:
            if module.role == CODE:
                for target in self._targets(module):
                    self._importers.setdefault(target, set()).add(module.name)

    def app(self, module: SourceModule) -> AppInfo | None:
        """The installed app a module belongs to: the nearest around it."""
        name = module.name
        while name and name not in self._apps:
            name = name.rpartition(".")[0]
        return self._apps.get(name)

    def unimported(self, module: SourceModule) -> Unimported:
        """What is to be said of a module that the process does not have."""
        seen, waiting = {module.name}, [module.name]
        while waiting:
            name = waiting.pop()
            each = self._modules[name]
            if each.loaded_as and each is not module:
                if self._is_idle_config(each):
                    continue
                # it imports it in a branch or a function: when, the source does not say
                return Unimported(False, False, module.name)
            if self._is_when_needed(each):
                return Unimported(False, False, module.name)
            new = self._importers.get(name, set()) - seen
            seen |= new
            waiting.extend(new)
        if self._is_of_other_app(module):
            return Unimported(False, False, module.name)
        seen = {each for each in seen if each == module.name or not self._modules[each].loaded_as}
        entries = sorted(each for each in seen if not self._importers.get(each, set()) & seen - {each})
        outermost = entries[0] if len(entries) == 1 else module.name
        sure = module.mine and self.app(module) is not None and _is_for_receivers(self._modules[outermost])
        return Unimported(True, sure, outermost, tuple(sorted(seen - {module.name})))

    def _targets(self, module: SourceModule) -> set[str]:
        """The modules that importing a module imports: what it names, and the packages around that."""
        found: set[str] = set()
        for _, absolute in module.brings:
            name = absolute
            while name:
                if name in self._modules:
                    found.add(name)
                name = name.rpartition(".")[0]
        # what is inside a package does not make it: the package is there before
        return {each for each in found if not f"{module.name}.".startswith(f"{each}.")}

    def _inner(self, module: SourceModule) -> list[str]:
        """The parts of a module's name below its app."""
        app = self.app(module)
        parts = module.name.split(".")
        return parts[len(app.name.split(".")) :] if app is not None else parts[1:] or parts

    def _is_when_needed(self, module: SourceModule) -> bool:
        if ".".join(self._inner(module)) in self._discovered:
            return True
        return any(each.lower().rstrip("s") in _WHEN_NEEDED for each in self._inner(module))

    def _is_idle_config(self, module: SourceModule) -> bool:
        """Whether it holds the ready() of an AppConfig that Django passed over for one of its own making."""
        package, _, own = module.name.rpartition(".")
        app = self._apps.get(package)
        has_ready = any(each.qualname.endswith(".ready") for each in module.functions)
        return own == "apps" and app is not None and not app.config and has_ready

    def _is_of_other_app(self, module: SourceModule) -> bool:
        """Whether it is in a package that looks like an app and is none that is installed or in use."""
        package = module.name.rpartition(".")[0]
        while package and package not in self._apps:
            marks = [self._modules.get(f"{package}.{each}") for each in _MARKS_OF_AN_APP]
            there = [each for each in marks if each is not None]
            if there and not any(each.loaded_as for each in there):
                return True
            package = package.rpartition(".")[0]
        return False


def _is_for_receivers(module: SourceModule) -> bool:
    """Whether its name says so, or that all it defines are functions it connects."""
    if any(each in module.name.rpartition(".")[2].lower() for each in _FOR_RECEIVERS):
        return True
    connected = {each.receiver_line for each in module.connects}
    return bool(module.connects) and all(each.line in connected for each in module.functions)
