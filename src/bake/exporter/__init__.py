"""What a database holds, written as files that can be edited and imported again."""
