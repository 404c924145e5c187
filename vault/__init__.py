"""Client of Vault or OpenBao: the key-value store that holds every secret of the service."""
