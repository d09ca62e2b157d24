"""Which row each record is about, or that it is about none (rules 1, 4 and 10)."""
