"""May we? What the patient allowed, and who did what."""
