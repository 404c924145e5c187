# What an operator does by hand: hand first passwords over, say what became of it, rotate them, follow moves.
# Beside the provisioner's policy on one token it also runs `mailstead up`; without it, it makes and deletes nobody.
path "secret/data/mail/users/+/+" {
  capabilities = ["create", "read", "update"]
}

# The notes beside a secret: who has been handed over what, and which rotation has come how far.
path "secret/metadata/mail/users/*" {
  capabilities = ["create", "update", "read", "list"]
}

# The API keys of mail hosts, to give mailcow the new passwords.
path "secret/data/mail/hosts/*" {
  capabilities = ["read"]
}

# The key that opens the backups: made once, never overwritten, read to restore.
path "secret/data/mail/hosts/+/backup_key" {
  capabilities = ["create", "read"]
}

path "secret/metadata/mail/hosts/+/backup_key" {
  capabilities = ["create", "update", "read"]
}

# What people have as passwords at other providers, to count what still lies there.
path "secret/data/mail/move-in/*" {
  capabilities = ["read"]
}

# Passwords of relays, to try a log-in before the first mail.
path "secret/data/mail/relays/*" {
  capabilities = ["read"]
}

# Whether a token is still open, and its end. Both take an accessor, and only who may list accessors could find others.
path "auth/token/lookup-accessor" {
  capabilities = ["update"]
}

path "auth/token/revoke-accessor" {
  capabilities = ["update"]
}
