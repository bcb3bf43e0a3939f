"""Inventory: what is there. Lists, search, one CI with its relations and history, its software."""
