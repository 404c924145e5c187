"""Rows out of what mailcow's API sends: bytes into MiB, text into numbers, null and absent into empty.

mailcow sends one number as JSON number here and as text there, and far more fields than are read.
"""

import html
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import MailcowUnclearError
from core.people import PROTOCOLS
from mailcow.rows import (
    AliasRow,
    AppPasswordRow,
    ContainerRow,
    DkimRow,
    DomainRow,
    FilterRow,
    MailboxRow,
    RelayHostRow,
    SyncJobRow,
    TlsPolicyRow,
)

_BYTES_PER_MIB = 1024 * 1024
_RECEIVES_ONLY = "2"

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
_On = Annotated[bool, BeforeValidator(lambda value: str(value) == "1")]
"""1 is on; 0, and 2 of a mailbox that receives without log-in, are not."""
_Tags = Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(value or ()))]
_Count = Annotated[int, BeforeValidator(lambda value: int(value or 0))]
_Mib = Annotated[int, BeforeValidator(lambda value: int(value or 0) // _BYTES_PER_MIB)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_Row = TypeVar("_Row", bound=_Wire)


class _Domain(_Wire):
    name: str = Field(alias="domain_name")
    description: _Text = ""
    active: _On
    max_aliases: _Count = Field(alias="max_num_aliases_for_domain")
    max_mailboxes: _Count = Field(alias="max_num_mboxes_for_domain")
    default_quota_mib: _Mib = Field(alias="def_quota_for_mbox")
    max_quota_mib: _Mib = Field(alias="max_quota_for_mbox")
    quota_mib: _Mib = Field(alias="max_quota_for_domain")
    mailboxes: _Count = Field(alias="mboxes_in_domain")
    backup_mx: _On = Field(alias="backupmx", default=False)
    relay_host: _Count = Field(alias="relayhost", default=0)
    tags: _Tags = ()


class _Dkim(_Wire):
    selector: str = Field(alias="dkim_selector")
    key_size: _Count = Field(alias="length")
    public_key: str = Field(alias="pubkey")
    dns_text: str = Field(alias="dkim_txt")


class _Mailbox(_Wire):
    address: str = Field(alias="username")
    name: _Text
    quota_mib: _Mib = Field(alias="quota")
    active: _On
    authsource: _Text = "mailcow"
    tags: _Tags = ()
    messages: _Count = 0
    bytes_used: _Count = Field(default=0, alias="quota_used")
    created: _Text = ""


class _Attributes(_Wire):
    """What mailcow keeps of a mailbox as text, ``"0"`` or ``"1"`` mostly."""

    change_password: _On = Field(default=False, alias="force_pw_update")
    password_set: _Text = Field(default="", alias="passwd_update")


class _Logins(_Wire):
    last_imap_login: _Count = 0
    last_smtp_login: _Count = 0
    last_pop3_login: _Count = 0
    last_sso_login: _Count = 0


class _Alias(_Wire):
    id: int
    address: str
    goto: Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(filter(None, str(value).split(","))))]
    active: _On
    private_comment: _Text = ""


class _Filter(_Wire):
    id: int
    username: str
    kind: Literal["prefilter", "postfilter"] = Field(alias="filter_type")
    script: _Text = Field(alias="script_data")
    description: _Text = Field(alias="script_desc")
    active: _On


class _AppPassword(_Wire):
    id: int
    # Escaped twice by mailcow, once as it comes in and once as it goes out.
    name: Annotated[str, BeforeValidator(lambda value: html.unescape(html.unescape(str(value))))]


class _SyncJob(_Wire):
    id: int
    username: str = Field(alias="user2")
    host: str = Field(alias="host1")
    port: _Count = Field(alias="port1")
    user: str = Field(alias="user1")
    encryption: Literal["TLS", "SSL", "PLAIN"] = Field(alias="enc1")
    interval_minutes: _Count = Field(alias="mins_interval")
    active: _On
    exclude: _Text = ""
    subfolder: _Text = Field(default="", alias="subfolder2")
    last_run: _Text = ""
    running: _On = Field(default=False, alias="is_running")
    success: Annotated[bool | None, BeforeValidator(lambda value: None if value is None else str(value) == "1")] = None
    exit_status: _Text = ""
    log: _Text = ""


