"""The library app: receivers connected in every way that holds."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Connects them once all models are there."""

    name = "library"

    def ready(self) -> None:
        from functools import partial

        from django.db.models.signals import post_delete, post_save

        from . import receivers
        from .desk import desk
        from .models import Copy, Loan, LostCopy
        from .signals import loan_ended, loan_made, reader_warned

        # A local function and a lambda are held where they are connected.
        def forget_shelf(sender, **kwargs):
            receivers.SHELF.clear()

        post_save.connect(forget_shelf, sender=Copy, weak=False)
        post_save.connect(forget_shelf, sender=LostCopy, weak=False)
        post_delete.connect(lambda sender, **kwargs: receivers.SHELF.clear(), sender=Copy, weak=False)
        post_delete.connect(lambda sender, **kwargs: receivers.SHELF.clear(), sender=LostCopy, weak=False)
        # A partial as well; send, not send_robust, is what loan_ended is sent with.
        loan_ended.connect(partial(receivers.tell, desk="returns"), weak=False)
        # A bound method of an object that a module keeps, and the object itself.
        loan_made.connect(desk.lend)
        reader_warned.connect(desk)
        # One receiver, two senders, a uid each; and it is disconnected with the uid it was given.
        for model in (Copy, LostCopy):
            post_delete.connect(
                receivers.count_copies, sender=model, dispatch_uid=f"library.count.{model.__name__}"
            )
        post_save.connect(receivers.stamp, sender="library.Loan", dispatch_uid="library.stamp")
        post_save.disconnect(sender=Loan, dispatch_uid="library.stamp")
        post_save.connect(receivers.stamp, sender="library.Loan", dispatch_uid="library.stamp")
