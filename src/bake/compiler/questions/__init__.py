"""The questions of a changeset, its notices and its counts, each said once."""
