from django.dispatch import Signal

order_paid = Signal()
nobody_cares = Signal()
