"""What can be changed: entities, fields, natural keys, references and views, and when two values are the same."""
