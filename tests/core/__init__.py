"""Tests of what decides: no engine, no network, milliseconds."""
