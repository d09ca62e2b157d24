"""What Bake records in the database: receipts, the changes of each, and decisions that stand."""
