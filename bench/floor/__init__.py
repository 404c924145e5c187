"""A program of its own: the engine runs it with this folder as its path."""
