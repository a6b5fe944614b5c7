"""Functions as the source tells them: what they take, write, save, and whether they ask for raw."""

from __future__ import annotations

import pytest

from tests.inventory.source.reading import function, said


def test_every_function_has_the_name_python_gives_it() -> None:
    """Methods, nested ones, those of local classes, and one that is global all the same."""
    text = """
    def f():
        def inner(): pass
        class C:
            def m(self): pass
        global out
        def out(): pass
    class A:
        class B:
            async def m(self): pass
    if x:
        def g(): pass
    """
    assert [each.qualname for each in said(text).functions] == [
        "f",
        "f.<locals>.inner",
        "f.<locals>.C.m",
        "out",
        "A.B.m",
        "g",
    ]


def test_the_lines_are_those_of_the_code_object() -> None:
    """It begins at its first decorator."""
    text = (
        "@receiver(\n    post_save,\n)\n@other\n"
        "async def f(\n    a, /, b, *args, c=1, **kwargs\n):\n    pass\n"
    )
    found = function(text)
    namespace: dict[str, object] = {
        "receiver": lambda *a: lambda f: f,
        "other": lambda f: f,
        "post_save": None,
    }
    exec(compile("\n\n\n" + text, "x", "exec"), namespace)
    assert found.line == namespace["f"].__code__.co_firstlineno  # type: ignore[attr-defined]
    assert (found.line, found.def_line, found.end_line) == (4, 8, 11)
    assert (found.parameters, found.accepts_kwargs, found.is_async) == (("a", "b", "c"), True, True)
    assert found.decorators == ("receiver( post_save, )", "other")
    assert found.required == ("a", "b")


def test_required_are_the_parameters_without_a_default() -> None:
    """Of each kind."""
    assert function("def f(a, /, b, c=1, *d, e, g=2, **h): pass").required == ("a", "b", "e")
    assert function("def f(a=1, /, b=2): pass").required == ()


@pytest.mark.parametrize(
    "text",
    [
        "def f(sender, raw, **kwargs): pass",
        "def f(sender, *, raw=False, **kwargs): pass",
        "def f(**kwargs):\n    return kwargs['raw']",
        "def f(**kw):\n    return kw.get('raw', False)",
        "def f(**kwargs):\n    kwargs.pop('raw')",
        "def f(**kwargs):\n    if 'raw' in kwargs: pass",
        "def f(**kwargs):\n    other(**kwargs)",
        "def f(**kwargs):\n    other(kwargs)",
        "def f(**kwargs):\n    return kwargs[name]",
        "def f(**kwargs):\n    k = kwargs\n",
        "def f(**kwargs):\n    def g(): return kwargs['raw']",
        "@skip_raw\ndef f(**kwargs): pass",
        "@signals.not_on_raw(x)\ndef f(**kwargs): pass",
    ],
)
def test_a_function_that_may_ask_for_raw(text: str) -> None:
    """By its parameters, its keywords, a decorator; or it hands its keywords on whole."""
    assert function(text + "\n").reads_raw


@pytest.mark.parametrize(
    "text",
    [
        "def f(sender, **kwargs): pass",
        "def f(sender, **kwargs):\n    return kwargs['created']",
        "def f(sender, **kwargs):\n    return kwargs.get('created')",
        "def f(sender, **kwargs):\n    if 'created' in kwargs: pass",
        "def f(sender, **kwargs):\n    'kwargs raw'",
        "def f(sender, **kwargs):\n    def g(**kwargs): return kwargs['raw']",
        "def f(sender):\n    return raw",
        "@receiver(raw)\ndef f(**kwargs): pass",
    ],
)
def test_a_function_that_never_asks_for_raw(text: str) -> None:
    """Other keywords are not it, nor what another function asks for."""
    assert not function(text + "\n").reads_raw


@pytest.mark.parametrize(
    "body",
    [
        "if sender in tracked: pass",
        "if sender.__name__ != 'Order': return",
        "assert sender is Order",
        "return 1 if sender._meta.abstract else 2",
        "if not isinstance(instance, Tracked): return",
        "if not hasattr(instance, 'history'): return",
        "if instance._meta.label == 'shop.Order': pass",
        "if type(instance) is Order: pass",
        "known = sender is Order",
        "model = type(instance)\n    if model in tracked: pass",
        "one = kwargs['instance']\n    if isinstance(one, Tracked): pass",
        "if kwargs.get('sender') is Order: pass",
        "while (label := sender._meta.label) in tracked: pass",
        "match sender._meta.label:\n        case 'shop.Order': pass",
        "for each in [one for one in fields if one.model is sender]: pass",
        "registry[sender].saved()",
        "indexers.get(type(instance)).index()",
        "index(instance)",
        "index(one=instance)",
        "super().saved(sender, instance)",
        "other(**kwargs)",
        "try:\n        instance.tracker.saved()\n    except AttributeError: pass",
    ],
)
def test_a_function_that_may_pass_senders_over(body: str) -> None:
    """It tests who is saved, looks it up, or hands it to what may."""
    assert function(f"def f(sender, instance, **kwargs):\n    {body}\n").judges_sender


