"""What destroy says before it hurts."""

from ops.destroy import inventory_of


def test_destroy_counts_what_people_care_about_first_and_names_what_is_protected() -> None:
    mailbox = "pulumi-python:dynamic/mailstead:Mailbox"
    resources = [
        {"type": "pulumi:pulumi:Stack", "urn": "urn:a::b::c::stack"},
        {"type": "oci:Core/vcn:Vcn", "urn": "urn:a::b::c::mail-vcn"},
        {"type": mailbox, "urn": "urn:a::b::c::alice@example.com", "protect": True},
        {"type": mailbox, "urn": "urn:a::b::c::bob@example.com"},
    ]

    inventory = inventory_of({"deployment": {"resources": resources}})

    assert inventory.lines() == ["2 mailboxes, with all mail in them", "1 other resources"]
    assert inventory.protected == ("alice@example.com",)
