"""The program behind `pulumi-resource-oci` in a world of the lab."""

from __future__ import annotations

import os
from pathlib import Path

from lab.plugins.oci.provider import OciProvider
from lab.plugins.server import serve
from lab.world import World

if __name__ == "__main__":
    serve("5.5.0", OciProvider(World.load(Path(os.environ["MAILSTEAD_LAB_WORLD"]))))
