"""What do we remember? PostgreSQL, the files, and who did what."""
