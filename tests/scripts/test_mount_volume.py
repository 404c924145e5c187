"""mount-volume.sh and unmount-volume.sh: formatted once, never again; nothing unmounted under a running mail server."""

import pytest

from tests.scripts.machine import SCRIPTS, Machine

DEVICE = "/dev/oracleoci/oraclevdb"
UUID = "0b7a4a4e-5b0a-4d8e-9d55-0d7c2f6f3a11"
MAIL_LINE = f"UUID={UUID} /srv/mail ext4 defaults,noatime,_netdev,nofail,x-systemd.device-timeout=120s 0 2"
BIND_LINE = (
    "/srv/mail/docker-volumes /var/lib/docker/volumes none"
    " bind,_netdev,nofail,x-systemd.requires-mounts-for=/srv/mail 0 0"
)


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A host with one empty volume; its stubs keep what is formatted and mounted in files."""
    machine.stub("blockdev", "echo 1024")
    machine.stub(
        "blkid",
        f"""[[ -e $root/formatted ]] || exit 2
case "$*" in *TYPE*) cat "$root/formatted" ;; *UUID*) echo {UUID} ;; esac""",
    )
    machine.stub("wipefs", 'cat "$root/signatures" 2>/dev/null; true')
    machine.stub("mkfs.ext4", 'echo ext4 >"$root/formatted"')
    machine.stub("mount", 'touch "$root/mounted"; echo "${@: -1}" >>"$root/mounted"')
    machine.stub("umount", 'grep -vx "$1" "$root/mounted" >"$root/rest"; mv "$root/rest" "$root/mounted"')
    machine.stub(
        "mountpoint",
        """case $1 in
  --quiet) grep -qsx "$2" "$root/mounted" ;;
  --fs-devno) cat "$root/mounted_device" 2>/dev/null || echo 7:1 ;;
  --devno) echo 7:1 ;;
