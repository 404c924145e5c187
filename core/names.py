"""Names, paths and labels that more than one part spells: written here and nowhere else.

Most of them are recorded in stacks' states, on hosts or in Vault: changing one is a migration.
"""

from typing import Final, Literal

PROJECT: Final = "mailstead"

# --- a host -----------------------------------------------------------------------------------------------
SSH_USER: Final = "ubuntu"
"""The login user of Oracle's Ubuntu images; root's login is refused there."""
SSH_PORT: Final = 22
HOST_FOLDER: Final = "/home/ubuntu/.mailstead"
HOST_SCRIPTS: Final = "/home/ubuntu/.mailstead/scripts"
HOST_LOCK: Final = "/run/lock/mailstead.lock"
"""Held with ``flock`` by every script, so that two runs never work on one host."""
HOST_API_LOCK: Final = "/run/lock/mailstead-api.lock"
"""Held with ``flock`` while mailcow deletes something, so that two stacks never have it delete two things at once."""

MAIL_DEVICE: Final = "/dev/oracleoci/oraclevdb"
BACKUP_DEVICE: Final = "/dev/oracleoci/oraclevdc"
MAIL_ROOT: Final = "/srv/mail"
"""Where the mail volume is mounted: everything that outlives the host."""
BACKUP_ROOT: Final = "/backup"
INSTALL_ROOT: Final = "/srv/mail/mailcow-dockerized"
DOCKER_VOLUMES: Final = "/srv/mail/docker-volumes"
DOCKER_VOLUMES_BIND: Final = "/var/lib/docker/volumes"
"""Where ``DOCKER_VOLUMES`` is bound, so that a new host finds Docker's volumes and no old container."""
HOST_STATE_FOLDER: Final = "/srv/mail/mailstead"
HOST_SECRETS_FILE: Final = "/srv/mail/mailstead/secrets.env"
"""Mode 0600, root: ``API_KEY=``, ``API_KEY_READ_ONLY=`` and, until it is set, ``ADMIN_PASSWORD=``."""
ADMIN_PASSWORD_MARKER: Final = "/srv/mail/mailstead/admin-password-replaced"  # noqa: S105 — a path, not a password
BACKUP_PROGRAMS: Final = "/usr/local/lib/mailstead/backup"
"""What the timers run: root's own copies of backup/host."""
BACKUP_SETTINGS_FILE: Final = "/etc/mailstead/backup.env"
"""Lines of ``KEY=value``, no secret."""
BACKUP_KEY_FILE: Final = "/etc/mailstead/backup-key.asc"
"""The public key that backups are encrypted to."""
BACKUP_UNIT: Final = "mailstead-backup"
OFFSITE_UNIT: Final = "mailstead-offsite"
RCLONE_PROGRAM: Final = "/usr/local/lib/mailstead/rclone"
RCLONE_CONFIG: Final = "/etc/mailstead/rclone.conf"
"""Says where the remote ``offsite:`` is; holds no secret, but names the file that does."""
OFFSITE_CREDENTIALS: Final = "/etc/mailstead/offsite-credentials"
"""Mode 0600, root: key and secret of a bucket that speaks S3, as its own tools read them."""

MONITORING_PROGRAMS: Final = "/usr/local/lib/mailstead/monitoring"
"""What the timers run: root's own copies of the collectors."""
HOST_MONITORING: Final = "/home/ubuntu/.mailstead/monitoring"
"""The copy of monitoring/ that Pulumi makes."""
EXPORTER_SECRETS_FILE: Final = "/etc/mailstead/exporter.env"
"""Mode 0600, root: the environment of mailcow's exporter, with its API key and the token it asks for."""
OPS_SECRETS: Final = "/etc/mailstead/monitoring"
"""On the ops host: one file a secret, readable by root and the programs that use it."""
OPS_HOST: Final = "ops-host"
FIGURES_FOLDER: Final = "/var/lib/prometheus/node-exporter"
"""Where collectors leave what they measured, as node_exporter's textfile collector reads it."""

