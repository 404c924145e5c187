"""The same plans on the real engine: the real program, a real OpenBao, and the in-memory mailcow behind TLS."""
