"""Decides what should be: pure functions from text, values and dates to desired state. No I/O, no clock, no dice."""
