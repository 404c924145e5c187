"""The table of DNS records that mail needs: every row with its value, its reason and when it stands.

Rows and reasons follow the RFCs named at them. CAA stands at the names that the certificate is for, and not at a
domain's own name: there it would forbid other authorities the certificates of the customer's web site. Names that are
a CNAME to the host are covered, because an authority follows a CNAME when it looks for CAA (RFC 8659, 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core import ports

When = Literal[
    "address known",
    "own mail name",
    "direct",
    "relayed",
    "key known",
    "let's encrypt",
    "sieve open",
    "sieve closed",
    "mta-sts",
]
"""What must hold for a row to stand."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of record; name, type, value and reason hold ``{words}`` that each host or domain fills in."""

    name: str
    type: str
    value: str
    reason: str
    required: bool
    """False when mail works without it, only less well."""
    when: tuple[When, ...] = ()
    """All of these must hold."""


def _needed(name: str, kind: str, value: str, reason: str, *when: When) -> Row:
    return Row(name=name, type=kind, value=value, reason=reason, required=True, when=when)


def _better(name: str, kind: str, value: str, reason: str, *when: When) -> Row:
    return Row(name=name, type=kind, value=value, reason=reason, required=False, when=when)


def _service(label: str, port: int, reason: str, *when: When) -> Row:
    """Announce a service; priority 0, weight 1: there is one server (RFC 2782)."""
    return _better(f"{label}._tcp.{{domain}}", "SRV", f"0 1 {port} {{host}}", reason, *when)


_CAA: Final = '0 issue "letsencrypt.org"'
_DAV_PATH: Final = "path=/SOGo/dav/"
_NOT_OFFERED: Final = "0 0 0 ."
"""Data of an SRV record that says: there is no such service (RFC 2782)."""

HOST_ROWS: Final[tuple[Row, ...]] = (
    _needed("{host}", "{address_type}", "{address}", "where the mail host is", "address known"),
    _needed(
        "{address}",
        "PTR",
        "{host}",
        "other servers refuse mail from an address that names nobody;"
        " not in your zone: asked from the cloud provider, at Oracle by a support request",
        "address known",
        "direct",
    ),
    _better(
        "{address}",
        "PTR",
        "{host}",
        "mail leaves by a relay, whose own PTR counts; good to have all the same;"
        " not in your zone: asked from the cloud provider, at Oracle by a support request",
        "address known",
        "relayed",
    ),
    _better(
        "{host}",
        "TXT",
        "v=spf1 a{relay_spf} -all",
        "bounces carry the host's name as sender and have no other SPF",
    ),
    _better(
        "_dmarc.{host}",
        "TXT",
        "v=DMARC1; p=none",
        "the host's own notices are not signed and would fall under the domain's policy",
    ),
    _better("{host}", "CAA", _CAA, "nobody but Let's Encrypt issues certificates for this name", "let's encrypt"),
)
"""Of each mail host."""

DOMAIN_ROWS: Final[tuple[Row, ...]] = (
    _needed("{mail}", "{address_type}", "{address}", "where mail for {domain} is delivered", "own mail name"),
    # RFC 5321, 5.1, and RFC 2181, 10.3: what an MX names is no CNAME.
    _needed("{domain}", "MX", "10 {mail}", "other servers find where to deliver"),
    # RFC 7208, 4.5: exactly one.
    _needed("{domain}", "TXT", "v=spf1 mx{sender}{relay_spf} -all", "SPF: {spf_reason}"),
    _needed(
        "{selector}._domainkey.{domain}",
        "TXT",
        "{dkim}",
        "DKIM: receivers check the signature with this key",
        "key known",
    ),
    # RFC 9989: `pct` is gone, and sub-domains have the same policy unless it says otherwise.
    _needed(
        "_dmarc.{domain}",
        "TXT",
        "v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}",
        "DMARC: what receivers do with mail that fails, and where they report",
    ),
    _better("autodiscover.{domain}", "CNAME", "{host}", "Outlook finds its settings"),
    _better("autoconfig.{domain}", "CNAME", "{host}", "Thunderbird finds its settings"),
    _service("_autodiscover", ports.HTTPS, "Outlook finds its settings"),
    # RFC 6186 and RFC 8314, 5.1; a service that is not offered is announced as such.
    _service("_imaps", ports.IMAPS, "mail programs find IMAP"),
    _service("_pop3s", ports.POP3S, "mail programs find POP3"),
    _service("_submissions", ports.SUBMISSIONS, "mail programs find where to send, over TLS"),
    _service("_submission", ports.SUBMISSION, "mail programs find where to send, with STARTTLS"),
    _service("_sieve", ports.SIEVE, "mail programs find where filters are edited", "sieve open"),
    _better("_sieve._tcp.{domain}", "SRV", _NOT_OFFERED, "mail programs edit no filters here", "sieve closed"),
    # RFC 6764.
    _service("_caldavs", ports.HTTPS, "calendar programs find the server"),
    _service("_carddavs", ports.HTTPS, "address books find the server"),
    _better("_caldavs._tcp.{domain}", "TXT", _DAV_PATH, "where on the server it lies"),
    _better("_carddavs._tcp.{domain}", "TXT", _DAV_PATH, "where on the server it lies"),
    # RFC 8461: the file before the record that announces it.
    _better(
        "mta-sts.{domain}",
        "CNAME",
        "{host}",
        "with mta_sts in the list: other servers fetch the policy here, which says to insist on TLS",
        "mta-sts",
    ),
    _better(
        "_mta-sts.{domain}",
        "TXT",
        "v=STSv1; id={mta_sts_id};",
        "with mta_sts in the list: other servers notice that there is a policy, and when it changes",
        "mta-sts",
    ),
    # RFC 8460.
    _better(
        "_smtp._tls.{domain}",
        "TXT",
        "v=TLSRPTv1; rua=mailto:postmaster@{domain}",
        "other servers report when they cannot deliver over TLS",
    ),
    _better(
        "{mail}",
        "CAA",
        _CAA,
        "nobody but Let's Encrypt issues certificates for this name",
        "own mail name",
        "let's encrypt",
    ),
)
"""Of each domain, in the order in which they are entered."""

NEXT_KEY_ROWS: Final[tuple[Row, ...]] = (
    _better(
        "{selector}._domainkey.{domain}",
        "TXT",
        "{dkim}",
        "DKIM: the key that signs next; receivers have to find it before it does",
    ),
)
"""Of a domain with ``dkim_next``."""

RETIRED_KEY_ROWS: Final[tuple[Row, ...]] = (
    _better(
        "{selector}._domainkey.{domain}",
        "TXT",
        "{dkim}",
        "DKIM: the key that signed before; mail on its way is checked with it",
    ),
)
"""Of a domain with ``dkim_retired``."""


def filled(row: Row, words: Mapping[str, str]) -> Mapping[str, str]:
    """Fill a row's name, type, value and reason in."""
    texts = {"name": row.name, "type": row.type, "value": row.value, "reason": row.reason}
    return {key: text.format_map(words) for key, text in texts.items()}
