"""Tests of the lab's mailcow."""
