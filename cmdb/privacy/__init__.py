"""Privacy of stored data: what may be kept of a device by its ownership, what its owner is told, and requests to erase."""
