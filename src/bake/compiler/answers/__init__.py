"""What answers, amendments and a rebase make of operations."""
