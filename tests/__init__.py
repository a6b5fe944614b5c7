"""The suite: mirrors the package, one folder a stage."""
