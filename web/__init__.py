"""Pages and API for people, and the doors through which agents report."""
