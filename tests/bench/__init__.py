"""The measurement in short."""
