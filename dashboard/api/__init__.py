"""ASGI routes, each asking who is there."""
