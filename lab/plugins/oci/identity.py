"""Dynamic groups and policies: their form is checked as Oracle's is, and what they allow is asked by other parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins.oci.cloud import ServiceError
from lab.plugins.oci.handler import Handler, invalid
from lab.plugins.oci.network import check_compartment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Cloud, Record, Transaction

TENANCY = "ocid1.tenancy.oc1..lab"
# Managing Dynamic Groups: one condition, or several below Any or All.
_CONDITION = r"(?:instance\.(?:id|compartment\.id)|tag\.[\w.-]+) = '[^']+'"
_RULE = re.compile(rf"{_CONDITION}|(?:Any|All|ANY|ALL) \{{{_CONDITION}(?:, {_CONDITION})*\}}")
# Policy Syntax: Allow <subject> to <verb> <resource-type> in <location> where <conditions>.
_STATEMENT = re.compile(
    r"allow (?P<kind>service|dynamic-group|group) (?P<subject>\S+) to (?P<verb>inspect|read|use|manage) [a-z-]+"
    r" in (?P<place>tenancy|compartment(?: id)? \S+)(?: where (?:any|all) \{.+\}| where \S+\s?=\s?'[^']+')?",
    re.IGNORECASE,
)


class DynamicGroup(Handler):
    """Machines that show who they are, by a rule."""

    type = "DynamicGroup"
    kind = "dynamicgroup"

    @override
    def validate(self, inputs: Mapping[str, Any]) -> None:
        if not inputs["compartmentId"].startswith("ocid1.tenancy."):
            raise invalid("compartmentId of a dynamic group must be the tenancy's")
        if not _RULE.fullmatch(inputs["matchingRule"]):
            raise invalid(f"matchingRule {inputs['matchingRule']} is no rule")

    @override
    def check(self, records: Transaction, record: Record) -> None:
        _refuse_taken_name(records, record)

    @override
    def defaults(self) -> dict[str, Any]:
        return {**super().defaults(), "state": "ACTIVE"}


class Policy(Handler):
    """Statements about who may do what in a compartment."""

    type = "Policy"
    kind = "policy"

    @override
    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        for statement in inputs["statements"]:
            if not _STATEMENT.fullmatch(statement):
                raise invalid(f"statement {statement} cannot be parsed")

    @override
    def check(self, records: Transaction, record: Record) -> None:
        _refuse_taken_name(records, record)
        groups = {group.inputs["name"] for group in records.all("DynamicGroup")}
        for statement in record.inputs["statements"]:
            said = _STATEMENT.fullmatch(statement)
            if said and said["kind"].lower() == "dynamic-group" and said["subject"] not in groups:
                raise invalid(f"dynamic group {said['subject']} of a statement does not exist")

    @override
    def defaults(self) -> dict[str, Any]:
        return {**super().defaults(), "state": "ACTIVE"}


def lets_service(records: Transaction, service: str, compartment_id: str) -> bool:
    """Whether a policy lets a service of the cloud manage objects in a compartment."""
    places = {"tenancy", f"compartment id {compartment_id}"}
    found = (_STATEMENT.fullmatch(one) for policy in records.all("Policy") for one in policy.inputs["statements"])
    return any(
        said["subject"] == service and said["verb"].lower() == "manage" and said["place"] in places
        for said in found
        if said
    )


def get_compartment(_cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """One compartment; in the lab's tenancy, all of them lie below the root."""
    name = arguments["id"].rpartition(".")[2]
    return {**arguments, "compartmentId": TENANCY, "name": name, "description": "", "state": "ACTIVE"}


def _refuse_taken_name(records: Transaction, record: Record) -> None:
    name = record.inputs.get("name")
    if any(other.inputs.get("name") == name for other in records.all(record.type) if other.id != record.id):
        raise ServiceError(409, f"{record.type}AlreadyExists", f"{record.type} {name} already exists")
