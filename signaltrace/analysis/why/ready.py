"""Where an import is to be added so that receivers get connected, stage *analysis*: the very line."""

from __future__ import annotations

import os

from signaltrace.analysis.ready import statement, unused_config
from signaltrace.analysis.why.link import Fix
from signaltrace.declarations import CODE, AppInfo, SourceModule
from signaltrace.facts import Facts

# The import is there for what it does: linters are to leave it.
_UNUSED = "  # noqa: F401"


def import_fix(module: SourceModule, app: AppInfo | None, facts: Facts) -> Fix:
    """The line to add to which ``AppConfig.ready()``."""
    package = None if app is not None else uninstalled(module, facts)
    if package is not None:
        text = f"Add {package} to INSTALLED_APPS, and import {module.name} in the ready() of its AppConfig"
        return Fix(text, None, None, (f'"{package}",', f"import {module.name}{_UNUSED}"))
    if app is None or not app.mine:
        text = f"Import {module.name} in the ready() of an AppConfig of your own"
        return Fix(text, module.file, None, (f"import {module.name}{_UNUSED}",))
    if not app.config:
        return _without_config(module, app, facts)
    holder, _, own = app.config.rpartition(".")
    is_package = app.file is not None and os.path.basename(app.file) == "__init__.py"
    line = statement(module.name, holder, is_package) + _UNUSED
    if app.ready_line is not None:
        return Fix(f"Add this to {own}.ready()", app.file, app.ready_line, (line,))
    above = () if holder.startswith(app.name) else ("    super().ready()",)
    return Fix(f"Give {own} a ready()", app.file, app.line, ("def ready(self):", *above, f"    {line}"))


def uninstalled(module: SourceModule, facts: Facts) -> str | None:
    """The package around a module that looks like an app, and is none that is installed."""
    known = {each.name for each in facts.source.modules}
    installed = {each.name for each in facts.source.apps}
    package = module.name.rpartition(".")[0]
    while package and package not in installed:
        if any(f"{package}.{mark}" in known for mark in ("apps", "models", "migrations")):
            return package
        package = package.rpartition(".")[0]
    return None


def _without_config(module: SourceModule, app: AppInfo, facts: Facts) -> Fix:
    line = statement(module.name, f"{app.name}.apps", False) + _UNUSED
    unused = unused_config(facts.source, app)
    if unused is not None:
        config, place = unused
        text = f"Django uses no AppConfig for {app.name}: name it in INSTALLED_APPS, with this in its ready()"
        return Fix(text, place.file, place.line, (f'"{config}",', line))
    return Fix(
        f"Give the app {app.label} an AppConfig",
        os.path.join(app.path, "apps.py"),
        None,
        (
            "from django.apps import AppConfig",
            "",
            f"class {_class_name(app.label)}Config(AppConfig):",
            f'    name = "{app.name}"',
            "",
            "    def ready(self):",
            f"        {line}",
        ),
    )


def _class_name(label: str) -> str:
    return "".join(part.capitalize() for part in label.split("_"))


def importers(module: SourceModule, facts: Facts) -> list[SourceModule]:
    """The modules whose imports name it, wherever in them those stand."""
    inside = f"{module.name}."
    return [
        each
        for each in facts.source.modules
        if each.role == CODE
        and each is not module
        and not each.name.startswith(inside)
        and any(f"{name}.".startswith(inside) for _, name in each.brings)
    ]