esac""",
    )
    machine.stub("install", 'mkdir -p "${@: -1}"')
    machine.stub("systemctl")
    machine.write("/etc/fstab", "# the image's own\nLABEL=root / ext4 defaults 0 1\n")
    return machine


def test_an_empty_volume_is_formatted_and_mounted_and_its_uuid_is_all_that_is_printed(host: Machine) -> None:
    done = host.run("mount-volume.sh", DEVICE, "/srv/mail")

    assert (done.status, done.stdout) == (0, f"{UUID}\n"), done.stderr
    assert host.called("mkfs.ext4") == [f"mkfs.ext4 -q -m 1 {DEVICE}"]
    assert host.called("mount ") == [f"mount -t ext4 -o noatime {DEVICE} {host.root}/srv/mail"]
    assert host.read("/etc/fstab").splitlines() == [
        "# the image's own",
        "LABEL=root / ext4 defaults 0 1",
        MAIL_LINE,
    ]


def test_a_second_run_formats_nothing_mounts_nothing_and_leaves_one_line_in_fstab(host: Machine) -> None:
    first = host.run("mount-volume.sh", DEVICE, "/srv/mail", "--docker-volumes")
    host.forget_calls()

    second = host.run("mount-volume.sh", DEVICE, "/srv/mail", "--docker-volumes")

    assert (second.status, second.stdout) == (0, first.stdout), second.stderr
    assert not host.called("mkfs.ext4")
    assert not host.called("mount ")
    assert host.read("/etc/fstab").splitlines()[2:] == [MAIL_LINE, BIND_LINE]


def test_a_volume_with_mails_on_it_is_never_formatted(host: Machine) -> None:
    host.write("/formatted", "ext4\n")

    assert host.run("mount-volume.sh", DEVICE, "/srv/mail").status == 0
    assert not host.called("mkfs.ext4")


@pytest.mark.parametrize("type_", ["xfs\n", "crypto_LUKS\n", "\n"])
def test_a_volume_with_something_else_on_it_is_refused_and_left_alone(host: Machine, type_: str) -> None:
    host.write("/formatted", type_)

    done = host.run("mount-volume.sh", DEVICE, "/srv/mail")

    assert done.status == 1
    assert "it is left as it is" in done.stderr
    assert not host.called("mkfs.ext4")
    assert not host.called("mount ")


def test_a_volume_that_only_wipefs_finds_something_on_is_left_alone(host: Machine) -> None:
    host.write("/signatures", "DEVICE OFFSET TYPE\nvdb 0x1fe dos\n")

    done = host.run("mount-volume.sh", DEVICE, "/srv/mail")

    assert done.status == 1
    assert "is not empty" in done.stderr
    assert not host.called("mkfs.ext4")


def test_a_volume_that_blkid_is_not_sure_of_is_left_alone(host: Machine) -> None:
    host.stub("blkid", "exit 8")

    done = host.run("mount-volume.sh", DEVICE, "/srv/mail")

    assert done.status == 1
    assert "blkid exit 8" in done.stderr
    assert not host.called("mkfs.ext4")


def test_another_volume_in_its_place_is_refused(host: Machine) -> None:
    host.write("/formatted", "ext4\n")
    host.write("/mounted", f"{host.root}/srv/mail\n")
    host.write("/mounted_device", "7:9\n")

    done = host.run("mount-volume.sh", DEVICE, "/srv/mail")

    assert done.status == 1
    assert "another device (7:9) is mounted at /srv/mail" in done.stderr


def test_dockers_volumes_lie_on_the_mail_volume(host: Machine) -> None:
    assert host.run("mount-volume.sh", DEVICE, "/srv/mail", "--docker-volumes").status == 0

    bind = f"mount --bind {host.root}/srv/mail/docker-volumes {host.root}/var/lib/docker/volumes"
    assert host.called("mount --bind") == [bind]
    assert host.read("/etc/fstab").splitlines()[-1] == BIND_LINE
    secret_folder = f"install --directory --mode 700 {host.root}/srv/mail/mailstead"
    assert secret_folder in host.calls


def test_docker_which_was_stopped_for_unmounting_comes_back_with_its_disk(host: Machine) -> None:
    host.write("/usr/sbin/dockerd", "", mode=0o755)

    assert host.run("mount-volume.sh", DEVICE, "/srv/mail", "--docker-volumes").status == 0
    assert host.calls[-1] == "systemctl start docker.service"


def test_volumes_that_docker_has_made_on_the_boot_disk_are_not_hidden(host: Machine) -> None:
    host.write("/var/lib/docker/volumes/shop/_data/file", "")

    done = host.run("mount-volume.sh", DEVICE, "/srv/mail", "--docker-volumes")

    assert done.status == 1
    assert "has volumes on the boot disk" in done.stderr


def test_a_run_that_died_before_the_mount_is_finished_by_the_next(host: Machine) -> None:
    host.stub("mount", "exit 32")
    assert host.run("mount-volume.sh", DEVICE, "/srv/mail").status != 0

    host.stub("mount", 'touch "$root/mounted"; echo "${@: -1}" >>"$root/mounted"')
    assert host.run("mount-volume.sh", DEVICE, "/srv/mail").status == 0

    assert len(host.called("mkfs.ext4")) == 1
    assert host.read("/etc/fstab").count("/srv/mail ext4") == 1


def test_it_also_works_when_it_comes_over_standard_input_with_its_library_before_it(host: Machine) -> None:
    text = (SCRIPTS / "lib.sh").read_text() + "\n" + (SCRIPTS / "mount-volume.sh").read_text()

    done = host.run("", DEVICE, "/srv/mail", "--docker-volumes", stdin=text)

    assert (done.status, done.stdout) == (0, f"{UUID}\n"), done.stderr


def test_containers_stop_then_docker_then_the_volume_goes(host: Machine) -> None:
    host.write("/mounted", f"{host.root}/srv/mail\n{host.root}/var/lib/docker/volumes\n")
    host.write("/usr/bin/docker", "", mode=0o755)
    host.stub("docker", '[[ $1 != ps ]] || printf "aaa\\nbbb\\n"')

    done = host.run("unmount-volume.sh", "/srv/mail", "--docker-volumes")

    assert done.status == 0, done.stderr
    order = [call.split(" /")[0] for call in host.calls if call.startswith(("docker stop", "systemctl", "umount"))]
    assert order == ["docker stop -t 60 aaa bbb", "systemctl stop docker.socket docker.service", "umount", "umount"]
    assert host.called("umount") == [f"umount {host.root}/var/lib/docker/volumes", f"umount {host.root}/srv/mail"]


def test_what_is_unmounted_already_is_fine(host: Machine) -> None:
    host.write("/etc/fstab", f"# the image's own\n{MAIL_LINE}\n{BIND_LINE}\n")
    host.write("/mounted", "")

    done = host.run("unmount-volume.sh", "/srv/mail", "--docker-volumes")

    assert done.status == 0, done.stderr
    assert not host.called("umount")
    assert host.read("/etc/fstab") == "# the image's own\n"


def test_a_volume_that_cannot_be_released_is_an_error_and_stays_in_fstab(host: Machine) -> None:
    """Detaching it mounted would lose what is not written yet."""
    host.write("/mounted", f"{host.root}/backup\n")
    host.write("/etc/fstab", f"UUID={UUID} /backup ext4 defaults 0 2\n")
    host.stub("umount", "exit 32")

    done = host.run("unmount-volume.sh", "/backup", limit_s=0)

    assert done.status == 1
    assert "/backup is released: not within 0 s" in done.stderr
    assert "/backup" in host.read("/etc/fstab")
