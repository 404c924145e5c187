"""The mail server: how it gets onto a host, and how its API is spoken to."""
