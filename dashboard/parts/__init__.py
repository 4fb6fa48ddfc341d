"""Pieces of a screen: take values, draw, return what was chosen."""
