"""Is everything as it should be? Checks with stable ids; their results as rows, metrics, a page and a door."""
