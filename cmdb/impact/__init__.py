"""Change impact: what goes down, what only loses redundancy, which services and people are hit (docs/how-to/change-impact.md)."""
