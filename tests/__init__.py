"""The tests. Real parts, not mocks: engines, servers, files and processes."""
