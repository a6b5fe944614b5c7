"""When a shelf is low, and the object that tells purchasing: a callable instance as a receiver."""

from .mail import send_mail_to

FULL_SHELF = 5
LOW_SHELF = 3


class LowStockAlert:
    """Mails one address; called as a receiver of stock_low."""

    def __init__(self, address):
        self.address = address

    def __call__(self, sender, book, **kwargs):
        send_mail_to(self.address, "Low stock", f"{book.title}: {book.stock} left.")


low_stock_alert = LowStockAlert("purchasing@shop.example")
