"""The way back: operations that undo an application, made of what the ledger recorded and what is there now."""
