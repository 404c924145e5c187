"""Writes the documents that are made from the code, and the table in README.md: `make docs`.

A test holds them fresh, so that what they say of keys, ports and commands is what the code does.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import typer.main

from core.dns_checklist import template
from core.ports import MONITORING, PUBLIC, SSH, public_ports
from core.settings import config_table
from docs.commands import commands_of
from docs.dns_reference import dns_records
from docs.exit_codes import exit_codes
from docs.list_reference import mail_list, schema
from docs.overviews import decisions, guides
from docs.tables import table
from ops.cli import app

ROOT = Path(__file__).parents[1]
BEGIN = "<!-- config keys: written by make docs -->"
END = "<!-- end of config keys -->"
_MADE = "<!-- Made from {source} by `make docs`; a change goes there. -->\n"


class _WithSieve:
    sieve_open = True


def documents() -> Mapping[Path, str]:
    """Give every document that is made from the code, with what it should say."""
    reference = ROOT / "docs" / "reference"
    readme = ROOT / "README.md"
    return {
        reference / "configuration.md": configuration(),
        reference / "mail_list.md": mail_list(),
        reference / "mail_list.schema.json": schema(),
        reference / "ports.md": ports(),
        reference / "command-line.md": command_line(),
        reference / "exit-codes.md": exit_codes(_MADE.format(source="`ops/cli_app.py` and the commands' help")),
        reference / "dns-records.md": dns_records(_MADE.format(source="`core/dns_table.py`")),
        reference / "guides.md": guides(_MADE.format(source="`ops/guides.py` and the templates")),
        ROOT / "docs" / "dns_checklist_template.md": dns_checklist(),
        ROOT / "docs" / "explanation" / "decisions.md": decisions(_MADE.format(source="`docs/adr/`")),
        readme: between_markers(readme.read_text(encoding="utf-8"), config_keys()),
    }


def between_markers(text: str, table: str) -> str:
    """Put a table between the markers of a text; everything else stays as it is written."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"


def config_keys() -> str:
    """Write the table of config keys."""
    rows = ((f"`{key.name}`", key.type_text, key.default_text, key.meaning) for key in config_table())
    return table(("key", "type", "default", "meaning"), rows)


def configuration() -> str:
    """Write the reference of config keys."""
    return (
        f"# Configuration\n\n{_MADE.format(source='`core/settings.py`')}\n"
        "These keys stand in `Pulumi.<stack>.yaml` under `config:`, each with `mailstead:` before it.\n"
        "Every problem of the file is told at once, with its line, before anything is made.\n"
        "`mailstead config` prints the same.\n\n"
        f"{config_keys()}\n"
        "Secrets are no configuration: Vault's address and token come from `VAULT_ADDR` and `VAULT_TOKEN`, "
        "the SSH key from an agent or from the file that `MAILSTEAD_SSH_KEY` names.\n"
    )


def dns_checklist() -> str:
    """Write the template of a domain's DNS checklist."""
    about = (
        "Placeholders stand for what each domain has of its own; `mailstead dns checklist` writes this with all of"
        " them filled in. `<SUBDOMAIN>` stands for each host name that the list of people gives the domain.\n"
    )
    made = _MADE.format(source="`core/dns_table.py` and `core/dns_checklist.py`")
    heading, _, rest = template().partition("\n")
    return f"{heading}\n\n{made}\n{about}{rest}"


def ports() -> str:
    """Write the reference of open ports."""

    def rows() -> Iterator[tuple[str, str, str]]:
        every = {SSH: "SSH: setting the host up, and mailcow's API through it", **public_ports(_WithSieve())}
        for port, reason in sorted(every.items()):
            yield str(port), _who(port), reason
        for port, reason in sorted(MONITORING.items()):
            yield str(port), "machines of the same cloud network, unless `monitoring` is `off`", reason

    return (
        f"# Ports\n\n{_MADE.format(source='`core/ports.py`')}\n"
        "The cloud's security list and the host's own firewall open these, and nothing else answers from outside.\n\n"
        f"{table(('port', 'reached by', 'what for'), rows())}\n"
        "Everything may be reached from the host; "
        "Oracle blocks outgoing port 25 (`docs/how-to/real-oracle-account.md`).\n"
    )


def _who(port: int) -> str:
    if port == SSH:
        return "the blocks in `ssh_from`"
    return "everyone" if port in PUBLIC else "everyone, with `sieve_open: true`"


def command_line() -> str:
    """Write the reference of the command line."""
    command = typer.main.get_command(app)
    parts = [f"# Command line\n\n{_MADE.format(source='`ops/cli.py` and `ops/*_command.py`')}\n{command.help}\n"]
    for name, one in commands_of(command):
        text, *examples = [part.strip() for part in one.help.split("Example: ")]
        parts.append(f"## `mailstead {name}`\n\n{text}\n")
        options = [(f"`{', '.join(option.opts)}`", option.help) for option in one.params if option.help]
        parts.append(table(("option", "meaning"), options))
        parts.append("```sh\n" + "\n".join(examples) + "\n```\n")
    return "\n".join(parts)


def main() -> None:
    """Write them."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
