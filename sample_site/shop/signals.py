"""The shop's own signals, with what each is sent with."""

from django.dispatch import Signal

# order: an Order, just paid. Sent with send_robust: the money is taken, whatever a receiver thinks of it.
order_paid = Signal()
# order_id: the key of an Order handed over for delivery. Sent with asend.
order_shipped = Signal()
# book: a Book with few copies left.
stock_low = Signal()
# order: an Order to be wrapped as a gift. Sent with send: a receiver may refuse by raising.
gift_wrap_requested = Signal()
# order: an Order somebody looked at. Pitfall: it has no receiver.
basket_viewed = Signal()
