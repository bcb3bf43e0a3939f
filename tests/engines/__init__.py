"""Real engines for the tests: the embedded one and a real Neo4j, both started once per worker."""
