"""Moorings' core: the model, the graph, the domain services and the command line."""

__version__ = "0.1.0"
