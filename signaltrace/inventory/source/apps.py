"""The installed apps and where their ``ready()`` is, stage *inventory*: by the registry and the source."""

from __future__ import annotations

import os

from django.apps import AppConfig, apps

from signaltrace.declarations import AppInfo
from signaltrace.inventory.source.draft import Class, Draft
from signaltrace.inventory.source.files import AppPlace
from signaltrace.inventory.source.loaded import Loaded
from signaltrace.labels.apps import app_label
from signaltrace.labels.looking import class_attribute, class_module, class_name, exact_text, module_file, own
from signaltrace.labels.places import is_mine

_READY = "ready"


def installed() -> list[tuple[AppPlace, type]]:
    """The apps in the order of INSTALLED_APPS, each with the class of its config."""
    found = []
    for config in list(apps.app_configs.values()):
        kind = type(config)
        name = exact_text(own(config, "name") or class_attribute(kind, "name")) or ""
        path = exact_text(own(config, "path") or class_attribute(kind, "path")) or ""
        if name:
            found.append((AppPlace(app_label(config), name, path), kind))
    return found


def app_info(place: AppPlace, kind: type, drafts: dict[str, Draft], seen: Loaded) -> AppInfo:
    """What is to be known of an app; its config's place is told by the source alone.

    Of a config whose class comes from elsewhere, the file is where the class is.
    """
    mine = is_mine(os.path.join(place.path, "__init__.py")) if place.path else False
    if kind is AppConfig:
        return AppInfo(place.label, place.name, place.path, mine=mine)
    config = class_name(kind)
    file = module_file(class_module(kind))
    draft = drafts.get(seen.real(file)) if file else None
    own_name = config.removeprefix(f"{class_module(kind)}.")
    found = _class(draft, own_name)
    if draft is None or found is None:
        return AppInfo(place.label, place.name, place.path, config, file, mine=mine)
    ready = [each.def_line for each in draft.module.functions if each.qualname == f"{own_name}.{_READY}"]
    return AppInfo(
        place.label, place.name, place.path, config, file, found.line, ready[-1] if ready else None, mine
    )


def _class(draft: Draft | None, qualname: str) -> Class | None:
    found = [each for each in draft.classes if each.qualname == qualname] if draft is not None else []
    return found[-1] if found else None
