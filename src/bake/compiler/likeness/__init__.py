"""Whether a row that a record would create may be there already, or is created by another record."""
