"""The signals of rewards, with what each is sent with."""

from django.dispatch import Signal

# voucher: a Voucher. Sent with asend.
voucher_used = Signal()
# voucher: a Voucher. Sent with send.
voucher_expired = Signal()
# card: a Card with ten stamps.
card_filled = Signal()
# card: a Card.
card_lost = Signal()
