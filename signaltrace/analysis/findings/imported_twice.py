"""W006: one file imported under two module names, its receivers connected by both. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import listed, live, short_signal
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.paths import real
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import SourceModule
from signaltrace.facts import Facts

ID = "signaltrace.W006"
NAME = "imported-twice"
SEVERITY = WARNING
SUMMARY = "One file imported under two module names, both of which connect its receivers."
WHY = (
    "To Python the two are different modules and their functions different functions: Django connects "
    "both, and each dispatch runs the receiver twice."
)
NEEDS_TRACE = False

_MOST_PLACES = 5


def find(facts: Facts) -> Iterator[Finding]:
    """Files whose functions are connected from modules of different names."""
    by_file: dict[str, list[tuple[ConnectedSignal, Connection]]] = {}
    for signal, connection in live(facts):
        if connection.receiver.file and connection.module and connection.qualname:
            by_file.setdefault(real(connection.receiver.file), []).append((signal, connection))
    modules = {real(each.file): each for each in facts.source.modules}
    for file, connected in sorted(by_file.items()):
        names = _names(file, connected, modules.get(file))
        if len(names) > 1:
            yield _finding(file, connected, names, modules.get(file), facts)


def _names(
    file: str, connected: list[tuple[ConnectedSignal, Connection]], source: SourceModule | None
) -> list[str]:
    """The names under which the file was imported and connects; by its functions where that is not known.

    A decorator may give a function any module's name: one counts only if the file could be that module.
    """
    found = {connection.module for _, connection in connected}
    if source is not None and len(source.loaded_as) > 1:
        return sorted(found & set(source.loaded_as))
    if source is not None and source.loaded_as:
        return []  # the process has it once
    by_place: dict[tuple[str, int | None, str], set[str]] = {}
    for signal, connection in connected:
        if _could_be(connection.module, file):
            key = (signal.signal.name, connection.receiver.line, connection.qualname)
            by_place.setdefault(key, set()).add(connection.module)
    return sorted({name for names in by_place.values() if len(names) > 1 for name in names})


def _could_be(module: str, file: str) -> bool:
    path = file.replace("\\", "/").removesuffix(".py").removesuffix("/__init__")
    return f"/{path}".endswith(f"/{module.replace('.', '/')}")


def _finding(
    file: str,
    connected: list[tuple[ConnectedSignal, Connection]],
    names: list[str],
    source: SourceModule | None,
    facts: Facts,
) -> Finding:
    right = _right(names, source, facts)
    wrong = [each for each in names if each != right] if right else names
    places = {
        (connection.receiver.line or 0): (
            f"{connection.qualname} runs for {short_signal(signal.signal.name)} as {listed(names)}",
            connection.receiver.file,
        )
        for signal, connection in connected
        if connection.module in wrong[:1] or not right
    }
    evidence = [Evidence(text, shown, line or None) for line, (text, shown) in sorted(places.items())]
    evidence = evidence[:_MOST_PLACES] + list(_imports(facts, wrong))
    first = connected[0][1].receiver
    all_ = "both" if len(names) == 2 else "all"
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=right or listed(names),
        title=f"one file is imported as {listed(names)}, and {all_} connect its receivers",
        evidence=tuple(evidence),
        fix=f"Import it as {right} everywhere, in INSTALLED_APPS too, and nowhere as {listed(wrong)}."
        if right
        else "Import it under one of these names everywhere, in INSTALLED_APPS too.",
        mine=first.mine,
        app=first.app,
    )


def _imports(facts: Facts, wrong: list[str]) -> Iterator[Evidence]:
    """The files whose imports use a wrong name."""
    for module in facts.source.modules:
        for name in wrong:
            if module.name not in wrong and any(
                target == name or target.startswith(f"{name}.") for _, target in module.brings
            ):
                yield Evidence(f"imported as {name} in this file", module.file)


def _right(names: list[str], source: SourceModule | None, facts: Facts) -> str:
    """The name the file has as a part of an installed app; "" where none or several could be it."""
    if source is not None and source.name in names:
        return source.name
    apps = [each.name for each in facts.source.apps]
    inside = [each for each in names if any(each == app or each.startswith(f"{app}.") for app in apps)]
    return inside[0] if len(inside) == 1 else ""
