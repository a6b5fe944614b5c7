"""Notes have a database of their own."""


class Notes:
    """The router."""

    def db_for_read(self, model, **hints):
        return "notes" if model.__name__ == "Note" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return (db == "notes") == (model_name == "note")
