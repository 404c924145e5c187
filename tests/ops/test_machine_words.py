"""What happens to machines: grouped, and what would be lost by name."""

import pytest

from tests.ops.steps import OURS, Plain, kinds, sentences, step, words

INSTANCE, VOLUME, ADDRESS = "oci:Core/instance:Instance", "oci:Core/volume:Volume", "oci:Core/publicIp:PublicIp"
COMMAND = "command:remote:Command"


def of_host(op: str, number: int) -> list[Plain]:
    """Every resource of one mail host."""
    made: list[tuple[str, str]] = [
        (INSTANCE, "instance"),
        (VOLUME, "mail-volume"),
        (VOLUME, "backup-volume"),
        ("oci:Core/volumeAttachment:VolumeAttachment", "mail-attachment"),
        (ADDRESS, "ip"),
        ("command:remote:CopyToRemote", "scripts"),
        (COMMAND, "docker"),
        (COMMAND, "mailcow"),
        (f"{OURS}:HostKey", "host-key"),
        ("pulumi:providers:pulumi-python", "provider"),
    ]
    side = {"old" if op == "delete" else "new": {}}
    return [step(op, kind, f"mail-host-{number}-{name}", **side) for kind, name in made]


def network(op: str) -> list[Plain]:
    return [step(op, "oci:Core/vcn:Vcn", "mail-vcn", new={}), step(op, "oci:Core/subnet:Subnet", "mail-subnet", new={})]


def test_a_new_mail_host_is_one_line_whatever_it_is_made_of() -> None:
    assert sentences(*of_host("create", 1), *network("create")) == [
        "mail-host-1 is made: machine, 2 volumes, address, 4 set-up steps",
        "the network is made",
    ]


def test_the_bucket_for_backups_is_no_part_of_the_network() -> None:
    made = [
        step("create", "oci:ObjectStorage/bucket:Bucket", "backup-bucket-bucket", new={}),
        step("create", "oci:Identity/policy:Policy", "backup-bucket-hosts-policy", new={}),
    ]

    assert sentences(*made) == ["the bucket for backups is made"]


NAMES = ["mail.example.com", "autoconfig.example.com"]
ON_HOST = {"instance_id": "ocid1.instance.oc1..a", "names": NAMES}


def certificate(op: str, **sides: Plain) -> Plain:
    return step(op, f"{OURS}:Certificate", "mail-host-1-certificate", **sides)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (certificate("create", new=ON_HOST), "has a certificate asked for, with 2 names"),
        (
            certificate("update", old=ON_HOST, new={**ON_HOST, "names": [*NAMES, "mail.startup.io"]}),
            "has a certificate asked for that holds mail.startup.io too",
        ),
        (
            certificate("update", old=ON_HOST, new={**ON_HOST, "names": [f"{n}.d.example" for n in range(6)]}),
            "has a certificate asked for that holds 0.d.example, 1.d.example, 2.d.example, 3.d.example and 2 more too",
        ),
        (
            certificate("update", old=ON_HOST, new={**ON_HOST, "names": NAMES[:1]}),
            "needs no certificate for autoconfig.example.com any longer",
        ),
        (
            certificate("update", old=ON_HOST, new=ON_HOST),
            "has its certificate asked for again, which was not complete before",
        ),
        (
            certificate("update", old=ON_HOST, new={**ON_HOST, "instance_id": "ocid1.instance.oc1..b"}),
            "has its certificate looked at anew, with 2 names",
        ),
        (
            certificate("delete", old=ON_HOST),
            "has no certificate asked for any longer; the one that it has stays until it expires",
        ),
    ],
)
def test_a_certificate_has_a_sentence_of_its_own(step: Plain, said: str) -> None:
    """Counted as a set-up step that runs again, nobody would know that it is only waited for."""
    assert sentences(step) == [f"mail-host-1 {said}"]


def test_hosts_with_the_same_fate_share_a_line() -> None:
    assert sentences(*of_host("create", 1), *of_host("create", 2)) == [
        "each of mail-host-1 and mail-host-2 is made: machine, 2 volumes, address, 4 set-up steps"
    ]


def test_steps_that_run_again_are_named() -> None:
    again = [
        step("update", COMMAND, f"mail-host-1-{name}", old={}, new={"create": "x"}) for name in ("docker", "mailcow")
    ]

    assert sentences(*again) == ["mail-host-1 2 set-up steps run again (docker and mailcow)"]
    assert kinds(*again) == ["changes"]


def test_a_new_machine_is_said_to_keep_volumes_and_address() -> None:
    replaced = step("replace", INSTANCE, "mail-host-1-instance", old={}, new={})

    assert sentences(replaced) == ["mail-host-1 gets a new machine; its volumes and its address stay"]
    assert kinds(replaced) == ["replaces"]


def test_a_volume_that_is_replaced_is_said_to_lose_everything() -> None:
    replaced = step("replace", VOLUME, "mail-host-1-mail-volume", old={}, new={})

    assert "loses ALL that is on volume mail-host-1-mail-volume" in sentences(replaced)[0]
    assert kinds(replaced) == ["recreates"]


def test_a_host_that_goes_is_said_with_what_goes_along() -> None:
    assert sentences(*of_host("delete", 2)) == ["mail-host-2 loses machine, 2 volumes, address, 4 set-up steps"]
    assert kinds(*of_host("delete", 2)) == ["deletes"]


def test_a_script_that_is_no_longer_needed_is_no_deletion_to_be_afraid_of() -> None:
    assert kinds(step("delete", COMMAND, "mail-host-1-old-script", old={})) == ["changes"]


def test_a_host_that_is_reached_in_another_way_is_said_so() -> None:
    provider = step("update", "pulumi:providers:pulumi-python", "mail-host-1", old={"host:address": "a"}, new={})

    assert sentences(provider) == ["mail-host-1 is reached in another way"]


def test_a_host_that_is_there_already_is_only_connected() -> None:
    provider = "pulumi:providers:pulumi-python"

    assert sentences(step("create", provider, "mail-host-1", new={})) == ["mail-host-1 is connected"]
    assert kinds(step("delete", provider, "mail-host-1", old={})) == ["changes"]


def test_every_resource_is_kept_for_who_wants_the_details() -> None:
    (told,) = words(*of_host("create", 1)).happenings

    assert "mail-host-1-docker (Command) is made" in told.parts
    assert len(told.parts) == 10


def test_dns_records_are_no_part_of_the_network_and_those_that_change_are_named() -> None:
    rrset = "oci:Dns/rrset:Rrset"
    new = [step("create", rrset, f"{name}.example.com-A", new={}) for name in ("mail", "vpn")]

    assert sentences(*new, *network("create")) == ["DNS gets 2 record sets", "the network is made"]
    assert sentences(step("update", rrset, "example.com-TXT", old={}, new={"items": []})) == [
        "DNS is changed: example.com-TXT"
    ]
    assert sentences(step("delete", rrset, "vpn.example.com-A", old={})) == ["DNS loses record set"]


def test_an_ops_host_is_told_apart_from_the_network_and_from_mail_hosts() -> None:
    made = [
        step("create", INSTANCE, "ops-host-instance", new={}),
        step("create", f"{OURS}:OpsSoftware", "ops-host-software", new={}),
    ]

    assert sentences(*made) == ["ops-host is made: machine, 1 set-up step"]
    assert sentences(step("replace", INSTANCE, "ops-host-instance", old={}, new={})) == [
        "ops-host gets a new machine with another address, and begins to measure anew"
    ]
