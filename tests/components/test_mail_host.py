"""One mail host: a machine that may be replaced, an address and disks that may not."""

import base64
import re
from typing import Any

import pulumi
import pytest
import yaml

from components.cloud_init import user_data
from components.mail_fleet import MailFleet, MailFleetArgs
from tests.components.wishes import PUBLIC_KEY, settings, state
from tests.engine import ADDRESS, HOST_KEY, Engine


def host(engine: Engine | None = None, **changes: Any) -> Engine:
    """Run a fleet; its first host is what most tests look at."""
    engine = engine or Engine()
    wanted = state(**changes)

    def program() -> None:
        MailFleet("mail-fleet", MailFleetArgs(hosts=wanted.hosts, settings=settings(**changes), subnet_id="subnet"))

    engine.run(program)
    return engine


def instance(engine: Engine) -> Any:
    return engine.one("Instance", "mail-host-1-instance")


def test_the_default_machine_is_what_the_free_share_pays_for() -> None:
    inputs = instance(host()).inputs

    assert inputs["shape"] == "VM.Standard.A1.Flex"
    assert inputs["shapeConfig"] == {"ocpus": 2, "memoryInGbs": 12}
    assert inputs["sourceDetails"]["bootVolumeSizeInGbs"] == "50"


def test_a_shape_of_fixed_size_is_given_none() -> None:
    inputs = instance(host(instance_shape="VM.Standard3.Fixed", allow_paid=True)).inputs

    assert "shapeConfig" not in inputs


def test_a_new_image_key_or_first_boot_text_never_touches_a_standing_machine() -> None:
    """Oracle would swap the boot volume for the first, and replace the machine for the others."""
    assert set(instance(host()).options.ignoreChanges) == {
        "sourceDetails.sourceId",
        "metadata.user_data",
        "metadata.ssh_authorized_keys",
    }


def test_the_machine_is_replaced_by_raising_its_generation_and_goes_before_the_new_one_comes() -> None:
    options = instance(host(host_generation=3)).options

    assert options.replacement_trigger.number_value == 3
    assert options.deleteBeforeReplace
    assert not options.protect


def test_address_and_volumes_are_protected() -> None:
    engine = host()

    assert engine.one("PublicIp", "mail-host-1-ip").options.protect
    for name in ("mail-host-1-mail-volume", "mail-host-1-backup-volume"):
        assert engine.one("Volume", name).options.protect


def test_the_reserved_address_is_tied_to_the_machines_private_one() -> None:
    engine = host()
    inputs = engine.one("PublicIp", "mail-host-1-ip").inputs
    (looked_up,) = [call.args for call in engine.calls if call.token.endswith(":getPrivateIps")]

    assert (inputs["lifetime"], inputs["privateIpId"]) == ("RESERVED", "ocid1.privateip.first")
    assert looked_up == {"ipAddress": "10.20.0.5", "subnetId": "subnet"}
    assert instance(engine).inputs["createVnicDetails"]["assignPublicIp"] == "false"


def test_the_newest_image_of_the_release_is_taken() -> None:
    engine = host(os_release="22.04")
    (looked_up,) = [call.args for call in engine.calls if call.token.endswith(":getImages")]

    assert instance(engine).inputs["sourceDetails"]["sourceId"] == "ocid1.image.newest"
    assert looked_up["operatingSystemVersion"] == "22.04"
    assert (looked_up["sortBy"], looked_up["sortOrder"]) == ("TIMECREATED", "DESC")


def test_a_release_without_image_is_said_in_our_words() -> None:
    engine = Engine(looked_up={"oci:Core/getImages:getImages": {"images": []}})

    with pytest.raises(
        pulumi.RunError, match=r"no image of Ubuntu 24\.04 for shape VM\.Standard\.A1\.Flex.*set os_release"
    ):
        host(engine)


