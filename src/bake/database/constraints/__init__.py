"""What the tables themselves require: checks, unique keys, and rows that refer to others."""
