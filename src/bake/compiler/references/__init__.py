"""Which row a reference names (rules 2 and 3)."""
