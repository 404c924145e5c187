# What a help desk does: make single-use tokens for people, and say what became of them.
# It never sees a password: Vault answers its reads of secrets only inside of a wrapping token.
# Give it alone. Beside another policy for the same paths these limits hold for that one too, writes included.
path "secret/data/mail/users/+/+" {
  capabilities     = ["read"]
  min_wrapping_ttl = "60s"
  max_wrapping_ttl = "168h"
}

path "secret/metadata/mail/users/*" {
  capabilities = ["create", "update", "read", "list"]
}

path "auth/token/lookup-accessor" {
  capabilities = ["update"]
}

path "auth/token/revoke-accessor" {
  capabilities = ["update"]
}
