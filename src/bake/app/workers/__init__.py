"""Who compiles a source: this process, worker processes beside it, or no database at all."""
