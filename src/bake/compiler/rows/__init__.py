"""The rows that a compilation knows: stored ones, those that it creates, and their keys."""
