"""Object storage and rights of the lab's cloud: what Oracle's would refuse, as far as the program relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.backup_bucket import BackupBucket, BackupBucketArgs
from lab.plugins.oci.objectstorage import NAMESPACE
from lab.plugins.server import PluginError
from tests.engine import Engine
from tests.lab.plugins.cloud_without_docker import COMPARTMENT, CloudUnderTest

if TYPE_CHECKING:
    from pathlib import Path

BUCKET, LIFECYCLE = "oci:ObjectStorage/bucket:Bucket", "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy"
GROUP, POLICY = "oci:Identity/dynamicGroup:DynamicGroup", "oci:Identity/policy:Policy"
TENANCY = "ocid1.tenancy.oc1..lab"
OF_THE_SERVICE = (
    f"Allow service objectstorage-eu-frankfurt-1 to manage object-family in compartment id {COMPARTMENT}"
    " where any {target.bucket.name='mail'}"
)
RULE = "Any {instance.id = 'ocid1.instance.oc1..a', instance.id = 'ocid1.instance.oc1..b'}"


@pytest.fixture
def cloud(tmp_path: Path) -> CloudUnderTest:
    return CloudUnderTest(tmp_path)


def bucket(**changes: Any) -> dict[str, Any]:
    return {"compartmentId": COMPARTMENT, "namespace": NAMESPACE, "name": "mail", "versioning": "Enabled", **changes}


def lifecycle(**changes: Any) -> dict[str, Any]:
    rule = {"name": "old", "action": "DELETE", "target": "objects", "isEnabled": True, "timeAmount": "365"}
    return {"namespace": NAMESPACE, "bucket": "mail", "rules": [{**rule, "timeUnit": "DAYS", **changes}]}


def policy(*statements: str, name: str = "rights") -> dict[str, Any]:
    return {"compartmentId": COMPARTMENT, "name": name, "description": "x", "statements": list(statements)}


def group(**changes: Any) -> dict[str, Any]:
    return {"compartmentId": TENANCY, "name": "hosts", "description": "x", "matchingRule": RULE, **changes}


def test_a_bucket_is_private_unless_it_says_otherwise(cloud: CloudUnderTest) -> None:
    id_, outputs = cloud.create(BUCKET, **bucket())

    assert id_ == "n/axlab/b/mail"
    assert (outputs["accessType"], outputs["storageTier"]) == ("NoPublicAccess", "Standard")


def test_a_name_is_one_buckets_alone(cloud: CloudUnderTest) -> None:
    cloud.create(BUCKET, **bucket())

    with pytest.raises(PluginError, match="BucketAlreadyExists"):
        cloud.create(BUCKET, **bucket())


def test_versions_and_retention_rules_exclude_each_other(cloud: CloudUnderTest) -> None:
    rules = [{"displayName": "keep", "duration": {"timeAmount": "14", "timeUnit": "DAYS"}}]

    with pytest.raises(PluginError, match="versioning Enabled"):
        cloud.create(BUCKET, **bucket(retentionRules=rules))


def test_a_lifecycle_that_its_service_may_not_carry_out_is_refused(cloud: CloudUnderTest) -> None:
    """What makes the program give the service its right, and first."""
    cloud.create(BUCKET, **bucket())

    with pytest.raises(PluginError, match="InsufficientServicePermissions"):
        cloud.create(LIFECYCLE, **lifecycle())

    cloud.create(POLICY, **policy(OF_THE_SERVICE))
    id_, _ = cloud.create(LIFECYCLE, **lifecycle())
    assert id_ == "n/axlab/b/mail/l"


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "ABORT"},
        {"target": "multipart-uploads"},
        {"action": "REMOVE"},
        {"timeAmount": "a year"},
        {"timeUnit": "HOURS"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(cloud: CloudUnderTest, changes: dict[str, str]) -> None:
    cloud.create(POLICY, **policy(OF_THE_SERVICE))
    cloud.create(BUCKET, **bucket())

    with pytest.raises(PluginError, match="InvalidParameter"):
        cloud.create(LIFECYCLE, **lifecycle(**changes))


def test_a_dynamic_group_is_made_in_the_tenancy_and_nowhere_else(cloud: CloudUnderTest) -> None:
    with pytest.raises(PluginError, match="must be the tenancy's"):
        cloud.create(GROUP, **group(compartmentId=COMPARTMENT))


@pytest.mark.parametrize("rule", ["instance.id = ocid1", "Any {}", "Any {instance.id = 'a'} or x"])
def test_a_rule_that_is_none_is_refused(cloud: CloudUnderTest, rule: str) -> None:
    with pytest.raises(PluginError, match="is no rule"):
        cloud.create(GROUP, **group(matchingRule=rule))


def test_a_policy_about_a_group_that_is_not_there_is_refused(cloud: CloudUnderTest) -> None:
    statement = "Allow dynamic-group hosts to read buckets in tenancy where target.bucket.name='mail'"

    with pytest.raises(PluginError, match="does not exist"):
        cloud.create(POLICY, **policy(statement))

    cloud.create(GROUP, **group())
    assert cloud.create(POLICY, **policy(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "Let service objectstorage manage objects",
        "Allow service objectstorage to delete object-family in tenancy",
        "Allow service objectstorage to manage object-family in tenancy where {x}",
    ],
)
def test_a_statement_that_is_none_is_refused(cloud: CloudUnderTest, statement: str) -> None:
    with pytest.raises(PluginError, match="cannot be parsed"):
        cloud.create(POLICY, **policy(statement))


def test_what_the_program_makes_is_taken_in_the_order_that_it_gives(cloud: CloudUnderTest) -> None:
    """Its statements and rules are Oracle's in form, and none comes before what it needs."""
    wanted = Engine(
        looked_up={
            f"oci:{token}": cloud.invoke(f"oci:{token}", **arguments)
            for token, arguments in (
                ("ObjectStorage/getNamespace:getNamespace", {"compartmentId": COMPARTMENT}),
                ("Identity/getCompartment:getCompartment", {"id": COMPARTMENT}),
            )
        }
    )
    machine = "ocid1.instance.oc1..a"
    args = BackupBucketArgs(compartment_id=COMPARTMENT, region="eu-frankfurt-1", name="mail", instance_ids=[machine])
    wanted.run(lambda: BackupBucket("copies", args))

    asked = [it for it in wanted.registered if it.type.startswith("oci:")]
    made: set[str] = set()
    while asked:
        ready = [it for it in asked if it.after & {other.name for other in asked} == set()]
        for it in ready:
            cloud.create(it.type, **it.inputs)
            made.add(it.name)
        asked = [it for it in asked if it not in ready]
    assert len(made) == 5
