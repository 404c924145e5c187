"""A small model of the Pulumi engine: its steps, its state and its checkpoints, over the real provider classes."""
