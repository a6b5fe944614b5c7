"""The app's class."""


class Celery:
    def send_task(self, name, *args, **kwargs):
        raise SystemExit("sent")

    def subclass_with_self(self, Class):
        return Class
