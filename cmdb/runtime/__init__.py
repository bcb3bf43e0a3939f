"""The house, wired: settings become an engine, a graph, a ledger, workers and a server. The only room that knows all others."""
