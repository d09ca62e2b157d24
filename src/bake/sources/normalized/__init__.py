"""Normalized sets: a folder or a ZIP of files with a manifest."""
