"""Registers as many dynamic resources as FLOOR_RESOURCES says, each with a few flat properties."""

import os

from empty import Nothing

for number in range(int(os.environ["FLOOR_RESOURCES"])):
    Nothing(f"thing-{number}", {"address": f"user{number}@bench.example", "quota_mib": 2048, "active": True})
