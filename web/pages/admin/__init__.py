"""Running the product: people and their roles, tokens, settings, the audit log, jobs and accepted reports."""
