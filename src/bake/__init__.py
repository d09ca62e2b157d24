"""Outside data into a SQL database, the way good teams bring code into a repository: as a reviewed changeset."""

__version__ = "0.1.0"
