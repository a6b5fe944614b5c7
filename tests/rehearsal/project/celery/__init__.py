"""In the shape of Celery, for what is looked for there."""
