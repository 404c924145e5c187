"""The lab's ACME client: when a certificate is asked for, for which names, and who gets it."""