@pytest.mark.parametrize(
    "text",
    [
        "def f(sender, instance, **kwargs):\n    Log.objects.create(model=sender.__name__, pk=instance.pk)",
        "def f(sender, instance, **kwargs):\n    Log.objects.create(about=instance)",
        "def f(sender, instance, created, **kwargs):\n    if created: cache.clear()",
        "def f(sender, instance, **kwargs):\n    if instance.total > 3: cache.clear()",
        "def f(sender, instance, **kwargs):\n    if instance.lines.all()[0].paid: cache.clear()",
        "def f(sender, instance, **kwargs):\n    log(f'{sender} {instance}')",
        "def f(sender, instance, **kwargs):\n    cache.delete(str(instance))",
        "def f(sender, instance, **kwargs):\n    if kwargs['raw']: return",
        "def f(sender, instance, **kwargs):\n    try:\n        cache.clear()\n    except OSError: pass",
        "def f(**kwargs):\n    log(kwargs['instance'].pk)",
        "def f(order):\n    if isinstance(order, Order): pass",
    ],
)
def test_a_function_that_does_the_same_for_every_sender(text: str) -> None:
    """Its conditions are about the row, and who it is is only written down."""
    assert not function(text + "\n").judges_sender


@pytest.mark.parametrize(
    "call",
    [
        "Book.objects.create(a=1)",
        "Book.objects.acreate(a=1)",
        "Book.objects.get_or_create(a=1)",
        "book.lines.update_or_create(a=1)",
        "Book.objects.filter(a=1).update(a=1)",
        "Book.objects.all().delete()",
        "Book.objects.bulk_create(books)",
        "book.save()",
        "book.save(update_fields=['a'])",
        "book.asave()",
        "book.delete()",
        "form.save()",
        "transaction.on_commit(lambda: book.save())",
        "write()",
    ],
)
def test_a_call_that_writes(call: str) -> None:
    """As it is written, with its line; a function of the module that writes is one step away."""
    text = f"def write():\n    Book.objects.create()\ndef f(book):\n    x\n    {call}\n"
    (found,) = function(text).writes
    assert found.line == 8
    assert found.text == (call if "lambda" not in call else "book.save()")


@pytest.mark.parametrize(
    "call",
    [
        "book.cover.delete(save=False)",
        "form.save(commit=False)",
        "cache.delete('key')",
        "storage.save(name, content)",
        "client.delete(url)",
        "stripe.create(a=1)",
        "values.update(a=1)",
        "Book.objects.get(pk=1)",
        "other()",
        "far()",
        "self.write()",
    ],
)
def test_a_call_that_writes_no_row(call: str) -> None:
    """Files, caches, clients, dicts, reading; and no more than one step is taken."""
    text = f"def write():\n    Book.objects.create()\ndef far():\n    write()\ndef f(book):\n    {call}\n"
    assert function(text).writes == ()


def test_a_method_of_the_same_class_that_writes() -> None:
    """``self.write()`` is its own; a function in a function writes for the one that makes it."""
    text = """
    class C:
        def write(self): self.row.save()
        def f(self): self.write()
    def g():
        def inner():
            Book.objects.create()
        transaction.on_commit(inner)
    """
    assert [each.text for each in function(text, "C.f").writes] == ["self.write()"]
    assert [each.text for each in function(text, "g").writes] == ["Book.objects.create()"]


@pytest.mark.parametrize(
    "body",
    [
        "instance.save()",
        "instance.a = 1\n    instance.save(update_fields=['a'])",
        "await_ = instance.asave()",
        "if created:\n        pass\n    instance.save()",
        "book = instance\n    book.save()",
    ],
)
def test_an_unguarded_save(body: str) -> None:
    """Nothing around or before it prevents it."""
    found = function(f"def f(sender, instance, **kwargs):\n    {body}\n")
    assert len(found.saves_instance) == 1
    assert found.unguarded_saves == found.saves_instance


@pytest.mark.parametrize(
    "instance", ["kwargs['instance']", "kwargs.get('instance')", "kwargs.pop('instance')"]
)
def test_the_instance_among_the_keywords(instance: str) -> None:
    """Put in a name or not."""
    assert function(f"def f(sender, **kwargs):\n    {instance}.save()\n").unguarded_saves == (5,)
    assert function(
        f"def f(sender, **kwargs):\n    book = {instance}\n    book.save()\n"
    ).unguarded_saves == (6,)


@pytest.mark.parametrize(
    "body",
    [
        "if created:\n        instance.save()",
        "if not created:\n        return\n    instance.save()",
        "if not created: raise E\n    instance.save()",
        "created and instance.save()",
        "instance.save() if created else None",
        "while created:\n        instance.save()",
        "for x in (1,):\n        instance.save()",
        "try:\n        instance.save()\n    except E: pass",
        "with muted():\n        instance.save()",
        "match created:\n        case True: instance.save()",
        "post_save.disconnect(f)\n    instance.save()\n    post_save.connect(f)",
        "def later():\n        instance.save()\n    later()",
        "transaction.on_commit(lambda: instance.save())",
        "[instance.save() for x in y]",
    ],
)
def test_a_guarded_save(body: str) -> None:
    """It is told that it saves, and that something may prevent it."""
    found = function(f"def f(sender, instance, created, **kwargs):\n    {body}\n")
    assert len(found.saves_instance) == 1
    assert found.unguarded_saves == ()


@pytest.mark.parametrize(
    "body",
    [
        "other.save()",
        "instance.profile.save()",
        "instance = Book()\n    instance.save()",
        "instance.delete()",
        "kwargs['other'].save()",
        "super().save()",
    ],
)
def test_a_save_of_something_else(body: str) -> None:
    """What is reached through the instance, or put in its place, is not the instance."""
    assert function(f"def f(sender, instance, other, **kwargs):\n    {body}\n").saves_instance == ()
