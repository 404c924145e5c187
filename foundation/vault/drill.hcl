# What a machine needs that restores for rehearsal each month (`mailstead drill`), and nothing else: it reads the key that
# opens the backups. No other machine may, so it has a login of its own, and a place where nobody else's code runs.
path "secret/data/mail/hosts/+/backup_key" {
  capabilities = ["read"]
}
