"""Changesets as values, and their canonical text: operations, questions, events, and what they fold to."""