def test_an_availability_domain_that_does_not_exist_is_said_in_our_words() -> None:
    with pytest.raises(pulumi.RunError, match=r"availability_domain 3 does not exist in eu-frankfurt-1, which has 2"):
        host(availability_domain=3)


def test_machine_and_volumes_are_in_the_same_availability_domain() -> None:
    engine = host(availability_domain=2)
    places = {
        instance(engine).inputs["availabilityDomain"],
        engine.one("Volume", "mail-host-1-mail-volume").inputs["availabilityDomain"],
        engine.one("Volume", "mail-host-1-backup-volume").inputs["availabilityDomain"],
    }

    assert places == {"Uocm:EXAMPLE-AD-2"}


def test_the_volumes_have_the_sizes_of_the_config_and_names_that_do_not_change() -> None:
    engine = host(block_volume_sizes=[60, 80])

    for kind, size, device in (("mail", "60", "oraclevdb"), ("backup", "80", "oraclevdc")):
        assert engine.one("Volume", f"mail-host-1-{kind}-volume").inputs["sizeInGbs"] == size
        attachment = engine.one("VolumeAttachment", f"mail-host-1-{kind}-attachment")
        assert attachment.inputs["device"] == f"/dev/oracleoci/{device}"
        assert attachment.inputs["attachmentType"] == "paravirtualized"
        assert attachment.inputs["isPvEncryptionInTransitEnabled"] is True
        assert attachment.options.deleteBeforeReplace


def test_a_mount_knows_machine_and_attachment_so_that_it_is_undone_before_they_go() -> None:
    engine = host()

    for kind, path in (("mail", "/srv/mail"), ("backup", "/backup")):
        inputs = engine.one("Mount", f"mail-host-1-{kind}-mount").inputs
        assert inputs["instance_id"] == "mail-host-1-instance-id"
        assert inputs["attachment_id"] == f"mail-host-1-{kind}-attachment-id"
        assert inputs["path"] == path
        assert (inputs["address"], inputs["user"], inputs["host_key"]) == (ADDRESS, "ubuntu", HOST_KEY)


def test_the_machine_offers_neither_the_old_metadata_service_nor_plain_traffic_to_its_disk() -> None:
    inputs = instance(host()).inputs

    assert inputs["instanceOptions"] == {"areLegacyImdsEndpointsDisabled": True}
    assert inputs["isPvEncryptionInTransitEnabled"] is True


def test_two_hosts_share_nothing_but_the_network() -> None:
    """Numbers are part of every name from the first day, so a second host renames nothing."""
    one = host()
    two = host(instance_count=2, allow_paid=True)

    for type_ in ("Instance", "PublicIp", "Volume", "VolumeAttachment", "HostKey", "Mount"):
        first, both = one.names(type_), two.names(type_)
        assert both == sorted([*first, *(name.replace("mail-host-1", "mail-host-2") for name in first)])


def test_the_first_boot_names_the_machine_and_closes_ssh_to_passwords() -> None:
    document = base64.b64decode(user_data("mail.example.com")).decode()
    wishes = yaml.safe_load(document)
    (sshd,) = wishes["write_files"]

    assert document.startswith("#cloud-config\n")
    assert (wishes["hostname"], wishes["fqdn"]) == ("mail", "mail.example.com")
    assert re.search(r"^PasswordAuthentication no$", sshd["content"], re.MULTILINE)
    assert re.search(r"^PermitRootLogin no$", sshd["content"], re.MULTILINE)
    assert sshd["path"] < "/etc/ssh/sshd_config.d/50-cloud-init.conf"  # sshd takes the first value it meets


def test_the_first_boot_holds_the_public_key_and_no_secret() -> None:
    metadata = instance(host()).inputs["metadata"]

    assert metadata["ssh_authorized_keys"] == PUBLIC_KEY
    assert set(metadata) == {"ssh_authorized_keys", "user_data"}
    assert not re.search(rb"password:|passwd|token|BEGIN", base64.b64decode(metadata["user_data"]))
