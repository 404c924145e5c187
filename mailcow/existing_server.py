"""A mailcow that is there already: nothing is installed, configured or probed, people are only put into it."""

from dataclasses import dataclass

import pulumi

from components.dynamic_provider import dynamic_provider
from components.existing_host import ExistingHost
from core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ExistingServerArgs:
    """What an ``ExistingServer`` needs.

    Attributes:
        machine: The server it runs on.
        settings: The stack's config: how its API is reached, and whether what is there is taken over.
        stack: The stack's name; it is part of the tag on everything that is made in mailcow.
        prefix: Name of the provider resource: ``mail-host-1``.
    """

    machine: ExistingHost
    settings: Settings
    stack: str
    prefix: str


class ExistingServer(pulumi.ComponentResource):
    """mailcow on a server of somebody else's making; its API key is in Vault already.

    Attributes:
        provider: What mailboxes, domains, aliases and DKIM keys of this host are made through.
    """

    provider: pulumi.ProviderResource

    def __init__(self, name: str, args: ExistingServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:mailcow:ExistingServer", name, None, opts)
        machine, settings = args.machine, args.settings
        by_ssh: dict[str, pulumi.Input[str]] = {}
        if machine.host_key is not None:
            by_ssh = {"host:key": machine.host_key, "host:user": settings.ssh_user}
        self.provider = dynamic_provider(
            args.prefix,
            {
                "host:name": machine.hostname,
                "host:address": machine.address,
                **by_ssh,
                "host:stack": args.stack,
                "host:api_access": "" if by_ssh else "https",
                "host:connect_to": settings.api_connect_to,
                "host:ca_bundle": settings.api_ca_bundle,
                "host:adopt": "true" if settings.adopt else "",
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"hostname": machine.hostname})
