"""How good it is, with n and intervals; never imported by the running application."""
