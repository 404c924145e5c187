"""offsite.sh: the newest snapshots go elsewhere, each once, manifest last; what stops it is told and gone on from."""

import hashlib
from pathlib import Path

import pytest

from tests.scripts.machine import Machine, Run

JOB = "../../backup/host/offsite.sh"
FIGURES = "/var/lib/prometheus/node-exporter/mailstead_offsite.prom"
SUCCESS, LAST = "mail_offsite_last_run_success", "mail_offsite_last_success_timestamp_seconds"
NAMES = ("alice.tar.gz.gpg", "manifest.json", "SHA256SUMS")
# rclone over a folder, with what its options promise: nothing is written over, a copy can be cut off or refused, and
# a remote that is not the plain one splits what it is given.
RCLONE = r"""
while [[ $1 == --* ]]; do [[ $1 == --immutable ]] || shift; shift; done
verb=$1 include="*" exclude="" max=99999 min=0
shift
while [[ $1 == --* ]]; do
  case $1 in
    --include) include=${2#/} ;;
    --exclude) exclude=$2 ;;
    --max-size) max=${2%B} ;;
    --min-size) min=${2%B} ;;
    *) set -- "" "$@" ;;
  esac
  shift 2
done
path() { printf '%s' "$root/bucket/${1#*:}"; }
wanted() {
  find "$1" -type f -name "$include" ! -name "${exclude:-.}" -printf '%s %P\n' |
    awk -v max=$max -v min=$min '$1 <= max && $1 >= min {print $2}'
}
refused=$(cat "$root/refused" 2>/dev/null || echo nothing)
[[ ! -e $root/unreachable && $* != *"$refused"* ]] || { echo "dial tcp: no route to host" >&2; exit 1; }
put() {
  [[ ! -e $root/full ]] || { echo "QuotaExceeded" >&2; exit 1; }
  mkdir -p "$2"
  [[ ! -e $2/${1##*/} ]] || cmp --silent "$1" "$2/${1##*/}" || { echo "immutable file modified" >&2; exit 1; }
  cp "$1" "$2/"
  [[ ! -e $root/cut_after ]] || { rm "$root/cut_after"; exit 1; }
}
case $verb in
  lsf) [[ -e $(path "$1")/$include ]] && echo "$include" || exit 3 ;;
  copy)
    for name in $(wanted "$1"); do put "$1/$name" "$(path "$2")"; done
    [[ ! -x $root/meanwhile ]] || "$root/meanwhile"
    ;;
  check)
    for name in $(wanted "$1"); do
      [[ $(stat -c %s "$1/$name") == $(stat -c %s "$(path "$2")/$name") ]] || exit 1
    done
    ;;
  *) exit 96 ;;
esac
"""


@pytest.fixture
def host(tmp_path: Path) -> Machine:
    """A host with two days of a domain and of the server, and a bucket elsewhere."""
    machine = Machine(tmp_path)
    machine.stub("mountpoint")
    machine.stub("rclone", RCLONE)
    machine.stub("date", '[[ $* == +%s ]] && cat $root/now || exec /bin/date "$@"')
    machine.write("/now", "2000")
    machine.write(
        "/etc/mailstead/backup.env", "BACKUP_OFFSITE=s3\nBACKUP_OFFSITE_REMOTE=offsite:mail-backup/mail.example.com\n"
    )
    for domain in ("example.com", "system"):
        for day in ("20261122", "20261123"):
            snapshot(machine, domain, day)
    return machine


def snapshot(host: Machine, domain: str, day: str) -> Path:
    """Write a snapshot with the right sums."""
    folder = host.root / "backup/mailcow" / domain / day
    folder.mkdir(parents=True)
    sums = ""
    for name in NAMES[:2]:
        (folder / name).write_text(f"{name} of {domain}, {day}", encoding="utf-8")
        sums += f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return folder


def copied(host: Machine) -> set[str]:
    bucket = host.root / "bucket/mail-backup/mail.example.com/mailcow"
    return {file.relative_to(bucket).as_posix() for file in bucket.rglob("*") if file.is_file()}


def all_of(*folders: str) -> set[str]:
    return {f"{folder}/{name}" for folder in folders for name in NAMES}


def figures(host: Machine) -> dict[str, float]:
    lines = [line for line in host.read(FIGURES).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.split() for line in lines)}


def run(host: Machine) -> Run:
    return host.run(JOB)


def test_the_newest_day_of_each_domain_and_of_the_server_arrives(host: Machine) -> None:
    done = run(host)

    assert done.status == 0, done.stderr
    assert copied(host) == all_of("example.com/20261123", "system/20261123")
    assert "off-site copy done" in done.stdout
    assert figures(host)[SUCCESS] == 1
    assert figures(host)[LAST] == 2_000


def test_a_manifest_goes_after_everything_that_it_names_is_there_and_of_its_size(host: Machine) -> None:
    run(host)

    steps = [call.partition(" ERROR ")[2].split() for call in host.called("rclone") if " lsf " not in call]
    assert [" ".join(word for word in words if "/" not in word) for words in steps] == [
        "copy --exclude manifest.json",
        "check --one-way --size-only --exclude manifest.json",
        "copy --include manifest.json",
    ] * 2


def test_what_is_not_there_as_it_is_here_gets_no_manifest(host: Machine) -> None:
    host.write(
        "/meanwhile", f"#!/bin/sh\nfind {host.root}/bucket -name '*.gpg' -exec truncate -s 1 {{}} +\n", mode=0o755
    )

    done = run(host)

    assert done.status == 1
    assert "rclone check failed" in done.stderr
    assert not [name for name in copied(host) if name.endswith("manifest.json")]


