"""The keys of a relay in the list: what ``relay:`` of a domain takes."""

from typing import Final

from core import names, relay_values
from core.list_kinds import SecretPath, Whole, line_of_text, matching, one_of
from core.list_name_kinds import DomainName
from core.list_shapes import Key, Shape

HOST: Final = Key(
    name="host", kind=DomainName("host name"), meaning="The server that mail leaves by.", missing="says no host"
)
PORT: Final = Key(
    name="port",
    kind=Whole(1, 65_535, relay_values.DEFAULT_PORT),
    meaning="Its port, where it speaks STARTTLS.",
    default=str(relay_values.DEFAULT_PORT),
)
USER: Final = Key(name="user", kind=line_of_text(255, without=":"), meaning="The log-in name there.")
PASSWORD: Final = Key(
    name="password_in",
    kind=SecretPath(names.VAULT_RELAYS),
    meaning="Where in Vault the password there is; it stands under the key `password`.",
)
TLS: Final = Key(
    name="tls",
    kind=one_of(*relay_values.TLS_LEVELS),
    meaning="Whether its certificate has to be a good one (verify), or the connection only be encrypted (encrypt).",
    default=relay_values.DEFAULT_TLS,
)
SPF: Final = Key(
    name="spf",
    kind=matching(relay_values.SPF_PATTERN, "part of an SPF record", relay_values.NOT_SPF),
    meaning="What the domain's SPF record has to say so that the relay may send for it.",
)
RELAY: Final = Shape(
    title="A relay",
    example=f"{{host: smtp.example.net, user: me, password_in: {names.VAULT_RELAYS}/example.com}}",
    keys=(HOST, PORT, USER, PASSWORD, TLS, SPF),
    rules={"dependencies": {"user": ["password_in"], "password_in": ["user"]}},
)
