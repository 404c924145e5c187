"""The grammar of the list of people: every key with its kind and meaning.

The reader, the JSON Schema that editors use and the reference are all made from this table.
"""

from typing import Final

from core import names
from core.list_kinds import Day, Lines, SecretPath, SendingLimit, Whole, YesOrNo, line_of_text, matching, one_of
from core.list_name_kinds import Address, DomainName, IpAddress, LocalPart
from core.list_relay_keys import RELAY
from core.list_shapes import Key, ListOf, OneOrMore, Shape, ShortOr, SomeOf
from core.people import PROTOCOLS

EXAMPLE: Final = "domains: [{name: example.com, users: [alice, bob]}]"
_NO_NAME: Final = "has no name"
_LEAVER_EXAMPLE: Final = "{name: bob, until: YYYY-MM-DD}"
_TAG: Final = matching(
    r"(?!mailstead)[a-z0-9][a-z0-9._-]{0,62}",
    "word",
    "is no tag here; use a-z, 0-9 and the signs . _ - and do not begin with mailstead, which marks what is ours",
)
_TARGETS: Final = OneOrMore(Address(), "[alice, bob]")

# --- what a mailbox is like ---------------------------------------------------------------------------------
QUOTA: Final = Key(
    name="quota_mib",
    kind=Whole(0, 99_999_999, 4096),
    meaning="How much mail it holds, in MiB, up to the size of the mail volume; 0 for no limit.",
    default="2048",
)
OPEN_PROTOCOLS: Final = Key(
    name="protocols",
    kind=SomeOf(PROTOCOLS),
    meaning="Ways in that are open.",
    default="all",
)
SENDING_LIMIT: Final = Key(
    name="sending_limit",
    kind=SendingLimit(),
    meaning="How many messages may be sent in a second, minute, hour or day.",
    default="none",
)
CHANGE_PASSWORD: Final = Key(
    name="change_password",
    kind=YesOrNo(),
    meaning="Whether the web page asks for a new password at the first log-in.",
    default="false",
)
TAGS: Final = Key(
    name="tags", kind=ListOf(_TAG, "tags: [sales]", "tag"), meaning="Words of yours that mailcow shows and finds."
)
_LIKE: Final = (QUOTA, OPEN_PROTOCOLS, SENDING_LIMIT, CHANGE_PASSWORD, TAGS)
DEFAULTS: Final = Shape(title="Defaults of a domain", example="{quota_mib: 4096}", keys=_LIKE)

# --- a user -------------------------------------------------------------------------------------------------
FORWARD_TO: Final = Key(name="to", kind=_TARGETS, meaning="Where it goes.", missing="does not say where to")
FORWARD_KEEP: Final = Key(name="keep", kind=YesOrNo(), meaning="Whether a copy stays in the mailbox.", default="true")
FORWARD: Final = Shape(title="A forward", example="{to: [alice], keep: true}", keys=(FORWARD_TO, FORWARD_KEEP))

MOVE_IN_PORTS: Final = {"tls": 993, "starttls": 143}
MOVE_IN_SERVER: Final = Key(
    name="server",
    kind=DomainName("host name"),
    meaning="The other provider's IMAP server.",
    missing="says no server",
)
MOVE_IN_PORT: Final = Key(
    name="port",
    kind=Whole(1, 65_535, 993),
    meaning="Its port.",
    default="993, or 143 with starttls",
)
MOVE_IN_ENCRYPTION: Final = Key(
    name="encryption", kind=one_of("tls", "starttls"), meaning="How the connection is made safe.", default="tls"
)
MOVE_IN_USER: Final = Key(name="user", kind=line_of_text(255), meaning="The log-in name there.", missing="says no user")
MOVE_IN_PASSWORD: Final = Key(
    name="password_in",
    kind=SecretPath(names.VAULT_MOVE_INS),
    meaning="Where in Vault the password there is; it stands under the key `password`.",
    missing="does not say where the password is",
)
MOVE_IN: Final = Shape(
    title="Mail that moves in",
    example=f"{{server: imap.example.net, user: bob, password_in: {names.VAULT_MOVE_INS}/example.com/bob}}",
    keys=(MOVE_IN_SERVER, MOVE_IN_PORT, MOVE_IN_ENCRYPTION, MOVE_IN_USER, MOVE_IN_PASSWORD),
)

