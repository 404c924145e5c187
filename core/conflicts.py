"""Where settings and list, each right by itself, do not fit together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from core import names
from core.errors import Problem
from core.people import MailDomain, MailList
from core.settings import Settings
from core.suggestions import did_you_mean

# Names that are made below a domain and that are CNAME records: nothing else can have them.
_CNAME_PREFIXES: Final = ("autodiscover", "autoconfig")


def find_conflicts(
    settings: Settings,
    mail_list: MailList,
    served: Sequence[MailDomain],
    hostnames: Mapping[int, str],
    *,
    stack_file: str,
    mail_list_file: str,
) -> list[Problem]:
    """Find every contradiction.

    Args:
        settings: The stack's configuration.
        mail_list: The whole list.
        served: The domains of it that this stack serves.
        hostnames: Name in DNS of each mail host, by number.
        stack_file: Name of the file with the configuration, for problems.
        mail_list_file: The list's name, for problems.
    """
    wrong_settings = (*_unlisted(settings, mail_list, mail_list_file), *_crowded_hosts(served, hostnames))
    problems = [Problem(stack_file, None, message) for message in wrong_settings]
    for domain in served:
        wrong = _wrong_with(domain, settings, served, hostnames)
        problems += [Problem(mail_list_file, domain.line, message) for message in wrong]
    if not mail_list.domains:
        problems.append(
            Problem(mail_list_file, None, "the list is empty; write domains: [{name: example.com, users: [alice]}]")
        )
    return problems


def _unlisted(settings: Settings, mail_list: MailList, mail_list_file: str) -> Iterator[str]:
    listed = {domain.name for domain in mail_list.domains}
    for name in settings.domain_names:
        if name not in listed:
            meant = did_you_mean(name, listed)
            advice = f"did you mean {meant}?" if meant else "add it there, or take it out here"
            yield f"domain_names {name} is not in {mail_list_file}; {advice}"


def _crowded_hosts(served: Sequence[MailDomain], hostnames: Mapping[int, str]) -> Iterator[str]:
    for number, hostname in hostnames.items():
        wanted = certificate_names(hostname, [domain.name for domain in served if domain.server == number])
        if len(wanted) > names.MAX_CERTIFICATE_NAMES:
            yield (
                f"server {number} needs a certificate for {len(wanted)} names and one holds"
                f" {names.MAX_CERTIFICATE_NAMES}, three for each domain; move domains to another server or stack"
            )


def certificate_names(hostname: str, domains: Sequence[str]) -> frozenset[str]:
    """Say which names a host's certificate has to hold."""
    per_domain = (
        name
        for domain in domains
        for name in (names.mail_name(domain), *(f"{prefix}.{domain}" for prefix in _CNAME_PREFIXES))
    )
    return frozenset({hostname, *per_domain})


def _wrong_with(
    domain: MailDomain, settings: Settings, served: Sequence[MailDomain], hostnames: Mapping[int, str]
) -> Iterator[str]:
    if domain.server > settings.instance_count:
        yield (
            f"server {domain.server} of {domain.name} does not exist, instance_count is {settings.instance_count};"
            f" write a number up to {settings.instance_count}, or raise instance_count"
        )
    if not domain.users and domain.postmaster is None:
        yield f"{domain.name} has no users; add some, or say who reads postmaster@: postmaster: ADDRESS"
    for number, hostname in hostnames.items():
        if domain.name == hostname:
            yield f"domain {domain.name} is the name of mail host {number}; give the host another mail_hostname"
        if names.mail_name(domain.name) == hostname and number != domain.server:
            yield (
                f"server {domain.server} of {domain.name} does not fit: {hostname}, where its mail is delivered,"
                f" is mail host {number}; write server: {number}, or another mail_hostname"
            )
    for other in served:
        if domain.name in {f"{prefix}.{other.name}" for prefix in _CNAME_PREFIXES}:
            yield f"domain {domain.name} is a name that {other.name} needs for mail programs; take it out"
