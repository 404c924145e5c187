"""How fast it is: beside what the engine and mailcow's API need at least."""
