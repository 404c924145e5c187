"""What closing a mailbox ends at once, besides log-in itself: app passwords, remembered log-ins, open sessions.

Order matters: the mailbox is off before (so nobody comes in again), then the passwords go, then Dovecot forgets the
log-ins that it remembers for some minutes, and last those that are in are put out. All of it is safe to run again.
"""

import shlex
from typing import Final

import pulumi
import tenacity

from core.addresses import domain_problem, local_part_problem
from core.errors import HostUnreachableError, RefusedError
from users.host_provider import MailHost

_LIMIT_S: Final = 120
_PATIENCE_S: Final = 60
_SERVICE: Final = "dovecot-mailcow"
_NOBODY_IN: Final = 68  # doveadm's status when there is no such session (EX_NOHOST)
_SECONDS_TO_LEAVE: Final = 10
# What doveadm says of a kick is not enough: a process that serves others as well is left, with success. So it is
# looked who is in, and those who are still are put out again.
_END_SESSIONS: Final = """\
dovecot=$(sudo -n docker ps --quiet --filter label=com.docker.compose.service={service} | head -n 1)
[ -n "$dovecot" ] || {{ echo "no container of {service} runs" >&2; exit 1; }}
sudo -n docker exec "$dovecot" doveadm auth cache flush {who} || exit
for _ in $(seq {seconds}); do
  sudo -n docker exec "$dovecot" doveadm kick {who} || [ $? -eq {nobody_in} ] || exit
  sudo -n docker exec "$dovecot" doveadm who -1 {who} | cut -d ' ' -f 1 | grep -qxF -e {who} || exit 0
  sleep 1
done
echo "sessions of {who} did not end within {seconds} s; look there with: doveadm who {who}" >&2
exit 1
"""


def end_everything(host: MailHost, address: str) -> None:
    """End all that still opens a mailbox that was just closed.

    Raises:
        MailcowError: mailcow refused, or does not answer.
        SshError: The host cannot be reached, or its Dovecot not be asked.
    """
    app_passwords = host.mailcow.list_app_passwords(address)
    if not app_passwords:
        host.prove_it_answers()  # that there is none is said by what is not shown
    for found in app_passwords:
        host.mailcow.delete_app_password(address, found.id)
    end_sessions(host, address)


def end_sessions(host: MailHost, address: str) -> None:
    """Have Dovecot forget the log-ins of a mailbox and put out who is in; its password and app passwords stay.

    Where the host cannot be reached but by its API, this is said and left.

    Raises:
        RefusedError: It is no address.
        SshError: The host cannot be reached, or its Dovecot not be asked.
    """
    if host.shell is None:
        pulumi.log.warn(
            f"{address} can log in no more; sessions that are open go on until they end, as {host.name} is reached"
            f" by its API only; to end them at once, run there: doveadm kick {address}"
        )
        return
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(HostUnreachableError),
        stop=tenacity.stop_after_delay(_PATIENCE_S),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=10),
        reraise=True,
    )
    retrying(host.shell.run, doveadm_command(address), timeout_s=_LIMIT_S)


def doveadm_command(address: str) -> str:
    """Write what the host runs: in Dovecot's container, wherever mailcow is installed.

    Raises:
        RefusedError: It is no address; doveadm takes patterns, and one of those could mean everybody.
    """
    local_part, _, domain = address.rpartition("@")
    if local_part_problem(local_part) or domain_problem(domain):
        raise RefusedError(f"{address!r} is no address of ours, so no session is ended by it; check the list")
    return _END_SESSIONS.format(
        service=_SERVICE, who=shlex.quote(address), nobody_in=_NOBODY_IN, seconds=_SECONDS_TO_LEAVE
    )
