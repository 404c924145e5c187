"""Tests of the clients: SSH, Vault, mailcow."""
