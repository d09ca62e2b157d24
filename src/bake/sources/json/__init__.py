"""JSON in all its forms: documents, lists, lines, and what stands in other text."""
