"""`mailstead dns octodns`: registers the command; ``core.octodns`` writes the configuration."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import RefusedError
from core.octodns import CONFIG, PROVIDERS, ZONES, production_config, zone_data
from core.suggestions import did_you_mean, shown
from ops.cli_app import StackOption, out, told_plainly
from ops.dns import elsewhere, hosted
from ops.dns_command import dns_app, recorded
from ops.dns_files import FolderOption, write

_PROCESSOR = Path(__file__).parent / "octodns_files" / "keep_others.py"
ProviderOption = Annotated[
    str, typer.Option("--provider", help=f"Where the zones are: {', '.join(PROVIDERS)}; any other is put in by hand.")
]


@dns_app.command("octodns")
def octodns(folder: FolderOption, *, provider: ProviderOption = "bind", stack: StackOption = None) -> None:
    """Write a configuration for octoDNS, which pushes the records to a DNS provider and keeps all others.

    The folder's config/production.yaml says how to run it; credentials come from the environment.

    Example: mailstead dns octodns --out dns --stack prod

    Example: mailstead dns octodns --out dns --provider cloudflare
    """
    with told_plainly():
        if provider not in PROVIDERS:
            meant = did_you_mean(provider, PROVIDERS)
            advice = f"did you mean {meant}?" if meant else f"known are {', '.join(PROVIDERS)}"
            raise RefusedError(f"provider {shown(provider)} is not known here; {advice}")
        records = recorded(stack)
        domains = hosted(records)
        write(folder / CONFIG, production_config(domains, provider))
        for domain in domains:
            write(folder / ZONES / f"{domain}.yaml", zone_data(records, domain))
        write(folder / _PROCESSOR.name, _PROCESSOR.read_text(encoding="utf-8"))
        out().print(f"Written to {folder}: {len(domains)} zones. How to push them stands in {folder / CONFIG}.")
        for line in elsewhere(records):
            out().print(line)
