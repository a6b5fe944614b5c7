"""Printing vouchers: a receiver that is a method of an object nobody keeps."""


class VoucherPrinter:
    """A printer at the till."""

    def print_voucher(self, sender, voucher, **kwargs):
        """Print it."""