USER_NAME: Final = Key(
    name="name", kind=LocalPart(), meaning="What stands before the @ of the address.", missing=_NO_NAME, what="user"
)
FULL_NAME: Final = Key(
    name="full_name",
    kind=line_of_text(255, without="<>"),
    meaning="The name that recipients see.",
    default="the name before the @",
)
FURTHER_NAMES: Final = Key(
    name="aliases",
    kind=ListOf(LocalPart(), "aliases: [robert]", "alias"),
    meaning="Further names before the @ that lead here.",
)
FORWARDED: Final = Key(
    name="forward",
    kind=ShortOr(_TARGETS, FORWARD),
    meaning="Where incoming mail also goes.",
)
REUSE_ADDRESS: Final = Key(
    name="reuse_address",
    kind=YesOrNo(),
    meaning="Give this person an address that somebody else had within the last year.",
    default="false",
)
MOVED_IN: Final = Key(
    name="move_in", kind=MOVE_IN, meaning="Mail of this person that is brought here from another provider."
)
USER: Final = Shape(
    title="A user",
    example="{name: alice}",
    keys=(USER_NAME, FULL_NAME, FURTHER_NAMES, *_LIKE, FORWARDED, REUSE_ADDRESS, MOVED_IN),
)

# --- somebody who has left ----------------------------------------------------------------------------------
LEAVER_NAME: Final = Key(
    name="name",
    kind=LocalPart(),
    meaning="What stands before the @ of the address.",
    missing=_NO_NAME,
    what="offboarded",
)
UNTIL: Final = Key(
    name="until",
    kind=Day(),
    meaning="The mail is kept until this day (UTC); from then on the line may be taken out, which deletes the mailbox.",
    missing="has no date to keep the mail until",
)
LEAVER_FORWARD: Final = Key(
    name="forward", kind=_TARGETS, meaning="Who gets the mail that still comes.", missing="does not say where to"
)
LEAVER_FORWARDS: Final = Shape(
    title="Mail of somebody who has left", example="{forward: [alice]}", keys=(LEAVER_FORWARD,)
)
LEAVER_MAIL: Final = Key(
    name="mail",
    kind=ShortOr(one_of("refuse", "keep"), LEAVER_FORWARDS),
    meaning="What happens to mail that still comes: refused, kept unread, or kept and forwarded.",
    default="refuse",
)
AUTO_REPLY: Final = Key(
    name="auto_reply",
    kind=Lines(4_000),
    meaning="What senders get as an answer; only while mail is kept or forwarded.",
)
LEAVER: Final = Shape(
    title="Somebody who has left",
    example=_LEAVER_EXAMPLE,
    keys=(LEAVER_NAME, UNTIL, LEAVER_MAIL, AUTO_REPLY, FULL_NAME, FURTHER_NAMES, *_LIKE),
    rules={"dependencies": {"auto_reply": ["mail"]}},
)

# --- other addresses of a domain ----------------------------------------------------------------------------
ALIAS_NAME: Final = Key(
    name="name", kind=LocalPart(), meaning="What stands before the @.", missing=_NO_NAME, what="alias"
)
LEADS_TO: Final = Key(name="to", kind=_TARGETS, meaning="Who gets its mail.", missing="leads nowhere")
ALIAS: Final = Shape(title="An alias", example="{name: info, to: alice}", keys=(ALIAS_NAME, LEADS_TO))
LIST_NAME: Final = Key(
    name="name", kind=LocalPart(), meaning="What stands before the @.", missing=_NO_NAME, what="list"
)
LIST: Final = Shape(title="A list", example="{name: team, to: [alice, bob]}", keys=(LIST_NAME, LEADS_TO))

# --- a domain -----------------------------------------------------------------------------------------------
SUBDOMAIN_NAME: Final = Key(
    name="name",
    kind=matching(
        r"[^\s@:/.*_]([^\s@:/*_]*[^\s@:/.*_])?",
        "name before the domain",
        "is no name below a domain; use letters, digits and inner hyphens, such as shop",
    ),
    meaning="The host's name without the domain.",
    missing=_NO_NAME,
    what="subdomain",
)
SUBDOMAIN_ADDRESS: Final = Key(name="address", kind=IpAddress(), meaning="The host's address.")
SUBDOMAIN_CNAME: Final = Key(name="cname", kind=DomainName("host name"), meaning="Another name of the host.")
SUBDOMAIN: Final = Shape(
    title="A host name",
    example="{name: shop, address: 203.0.113.9}",
    keys=(SUBDOMAIN_NAME, SUBDOMAIN_ADDRESS, SUBDOMAIN_CNAME),
    rules={"oneOf": [{"required": ["address"]}, {"required": ["cname"]}]},
)