# --- Vault ------------------------------------------------------------------------------------------------
VAULT_MOUNT: Final = "secret"
VAULT_USERS: Final = "mail/users"
VAULT_HOSTS: Final = "mail/hosts"
VAULT_MOVE_INS: Final = "mail/move-in"
"""Passwords at other providers, from which people's mail is brought here."""
VAULT_RELAYS: Final = "mail/relays"
"""Passwords of servers that mail leaves by."""
VAULT_MONITORING: Final = "mail/monitoring"
"""What exporters and the ops host need: a token, the addresses of Slack and of the dead-man service."""
VAULT_DKIM: Final = "mail/dkim"
"""Key pairs that domains sign with, or are about to."""
HostSecretKind = Literal["admin", "api_key", "api_key_read_only", "backup_key", "offsite"]
"""``backup_key``: private half of the key that backups are encrypted to, under the first host's name only.
``offsite``: ``access_key_id`` and ``secret_access_key`` of a bucket that speaks S3."""

# --- mailcow ----------------------------------------------------------------------------------------------
DKIM_SELECTOR: Final = "s1"
DKIM_KEY_BITS: Final = 2048
ADDITIONAL_SAN: Final = "mail.*"
"""mailcow's setting that puts ``mail.<DOMAIN>`` of each domain into the certificate."""
MAX_CERTIFICATE_NAMES: Final = 100
"""Let's Encrypt takes no more names than this in one certificate."""

# --- environment of the product ---------------------------------------------------------------------------
ENV_SSH_KEY: Final = "MAILSTEAD_SSH_KEY"
ENV_RUN: Final = "MAILSTEAD_RUN"
"""Environment variable of the engine that `mailstead` runs, and of its plugins: which stack's run they are of."""
ENV_DESTROY: Final = "MAILSTEAD_DESTROY"
ENV_ADDRESS_FIRST: Final = "MAILSTEAD_ADDRESS_FIRST"
"""Environment variable with the name of the stack of which only the machines count in this run."""
ENV_RESOLVER: Final = "MAILSTEAD_RESOLVER"
"""Environment variable with the resolvers to ask instead of this machine's: ``192.0.2.53`` or ``192.0.2.53:5353``."""


def stack_file(stack: str) -> str:
    """Name the file with a stack's configuration: ``Pulumi.prod.yaml``."""
    return f"Pulumi.{stack}.yaml"


def host_name(number: int) -> str:
    """Name a mail host's resource: ``mail-host-1``."""
    return f"mail-host-{number}"


def host_part(number: int, part: str) -> str:
    """Name a resource of a mail host: ``mail-host-1-instance``."""
    return f"{host_name(number)}-{part}"


def default_hostname(number: int, first_domain: str) -> str:
    """Name a mail host in DNS: ``mail.example.com``, and ``mail2.example.com`` for the second."""
    return f"mail{'' if number == 1 else number}.{first_domain}"


def mail_name(domain: str) -> str:
    """Name what a hosted domain's A and MX records speak of: ``mail.startup.io``."""
    return f"mail.{domain}"


def address_of(local_part: str, domain: str) -> str:
    """Join an address: ``alice@example.com``. The address is also the resource's name."""
    return f"{local_part}@{domain}"


def user_secret(domain: str, local_part: str) -> str:
    """Path below the mount of a person's first password: ``mail/users/example.com/alice``."""
    return f"{VAULT_USERS}/{domain}/{local_part}"


def host_secret(hostname: str, kind: HostSecretKind) -> str:
    """Path below the mount of a host's secret: ``mail/hosts/mail.example.com/api_key``."""
    return f"{VAULT_HOSTS}/{hostname}/{kind}"


def dkim_secret(domain: str, selector: str) -> str:
    """Path below the mount of a domain's key pair: ``mail/dkim/example.com/s2``."""
    return f"{VAULT_DKIM}/{domain}/{selector}"


def bucket_name(stack: str) -> str:
    """Name the bucket that this program makes for a stack's backups: ``mail-backup-prod``."""
    return f"mail-backup-{stack}"


def ownership_tag(stack: str) -> str:
    """Mark of what this stack made in mailcow: tag of mailboxes and domains, private comment of aliases."""
    return f"{PROJECT}-{stack}"
