"""Who may change what: rules of a project, checked against the changes of a changeset before it is applied."""
