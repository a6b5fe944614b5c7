"""The shop's mail. In this sample it goes to memory."""

from django.core.mail import EmailMessage


def send_mail_to(address, subject, text):
    """Send one plain mail."""
    EmailMessage(subject, text, "shop@shop.example", [address]).send()


def notify(sender, order, desk, **kwargs):
    """Tell a desk of a paid order. A receiver once functools.partial has named the desk: shop/apps.py."""
    send_mail_to(f"{desk}@shop.example", f"Order {order.pk} paid", "To be packed.")
