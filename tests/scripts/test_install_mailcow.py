"""install-mailcow.sh: one version, complete or not there."""

from tests.scripts.machine import Machine
from tests.scripts.mailcow import CONF, INSTALL, install


def test_the_tag_is_checked_out_and_not_what_came_after_it(docker_host: Machine) -> None:
    done = install(docker_host)

    assert (done.status, done.stdout) == (0, "mailcow 2026-07a\n"), done.stderr
    assert docker_host.read(f"{INSTALL}/docker-compose.yml") == "# 2026-07a\n"


def test_a_clone_that_died_half_way_is_made_anew(docker_host: Machine) -> None:
    docker_host.write(f"{INSTALL}.unfinished/.git/HEAD", "half")

    assert install(docker_host).status == 0
    assert not docker_host.exists(f"{INSTALL}.unfinished")


def test_another_version_is_fetched_and_what_lies_in_the_folder_stays(docker_host: Machine) -> None:
    assert install(docker_host, "2026-05").status == 0
    docker_host.write(CONF, "DBPASS=kept\n")

    assert install(docker_host, "2026-07a").status == 0
    assert docker_host.read(f"{INSTALL}/docker-compose.yml") == "# 2026-07a\n"
    assert docker_host.read(CONF) == "DBPASS=kept\n"


def test_a_standing_installation_needs_no_network(docker_host: Machine) -> None:
    assert install(docker_host).status == 0
    (docker_host.root.parent / "repository").unlink()

    assert install(docker_host).status == 0


def test_a_version_that_does_not_exist_is_an_error(docker_host: Machine) -> None:
    assert install(docker_host, "1999-01").status != 0
    assert not docker_host.exists(INSTALL)


def test_nothing_is_installed_onto_the_boot_disk(docker_host: Machine) -> None:
    docker_host.stub("mountpoint", "exit 32")

    assert "/srv/mail is not mounted" in install(docker_host).stderr
