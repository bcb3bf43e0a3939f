"""Deciding what an Observation means for the graph: identify, merge, write."""
