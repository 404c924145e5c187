"""Which certificates a stack waits for: one for each of its mail hosts, when they come from Let's Encrypt."""

from collections.abc import Mapping, Sequence

import pulumi

from components.certificate import Certificate
from components.mail_host import MailHost
from components.mail_site import Machine
from core import names
from core.certificate import wanted_names
from core.desired import DesiredState, Host
from core.settings import Settings


def certificates(
    settings: Settings,
    state: DesiredState,
    machines: Mapping[int, Machine],
    *,
    after: Sequence[pulumi.Resource],
) -> list[Certificate]:
    """Register them. A server that is there already has its own ways, and is left alone.

    They wait for no gate: a domain whose DNS is not right is nobody else's affair, and mailcow leaves its names out.

    Args:
        settings: The stack's config.
        state: What should be.
        machines: The mail hosts, by number.
        after: What mailcow has to have before it is asked: the domains; and DNS, where this program enters the records.
    """
    if not settings.lets_encrypt:
        return []
    hosts = [(host, machines[host.number]) for host in state.hosts]
    return [_certificate(host, machine, state, after=after) for host, machine in hosts if isinstance(machine, MailHost)]


def _certificate(
    host: Host, machine: MailHost, state: DesiredState, *, after: Sequence[pulumi.Resource]
) -> Certificate:
    return Certificate(
        names.host_part(host.number, "certificate"),
        instance_id=machine.instance_id,
        address=machine.address,
        user=names.SSH_USER,
        host_key=machine.host_key,
        hostname=host.hostname,
        stack=state.stack,
        names=wanted_names(state, host),
        opts=pulumi.ResourceOptions(depends_on=list(after)),
    )
