"""The library's own signals."""

from django.dispatch import Signal

# loan: a Loan. Sent with send.
loan_made = Signal()
# loan: a Loan. Sent with send.
loan_ended = Signal()
# reader: a name. Sent with asend.
reader_asked = Signal()
# reader: a name. Sent with send_robust.
reader_warned = Signal()
