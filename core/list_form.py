"""A list of people in the shortest form of its grammar, as lists and dictionaries; how it is laid out is not said here.

Reading what these say gives the same list again.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from core import list_keys as key
from core import list_relay_keys as relay_key
from core import relay_values
from core.addresses import domain_for_people
from core.list_shapes import Key
from core.names import DKIM_SELECTOR
from core.people import Forward, Group, Leaver, MailDomain, MailList, MoveIn, Relay, Subdomain, User

Plain = dict[str, Any]
"""Keys with texts, numbers, true or false, days, and lists or dictionaries of these."""


def as_plain(mail_list: MailList) -> Plain:
    """Say a list in its shortest form."""
    return _keys((key.DOMAINS, [_domain(domain) for domain in mail_list.domains]))


def _domain(domain: MailDomain) -> Plain:
    here = domain.name
    return _keys(
        (key.DOMAIN_NAME, domain_for_people(here)),
        (key.SERVER, domain.server if domain.server != 1 else None),
        (key.DKIM_SELECTOR, domain.dkim_selector if domain.dkim_selector != DKIM_SELECTOR else None),
        (key.DKIM_NEXT, domain.dkim_next or None),
        (key.DKIM_RETIRED, domain.dkim_retired or None),
        (key.POSTMASTER, _target(domain.postmaster, here) if domain.postmaster else None),
        (key.CATCH_ALL, _target(domain.catch_all, here) if domain.catch_all else None),
        (key.OUTBOUND, domain.outbound or None),
        (key.RELAYED, _relay(domain.relay) if domain.relay else None),
        (key.MTA_STS, domain.mta_sts if domain.mta_sts != "off" else None),
        (key.DOMAIN_DEFAULTS, _like(domain.defaults) or None),
        (key.USERS, [user_line(user, here) for user in domain.users]),
        (key.ALIASES, [_group(group, here) for group in domain.aliases] or None),
        (key.LISTS, [_group(group, here) for group in domain.lists] or None),
        (key.SUBDOMAINS, [_subdomain(subdomain, here) for subdomain in domain.subdomains] or None),
        (key.OFFBOARDED, [leaver_line(leaver, here) for leaver in domain.offboarded] or None),
    )


def user_line(user: User, domain: str) -> str | Plain:
    """Say a user's item in the list: a name, or keys where there is more to say.

    Args:
        user: The user.
        domain: The domain it stands under, as DNS has it.
    """
    said = _keys(
        (key.USER_NAME, user.name),
        (key.FULL_NAME, user.full_name),
        (key.FURTHER_NAMES, list(user.aliases) or None),
        *_likes(user),
        (key.FORWARDED, _forward(user.forward, domain) if user.forward else None),
        (key.REUSE_ADDRESS, user.reuse_address or None),
        (key.MOVED_IN, _move_in(user.move_in) if user.move_in else None),
    )
    return user.name if len(said) == 1 else said


def leaver_line(leaver: Leaver, domain: str) -> Plain:
    """Say the item of somebody who has left.

    Args:
        leaver: Who has left.
        domain: The domain it stands under, as DNS has it.
    """
    mail: str | Plain | None = None if leaver.mail == "refuse" else leaver.mail
    if leaver.mail == "forward":
        mail = _keys((key.LEAVER_FORWARD, _targets(leaver.forward_to, domain)))
    return _keys(
        (key.LEAVER_NAME, leaver.name),
        (key.UNTIL, leaver.until),
        (key.LEAVER_MAIL, mail),
        (key.AUTO_REPLY, leaver.auto_reply or None),
        (key.FULL_NAME, leaver.was.full_name),
        (key.FURTHER_NAMES, list(leaver.was.aliases) or None),
        *_likes(leaver.was),
    )


def _like(user: User) -> Plain:
    return _keys(*_likes(user))


def _likes(user: User) -> Iterator[tuple[Key[Any], object]]:
    yield key.QUOTA, user.quota_mib
    yield key.OPEN_PROTOCOLS, None if user.protocols is None else list(user.protocols)
    yield key.SENDING_LIMIT, "none" if user.sending_limit == "" else user.sending_limit
    yield key.CHANGE_PASSWORD, user.change_password
    yield key.TAGS, None if user.tags is None else list(user.tags)


def _forward(forward: Forward, domain: str) -> str | list[str] | Plain:
    to = _targets(forward.to, domain)
    return to if forward.keep else _keys((key.FORWARD_TO, to), (key.FORWARD_KEEP, False))


def _move_in(move_in: MoveIn) -> Plain:
    usual_port = key.MOVE_IN_PORTS[move_in.encryption]
    return _keys(
        (key.MOVE_IN_SERVER, domain_for_people(move_in.server)),
        (key.MOVE_IN_PORT, move_in.port if move_in.port != usual_port else None),
        (key.MOVE_IN_ENCRYPTION, move_in.encryption if move_in.encryption != "tls" else None),
        (key.MOVE_IN_USER, move_in.user),
        (key.MOVE_IN_PASSWORD, move_in.password_in),
    )


def _relay(relay: Relay) -> Plain:
    return _keys(
        (relay_key.HOST, domain_for_people(relay.host)),
        (relay_key.PORT, relay.port if relay.port != relay_values.DEFAULT_PORT else None),
        (relay_key.USER, relay.user or None),
        (relay_key.PASSWORD, relay.password_in or None),
        (relay_key.TLS, relay.tls if relay.tls != relay_values.DEFAULT_TLS else None),
        (relay_key.SPF, relay.spf or None),
    )


def _group(group: Group, domain: str) -> Plain:
    return _keys((key.ALIAS_NAME, group.name), (key.LEADS_TO, _targets(group.to, domain)))


def _subdomain(subdomain: Subdomain, domain: str) -> Plain:
    whole, behind = domain_for_people(f"{subdomain.name}.{domain}"), f".{domain_for_people(domain)}"
    return _keys(
        (key.SUBDOMAIN_NAME, whole.removesuffix(behind) if whole.endswith(behind) else subdomain.name),
        (key.SUBDOMAIN_ADDRESS, subdomain.address or None),
        (key.SUBDOMAIN_CNAME, domain_for_people(subdomain.cname) if subdomain.cname else None),
    )


def _targets(addresses: Sequence[str], domain: str) -> str | list[str]:
    targets = [_target(address, domain) for address in addresses]
    return targets[0] if len(targets) == 1 else targets


def _target(address: str, domain: str) -> str:
    local_part, _, behind = address.rpartition("@")
    return local_part if behind == domain else f"{local_part}@{domain_for_people(behind)}"


def _keys(*pairs: tuple[Key[Any], object]) -> Plain:
    return {key.name: value for key, value in pairs if value is not None}
