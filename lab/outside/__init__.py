"""The mail servers of others: a foreign one that judges our mail and writes to us, and a relay that sends for us."""
