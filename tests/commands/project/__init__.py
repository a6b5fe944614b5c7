"""A project for tests that need a process of their own: exit statuses, signals of the system, pipes."""
