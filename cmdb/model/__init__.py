"""What Moorings talks about: kinds of things, observations of them, changes to them. Pure; no I/O but its own data files."""
