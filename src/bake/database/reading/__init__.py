"""Rows as one transaction sees them: by key, by condition, in pages."""
