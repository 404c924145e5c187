"""The demo: from nothing to people reading mail, then one person more."""
