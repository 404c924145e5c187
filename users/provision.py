"""The People component: from the desired state to one resource a domain, key, alias, first password and mailbox."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from core.desired import DesiredAlias, DesiredDomain, DesiredMailbox, DesiredMoveIn, DesiredState
from core.dkim import record_name
from core.errors import RefusedError
from core.mta_sts import policy_of
from core.names import DKIM_KEY_BITS
from core.people import Relay
from users.alias import Alias
from users.dkim_key import DkimKey
from users.dkim_pair import DkimPair
from users.dns_gates import Gates, dns_gates
from users.domain import Domain
from users.mailbox import Mailbox
from users.move_in import MoveIn
from users.mta_sts import MtaSts
from users.roster import Roster
from users.vault_secret import VaultSecret
from users.way_out import WayOut


def _by_hand(_dkim: pulumi.Output[dict[str, str]]) -> Sequence[pulumi.Resource]:
    """Leave the records to a person."""
    return ()


@dataclass(frozen=True, kw_only=True)
class PeopleArgs:
    """What ``People`` needs.

    Attributes:
        state: What should be.
        providers: The explicit provider of each mail host, by the host's number.
        publish: Enters the records in DNS, given each domain's DKIM record; returns what does it.
        gates: Whether and how people of a domain wait for its DNS; None for not at all.

    Raises:
        RefusedError: A domain lies on a host that has no provider.
    """

    state: DesiredState
    providers: Mapping[int, pulumi.ProviderResource]
    gates: Gates | None = None
    publish: Callable[[pulumi.Output[dict[str, str]]], Sequence[pulumi.Resource]] = field(default=_by_hand)

    def __post_init__(self) -> None:
        """Check that each domain's host is there."""
        for domain in self.state.domains:
            if domain.server not in self.providers:
                raise RefusedError(f"{domain.name} is on server {domain.server}, and there is no such mail host")


