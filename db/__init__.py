"""What do we remember? PostgreSQL behind the ports of triage."""
