"""The applier as it was when it looked at one operation after the other: what the one in columns is measured by.

Slow and plain on purpose, and to be left as it is: tests/laws/test_applying.py holds that both come to the same end.
"""
