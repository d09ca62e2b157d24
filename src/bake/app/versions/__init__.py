"""Versions of changesets: compared, merged, signed, and as git has them."""
