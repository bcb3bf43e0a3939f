"""The one door to the graph: every Cypher query of the product lives in this room."""
