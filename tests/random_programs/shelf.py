"""Where the signals of a program stand while its trace is read, so that they have names."""
