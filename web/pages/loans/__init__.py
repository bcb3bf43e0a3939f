"""Pages of loaned equipment: pool, check-out, scan desk, overdue, one loan."""
