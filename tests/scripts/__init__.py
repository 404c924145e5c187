"""The host's scripts, run for real in a temporary root, with the commands that would touch a machine replaced."""
