"""Takes things of the cloud into a state that has lost them, instead of making second ones.

Written for the one run after the loss of a state; docs/how-to/state-lost.md has it typed.
"""

import json
import os
from pathlib import Path
from typing import Final, cast

import pulumi

ENV_IMPORT: Final = "MAILSTEAD_IMPORT"
"""Environment variable with a file: a JSON object from names of resources to OCIDs."""
_CLOUD: Final = "oci:"


def import_what_is_there() -> None:
    """Have each resource of the cloud that the file names imported by its OCID; call it before the first resource.

    The engine compares what is there with what the program wants, and refuses an import that would change something.

    Raises:
        pulumi.RunError: The file cannot be read, or holds something else.
    """
    file = os.environ.get(ENV_IMPORT)
    if not file:
        return
    ocids = _read(Path(file))

    def with_ocid(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        ocid = ocids.get(args.name) if args.type_.startswith(_CLOUD) else None
        if ocid is None:
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=ocid))
        return pulumi.ResourceTransformationResult(props=args.props, opts=opts)

    pulumi.runtime.register_stack_transformation(with_ocid)


def _read(file: Path) -> dict[str, str]:
    try:
        found: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise pulumi.RunError(f"{ENV_IMPORT} names {file}, which cannot be read as JSON: {problem}") from None
    if not isinstance(found, dict) or not all(
        isinstance(ocid, str) for ocid in cast("dict[str, object]", found).values()
    ):
        raise pulumi.RunError(f"{file} has to be an object from names of resources to OCIDs")
    return cast("dict[str, str]", found)
