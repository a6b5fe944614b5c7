"""What a delete does, stage *analysis*: Django's Collector followed over the models.

It is done as if each relation had rows, and none of them were met twice. The steps and their order are those
of ``django.db.models.deletion.Collector`` (5.2 to 6.1): who is collected through what, who is deleted in one
statement without its rows being loaded, and the order of the signals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from signaltrace.model_map import CASCADE, ModelInfo, Related

# What becomes of the rows that are reached.
LOADED = "loaded"  # made objects, deleted, signals sent
FAST = "fast"  # deleted in one statement, no signals
UPDATED = "updated"  # the field is set, no signals
REFUSED = "refused"  # rows there stop the delete
RESTRICTED = "restricted"  # so they do, unless something else deletes them along
UNTOUCHED = "untouched"  # left to the database, no signals
DATABASE = "database"  # deleted by the database, no signals
OWN = "own"  # by a function of the project's own

_BY_DATABASE = frozenset(("DO_NOTHING", "DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT"))
_SET_CALLABLE = "SET(callable)"
_UPDATES = frozenset(("SET_NULL", "SET_DEFAULT", "SET(value)", _SET_CALLABLE))


@dataclass(frozen=True, slots=True)
class Reached:
    """Rows of ``model`` that a delete meets, through ``through``: a relation's ``shop.OrderLine.order``.

    ``depth`` is how many relations lie between them and the rows to be deleted. ``parent``: it is a row of
    a parent that the child's takes along. ``slowed``: it would be FAST if nothing received pre_delete or
    post_delete of it. ``silent``: Django sends no save or delete signals for a model it made itself, loaded
    or not. ``again``: what it leads to is told further up.
    """

    model: str
    through: str
    on_delete: str
    how: str
    depth: int = 1
    parent: bool = False
    generic: bool = False
    slowed: bool = False
    silent: bool = False
    again: bool = False

    @property
    def made(self) -> bool:
        """Whether instances of its rows are made, and so pre_init and post_init sent."""
        return self.how in (LOADED, REFUSED, RESTRICTED, OWN) or self.on_delete == _SET_CALLABLE


@dataclass(frozen=True, slots=True)
class Deleted:
    """A delete of rows of one model.

    ``order`` are the models whose rows are loaded and send, in the order of both signals. ``fast``: nothing
    is sent, one statement does it. ``slowed``: so it would be if nothing received the model's delete signals;
    ``QuerySet.delete()`` loads the rows first then.
    """

    model: str
    reached: tuple[Reached, ...] = ()
    order: tuple[str, ...] = ()
    fast: bool = False
    slowed: bool = False


def follow(model: str, models: Mapping[str, ModelInfo], heard: Callable[[str], bool]) -> Deleted:
    """A delete of rows of ``model``, each of its relations met once.

    ``heard``: whether pre_delete or post_delete has a live receiver for a model.
    """
    collected = _Collected(models, heard)
    collected.collect(model, depth=1)
    order = (each for each in collected.sorted() if each in collected.filled and not collected.silent(each))
    could = collected.can_be_fast(model)
    fast = could and not heard(model)
    return Deleted(model, tuple(collected.reached), () if fast else tuple(order), fast, could and not fast)


@dataclass(slots=True)
class _Collected:
    models: Mapping[str, ModelInfo]
    heard: Callable[[str], bool]
    # As Collector.data: a model may be there for the order alone, without rows.
    data: dict[str, None] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    dependencies: dict[str, set[str]] = field(default_factory=dict)
    reached: list[Reached] = field(default_factory=list)
    followed: set[tuple[str, bool]] = field(default_factory=set)
    left_to_database: set[str] = field(default_factory=set)

    def collect(
        self,
        model: str,
        source: str = "",
        nullable: bool = False,
        depth: int = 1,
        related: bool = True,
        upwards: bool = False,
    ) -> None:
        """Collector.collect of loaded rows."""
        self.data.setdefault(model)
        self.filled.add(model)
        if source and not nullable:
            self._depend(model, source) if upwards else self._depend(source, model)
        info = self.models.get(model)
        if info is None or (model, related) in self.followed:
            return
        self.followed.add((model, related))
        concrete = self.models.get(info.proxy_for, info)
        for name, parent in concrete.parent_links:
            self.reached.append(
                Reached(
                    parent, f"{concrete.label}.{name}", "", LOADED, depth, True, again=parent in self.filled
                )
            )
            self.collect(parent, model, depth=depth + 1, related=False, upwards=True)
        if not related:
            return
        for each in info.related:
            self._meet_generic(each, model, depth) if each.generic else self._meet(each, depth)

    def _meet(self, relation: Related, depth: int) -> None:
        how = OWN
        slowed = again = False
        if relation.on_delete in _BY_DATABASE:
            how = DATABASE if relation.on_delete == "DB_CASCADE" else UNTOUCHED
        elif relation.on_delete == CASCADE:
            fast = self.can_be_fast(relation.model, relation)
            slowed = fast and self.heard(relation.model)
            how = FAST if fast and not slowed else LOADED
            again = how == LOADED and (relation.model, True) in self.followed
        elif relation.on_delete in _UPDATES:
            how = UPDATED
        elif relation.on_delete in ("PROTECT", "RESTRICT"):
            how = REFUSED if relation.on_delete == "PROTECT" else RESTRICTED
        self._add(relation, how, depth, slowed, again)
        if how == LOADED:
            self.collect(relation.model, relation.to, relation.null, depth + 1)
        elif how == RESTRICTED:
            self._depend(relation.to, relation.model)
            self.data.setdefault(self._concrete(relation.model))
        elif how == DATABASE:
            self._follow_database(relation.model, depth + 1)

    def _meet_generic(self, relation: Related, source: str, depth: int) -> None:
        fast = self.can_be_fast(relation.model)
        slowed = fast and self.heard(relation.model)
        how = FAST if fast and not slowed else LOADED
        again = how == LOADED and (relation.model, True) in self.followed
        self._add(relation, how, depth, slowed, again)
        if how == LOADED:
            self.collect(relation.model, source, True, depth + 1)

    def _follow_database(self, model: str, depth: int) -> None:
        """What the database deletes on by itself: Django allows only its like below it."""
        info = self.models.get(model)
        if info is None or model in self.left_to_database:
            return
        self.left_to_database.add(model)
        for each in info.related:
            if each.on_delete in _BY_DATABASE and not each.generic:
                how = DATABASE if each.on_delete == "DB_CASCADE" else UNTOUCHED
                self._add(each, how, depth, False, False)
                if how == DATABASE:
                    self._follow_database(each.model, depth + 1)

    def _add(self, relation: Related, how: str, depth: int, slowed: bool, again: bool) -> None:
        self.reached.append(
            Reached(
                relation.model,
                f"{relation.model}.{relation.field}",
                relation.on_delete,
                how,
                depth,
                False,
                relation.generic,
                slowed,
                self.silent(relation.model),
                again,
            )
        )

    def can_be_fast(self, model: str, via: Related | None = None) -> bool:
        """Collector.can_fast_delete, but for receivers: no parents to go on to, nothing that cascades."""
        info = self.models.get(model)
        if info is None:
            return False
        concrete = self.models.get(info.proxy_for, info)
        links = [name for name, _ in concrete.parent_links]
        coming = via is not None and via.model == concrete.label
        return all(coming and via is not None and name == via.field for name in links) and all(
            not each.generic and each.on_delete in _BY_DATABASE for each in info.related
        )

    def silent(self, model: str) -> bool:
        """Whether Django sends no delete signals for it: it made the model itself."""
        return model in self.models and bool(self.models[model].auto_created)

    def sorted(self) -> list[str]:
        """Collector.sort: who is depended on comes first, if that can be had at all."""
        done: list[str] = []
        concrete: set[str] = set()
        while len(done) < len(self.data):
            found = False
            for model in self.data:
                if model in done or self.dependencies.get(self._concrete(model), set()) - concrete:
                    continue
                done.append(model)
                concrete.add(self._concrete(model))
                found = True
            if not found:
                return list(self.data)
        return done

    def _depend(self, model: str, dependency: str) -> None:
        self.dependencies.setdefault(self._concrete(model), set()).add(self._concrete(dependency))
        self.data.setdefault(dependency)

    def _concrete(self, model: str) -> str:
        info = self.models.get(model)
        return model if info is None else info.proxy_for or model
