"""The campaign: seeded runs of edits and faults over the real providers, and the worlds in memory that it needs."""
