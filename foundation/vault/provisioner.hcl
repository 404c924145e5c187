# What `pulumi up` of a stack may do: make first passwords, never overwrite one, keep their metadata.
# KV v2 checks "create" for a path without data and "update" for one with, so a provisioner
# without "update" cannot overwrite a password, whatever a program asks for.
path "secret/data/mail/users/+/+" {
  capabilities = ["create", "read"]
}

path "secret/metadata/mail/users/*" {
  capabilities = ["create", "update", "read", "list", "delete"]
}

# What a mail host made for itself: API keys and the admin password.
path "secret/data/mail/hosts/*" {
  capabilities = ["create", "read", "update", "delete"]
}

path "secret/metadata/mail/hosts/*" {
  capabilities = ["create", "read", "update", "delete"]
}

# Not the key that opens the backups: a pipeline that was broken into shall neither read nor lose it.
path "secret/data/mail/hosts/+/backup_key" {
  capabilities = ["create"]
}

path "secret/metadata/mail/hosts/+/backup_key" {
  capabilities = ["read"]
}

# What people have as passwords at other providers, for mail that moves in: put there by hand, only read here.
path "secret/data/mail/move-in/*" {
  capabilities = ["read"]
}

path "secret/metadata/mail/move-in/*" {
  capabilities = ["read"]
}

# Passwords of relays that mail leaves by: put there by hand, only read here.
path "secret/data/mail/relays/*" {
  capabilities = ["read"]
}

path "secret/metadata/mail/relays/*" {
  capabilities = ["read"]
}

# Where alerts go, put there by hand, and what exporters ask to be told, made here once and then only read.
path "secret/data/mail/monitoring/*" {
  capabilities = ["create", "read"]
}

path "secret/metadata/mail/monitoring/*" {
  capabilities = ["read"]
}

# Key pairs that domains sign with: made here, never overwritten, read to give them to mailcow.
path "secret/data/mail/dkim/+/+" {
  capabilities = ["create", "read"]
}

path "secret/metadata/mail/dkim/*" {
  capabilities = ["create", "update", "read", "list", "delete"]
}
