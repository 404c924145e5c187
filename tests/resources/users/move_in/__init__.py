"""Tests of mail that moves in."""
