"""Where the import of a module of receivers belongs, stage *analysis*: which ready(), and the line to add."""

from __future__ import annotations

import os
from dataclasses import dataclass

from signaltrace.analysis.finding import Evidence
from signaltrace.declarations import AppInfo, Source, SourceModule


@dataclass(frozen=True, slots=True)
class ToAdd:
    """What to do for a module to be imported, and the place to do it at where there is one."""

    fix: str
    place: Evidence | None = None


def to_import(source: Source, app: AppInfo | None, module: str) -> ToAdd:
    """The line to add to the app's ``AppConfig.ready()``, or what to write where there is none."""
    absolute = f"import {module}"
    if app is None or not app.mine:
        return ToAdd(f"Add `{absolute}` to the ready() of an AppConfig of your own.")
    if app.config:
        return _to_config(app, module)
    unused = unused_config(source, app)
    if unused is not None:
        config, place = unused
        return ToAdd(
            f'Django uses no AppConfig for {app.name}: put "{config}" into INSTALLED_APPS, and '
            f"`{statement(module, f'{app.name}.apps', False)}` into its ready() unless it is there.",
            place,
        )
    own = app.name.rpartition(".")[2]
    name = "".join(part.capitalize() for part in own.split("_")) + "Config"
    line = statement(module, f"{app.name}.apps", False)
    return ToAdd(
        f"{app.name} has no AppConfig: write {app.name.replace('.', '/')}/apps.py with "
        f'`class {name}(AppConfig)`, `name = "{app.name}"` and a ready() that says `{line}`.'
    )


def _to_config(app: AppInfo, module: str) -> ToAdd:
    holder, _, own = app.config.rpartition(".")
    line = statement(module, holder, app.file is not None and os.path.basename(app.file) == "__init__.py")
    if app.ready_line is not None:
        where = f"{short_path(app)}:{app.ready_line}" if app.file else app.config
        place = Evidence(f"{own}.ready(), to import it", app.file, app.ready_line)
        return ToAdd(f"Add `{line}` to {app.config}.ready() ({where}).", place)
    where = f" ({short_path(app)}:{app.line})" if app.file and app.line else ""
    above = "" if holder.startswith(app.name) else " and calls super().ready()"
    place = Evidence(f"{own}, which has no ready()", app.file, app.line)
    return ToAdd(f"Give {app.config}{where} a ready() that says `{line}`{above}.", place)


def statement(module: str, holder: str, is_package: bool) -> str:
    """The import of ``module`` as it is written in the module ``holder``: relative where that is usual."""
    package = holder if is_package else holder.rpartition(".")[0]
    parent, _, own = module.rpartition(".")
    if package and parent == package:
        return f"from . import {own}"
    if package and parent.startswith(f"{package}."):
        return f"from {parent[len(package) :]} import {own}"
    return f"import {module}"


def unused_config(source: Source, app: AppInfo) -> tuple[str, Evidence] | None:
    """An AppConfig with a ready() in the app's ``apps`` module, where Django made one up for the app."""
    if app.config:
        return None
    for module in source.modules:
        if module.name == f"{app.name}.apps":
            return _config_with_ready(module)
    return None


def _config_with_ready(module: SourceModule) -> tuple[str, Evidence] | None:
    for function in module.functions:
        owner, _, name = function.qualname.rpartition(".")
        if name == "ready" and owner and "." not in owner:
            text = f"{owner}.ready(), which nothing calls"
            return f"{module.name}.{owner}", Evidence(text, module.file, function.def_line)
    return None


def short_path(app: AppInfo) -> str:
    """The file of an app's config from the folder the app's package is in: ``shop/apps.py``."""
    if app.file is None:
        return ""
    root = app.path
    for _ in app.name.split("."):
        root = os.path.dirname(root)
    relative = os.path.relpath(app.file, root) if root and os.path.isabs(app.file) else app.file
    return os.path.basename(app.file) if relative.startswith("..") else relative.replace(os.sep, "/")
