"""Changesets as text for people: terminal, Markdown, JSON. Pure: it prints nothing."""
