"""Rows out of what mailcow's API sends: bytes into MiB, text into numbers, null and absent into empty.

mailcow sends one number as JSON number here and as text there, and far more fields than are read.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import MailcowUnclearError
from mailcow.rows import AliasRow, ContainerRow, DkimRow, DomainRow, MailboxRow

_BYTES_PER_MIB = 1024 * 1024

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
    tags: _Tags = ()
    messages: _Count = 0
    created: _Text = ""


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
    if isinstance(answer, dict) and answer.get("username", "") is None:  # pyright: ignore[reportUnknownMemberType]
        return MailboxRow(address=address, name="", quota_mib=0, active=False, half_deleted=True)
    what = f"mailbox {address}"
    logins = _read(_Logins, answer, what).model_dump()
    return MailboxRow(last_login=max(logins.values()), **_read(_Mailbox, answer, what).model_dump())


def alias(answer: Any) -> AliasRow:
    """Read one alias."""
    return AliasRow(**_read(_Alias, answer, "an alias").model_dump())


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
