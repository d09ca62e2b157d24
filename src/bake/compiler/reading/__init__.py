"""Records to values: which column is which field, how its texts are read, and what is noticed of that."""
