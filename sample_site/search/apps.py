"""The search app: an index of words kept by receivers, and suggestions kept in the cache."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Connects the index's receivers, a local function and a lambda."""

    name = "search"

    def ready(self) -> None:
        from django.core.cache import cache
        from django.db.models.signals import post_delete, post_save

        from shop.models import Book

        from . import receivers  # noqa: F401 - importing it connects it

        def forget_suggestions(sender, **kwargs):
            cache.delete("suggestions")

        # Pitfall: connect() holds it weakly and nothing else does, so it is collected when ready() returns
        # and old suggestions stay. Under DEBUG it lives on, and works, because Django's cached look at its
        # signature (func_accepts_kwargs) happens to hold it.
        post_save.connect(forget_suggestions, sender=Book)
        # The same done right: weak=False, which a lambda always needs.
        post_delete.connect(lambda sender, **kwargs: cache.delete("suggestions"), sender=Book, weak=False)
