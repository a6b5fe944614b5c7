"""A project of models that are related in every way there is, run in a process of its own."""
