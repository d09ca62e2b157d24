"""The only room that talks to a database: snapshots, writes, and the ledger of what was received."""
