"""Which app a module belongs to, stage *labels*."""

from __future__ import annotations

from django.apps import apps

from signaltrace.labels.looking import class_attribute, exact_text, own

_MAX_KNOWN = 10_000

_known: dict[str, str] = {}
_state: object = None
_labels: dict[str, str] = {}


def app_of(module: str) -> str:
    """The label of the installed app that holds ``module``, else its top-level package ("" for "").

    The longest app name wins: ``shop.orders.signals`` belongs to the app ``shop.orders``.
    """
    global _state, _labels
    # Apps come and go under override_settings(INSTALLED_APPS=…).
    state = (apps.apps_ready, *apps.app_configs)
    if state != _state or len(_known) > _MAX_KNOWN:
        _labels = _installed()
        _known.clear()
        _state = state
    label = _known.get(module)
    if label is None:
        label = _known[module] = _find(module)
    return label


def app_label(config: object) -> str:
    """The label of an AppConfig."""
    return exact_text(own(config, "label") or class_attribute(type(config), "label")) or ""


def _installed() -> dict[str, str]:
    configs = list(apps.app_configs.values())
    names = ((exact_text(own(each, "name") or class_attribute(type(each), "name")), each) for each in configs)
    return {name: app_label(each) for name, each in names if name}


def _find(module: str) -> str:
    package = module
    while package:
        if package in _labels:
            return _labels[package]
        package = package.rpartition(".")[0]
    return module.partition(".")[0]
