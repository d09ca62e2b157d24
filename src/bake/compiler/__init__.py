"""Records compared with a snapshot become operations and questions. Pure: reads no file and no database."""
