"""The consent portal: server-rendered HTML for a phone."""
