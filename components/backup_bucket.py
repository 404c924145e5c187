"""A private bucket at Oracle for copies of backups, which hosts may fill and nobody's host may empty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_oci as oci

_KEPT_DAYS: Final = 365
_PARTS_KEPT_DAYS: Final = 7
"""How long the parts of an upload that was never finished stay: two days of tries, and a weekend."""


@dataclass(frozen=True, kw_only=True)
class BackupBucketArgs:
    """What a ``BackupBucket`` needs.

    Attributes:
        compartment_id: OCID of the compartment (or tenancy) that it is made in.
        region: Oracle's name of the region: part of the name that its service has in policies.
        name: The bucket's name; one of a name in a tenancy's region.
        instance_ids: OCIDs of the machines that may put copies there.
    """

    compartment_id: str
    region: str
    name: str
    instance_ids: Sequence[pulumi.Input[str]]


class BackupBucket(pulumi.ComponentResource):
    """The bucket, what deletes old copies from it, and who may write to it.

    Attributes:
        bucket_name: Its name.
        namespace: The tenancy's name in object storage.
    """

    bucket_name: pulumi.Output[str]
    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: BackupBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:backup:BackupBucket", name, None, opts)
        self._args, self._name = args, name
        looked_up = pulumi.InvokeOptions(parent=self)
        found = oci.objectstorage.get_namespace_output(compartment_id=args.compartment_id, opts=looked_up)
        self.namespace = found.namespace
        bucket = oci.objectstorage.Bucket(
            f"{name}-bucket",
            compartment_id=args.compartment_id,
            namespace=self.namespace,
            name=args.name,
            access_type="NoPublicAccess",
            storage_tier="Standard",
            # A host that was broken into may write a name again; what was there before stays behind it.
            versioning="Enabled",
            auto_tiering="Disabled",
            # A stack that ends, or wants no copies any more, leaves those that are there.
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )
        self.bucket_name = bucket.name
        self._old_copies_go(bucket)
        self._hosts_may_write(bucket)
        self.register_outputs({"bucket_name": self.bucket_name, "namespace": self.namespace})

    def _old_copies_go(self, bucket: oci.objectstorage.Bucket) -> None:
        """Have copies deleted after a year: by the service, which needs a right of its own for it."""
        args = self._args
        allowed = oci.identity.Policy(
            f"{self._name}-lifecycle-policy",
            compartment_id=args.compartment_id,
            name=f"{args.name}-lifecycle",
            description="Lets object storage delete copies of backups that are older than a year.",
            statements=[_of_the_service(args)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        oci.objectstorage.ObjectLifecyclePolicy(
            f"{self._name}-lifecycle",
            bucket=bucket.name,
            namespace=self.namespace,
            rules=[
                _rule("a-year-old", "DELETE", "objects", _KEPT_DAYS),
                _rule("replaced-a-year-ago", "DELETE", "previous-object-versions", _KEPT_DAYS),
                _rule("never-finished", "ABORT", "multipart-uploads", _PARTS_KEPT_DAYS),
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )

    def _hosts_may_write(self, bucket: oci.objectstorage.Bucket) -> None:
        """Let the machines put objects, see them and read them back; deleting and overwriting is in none of it."""
        args = self._args
        group = oci.identity.DynamicGroup(
            f"{self._name}-hosts",
            compartment_id=_tenancy_of(args.compartment_id, pulumi.InvokeOptions(parent=self)),
            name=f"{args.name}-hosts",
            description="Mail hosts that put copies of their backups into object storage.",
            matching_rule=pulumi.Output.all(*args.instance_ids).apply(_any_of),
            opts=pulumi.ResourceOptions(parent=self),
        )
        rights = ", ".join(f"request.permission='OBJECT_{verb}'" for verb in ("CREATE", "INSPECT", "READ"))
        place = _place(args.compartment_id)
        oci.identity.Policy(
            f"{self._name}-hosts-policy",
            compartment_id=args.compartment_id,
            name=f"{args.name}-hosts",
            description="Lets mail hosts add copies of backups; none may delete or overwrite one.",
            statements=[
                pulumi.Output.format(
                    "Allow dynamic-group {0} to read buckets {1} where target.bucket.name='{2}'",
                    group.name,
                    place,
                    bucket.name,
                ),
                pulumi.Output.format(
                    "Allow dynamic-group {0} to manage objects {1} where all {{target.bucket.name='{2}', any {{{3}}}}}",
                    group.name,
                    place,
                    bucket.name,
                    rights,
                ),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _rule(name: str, action: str, target: str, days: int) -> oci.objectstorage.ObjectLifecyclePolicyRuleArgs:
    return oci.objectstorage.ObjectLifecyclePolicyRuleArgs(
        name=name, action=action, target=target, is_enabled=True, time_amount=str(days), time_unit="DAYS"
    )


def _any_of(instance_ids: Sequence[str]) -> str:
    """Write the rule that one of these machines matches, the same whatever their order."""
    each = ", ".join(f"instance.id = '{one}'" for one in sorted(instance_ids))
    return f"Any {{{each}}}"


def _of_the_service(args: BackupBucketArgs) -> str:
    # The words are those of docs.oracle.com/en-us/iaas/Content/Identity/Reference/objectstoragepolicyreference.htm
    service, place = f"objectstorage-{args.region}", _place(args.compartment_id)
    return f"Allow service {service} to manage object-family {place} where any {{target.bucket.name='{args.name}'}}"


def _place(compartment_id: str) -> str:
    if _is_tenancy(compartment_id):
        return "in tenancy"
    return f"in compartment id {compartment_id}"


def _is_tenancy(ocid: str) -> bool:
    return ocid.startswith("ocid1.tenancy.")


def _tenancy_of(compartment_id: str, opts: pulumi.InvokeOptions) -> pulumi.Input[str]:
    """Find the tenancy that a compartment is in: dynamic groups are made there and nowhere else."""
    if _is_tenancy(compartment_id):
        return compartment_id
    above: Callable[[str], pulumi.Input[str]] = lambda parent: _tenancy_of(parent, opts)  # noqa: E731
    return oci.identity.get_compartment_output(id=compartment_id, opts=opts).compartment_id.apply(above)
