"""The steps of the applier as they were when they looked at one operation after the other.

They are what the steps in columns are measured by: tests/laws/test_applying.py holds that both come to the same end.
What both share is not under test here and imported: how rows are found by key, the order of operations, and the report.
"""
