"""What can be asked on the command line and needs no screen."""
