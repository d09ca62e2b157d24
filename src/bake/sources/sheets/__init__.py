"""Sheets: separated values, and workbooks read as the same."""
