"""What Oracle gives away, as data: each figure with its source and the day it was checked.

Not ours to decide and known to change: correct the figure and its day here, and nowhere else.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

_ALWAYS_FREE_PAGE: Final = "docs.oracle.com/en-us/iaas/Content/FreeTier/freetier_topic-Always_Free_Resources.htm"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One figure of somebody else's system."""

    what: str
    amount: int
    unit: str
    source: str
    checked: date
    """The day on which the source was last seen to say so."""


A1_SHAPE: Final = "VM.Standard.A1.Flex"
MICRO_SHAPE: Final = "VM.Standard.E2.1.Micro"

A1_OCPUS: Final = Limit(
    what="A1 processors",
    amount=2,
    unit="OCPU",
    source=f"{_ALWAYS_FREE_PAGE}: 1,500 OCPU hours a month, since 15 June 2026 (before: 4 OCPU)",
    checked=date(2026, 10, 6),
)
A1_MEMORY: Final = Limit(
    what="A1 memory",
    amount=12,
    unit="GB",
    source=f"{_ALWAYS_FREE_PAGE}: 9,000 GB hours a month, since 15 June 2026 (before: 24 GB)",
    checked=date(2026, 10, 6),
)
MICRO_INSTANCES: Final = Limit(
    what="micro instances",
    amount=2,
    unit="",
    source=f"{_ALWAYS_FREE_PAGE}; limit compute/standard-e2-micro-core-count read in a free tenancy",
    checked=date(2026, 9, 9),
)
STORAGE: Final = Limit(
    what="block and boot volumes",
    amount=200,
    unit="GB",
    source=f"{_ALWAYS_FREE_PAGE}; limit block-storage/total-free-storage-gb read in a free tenancy",
    checked=date(2026, 8, 29),
)
RESERVED_IPS: Final = Limit(
    what="reserved public IPs",
    amount=1,
    unit="",
    source="limit vcn/reserved-public-ip-count read in a free tenancy",
    checked=date(2026, 9, 9),
)
VCNS: Final = Limit(
    what="cloud networks (VCN)",
    amount=2,
    unit="",
    source="limit vcn/vcn-count read in a free tenancy",
    checked=date(2026, 9, 9),
)
INTERNET_GATEWAYS: Final = Limit(
    what="internet gateways",
    amount=1,
    unit="",
    source="limit vcn/internet-gateway-count read in a free tenancy",
    checked=date(2026, 9, 9),
)
DNS: Final = Limit(
    what="use of Oracle's DNS",
    amount=0,
    unit="",
    source=f"{_ALWAYS_FREE_PAGE} does not name it; queries have a price, docs.oracle.com/en-us/iaas/Content/DNS",
    checked=date(2026, 11, 23),
)
OBJECT_STORAGE: Final = Limit(
    what="object storage to begin with",
    amount=20,
    unit="GB",
    source=f"{_ALWAYS_FREE_PAGE}: Standard, Infrequent Access and Archive together; limit object-storage/storage-bytes"
    " read in a free tenancy",
    checked=date(2026, 11, 22),
)
SMALLEST_VOLUME: Final = Limit(
    what="smallest boot or block volume",
    amount=50,
    unit="GB",
    source="Oracle's API for boot_volume_size_in_gbs and size_in_gbs, as pulumi-oci 5.5.0 documents it",
    checked=date(2026, 11, 22),
)
BIGGEST_VOLUME: Final = Limit(
    what="biggest boot or block volume",
    amount=32_768,
    unit="GB",
    source="Oracle's API for size_in_gbs: 50 GB to 32 TB",
    checked=date(2026, 11, 22),
)

LIMITS: Final[tuple[Limit, ...]] = (
    A1_OCPUS,
    A1_MEMORY,
    MICRO_INSTANCES,
    STORAGE,
    RESERVED_IPS,
    VCNS,
    INTERNET_GATEWAYS,
    DNS,
    OBJECT_STORAGE,
    SMALLEST_VOLUME,
    BIGGEST_VOLUME,
)
