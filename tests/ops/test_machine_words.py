"""What happens to machines: grouped, and what would be lost by name."""

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
