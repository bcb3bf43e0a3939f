"""A sample organisation from a seed, given out as what would come to the ordinary doors: files, agent reports, observations, edits, loans.

It writes to no graph. Whoever loads it (the demo, benchmarks, tests) brings each entry to its door.
"""

from cmdb.sample.stream import Entry, entries

__all__ = ["Entry", "entries"]