class _RelayHost(_Wire):
    id: int
    hostname: str
    username: _Text = ""
    password: _Text = ""
    active: _On


class _TlsPolicy(_Wire):
    id: int
    destination: str = Field(alias="dest")
    policy: str
    # Beside active_int, active is a word or a sign of the web page's language.
    active: _On = Field(validation_alias=AliasChoices("active_int", "active"))


class _Container(_Wire):
    name: str = Field(alias="container")
    state: _Text
    image: _Text


def domain(answer: Any) -> DomainRow:
    """Read one domain."""
    return DomainRow(**_read(_Domain, answer, "a domain").model_dump())


def dkim(name: str, answer: Any) -> DkimRow:
    """Read the DKIM key of the named domain."""
    return DkimRow(domain=name, **_read(_Dkim, answer, f"the DKIM key of {name}").model_dump())


def mailbox(address: str, answer: Any) -> MailboxRow:
    """Read the mailbox that was asked for by this address; one without a name is half-deleted."""
    found = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    if found.get("username", "") is None:
        return MailboxRow(address=address, name="", quota_mib=0, active=False, half_deleted=True)
    what = f"mailbox {address}"
    logins = _read(_Logins, found, what).model_dump()
    attributes = cast("dict[str, Any]", found.get("attributes") or {})
    return MailboxRow(
        **_read(_Mailbox, found, what).model_dump(),
        **_read(_Attributes, attributes, what).model_dump(),
        receives_only=str(found.get("active")) == _RECEIVES_ONLY,
        protocols=tuple(name for name in PROTOCOLS if str(attributes.get(f"{name}_access")) == "1"),
        sending_limit=_own_limit(found),
        last_login=max(logins.values()),
    )


def sending_limits(answer: Iterable[Any]) -> dict[str, str]:
    """Read the sending limits of many mailboxes, by address."""
    return {str(row["mailbox"]).lower(): _limit(row) for row in answer}


def _own_limit(answer: Mapping[str, Any]) -> str | None:
    """Read a mailbox's sending limit; empty where only its domain has one, None where the answer has no word of it."""
    if "rl" not in answer:
        return None
    return _limit(answer["rl"]) if answer["rl"] and answer.get("rl_scope") == "mailbox" else ""


def _limit(found: Mapping[str, Any]) -> str:
    return f"{found.get('value')}/{found.get('frame')}"


def sieve_filter(answer: Any) -> FilterRow:
    """Read one Sieve filter."""
    return FilterRow(**_read(_Filter, answer, "a filter").model_dump())


def app_password(answer: Any) -> AppPasswordRow:
    """Read one app password, without the hash that comes with it."""
    return AppPasswordRow(**_read(_AppPassword, answer, "an app password").model_dump())


def sync_job(answer: Any) -> SyncJobRow:
    """Read one sync job."""
    return SyncJobRow(**_read(_SyncJob, answer, "a sync job").model_dump())


def alias(answer: Any) -> AliasRow:
    """Read one alias."""
    return AliasRow(**_read(_Alias, answer, "an alias").model_dump())


def relay_host(answer: Any) -> RelayHostRow:
    """Read one relay host, and who uses it."""
    found = cast("dict[str, Any]", answer if isinstance(answer, dict) else {})
    users = (str(found.get(f"used_by_{kind}") or "").split(",") for kind in ("domains", "mailboxes"))
    used_by = tuple(name.strip() for names in users for name in names if name.strip())
    return RelayHostRow(**_read(_RelayHost, answer, "a relay host").model_dump(), used_by=used_by)


def tls_policy(answer: Any) -> TlsPolicyRow:
    """Read one TLS policy."""
    return TlsPolicyRow(**_read(_TlsPolicy, answer, "a TLS policy").model_dump())


def container(answer: Any) -> ContainerRow:
    """Read the state of one container."""
    return ContainerRow(**_read(_Container, answer, "a container").model_dump())


def _read(kind: type[_Row], answer: Any, what: str) -> _Row:
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, problem["loc"])) or "form" for problem in error.errors())
        raise MailcowUnclearError(
            f"mailcow's answer about {what} is not as known ({fields}); its version may be another than tried"
        ) from None
