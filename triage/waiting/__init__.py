"""Who waits how long when an AI orders the reading list: by theory and by simulation, no patient in it."""
