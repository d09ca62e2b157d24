"""Changesets checked against a database and applied in one transaction, or not at all."""
