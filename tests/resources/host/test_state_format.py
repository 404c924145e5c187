"""What the state keeps of the host's providers: a reference, which is a format."""

import base64

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from backup.host_backup import HostBackupProvider
from components.certificate import CertificateProvider
from components.host_key import HostKeyProvider
from components.mount import MountProvider
from mailcow.host_secrets import HostSecretsProvider
from mailcow.port_probe import PortProbeProvider
from monitoring.exporters import ExportersProvider
from monitoring.ops_software import OpsSoftwareProvider

PATHS = {
    HostKeyProvider: (b"components.host_key", b"HostKeyProvider"),
    CertificateProvider: (b"components.certificate", b"CertificateProvider"),
    MountProvider: (b"components.mount", b"MountProvider"),
    HostSecretsProvider: (b"mailcow.host_secrets", b"HostSecretsProvider"),
    PortProbeProvider: (b"mailcow.port_probe", b"PortProbeProvider"),
    HostBackupProvider: (b"backup.host_backup", b"HostBackupProvider"),
    ExportersProvider: (b"monitoring.exporters", b"ExportersProvider"),
    OpsSoftwareProvider: (b"monitoring.ops_software", b"OpsSoftwareProvider"),
}


@pytest.mark.parametrize("kind", PATHS)
def test_state_holds_a_reference_to_the_provider_and_no_code(kind: type[ResourceProvider]) -> None:
    stored = base64.b64decode(serialize_provider(kind()))

    module, name = PATHS[kind]
    assert module in stored
    assert name in stored
    assert len(stored) < 100


@pytest.mark.parametrize("kind", PATHS)
def test_the_reference_is_no_secret(kind: type[ResourceProvider]) -> None:
    assert kind.serialize_as_secret_always is False
