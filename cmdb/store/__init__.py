"""The ledger beside the graph: one SQLite file for accounts, secrets, jobs and accepted reports."""
