"""What the source says about signals, stage *trace*: read from files that may never have been imported.

Nothing here is what a program did. A name is what the imports of its file make of it, by the text alone;
what the text does not decide is UNDECIDED, and no rule may guess it.
"""

from __future__ import annotations

from dataclasses import dataclass

# Kinds of Reference.
NAME = "name"  # a dotted name: of a class, a signal, a function
LABEL = "label"  # the text of a lazy sender, "shop.Order"; also of get_user_model() and apps.get_model()
VALUE = "value"  # a literal: a dispatch_uid
NOTHING = "nothing"  # None, or not given
UNDECIDED = "undecided"

# Roles of a module.
CODE = "code"
TESTS = "tests"
MIGRATION = "migration"

# Kinds of receiver, in the source and in the registry.
FUNCTION = "function"
LOCAL_FUNCTION = "local function"
LAMBDA = "lambda"
METHOD = "method"
PARTIAL = "partial"
OBJECT = "callable object"
CLASS = "class"
UNKNOWN_KIND = "callable"


@dataclass(frozen=True, slots=True)
class Reference:
    """What an expression stands for. ``text`` is it as written, cut; ``name`` is empty unless decided.

    ``name`` of a NAME is absolute: ``shop.models.Order`` for what ``from .models import Order`` brought.
    """

    kind: str
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Connect:
    """One signal connected to one receiver (or disconnected from it) for one sender, as written.

    ``@receiver([a, b])`` is two of these, a loop over a literal as many as it has turns. ``receiver_line``
    is that of the definition (its first decorator) where it is in the same file. ``temporary`` says that
    nothing in the source keeps the receiver: a lambda, a partial, a method of an object made on the spot.
    ``scope`` is the function around it as a qualname, "" for a module's own lines; ``conditional``: whether
    a branch decides if it is reached. ``weak`` is None where that is undecided.
    """

    action: str  # "connect" or "disconnect"
    form: str  # "decorator" or "call"
    signal: Reference
    receiver: Reference
    receiver_kind: str
    receiver_line: int | None
    temporary: bool
    sender: Reference
    dispatch_uid: Reference
    weak: bool | None
    line: int
    scope: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class SendCall:
    """A ``send``, ``send_robust``, ``asend`` or ``asend_robust`` in the source."""

    signal: Reference
    method: str
    sender: Reference
    line: int
    scope: str = ""


@dataclass(frozen=True, slots=True)
class BulkCall:
    """A write that sends no ``save`` or ``delete`` signal: ``bulk_create``, ``bulk_update``, ``update``,
    ``_raw_delete`` and their async forms. ``model`` is a NAME of a class (or a LABEL), else UNDECIDED."""

    operation: str
    model: Reference
    line: int
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """A line of a function that writes to the database: what it calls, as written."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class FunctionDef:
    """A function or method. ``line`` is that of its first decorator, as ``co_firstlineno`` is.

    ``saves_instance``: lines that call ``save()`` or ``asave()`` of its ``instance``; ``unguarded_saves``:
    those of them that nothing around or before them could prevent. ``reads_raw``: whether it takes or reads
    ``raw``. ``accepts_kwargs``: whether it has ``**kwargs``. ``judges_sender``: whether what it does may hang
    on who its sender, or its instance, is. ``required`` are the parameters without a default.
    """

    qualname: str
    line: int
    def_line: int
    end_line: int
    parameters: tuple[str, ...] = ()
    accepts_kwargs: bool = False
    is_async: bool = False
    decorators: tuple[str, ...] = ()
    reads_raw: bool = False
    writes: tuple[Write, ...] = ()
    saves_instance: tuple[int, ...] = ()
    unguarded_saves: tuple[int, ...] = ()
    judges_sender: bool = False
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """A comment that silences rules by id on a line: ``# signaltrace: ignore[W004]``. Ids are as written.

    ``line`` is the comment's own; that of the next code for a comment alone on its line, whose own is
    ``at`` then. ``first`` is the line on which the statement begins, where that is an earlier one. Both are
    0 otherwise.
    """

    line: int
    ids: tuple[str, ...]
    at: int = 0
    first: int = 0


@dataclass(frozen=True, slots=True)
class SourceModule:
    """A file of an installed app or of the project. ``error`` says why it could not be read, "" if it could.

    ``name`` is the dotted name it would be imported by; ``loaded_as`` the names under which the process
    has it: none means that it was never imported, two that it was imported twice. ``brings`` are the names
    its imports bind, (local name, absolute name), ``("*", "shop.signals")`` for a star; those of functions
    come before the module's own, and those for type checkers alone are left out. ``import shop.late`` is
    there as ``("shop.late", "shop.late")`` too, ``import_module("shop.late")`` as ``("", "shop.late")``,
    and ``paid = order_paid`` like an import. ``signals`` are the names it makes a Signal under, with the
    line; ``Shop.paid`` for one of a class. ``discovers`` are modules it imports of every app: ``receivers``
    of ``autodiscover_modules("receivers")``.
    """

    name: str
    file: str
    app: str = ""
    mine: bool = False
    role: str = CODE
    error: str = ""
    loaded_as: tuple[str, ...] = ()
    brings: tuple[tuple[str, str], ...] = ()
    signals: tuple[tuple[str, int], ...] = ()
    connects: tuple[Connect, ...] = ()
    sends: tuple[SendCall, ...] = ()
    bulk: tuple[BulkCall, ...] = ()
    functions: tuple[FunctionDef, ...] = ()
    silences: tuple[Silence, ...] = ()
    discovers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppInfo:
    """An installed app and where its ``ready()`` is, or would be: the line an import is to be added to.

    ``config`` is the dotted name of its AppConfig, "" for the one Django makes up where there is none;
    ``ready_line`` the line of ``def ready``, None without one; ``line`` that of the class.
    """

    label: str
    name: str
    path: str
    config: str = ""
    file: str | None = None
    line: int | None = None
    ready_line: int | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The files of all installed apps and of the project, sorted by name, and the apps in order."""

    modules: tuple[SourceModule, ...] = ()
    apps: tuple[AppInfo, ...] = ()
