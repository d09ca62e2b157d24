"""The questions of a changeset, asked and answered: by people, by files, by what is remembered."""
