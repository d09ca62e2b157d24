"""Records that were matched to operations: what differs, what is written, what is warned of (rules 4 to 9)."""
