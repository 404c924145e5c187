"""Tests of the host's dynamic resources."""
