"""Tests of the mailcow API stand-in: recorded exchanges of a real mailcow, replayed."""
