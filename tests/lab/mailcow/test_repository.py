"""The published repository is always the same, and its compose file has the shape of mailcow's."""

import re
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from lab.mailcow import repository
from tests.lab.mailcow.install_folder import InstallFolder, run_git

SCHEMA = Path(repository.__file__).parent / "images/php-fpm/schema.sql"
IMAGES = Path(repository.__file__).parent / "images"
DATA = {"vmail", "vmail-index", "mysql", "mysql-socket", "redis", "rspamd", "postfix", "crypt"}
# mailcow has more; these are the parts that the lab stands in for.
SERVICES = {"mysql", "redis", "php-fpm", "nginx", "postfix", "dovecot", "rspamd", "acme"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (repository.SOURCE / "docker-compose.yml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def tip(folder: Path) -> str:
    return run_git(folder / repository.NAME, "rev-parse", "master")


def test_the_same_files_give_the_same_commit(tmp_path: Path) -> None:
    for name in ("one", "two"):
        repository.publish(tmp_path / name)
    assert tip(tmp_path / "one") == tip(tmp_path / "two")


def test_a_checkout_with_other_modes_gives_the_same_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.publish(tmp_path / "one")
    copy = tmp_path / "copy"
    shutil.copytree(repository.SOURCE, copy)
    for file in (path for path in copy.rglob("*") if path.is_file()):
        file.chmod(0o700 if file.suffix == ".html" else 0o600)
    monkeypatch.setattr(repository, "SOURCE", copy)
    repository.publish(tmp_path / "two")
    assert tip(tmp_path / "one") == tip(tmp_path / "two")


def test_the_tag_is_the_tip_of_master(tmp_path: Path) -> None:
    repository.publish(tmp_path)
    tagged = run_git(tmp_path / repository.NAME, "rev-parse", f"{repository.TAG}^{{commit}}")
    assert tagged == tip(tmp_path)


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    repository.publish(tmp_path)
    before = (tmp_path / repository.NAME).stat().st_ino
    repository.publish(tmp_path)
    assert (tmp_path / repository.NAME).stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == [repository.NAME]


def test_a_change_is_published_in_the_place_of_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.publish(tmp_path / "git")
    before = tip(tmp_path / "git")
    shutil.copytree(repository.SOURCE, tmp_path / "copy")
    (tmp_path / "copy/data/web/index.html").write_text("other", encoding="utf-8")
    monkeypatch.setattr(repository, "SOURCE", tmp_path / "copy")
    repository.publish(tmp_path / "git")
    assert tip(tmp_path / "git") != before


def test_a_broken_repository_is_replaced(tmp_path: Path) -> None:
    (tmp_path / repository.NAME).mkdir()
    repository.publish(tmp_path)
    assert tip(tmp_path)


def test_a_configuration_left_in_the_source_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(repository.SOURCE, tmp_path / "copy")
    (tmp_path / "copy/mailcow.conf").write_text("DBPASS=secret", encoding="utf-8")
    monkeypatch.setattr(repository, "SOURCE", tmp_path / "copy")
    repository.publish(tmp_path / "git")
    assert "mailcow.conf" not in run_git(tmp_path / "git" / repository.NAME, "ls-tree", "-r", "--name-only", "master")


def test_it_has_mailcows_services_and_each_has_an_image_here(compose: dict[str, Any]) -> None:
    assert {name.removesuffix("-mailcow") for name in compose["services"]} == SERVICES
    for name, service in compose["services"].items():
        folder = name.removesuffix("-mailcow")
        assert service["image"] == f"mailcow/{folder}:{repository.TAG}"
        assert (IMAGES / folder / "Dockerfile").exists()


def test_every_service_restarts_and_none_has_a_healthcheck(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["restart"] == "always"
        assert "healthcheck" not in service


def test_volumes_and_network_are_named_as_mailcows(compose: dict[str, Any]) -> None:
    assert set(compose["volumes"]) == {f"{name}-vol-1" for name in DATA}
    network = compose["networks"]["mailcow-network"]
    assert network["driver_opts"]["com.docker.network.bridge.name"] == "br-mailcow"
    assert network["ipam"]["config"] == [{"subnet": "${IPV4_NETWORK:-172.22.1}.0/24"}]


def test_ports_are_published_as_mailcow_publishes_them(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    defaults = {re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", port) for port in published}
    public = {f"{port}:{port}" for port in (25, 465, 587, 143, 993, 110, 995, 4190)}
    web = {":80:80", ":443:443"}
    assert defaults == public | web | {"127.0.0.1:19991:12345", "127.0.0.1:13306:3306", "127.0.0.1:7654:6379"}


def test_no_service_asks_for_more_than_an_ordinary_container_has(compose: dict[str, Any]) -> None:
    allowed = {"image", "restart", "depends_on", "volumes", "environment", "ports", "networks", "stop_grace_period"}
    for service in compose["services"].values():
        assert set(service) <= allowed


def test_every_file_that_is_mounted_is_in_the_repository(compose: dict[str, Any]) -> None:
    mounted = {volume.split(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    made_there = {"./data/assets/ssl", "./data/assets/ssl-example", "./data/web/.well-known/acme-challenge"}
    in_folder = {place for place in mounted if place.startswith("./")} - made_there
    assert in_folder
    assert all((repository.SOURCE / place).is_dir() for place in in_folder)


def test_every_variable_is_written_by_the_generator_or_has_a_default(tmp_path: Path) -> None:
    written = InstallFolder.clone(tmp_path).generated()
    text = (repository.SOURCE / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= set(written)


def test_the_schema_can_be_loaded_again() -> None:
    text = re.sub(r"^--.*$", "", SCHEMA.read_text(encoding="utf-8"), flags=re.MULTILINE)
    statements = [statement.strip() for statement in text.split(";\n") if statement.strip()]
    assert len(statements) >= 24
    assert all(re.match(r"CREATE (TABLE IF NOT EXISTS|OR REPLACE VIEW) ", statement) for statement in statements)
    assert not any(";" in statement for statement in statements)
