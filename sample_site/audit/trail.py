"""The trail: bound methods of one object as receivers, under dispatch_uids that are tuples."""

from django.db.models.signals import post_delete, post_save

from shop.models import Book, Order

from .models import AuditEntry

WATCHED = (Book, Order)


class AuditTrail:
    """Writes an entry for each save of a watched model and each delete of any model."""

    def connect(self) -> None:
        """Connect once, however often it is called: the uids see to that."""
        for model in WATCHED:
            uid = ("audit", "saved", model._meta.label)
            post_save.connect(self.saved, sender=model, dispatch_uid=uid)
        # Pitfall: without a sender, every delete of every model must load its rows first.
        post_delete.connect(self.deleted, dispatch_uid=("audit", "deleted"))

    def saved(self, sender, instance, created, **kwargs):
        """Write down who was saved. QuerySet.update and bulk_create never come by here."""
        self.write("created" if created else "changed", instance)

    def deleted(self, sender, instance, **kwargs):
        """Write down who was deleted. Entries themselves are not watched."""
        if sender is not AuditEntry:
            self.write("deleted", instance)

    def write(self, action, instance):
        """Add the entry."""
        AuditEntry.objects.create(action=action, model=instance._meta.label, object_id=instance.pk)


# Held by the module: a bound method is connected weakly and dies with its object.
trail = AuditTrail()
