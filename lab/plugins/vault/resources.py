"""What each class of the vault provider does to the server."""

from __future__ import annotations

import abc
import secrets
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.vault.server_api import VaultServer


class Kind(abc.ABC):
    """One class: its id, and how the server has it."""

    @abc.abstractmethod
    def create(self, server: VaultServer, name: str, inputs: dict[str, Any]) -> str:
        """Make one; gives its id."""

    @abc.abstractmethod
    def read(self, server: VaultServer, id_: str) -> dict[str, Any] | None:
        """The arguments as the server has them, and what it added; None when it is gone."""

    @abc.abstractmethod
    def update(self, server: VaultServer, id_: str, inputs: dict[str, Any]) -> None:
        """Bring one to other arguments."""

    @abc.abstractmethod
    def delete(self, server: VaultServer, id_: str) -> None:
        """Remove one."""


class Mount(Kind):
    """A secrets engine at a path, which is its id."""

    @override
    def create(self, server: VaultServer, name: str, inputs: dict[str, Any]) -> str:
        path = inputs["path"].strip("/")
        if self.read(server, path) is not None:
            raise PluginError(f"error writing to Vault: path is already in use at {path}/")
        body = _present(inputs, type="type", description="description", options="options", local="local")
        server.write(
            f"sys/mounts/{path}", {**body, "seal_wrap": inputs.get("sealWrap", False), "config": _leases(inputs)}
        )
        return path

    def read(self, server: VaultServer, id_: str) -> dict[str, Any] | None:
        found = (server.read("sys/mounts") or {}).get(f"{id_}/")
        if found is None:
            return None
        return {
            "path": id_,
            "type": found["type"],
            "description": found["description"],
            "options": found["options"] or {},
            "local": found["local"],
            "sealWrap": found["seal_wrap"],
            "accessor": found["accessor"],
            "defaultLeaseTtlSeconds": found["config"]["default_lease_ttl"],
            "maxLeaseTtlSeconds": found["config"]["max_lease_ttl"],
        }

    def update(self, server: VaultServer, id_: str, inputs: dict[str, Any]) -> None:
        body = _present(inputs, description="description", options="options")
        server.write(f"sys/mounts/{id_}/tune", {**body, **_leases(inputs)})

    def delete(self, server: VaultServer, id_: str) -> None:
        server.delete(f"sys/mounts/{id_}")


class Policy(Kind):
    """A policy, by name."""

    @override
    def create(self, server: VaultServer, name: str, inputs: dict[str, Any]) -> str:
        policy = inputs.get("name") or f"{name}-{secrets.token_hex(4)[:7]}"
        self.update(server, policy, inputs)
        return policy

    def read(self, server: VaultServer, id_: str) -> dict[str, Any] | None:
        found = server.read(f"sys/policies/acl/{id_}")
        return None if found is None else {"name": id_, "policy": found["policy"]}

    def update(self, server: VaultServer, id_: str, inputs: dict[str, Any]) -> None:
        server.write(f"sys/policies/acl/{id_}", {"policy": inputs["policy"]})

    def delete(self, server: VaultServer, id_: str) -> None:
        server.delete(f"sys/policies/acl/{id_}")


class AuthBackend(Kind):
    """A way to log in, at a path, which is its id."""

    @override
    def create(self, server: VaultServer, name: str, inputs: dict[str, Any]) -> str:
        path = (inputs.get("path") or inputs["type"]).strip("/")
        server.write(f"sys/auth/{path}", _present(inputs, type="type", description="description", local="local"))
        return path

    def read(self, server: VaultServer, id_: str) -> dict[str, Any] | None:
        found = (server.read("sys/auth") or {}).get(f"{id_}/")
        if found is None:
            return None
        names = {name: found[name] for name in ("type", "description", "local", "accessor")}
        return {"path": id_, **names}

    def update(self, server: VaultServer, id_: str, inputs: dict[str, Any]) -> None:
        server.write(f"sys/auth/{id_}/tune", {"description": inputs.get("description", "")})

    def delete(self, server: VaultServer, id_: str) -> None:
        server.delete(f"sys/auth/{id_}")


_ROLE_FIELDS = {
    "bindSecretId": "bind_secret_id",
    "localSecretIds": "local_secret_ids",
    "secretIdBoundCidrs": "secret_id_bound_cidrs",
    "secretIdNumUses": "secret_id_num_uses",
    "secretIdTtl": "secret_id_ttl",
    "tokenBoundCidrs": "token_bound_cidrs",
    "tokenExplicitMaxTtl": "token_explicit_max_ttl",
    "tokenMaxTtl": "token_max_ttl",
    "tokenNoDefaultPolicy": "token_no_default_policy",
    "tokenNumUses": "token_num_uses",
    "tokenPeriod": "token_period",
    "tokenPolicies": "token_policies",
    "tokenTtl": "token_ttl",
    "tokenType": "token_type",
}


class AuthBackendRole(Kind):
    """An AppRole role; its id is its path, `auth/<backend>/role/<name>`."""

    @override
    def create(self, server: VaultServer, name: str, inputs: dict[str, Any]) -> str:
        id_ = f"auth/{inputs.get('backend', 'approle').strip('/')}/role/{inputs['roleName']}"
        self.update(server, id_, inputs)
        return id_

    def read(self, server: VaultServer, id_: str) -> dict[str, Any] | None:
        found = server.read(id_)
        if found is None:
            return None
        backend, role = id_.removeprefix("auth/").split("/role/")
        shown = {name: found[key] for name, key in _ROLE_FIELDS.items() if found.get(key) is not None}
        return {**shown, "backend": backend, "roleName": role, "roleId": self._role_id(server, id_)}

    def update(self, server: VaultServer, id_: str, inputs: dict[str, Any]) -> None:
        server.write(id_, _present(inputs, **_ROLE_FIELDS))
        if inputs.get("roleId"):
            server.write(f"{id_}/role-id", {"role_id": inputs["roleId"]})

    def delete(self, server: VaultServer, id_: str) -> None:
        server.delete(id_)

    def _role_id(self, server: VaultServer, id_: str) -> str:
        return (server.read(f"{id_}/role-id") or {}).get("role_id", "")


KINDS: Mapping[str, Kind] = {
    "vault:index/mount:Mount": Mount(),
    "vault:index/policy:Policy": Policy(),
    "vault:index/authBackend:AuthBackend": AuthBackend(),
    "vault:appRole/authBackendRole:AuthBackendRole": AuthBackendRole(),
}


def _present(inputs: Mapping[str, Any], **names: str) -> dict[str, Any]:
    """The given arguments under the server's names, which the keywords tell by the provider's names."""
    return {theirs: inputs[ours] for ours, theirs in names.items() if inputs.get(ours) is not None}


def _leases(inputs: Mapping[str, Any]) -> dict[str, Any]:
    names = {"defaultLeaseTtlSeconds": "default_lease_ttl", "maxLeaseTtlSeconds": "max_lease_ttl"}
    return {theirs: f"{inputs[ours]}s" for ours, theirs in names.items() if inputs.get(ours)}
