"""Components and the program, run against a stand-in for the engine."""
