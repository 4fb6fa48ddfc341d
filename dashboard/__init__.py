"""What do people see? Screens, patient pages, commands and the worker."""
