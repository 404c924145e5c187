"""What every stack needs of Vault, made once."""
