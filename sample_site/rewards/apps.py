"""The rewards app: vouchers and stamp cards, written in a hurry: `signaltrace doctor` has much to say."""

from django.apps import AppConfig
from django.conf import settings


class RewardsConfig(AppConfig):
    """Connects receivers in every way that goes wrong."""

    name = "rewards"

    def ready(self) -> None:
        from django.db.models.signals import post_init, post_save

        from shop.receivers import mail_receipt
        from shop.signals import order_paid

        from . import receivers
        from .models import Card
        from .printing import VoucherPrinter
        from .signals import card_filled, card_lost, voucher_used

        # Pitfall: a bound method is held weakly, and nothing holds the printer: it is gone on the next line.
        voucher_used.connect(VoucherPrinter().print_voucher)

        # Pitfall: connected for every sender and for one of them: it runs twice when a card is filled.
        card_filled.connect(receivers.congratulate)
        card_filled.connect(receivers.congratulate, sender=Card)

        # Pitfall: mail_receipt was connected with a dispatch_uid, so without it this finds nothing.
        order_paid.disconnect(mail_receipt)

        # Pitfall: no model is called so. Django waits for it, for ever and in silence.
        post_save.connect(receivers.check_limit, sender="rewards.Vouchr")

        # Pitfall: without DEBUG, Django takes a receiver that has no **kwargs, and every dispatch fails.
        if not settings.DEBUG:
            card_filled.connect(receivers.report_card)

        # Pitfall: one file under two names (see sys.path in the settings) connects its receiver twice.
        import tiers  # noqa: F401

        from .lib import tiers as _  # noqa: F401

        # Pitfall: "muting" by writing to the list of receivers takes away everybody's.
        card_lost.connect(receivers.block_card)
        card_lost.receivers = []

        # Pitfall, for whoever wants to see it in a trace: it runs for each row of each model that is loaded.
        if settings.TRACK_LOADED:
            post_init.connect(receivers.track_loaded)
