"""The project's receivers."""


def thank(sender, **kwargs):
    """Hears that something is paid."""


def refuse(sender, **kwargs):
    """Raises when asked to."""
    if kwargs.get("refused"):
        raise ValueError("refused")
