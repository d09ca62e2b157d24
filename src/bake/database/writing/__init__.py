"""Rows written in bulk, and rehearsed without writing."""