DOMAIN_NAME: Final = Key(
    name="name",
    kind=DomainName("domain"),
    meaning="The domain, as people write it or as DNS does.",
    missing=_NO_NAME,
    what="domain",
)
USERS: Final = Key(
    name="users",
    kind=ListOf(ShortOr(LocalPart(), USER), "users: [alice, bob]", "user"),
    meaning="Who has a mailbox.",
)
OFFBOARDED: Final = Key(
    name="offboarded",
    kind=ListOf(LEAVER, f"offboarded: [{_LEAVER_EXAMPLE}]"),
    meaning="Who has left: closed at once, the mail kept until a day.",
)
DOMAIN_DEFAULTS: Final = Key(
    name="defaults", kind=DEFAULTS, meaning="What holds for users of this domain who do not say otherwise."
)
POSTMASTER: Final = Key(
    name="postmaster",
    kind=Address(),
    meaning="Who gets mail for postmaster@ and abuse@, which every domain needs.",
    default="the first user",
)
CATCH_ALL: Final = Key(
    name="catch_all", kind=Address(), meaning="The user who gets mail for everybody who is not there."
)
ALIASES: Final = Key(
    name="aliases",
    kind=ListOf(ALIAS, "aliases: [{name: info, to: alice}]", "alias"),
    meaning="Addresses that lead to one other.",
)
LISTS: Final = Key(
    name="lists",
    kind=ListOf(LIST, "lists: [{name: team, to: [alice, bob]}]", "list"),
    meaning="Addresses that lead to several others.",
)
SUBDOMAINS: Final = Key(
    name="subdomains",
    kind=ListOf(SUBDOMAIN, "subdomains: [{name: shop, address: 203.0.113.9}]", "subdomain"),
    meaning="Further host names of the domain, for its DNS records.",
)
_SELECTOR_KIND: Final = matching(
    r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "name", "is no selector; use a-z, 0-9 and inner hyphens"
)
DKIM_SELECTOR: Final = Key(
    name="dkim_selector",
    kind=_SELECTOR_KIND,
    meaning="Name of the key that its mail is signed with, in DNS.",
    default=names.DKIM_SELECTOR,
)
DKIM_NEXT: Final = Key(
    name="dkim_next",
    kind=_SELECTOR_KIND,
    meaning="Name of a key that is made and published, and that its mail will be signed with; `mailstead dkim rotate`"
    " writes it.",
)
DKIM_RETIRED: Final = Key(
    name="dkim_retired",
    kind=_SELECTOR_KIND,
    meaning="Name of the key that signed before, and stays published while mail is on its way; `mailstead dkim retire`"
    " takes it out.",
)
SERVER: Final = Key(
    name="server", kind=Whole(1, 9_999, 1), meaning="Number of the mail host that it lies on.", default="1"
)
RELAYED: Final = Key(name="relay", kind=RELAY, meaning="Another server that its mail leaves by.")
OUTBOUND: Final = Key(
    name="outbound",
    kind=one_of("direct", "relay"),
    meaning="How its mail leaves: straight to the receiving server (direct), or by a relay.",
    default="relay where the domain has one, else as the stack's configuration says",
)
MTA_STS: Final = Key(
    name="mta_sts",
    kind=one_of("off", "testing", "enforce"),
    meaning="Whether other servers are told to insist on TLS when they deliver here (MTA-STS): not, to report only"
    " (testing), or to deliver nothing without it (enforce).",
    default="off",
)
DOMAIN: Final = Shape(
    title="A domain",
    example="{name: example.com, users: [alice]}",
    keys=(
        DOMAIN_NAME,
        USERS,
        OFFBOARDED,
        DOMAIN_DEFAULTS,
        POSTMASTER,
        CATCH_ALL,
        ALIASES,
        LISTS,
        SUBDOMAINS,
        DKIM_SELECTOR,
        DKIM_NEXT,
        DKIM_RETIRED,
        SERVER,
        OUTBOUND,
        RELAYED,
        MTA_STS,
    ),
    is_domain=True,
)
DOMAINS: Final = Key(name="domains", kind=ListOf(DOMAIN, EXAMPLE, "a domain"), meaning="Every domain with its people.")
LIST_OF_PEOPLE: Final = Shape(title="The list", example=EXAMPLE, keys=(DOMAINS,))
