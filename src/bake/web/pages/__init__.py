"""The pages, one module each: what was asked for is looked up, and a template shows it."""
