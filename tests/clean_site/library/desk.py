"""The desk: an object that the module keeps, so that its methods stay connected."""


class Desk:
    """Lends, and warns."""

    def lend(self, sender, loan, **kwargs):
        """Hand a copy over."""

    def __call__(self, sender, reader, **kwargs):
        """Warn a reader."""


desk = Desk()
# What send_robust calls a receiver in the log when it raises.
desk.__qualname__ = "library.desk.desk"
