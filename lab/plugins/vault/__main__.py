"""The program behind `pulumi-resource-vault` in a world of the lab."""

from __future__ import annotations

from lab.plugins.server import serve
from lab.plugins.vault.provider import VaultProvider

if __name__ == "__main__":
    serve("7.14.0", VaultProvider())
