"""One function a command: it returns results, reports progress through a callback, and never prints."""