def test_a_snapshot_that_is_made_anew_or_removed_meanwhile_arrives_as_it_was(host: Machine) -> None:
    folder = host.root / "backup/mailcow/system/20261123"
    was = {name: (folder / name).read_text(encoding="utf-8") for name in NAMES}
    again = f"mv {folder} {folder}.old; mkdir {folder}; echo new >{folder}/manifest.json; rm -rf {folder}.old"
    host.write("/meanwhile", f"#!/bin/sh\n{again}\n", mode=0o755)

    done = run(host)

    assert done.status == 0, done.stderr
    there = host.root / "bucket/mail-backup/mail.example.com/mailcow/system/20261123"
    assert {name: (there / name).read_text(encoding="utf-8") for name in NAMES} == was


@pytest.mark.parametrize("ends", ["well", "cut off"])
def test_nothing_of_the_copying_stays_on_the_backup_volume(host: Machine, ends: str) -> None:
    if ends == "cut off":
        (host.root / "cut_after").touch()

    run(host)

    assert [path.name for path in (host.root / "backup").iterdir()] == ["mailcow"]


def test_a_domain_that_cannot_be_copied_leaves_the_others_their_copy(host: Machine) -> None:
    snapshot(host, "another.org", "20261123")
    host.write("/refused", "mailcow/another.org/20261123")

    done = run(host)

    assert done.status == 1
    assert "there is no whole copy of: another.org" in done.stderr
    assert copied(host) == all_of("example.com/20261123", "system/20261123")
    assert figures(host)[SUCCESS] == 0


def test_an_archive_that_the_store_takes_only_in_parts_goes_by_the_remote_that_splits(host: Machine) -> None:
    """Parts need the right to overwrite at Oracle, unless each is an object of its own."""
    host.write(
        "/etc/mailstead/backup.env",
        "BACKUP_OFFSITE=oci\nBACKUP_OFFSITE_REMOTE=offsite:mail-backup/mail.example.com\n"
        "BACKUP_OFFSITE_WHOLE=whole:mail-backup/mail.example.com\nBACKUP_OFFSITE_WHOLE_LIMIT=1000\n",
    )
    big = host.root / "backup/mailcow/example.com/20261123/big.tar.gz.gpg"
    big.write_text("x" * 1001, encoding="utf-8")
    with (big.parent / "SHA256SUMS").open("a", encoding="utf-8") as sums:
        sums.write(f"{hashlib.sha256(big.read_bytes()).hexdigest()}  {big.name}\n")

    done = run(host)

    assert done.status == 0, done.stderr
    assert copied(host) == all_of("example.com/20261123", "system/20261123") | {"example.com/20261123/big.tar.gz.gpg"}
    sent = [
        call.partition(" copy ")[2] for call in host.called("rclone") if " copy " in call and "/example.com" in call
    ]
    assert [(" offsite:" in call, "--min-size 1001B" in call) for call in sent] == [
        (False, False),
        (True, True),
        (False, False),
    ]
    assert all("--multi-thread-streams 0" in call for call in host.called("rclone"))


def test_a_day_that_is_there_is_neither_sent_again_nor_written_over(host: Machine) -> None:
    run(host)
    changed = host.root / "backup/mailcow/example.com/20261123/alice.tar.gz.gpg"
    changed.write_text("a second backup of the day", encoding="utf-8")
    host.forget_calls()

    done = run(host)

    assert done.status == 0, done.stderr
    assert "of example.com of 20261123 is there already" in done.stderr
    assert not [call for call in host.called("rclone") if " copy " in call]


@pytest.mark.parametrize("what", ["unreachable", "full"])
def test_a_place_that_does_not_answer_or_is_full_is_told_and_the_time_of_the_last_copy_stays(
    host: Machine, what: str
) -> None:
    run(host)
    snapshot(host, "system", "20261124")
    (host.root / what).touch()
    host.write("/now", "3000")

    failed = run(host)

    assert failed.status == 1
    assert "rclone copy failed for offsite:mail-backup" in failed.stderr
    assert "what was copied before stays" in failed.stderr
    assert (figures(host)[SUCCESS], figures(host)[LAST]) == (0, 2_000)
    (host.root / what).unlink()
    assert run(host).status == 0
    assert (figures(host)[SUCCESS], figures(host)[LAST]) == (1, 3_000)
    assert all_of("system/20261124") <= copied(host)


def test_a_copy_that_was_cut_off_has_no_manifest_and_the_next_run_ends_it(host: Machine) -> None:
    (host.root / "cut_after").touch()

    assert run(host).status == 1

    assert "system/20261123/manifest.json" not in copied(host)
    assert run(host).status == 0
    assert copied(host) == all_of("example.com/20261123", "system/20261123")


def test_what_the_disk_has_changed_is_not_spread(host: Machine) -> None:
    damaged = host.root / "backup/mailcow/example.com/20261123/alice.tar.gz.gpg"
    damaged.write_text("something else", encoding="utf-8")

    done = run(host)

    assert done.status == 1
    assert "the snapshot of example.com of 20261123 is damaged on this disk" in done.stderr
    assert host.exists("/backup/read-every-archive")
    assert copied(host) == all_of("system/20261123")
    assert figures(host)[SUCCESS] == 0


def test_without_a_backup_there_is_nothing_to_copy_and_that_is_told(host: Machine) -> None:
    for folder in (host.root / "backup/mailcow/system").iterdir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()

    done = run(host)

    assert done.status == 1
    assert "there is no snapshot of the server yet" in done.stderr
