"""Whom the mail network lets in."""

from typing import Any

from components.mail_network import MailNetwork, MailNetworkArgs
from core import ports
from tests.components.wishes import OFFICE
from tests.engine import Engine

EVERYONE = "0.0.0.0/0"


def network(
    ssh_from: tuple[str, ...] = (),
    public_ports: dict[int, str] | None = None,
    private_ports: dict[int, str] | None = None,
) -> Engine:
    engine = Engine()
    args = MailNetworkArgs(
        compartment_id="ocid1.compartment.x",
        cidr="10.20.0.0/16",
        public_ports=public_ports or dict(ports.PUBLIC),
        private_ports=private_ports or {},
        ssh_from=ssh_from,
    )
    engine.run(lambda: MailNetwork("mail-network", args))
    return engine


def rules(engine: Engine) -> list[dict[str, Any]]:
    return engine.one("SecurityList", "mail-security-list").inputs["ingressSecurityRules"]


def let_in(engine: Engine) -> set[tuple[int, str]]:
    return {(int(rule["tcpOptions"]["min"]), rule["source"]) for rule in rules(engine) if "tcpOptions" in rule}


def test_everyone_reaches_the_mail_and_web_ports_and_nothing_else() -> None:
    assert let_in(network()) == {(port, EVERYONE) for port in ports.PUBLIC}


def test_ssh_is_open_only_to_the_blocks_that_were_named() -> None:
    assert let_in(network(ssh_from=(OFFICE,))) - let_in(network()) == {(22, OFFICE)}


def test_exporters_answer_only_machines_of_the_same_network() -> None:
    assert let_in(network(private_ports=dict(ports.MONITORING))) - let_in(network()) == {
        (9099, "10.20.0.0/16"),
        (9100, "10.20.0.0/16"),
    }


def test_a_rule_opens_one_port_and_says_why() -> None:
    (rule,) = [rule for rule in rules(network(public_ports={4190: "filters"})) if "tcpOptions" in rule]

    assert rule["tcpOptions"] == {"min": 4190, "max": 4190}
    assert rule["description"] == "filters"


def test_packets_that_are_too_big_are_reported_back_or_mails_from_outside_would_hang() -> None:
    (rule,) = [rule for rule in rules(network()) if rule["protocol"] == "1"]

    assert rule["icmpOptions"] == {"type": 3, "code": 4}
    assert rule["source"] == EVERYONE


def test_nothing_but_tcp_and_that_report_is_let_in() -> None:
    assert {rule["protocol"] for rule in rules(network())} == {"6", "1"}


def test_the_host_may_reach_everything() -> None:
    (rule,) = network().one("SecurityList", "mail-security-list").inputs["egressSecurityRules"]

    assert (rule["protocol"], rule["destination"]) == ("all", EVERYONE)


def test_the_subnet_is_ruled_by_this_list_alone_and_reaches_the_internet() -> None:
    engine = network()
    subnet = engine.one("Subnet", "mail-subnet").inputs
    (route,) = engine.one("RouteTable", "mail-route-table").inputs["routeRules"]

    assert subnet["securityListIds"] == ["mail-security-list-id"]
    assert subnet["routeTableId"] == "mail-route-table-id"
    assert (route["networkEntityId"], route["destination"]) == ("mail-internet-gateway-id", EVERYONE)


def test_dns_labels_are_such_as_oracle_takes() -> None:
    engine = network()

    for type_, name in (("Vcn", "mail-vcn"), ("Subnet", "mail-subnet")):
        label = engine.one(type_, name).inputs["dnsLabel"]
        assert label.isalnum(), label
        assert len(label) <= 15
