"""What first? The way of a study, in plain Python."""
