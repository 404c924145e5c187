"""The platform images that the lab's cloud lists; behind each stands the lab's one instance image."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.plugins.oci.cloud import ServiceError
from lab.plugins.oci.handler import invalid

if TYPE_CHECKING:
    from lab.plugins.oci.cloud import Cloud

_BUILDS = {
    "22.04": ("2026.08.31-0", "2026.09.30-0", "2026.10.31-0"),
    "24.04": ("2026.08.31-0", "2026.09.30-0", "2026.10.31-0"),
}
_ARM_SHAPES = frozenset({"VM.Standard.A1.Flex", "VM.Standard.A2.Flex"})


@dataclass(frozen=True)
class Image:
    """One platform image, for one architecture."""

    version: str
    """Of Ubuntu, such as 24.04."""
    build: str
    """Date and number of the build, such as 2026.10.31-0."""
    is_arm: bool

    @property
    def name(self) -> str:
        """As Oracle names it; only the Arm images say their architecture."""
        return f"Canonical-Ubuntu-{self.version}-{'aarch64-' if self.is_arm else ''}{self.build}"

    @property
    def time_created(self) -> str:
        """When it was published."""
        return self.build.split("-")[0].replace(".", "-") + " 06:00:00 +0000 UTC"

    def id(self, region: str) -> str:
        """Its OCID, the same in every run."""
        digest = hashlib.sha256(f"{region} {self.name}".encode()).digest()
        return f"ocid1.image.oc1.{region}.{base64.b32encode(digest).decode().lower().rstrip('=')}"


def published(cloud: Cloud) -> list[Image]:
    """All images, newest first; a file `images.json` in the cloud's folder adds builds: {"24.04": ["2026.11.30-0"]}."""
    file = cloud.folder / "images.json"
    added: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}
    found = [
        Image(version, build, is_arm)
        for version, builds in _BUILDS.items()
        for build in (*builds, *added.get(version, ()))
        for is_arm in (True, False)
    ]
    return sorted(found, key=lambda image: image.build, reverse=True)


def fits(image: Image, shape: str) -> bool:
    """Whether an image runs on a shape."""
    return image.is_arm == (shape in _ARM_SHAPES)


def require(cloud: Cloud, id_: str, shape: str) -> None:
    """Refuse an image that is not there or is for another processor.

    Raises:
        ServiceError: in OCI's words.
    """
    for image in published(cloud):
        if image.id(cloud.region) == id_:
            if not fits(image, shape):
                raise invalid(f"Shape {shape} is not valid for image {id_}.")
            return
    raise ServiceError(404, "NotAuthorizedOrNotFound", f"Image {id_} not found")
