"""Tests of everything: the fast ring here, the lab ring under tests/lab."""
