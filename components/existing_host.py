"""A mail server that is there already: nothing of it is made or changed, only its address and key are known."""

from dataclasses import dataclass

import pulumi

from components.host_key import HostKey
from core.desired import Host
from core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ExistingHostArgs:
    """What an ``ExistingHost`` needs.

    Attributes:
        host: Its number and names.
        settings: The stack's config: its address, and how it is reached.
    """

    host: Host
    settings: Settings


class ExistingHost(pulumi.ComponentResource):
    """A machine of somebody else's making.

    Attributes:
        hostname: Fully qualified name, as mailcow has it.
        address: Its IP address or name.
        host_key: SSH host key, as ``ssh-ed25519 AAAA…``, recorded at the first contact; None where no SSH is spoken.
    """

    hostname: str
    address: pulumi.Output[str]
    host_key: pulumi.Output[str] | None

    def __init__(self, name: str, args: ExistingHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:host:ExistingHost", name, None, opts)
        settings = args.settings
        self.hostname = args.host.hostname
        self.address = pulumi.Output.from_input(settings.host_address)
        self.host_key = self._key(name, settings) if settings.api_access == "ssh" else None
        self.register_outputs({"address": self.address})

    def _key(self, name: str, settings: Settings) -> pulumi.Output[str]:
        """Pin the key of the server at this address; another address or generation is a new first contact."""
        return HostKey(
            f"{name}-key",
            instance_id=f"{settings.host_address} generation {settings.host_generation}",
            address=settings.host_address,
            user=settings.ssh_user,
            opts=pulumi.ResourceOptions(parent=self),
        ).host_key
