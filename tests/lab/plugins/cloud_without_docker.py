"""The lab's cloud with containers that are only remembered: for tests that need no Docker and no engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pulumi.provider.experimental import provider as engine

from lab.plugins.oci.provider import OciProvider
from lab.plugins.values import plain, properties
from lab.world import World

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from lab.plugins.oci.containers import Containers, Launch

Answer = TypeVar("Answer")
COMPARTMENT = "ocid1.compartment.oc1..test"
REGION = "eu-frankfurt-1"
AVAILABILITY_DOMAIN = "Uocm:EU-FRANKFURT-1-AD-1"


def a_world(folder: Path) -> World:
    """A world of which only the folder is there."""
    return World(
        name="test",
        clone=folder,
        clone_id="00000000",
        folder=folder,
        docker_host="unix:///nowhere/docker.sock",
        network="none",
        bridge="none",
        subnet="10.77.9.0/24",
        gateway="10.77.9.1",
        instance_image="none",
        apt_proxy="http://10.77.9.1:3142",
        registry="10.77.9.1:5000",
        git_url="git://10.77.9.1/mailcow-dockerized.git",
        dns="10.77.9.1",
        vault_addr="http://10.77.9.1:8200",
        engine="",
    )


@dataclass
class RememberedContainers:
    """What the real ones would be, as a picture."""

    folder_: Path
    launched: dict[str, Launch] = field(default_factory=dict[str, "Launch"])
    rules: dict[str, str] = field(default_factory=dict[str, str])
    addresses: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    stopped: set[str] = field(default_factory=set[str])
    failure: BaseException | None = None
    """What the next start ends with."""

    def devices(self, ocid: str) -> Path:
        return self.folder_ / ocid / "oracleoci"

    def start(self, launch: Launch) -> None:
        if self.failure is not None:
            raise self.failure
        self.launched[launch.ocid] = launch

    def write_network(self, ocid: str, rules: str, addresses: Iterable[str]) -> bool:
        given = list(addresses)
        news = (self.rules.get(ocid), self.addresses.get(ocid)) != (rules, given)
        self.rules[ocid], self.addresses[ocid] = rules, given
        return news

    def apply_network(self, ocid: str) -> None:
        pass

    def state(self, ocid: str) -> str | None:
        if ocid not in self.launched:
            return None
        return "exited" if ocid in self.stopped else "running"

    def stop(self, ocid: str) -> None:
        self.stopped.add(ocid)

    def boot(self, ocid: str) -> None:
        self.stopped.discard(ocid)

    def remove(self, ocid: str, *, keep_folder: bool = False) -> None:
        self.launched.pop(ocid, None)

    def addresses_in_use(self) -> set[str]:
        return set()


class CloudUnderTest:
    """Calls the provider as the engine does, in plain values."""

    def __init__(self, folder: Path) -> None:
        self.world = a_world(folder)
        self.containers = RememberedContainers(folder)
        self.provider = OciProvider(self.world, cast("Containers", self.containers))
        _run(
            self.provider.configure(
                engine.ConfigureRequest({}, properties({"region": REGION}), accept_secrets=True, accept_resources=True)
            )
        )

    def check(self, token: str, inputs: dict[str, Any]) -> list[str]:
        """The reasons why inputs are refused."""
        request = engine.CheckRequest(_urn(token), {}, properties(inputs), b"")
        return [failure.reason for failure in _run(self.provider.check(request)).failures or []]

    def create(self, token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        """Make a thing; its id and outputs."""
        assert self.check(token, inputs) == []
        request = engine.CreateRequest(_urn(token), properties(inputs), 0, preview=False)
        answer = _run(self.provider.create(request))
        assert answer.resource_id
        return answer.resource_id, plain(answer.properties)

    def preview(self, token: str, **inputs: Any) -> dict[str, Any]:
        """What a preview of a new thing shows."""
        request = engine.CreateRequest(_urn(token), properties(inputs), 0, preview=True)
        return plain(_run(self.provider.create(request)).properties)

    def update(self, token: str, id_: str, old: dict[str, Any], **inputs: Any) -> dict[str, Any]:
        """Give a thing other arguments; its outputs."""
        request = engine.UpdateRequest(_urn(token), id_, properties(old), properties(inputs), 0, [], preview=False)
        return plain(_run(self.provider.update(request)).properties)

    def delete(self, token: str, id_: str) -> None:
        """Remove a thing."""
        _run(self.provider.delete(engine.DeleteRequest(_urn(token), id_, {}, 0)))

    def read(self, token: str, id_: str, inputs: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """What is there of a thing; None when it is gone."""
        answer = _run(self.provider.read(engine.ReadRequest(_urn(token), id_, {}, properties(inputs or {}))))
        return plain(answer.properties) if answer.resource_id else None

    def imported(self, token: str, id_: str) -> dict[str, Any]:
        """The inputs that an import of a thing gives."""
        return plain(_run(self.provider.read(engine.ReadRequest(_urn(token), id_, {}, {}))).inputs)

    def invoke(self, token: str, **arguments: Any) -> dict[str, Any]:
        """What a data source says."""
        answer = _run(self.provider.invoke(engine.InvokeRequest(token, properties(arguments))))
        assert not answer.failures
        return plain(answer.return_value)

    # Things that other things need.

    def vcn(self, **changes: Any) -> str:
        inputs = {"compartmentId": COMPARTMENT, "cidrBlocks": ["10.20.0.0/16"], "dnsLabel": "mail", **changes}
        return self.create("oci:Core/vcn:Vcn", **inputs)[0]

    def security_list(self, vcn: str, *ports: int) -> str:
        return self.create("oci:Core/securityList:SecurityList", **security_list_inputs(vcn, *ports))[0]

    def subnet(self, vcn: str, security_lists: list[str]) -> str:
        inputs: dict[str, Any] = {"vcnId": vcn, "compartmentId": COMPARTMENT, "cidrBlock": "10.20.1.0/24"}
        return self.create("oci:Core/subnet:Subnet", **inputs, dnsLabel="pub", securityListIds=security_lists)[0]

    def instance(self, subnet: str, **changes: Any) -> tuple[str, dict[str, Any]]:
        return self.create("oci:Core/instance:Instance", **{**instance_inputs(self, subnet), **changes})

    def network(self, *ports: int) -> str:
        """A subnet whose security list opens these ports."""
        vcn = self.vcn()
        return self.subnet(vcn, [self.security_list(vcn, *ports)])


def security_list_inputs(vcn: str, *ports: int) -> dict[str, Any]:
    """A security list that opens TCP ports to everybody and lets everything out."""
    rules = [{"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": port, "max": port}} for port in ports]
    return {
        "compartmentId": COMPARTMENT,
        "vcnId": vcn,
        "ingressSecurityRules": rules,
        "egressSecurityRules": [{"protocol": "all", "destination": "0.0.0.0/0"}],
    }


def instance_inputs(cloud: CloudUnderTest, subnet: str) -> dict[str, Any]:
    """An instance as the product asks for one."""
    images = cloud.invoke("oci:Core/getImages:getImages", compartmentId=COMPARTMENT, shape="VM.Standard.A1.Flex")
    return {
        "compartmentId": COMPARTMENT,
        "availabilityDomain": AVAILABILITY_DOMAIN,
        "shape": "VM.Standard.A1.Flex",
        "shapeConfig": {"ocpus": 2, "memoryInGbs": 12},
        "sourceDetails": {"sourceType": "image", "sourceId": images["images"][0]["id"], "bootVolumeSizeInGbs": "50"},
        "createVnicDetails": {"subnetId": subnet, "assignPublicIp": "false", "hostnameLabel": "mail"},
        "metadata": {"ssh_authorized_keys": "ssh-ed25519 AAAA test"},
    }


def _urn(token: str) -> str:
    # A component's child: its parents' types come first.
    return f"urn:pulumi:dev::test::mailstead:network:MailNetwork${token}::thing"


def _run(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(coroutine)
