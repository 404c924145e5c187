"""Which backup jobs the program wants, and the bucket that copies go to."""

import configparser
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.components.wishes import EXISTING, config
from tests.engine import ADDRESS, HOST_KEY, Engine

PROJECT = Path(__file__).resolve().parent.parent.parent
KEY_FILE = PROJECT / "tests" / "data" / "backup-key.asc"
WITH_KEY = {"backup_public_key": "tests/data/backup-key.asc"}
AT_ORACLE = {**WITH_KEY, "offsite": "oci"}
S3 = {**WITH_KEY, "offsite": "s3", "offsite_bucket": "copies", "offsite_endpoint": "https://s3.example.net"}
JOB = ("HostBackup", "mail-host-1-backup")
TENANCY = "ocid1.tenancy.oc1..root"


def run(**changes: Any) -> Engine:
    engine = Engine(
        looked_up={
            "oci:ObjectStorage/getNamespace:getNamespace": {"namespace": "axexample"},
            "oci:Identity/getCompartment:getCompartment": {"compartmentId": TENANCY},
        }
    )
    values = {f"mailstead:{key}": value for key, value in config(**changes).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


@pytest.fixture(scope="module")
def at_oracle() -> Engine:
    return run(**AT_ORACLE)


def test_a_stack_without_a_key_has_no_job_and_no_bucket() -> None:
    engine = run()

    assert engine.names("HostBackup") == []
    assert engine.names("Bucket") == []


def test_every_mail_host_has_a_job_with_the_stacks_key_and_times() -> None:
    engine = run(**WITH_KEY, instance_count=2, allow_paid=True, backup_at="03:15", backup_keep_days=14)
    inputs = engine.one(*JOB).inputs

    assert engine.names("HostBackup") == ["mail-host-1-backup", "mail-host-2-backup"]
    assert inputs["public_key"] == KEY_FILE.read_text(encoding="utf-8")
    assert (inputs["backup_at"], inputs["root_is"]) == ("03:15", "volume")
    assert (inputs["address"], inputs["host_key"], inputs["user"]) == (ADDRESS, HOST_KEY, "ubuntu")
    assert inputs["settings"] == {
        "BACKUP_HOSTNAME": "mail.example.com",
        "BACKUP_ROOT": "/backup",
        "BACKUP_KEEP_DAYS": "14",
        "BACKUP_KEY_FILE": "/etc/mailstead/backup-key.asc",
        "BACKUP_NEEDS_MOUNT": "yes",
        "BACKUP_OFFSITE": "off",
    }


def test_a_job_is_installed_when_there_is_a_mailcow_to_save() -> None:
    assert "mail-host-1-verify" in run(**WITH_KEY).one(*JOB).after


def test_another_program_of_the_backup_is_installed_on_hosts_that_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = run(**WITH_KEY).one(*JOB).inputs["programs"]
    monkeypatch.setattr("backup.programs.digest", lambda: "another")

    assert run(**WITH_KEY).one(*JOB).inputs["programs"] == "another" != before


def test_a_server_that_is_there_already_has_a_job_in_a_folder_of_its_own_making() -> None:
    inputs = run(**{**EXISTING, **WITH_KEY, "ssh_user": "root"}).one(*JOB).inputs

    assert (inputs["root_is"], inputs["user"], inputs["address"]) == ("folder", "root", "203.0.113.20")
    assert inputs["instance_id"] == "203.0.113.20 generation 1"
    assert inputs["settings"]["BACKUP_NEEDS_MOUNT"] == "no"


def test_a_bucket_that_speaks_s3_is_named_by_path_and_its_credentials_are_in_no_input() -> None:
    inputs = run(**S3).one(*JOB).inputs

    assert inputs["credentials"] == "mail/hosts/mail.example.com/offsite"
    assert inputs["settings"]["BACKUP_OFFSITE_REMOTE"] == "offsite:copies/mail.example.com"
    assert "endpoint = https://s3.example.net\n" in inputs["rclone_config"]
    assert "shared_credentials_file = /etc/mailstead/offsite-credentials\n" in inputs["rclone_config"]
    assert run(**S3).names("Bucket") == []


def test_a_host_at_oracle_shows_who_it_is_and_has_no_credentials(at_oracle: Engine) -> None:
    inputs = at_oracle.one(*JOB).inputs

    assert inputs["credentials"] == ""
    assert "provider = instance_principal_auth\nnamespace = axexample\n" in inputs["rclone_config"]
    assert inputs["settings"]["BACKUP_OFFSITE_REMOTE"] == "offsite:mail-backup-test/mail.example.com"


def test_nothing_goes_to_oracle_by_an_upload_in_parts_which_takes_the_right_to_overwrite(at_oracle: Engine) -> None:
    inputs = at_oracle.one(*JOB).inputs
    config = configparser.ConfigParser()
    config.read_string(inputs["rclone_config"])

    assert inputs["settings"]["BACKUP_OFFSITE_WHOLE_LIMIT"] == str(4 * 1024**3)
    assert inputs["settings"]["BACKUP_OFFSITE_WHOLE"] == "whole:mail-backup-test/mail.example.com"
    assert config["whole"]["upload_cutoff"] == "5Gi"
    assert config["offsite"]["type"] == "chunker"
    assert config["offsite"]["remote"] == "whole:"
    assert config["offsite"]["chunk_size"] == "4Gi"
    assert config["offsite"]["transactions"] == "norename"


def test_the_bucket_is_private_keeps_what_was_overwritten_and_is_protected(at_oracle: Engine) -> None:
    bucket = at_oracle.one("Bucket", "backup-bucket-bucket")

    assert bucket.inputs["accessType"] == "NoPublicAccess"
    assert bucket.inputs["versioning"] == "Enabled"
    assert bucket.inputs["name"] == "mail-backup-test"
    assert bucket.options.protect
    assert bucket.options.retainOnDelete  # copies outlive the stack
    assert bucket.provider == "oci"


def test_copies_go_after_a_year_and_the_service_may_delete_them_before_it_is_told_to(at_oracle: Engine) -> None:
    """Without a right of its own, the service deletes nothing and says nothing."""
    lifecycle = at_oracle.one("ObjectLifecyclePolicy", "backup-bucket-lifecycle")
    rules = {(it["action"], it["target"], it["timeAmount"]) for it in lifecycle.inputs["rules"]}

    assert rules == {
        ("DELETE", "objects", "365"),
        ("DELETE", "previous-object-versions", "365"),
        ("ABORT", "multipart-uploads", "7"),
    }
    assert "backup-bucket-lifecycle-policy" in lifecycle.after
    assert at_oracle.one("Policy", "backup-bucket-lifecycle-policy").inputs["statements"] == [
        (
            "Allow service objectstorage-eu-frankfurt-1 to manage object-family in compartment id"
            " ocid1.compartment.oc1..aaaaexample where any {target.bucket.name='mail-backup-test'}"
        )
    ]


def test_hosts_may_add_copies_and_neither_delete_nor_overwrite_one(at_oracle: Engine) -> None:
    group = at_oracle.one("DynamicGroup", "backup-bucket-hosts").inputs
    statements = at_oracle.one("Policy", "backup-bucket-hosts-policy").inputs["statements"]

    assert group["matchingRule"] == "Any {instance.id = 'mail-host-1-instance-id'}"
    assert group["compartmentId"] == TENANCY
    assert statements[1].endswith(
        "where all {target.bucket.name='mail-backup-test', any {request.permission='OBJECT_CREATE',"
        " request.permission='OBJECT_INSPECT', request.permission='OBJECT_READ'}}"
    )
    assert not any(verb in json.dumps(statements) for verb in ("DELETE", "OVERWRITE"))


def test_in_the_tenancy_itself_policies_say_so() -> None:
    engine = run(**AT_ORACLE, compartment_ocid="ocid1.tenancy.oc1..aaaa")

    (said,) = engine.one("Policy", "backup-bucket-lifecycle-policy").inputs["statements"]
    assert "object-family in tenancy where" in said
    assert engine.one("DynamicGroup", "backup-bucket-hosts").inputs["compartmentId"] == "ocid1.tenancy.oc1..aaaa"
