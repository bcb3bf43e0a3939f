"""Loaned equipment: who holds what, until when, with which accessories (docs/how-to/lend-equipment.md)."""
