"""Where settings and list, each right by itself, do not fit together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from core import backup_rules, monitoring_rules, mta_sts, names, outbound
from core.certificate import PROGRAM_PREFIXES, certificate_names
from core.errors import Problem
from core.host_choice import EXISTING
from core.people import MailDomain, MailList
from core.settings import Settings
from core.suggestions import did_you_mean

_MIB_PER_GIB: Final = 1_024


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
    wrong_settings = (
        *_unlisted(settings, mail_list, mail_list_file),
        *outbound.wrong_settings(settings),
        *backup_rules.wrong_settings(settings),
        *monitoring_rules.wrong_settings(
            settings, hostnames=hostnames.values(), listed=[domain.name for domain in mail_list.domains]
        ),
    )
    problems = [Problem(stack_file, None, message) for message in wrong_settings]
    crowded = _crowded_hosts(settings, served, hostnames)
    problems += [Problem(mail_list_file, line, message) for line, message in crowded]
    for domain in served:
        wrong = (
            *_wrong_with(domain, settings, served, hostnames),
            *outbound.wrong_outbound(domain, settings),
            *mta_sts.wrong_policy(domain, settings),
        )
        problems += [Problem(mail_list_file, domain.line, message) for message in wrong]
        wrong_lines = (*_too_big(domain, settings), *_taken_names(domain, served, hostnames))
        problems += [Problem(mail_list_file, line, message) for line, message in wrong_lines]
    problems += [Problem(mail_list_file, line, message) for line, message in outbound.wrong_together(served, settings)]
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


def _crowded_hosts(
    settings: Settings, served: Sequence[MailDomain], hostnames: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """Find hosts with more domains than one certificate has names for, at the first domain too many."""
    if not settings.lets_encrypt or settings.host == EXISTING:
        return
    for number, hostname in hostnames.items():
        here = [domain for domain in served if domain.server == number]
        policies = _with_policies(here)
        sizes = [
            len(certificate_names(hostname, [one.name for one in here[:upto]], policies))
            for upto in range(1, len(here) + 1)
        ]
        fitting = sum(size <= names.MAX_CERTIFICATE_NAMES for size in sizes)
        if fitting < len(here):
            yield (
                here[fitting].line,
                (
                    f"server {number} needs a certificate for {sizes[-1]} names and one holds"
                    f" {names.MAX_CERTIFICATE_NAMES}, three for each domain"
                    f"{' and one for its mta_sts' if policies else ''}, so {fitting} domains fit there;"
                    f" write server: {number + 1} at {here[fitting].name} and others, or move them to another stack"
                ),
            )


def _with_policies(domains: Sequence[MailDomain]) -> frozenset[str]:
    return frozenset(domain.name for domain in domains if domain.mta_sts != mta_sts.OFF)


def _wrong_with(
    domain: MailDomain, settings: Settings, served: Sequence[MailDomain], hostnames: Mapping[int, str]
) -> Iterator[str]:
    if domain.server > settings.instance_count:
        yield (
            f"server {domain.server} of {domain.name} does not exist, instance_count is {settings.instance_count};"
            f" write a number up to {settings.instance_count}, or raise instance_count"
        )
    if domain.role_target is None and domain.missing_roles and not settings.adopt:
        yield f"{domain.name} has no users; add some, or say who reads postmaster@: postmaster: ADDRESS"
    for number, hostname in hostnames.items():
        if domain.name == hostname:
            yield f"domain {domain.name} is the name of mail host {number}; give the host another mail_hostname"
        if names.mail_name(domain.name) == hostname and number != domain.server:
            yield (
                f"server {domain.server} of {domain.name} does not fit: {hostname}, where its mail is delivered,"
                f" is mail host {number}; write server: {number}, or another mail_hostname"
            )
        if hostname in {f"{prefix}.{domain.name}" for prefix in PROGRAM_PREFIXES}:
            yield f"mail_hostname {hostname} is a name that {domain.name} needs for mail programs; write another"
    for other in served:
        if domain.name in {f"{prefix}.{other.name}" for prefix in PROGRAM_PREFIXES}:
            yield f"domain {domain.name} is a name that {other.name} needs for mail programs; take it out"


def _too_big(domain: MailDomain, settings: Settings) -> Iterator[tuple[int, str]]:
    """Find quotas that the mail volume cannot hold; how big that of an existing server is, nobody here knows."""
    volume_mib = settings.block_volume_sizes[0] * _MIB_PER_GIB
    said = [(domain.line, "defaults", domain.defaults.quota_mib)]
    said += [(user.line, user.name, user.quota_mib) for user in domain.users]
    said += [(leaver.line, leaver.name, leaver.was.quota_mib) for leaver in domain.offboarded]
    for line, who, quota_mib in said if settings.host != EXISTING else ():
        if quota_mib and quota_mib > volume_mib:
            yield (
                line,
                (
                    f"quota_mib {quota_mib} of {who} of {domain.name} is more than the mail volume holds;"
                    f" write at most {volume_mib}, or raise the first of block_volume_sizes"
                ),
            )


def _taken_names(
    domain: MailDomain, served: Sequence[MailDomain], hostnames: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """Find host names of a domain that mail needs, be it for a domain below this one, and what is given twice."""
    for_mail = {name for other in served for name in certificate_names("", [other.name], _with_policies([other]))}
    elsewhere = {f"{host.name}.{other.name}" for other in served if other != domain for host in other.subdomains}
    for subdomain in domain.subdomains:
        name = f"{subdomain.name}.{domain.name}"
        if name in elsewhere:
            yield (
                subdomain.line,
                f"subdomain {subdomain.name} of {domain.name} stands at another domain too; take one out",
            )
        if name in for_mail or name in hostnames.values():
            yield subdomain.line, f"subdomain {subdomain.name} of {domain.name} is a name that mail needs; take it out"
        if subdomain.cname == name:
            yield subdomain.line, f"subdomain {subdomain.name} of {domain.name} leads to itself; write another cname"
        if subdomain.cname and name in {other.name for other in served}:
            yield (
                subdomain.line,
                (
                    f"subdomain {subdomain.name} of {domain.name} is a domain with mail, which cannot be a cname;"
                    " write its address"
                ),
            )
