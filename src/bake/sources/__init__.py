"""Source files read as records, each with its location: one module a format, and their detection."""
