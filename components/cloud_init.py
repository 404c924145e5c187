"""What a new instance does by itself at its first boot: its name, and SSH by key only."""

import base64

import yaml

# sshd takes the first value it meets, and the image's own file is 50-cloud-init.conf: ours must sort before it.
_SSHD_FILE = "/etc/ssh/sshd_config.d/10-mailstead.conf"
# MaxAuthTries stays as it is: an agent offers its keys one after another, and the right one may be the fifth.
# Forwarding from the host's own side stays open (local): the mail server's API is reached through it.
_SSHD_SETTINGS = """\
# Written by mailstead at the first boot.
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
LoginGraceTime 30
X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding local
"""


def user_data(hostname: str) -> str:
    """Give the first boot's instructions in the form OCI's metadata wants: base64 of a cloud-config.

    Every process on the machine can read it, and so can whoever reads the state: it holds no secret.

    Args:
        hostname: Fully qualified name of the mail host.
    """
    wishes = {
        "hostname": hostname.partition(".")[0],
        "fqdn": hostname,
        "ssh_pwauth": False,
        "disable_root": True,
        "write_files": [{"path": _SSHD_FILE, "permissions": "0644", "content": _SSHD_SETTINGS}],
        # Debian and Ubuntu call the unit ssh; sshd may not run yet, then the new file is read when it starts.
        "runcmd": [["systemctl", "try-reload-or-restart", "ssh.service"]],
    }
    document = "#cloud-config\n" + yaml.safe_dump(wishes, sort_keys=False)
    return base64.b64encode(document.encode()).decode()