class People(pulumi.ComponentResource):
    """Everybody of a stack, and what their mail needs."""

    dkim_records: pulumi.Output[dict[str, str]]
    """Each domain with the value of its DKIM record; other keys of it with the names of theirs."""
    resources: Sequence[pulumi.Resource]
    """All but those that one of these waits for."""
    before_certificates: Sequence[pulumi.Resource]
    """What a certificate needs: the domains, by whose names it is made out, and what enters their records in DNS."""

    def __init__(self, name: str, args: PeopleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:people:People", name, None, opts)
        self._args = args
        self._living = {mailbox.domain for mailbox in args.state.mailboxes if mailbox.active}
        self._roster = self._record(args.state)
        self._domains = {domain.name: self._domain(domain) for domain in args.state.domains}
        keys = {domain.name: self._key(domain) for domain in args.state.domains}
        pairs = {
            record_name(domain.dkim_next, domain.name): self._next_key(domain)
            for domain in args.state.domains
            if domain.dkim_next
        }
        texts_of = {domain: key.dns_text for domain, key in keys.items()}
        beside = {name: pair.dns_text for name, pair in pairs.items()} | {
            record_name(domain.dkim_retired, domain.name): keys[domain.name].retired_text
            for domain in args.state.domains
            if domain.dkim_retired
        }
        # A domain that was taken over without a key has none to publish.
        texts = pulumi.Output.all(**texts_of, **beside)
        self.dkim_records = texts.apply(lambda found: {domain: text for domain, text in found.items() if text})
        entered = args.publish(self.dkim_records)
        policies = list(self._policies(args.state))
        # mailcow asks for a policy's own name only while it serves one.
        self.before_certificates = (*self._domains.values(), *entered, *policies)
        self._gates = dns_gates(args.state, args.gates, keys=texts_of, living=self._living, parent=self, after=entered)
        self._mailboxes = {mailbox.address: self._person(mailbox) for mailbox in args.state.mailboxes}
        aliases = [self._alias(alias) for alias in args.state.aliases]
        move_ins = [self._move_in(move_in) for move_in in args.state.move_ins]
        ways_out = [
            self._way_out(domain, domain.outbound.relay) for domain in args.state.domains if domain.outbound.relay
        ]
        of_domains = (*keys.values(), *pairs.values(), *ways_out, *policies)
        self.resources = (*of_domains, *self._mailboxes.values(), *aliases, *move_ins)
        self.register_outputs({"dkim_records": self.dkim_records})

    def _record(self, state: DesiredState) -> Roster:
        return Roster(
            "roster",
            stack=state.stack,
            domains=[domain.name for domain in state.domains],
            addresses={mailbox.address: _until(mailbox) for mailbox in state.mailboxes},
            reuse_addresses=[mailbox.address for mailbox in state.mailboxes if mailbox.reuse_address],
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _domain(self, desired: DesiredDomain) -> Domain:
        # A domain is let go as its people are: closed first, unprotected by that update, then taken out of the list.
        protect = desired.name in self._living
        return Domain(desired.name, desired=desired, opts=self._on(desired.server, [self._roster], protect=protect))

    def _key(self, desired: DesiredDomain) -> DkimKey:
        return DkimKey(
            desired.name,
            domain=desired.name,
            selector=desired.dkim_selector,
            key_size=DKIM_KEY_BITS,
            following=desired.dkim_next,
            retired=desired.dkim_retired,
            opts=self._on(desired.server, [self._domains[desired.name]], protect=desired.name in self._living),
        )

    def _next_key(self, desired: DesiredDomain) -> DkimPair:
        return DkimPair(
            record_name(desired.dkim_next, desired.name),
            domain=desired.name,
            selector=desired.dkim_next,
            stack=self._args.state.stack,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._roster]),
        )

    def _person(self, desired: DesiredMailbox) -> Mailbox:
        """Register the first password, then the mailbox that is made with it."""
        secret = VaultSecret(
            desired.address,
            address=desired.address,
            domain=desired.domain,
            local_part=desired.local_part,
            stack=self._args.state.stack,
            kept_until=_until(desired),
            # On the default provider: while a host's own is not known yet, its resources are not even compared.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._roster], protect=desired.active),
        )
        # Who leaves waits for nothing: a door that has to be closed is closed whatever DNS says.
        needed = [self._domains[desired.domain], secret, *(self._gate(desired.domain) if desired.active else ())]
        return Mailbox(
            desired.address,
            desired=desired,
            secret_made=secret.made,
            opts=self._on(desired.server, needed, protect=desired.active),
        )

    def _alias(self, desired: DesiredAlias) -> Alias:
        targets = [self._mailboxes[target] for target in desired.goto if target in self._mailboxes]
        needed = [self._domains[desired.domain], *targets, *self._gate(desired.domain)]
        return Alias(desired.address, desired=desired, opts=self._on(desired.server, needed, protect=False))

    def _move_in(self, desired: DesiredMoveIn) -> MoveIn:
        needed = [self._mailboxes[desired.address]]
        return MoveIn(desired.address, desired=desired, opts=self._on(desired.server, needed, protect=False))

    def _way_out(self, desired: DesiredDomain, relay: Relay) -> WayOut:
        # Nobody waits for it: mail that is written before it is there lies in the queue, and leaves by it afterwards.
        opts = self._on(desired.server, [self._domains[desired.name]], protect=False)
        return WayOut(desired.name, relay=relay, opts=opts)

    def _policies(self, state: DesiredState) -> Iterator[MtaSts]:
        hostnames = {host.number: host.hostname for host in state.hosts}
        for domain in state.domains:
            policy = policy_of(domain.mta_sts, domain.name, hostnames[domain.server])
            if policy is not None:
                opts = self._on(domain.server, [self._domains[domain.name]], protect=False)
                yield MtaSts(domain.name, policy=policy, opts=opts)

    def _gate(self, domain: str) -> Iterable[pulumi.Resource]:
        return [self._gates[domain]] if domain in self._gates else []

    def _on(self, server: int, needed: Iterable[pulumi.Resource], *, protect: bool) -> pulumi.ResourceOptions:
        """Make a resource of this component on a mail host, after what it needs."""
        return pulumi.ResourceOptions(
            parent=self, provider=self._args.providers[server], depends_on=list(needed), protect=protect
        )


def _until(mailbox: DesiredMailbox) -> str:
    return mailbox.kept_until.isoformat() if mailbox.kept_until else ""
