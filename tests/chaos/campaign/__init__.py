"""Seeded runs: a plan of edits and faults, a world to run it in, and what must be true all along."""
