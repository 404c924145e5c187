"""What a stack may say of its backups, and the key that they are encrypted to."""

from pathlib import Path

import pytest

from core.backup_key import read_backup_key
from core.backup_rules import no_backups
from core.errors import InputError
from core.inputs import Inputs, check_inputs
from core.settings import parse_settings
from tests.core import samples

KEY = (Path(__file__).parents[1] / "data" / "backup-key.asc").read_text(encoding="utf-8")
LIST = "domains:\n  - {name: example.com, users: [alice], postmaster: alice}\n"
WITH_KEY = {"backup_public_key": "backup-key.asc"}
EXISTING = {"host": "existing", "host_address": "203.0.113.20", "mail_hostname": "mail.example.com"}


def inputs(files: dict[str, str] | None = None, values: dict[str, str] | None = None, /, **changes: str) -> Inputs:
    there = {"mail_list.yml": LIST, "backup-key.asc": KEY, **(files or {})}

    def read(name: str) -> str:
        try:
            return there[name]
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory") from None

    config = {**(values or samples.raw_values()), **changes}
    return check_inputs(config, stack="prod", stack_file="Pulumi.prod.yaml", text="", read_file=read)


def problems(files: dict[str, str] | None = None, values: dict[str, str] | None = None, /, **changes: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        inputs(files, values, **changes)
    return [problem.message for problem in caught.value.problems]


def test_a_stack_that_names_no_key_has_no_backups_and_is_told_so_each_time() -> None:
    """Silence would be taken for safety."""
    (said,) = [notice for notice in inputs().notices if "backed up" in notice]

    assert said.startswith("NOTHING is backed up")
    assert "mailstead backup key" in said
    assert not any("backed up" in notice for notice in inputs(**WITH_KEY).notices)


def test_who_reaches_a_server_by_its_api_alone_is_not_told_to_do_what_nobody_could() -> None:
    settings = parse_settings({**EXISTING, "api_access": "https"}, stack_file="", text="")

    assert no_backups(settings) == ""


def test_the_key_comes_from_the_file_that_the_stack_names() -> None:
    assert inputs(**WITH_KEY).backup_key == KEY
    assert inputs().backup_key == ""


def test_a_key_with_other_line_ends_is_the_same_key() -> None:
    assert read_backup_key(KEY.replace("\n", "\r\n") + "\r\n") == KEY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no public key of OpenPGP in text form"),
        (samples.PUBLIC_KEY, "is no public key of OpenPGP in text form"),
        (KEY[: len(KEY) // 2], "is no public key of OpenPGP in text form"),
        (KEY.replace("mDMEawPd", "lDMEawPd"), "is damaged"),
        (KEY.replace("4XSY", "4XS!"), "is damaged"),
    ],
)
def test_what_is_no_public_key_is_refused_before_anything_is_made(text: str, said: str) -> None:
    (problem,) = problems({"backup-key.asc": text}, **WITH_KEY)

    assert problem.startswith(said)
    assert "mailstead backup key" in problem


def test_the_private_half_is_refused_and_never_shown() -> None:
    half = "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----\n"

    (problem,) = problems({"backup-key.asc": half}, **WITH_KEY)

    assert "holds a private key" in problem
    assert "hunter2" not in problem


def test_a_key_file_that_is_not_there_is_told_with_what_makes_it() -> None:
    (problem,) = problems(backup_public_key="elsewhere.asc")

    assert problem == "is not there; have it made by: mailstead backup key"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"offsite": "s3"}, "offsite s3 has no backups to copy"),
        ({"offsite": "s3"}, "offsite s3 needs offsite_bucket"),
        ({"offsite": "s3"}, "offsite s3 needs offsite_endpoint"),
        ({"offsite_bucket": "mail-backup"}, "offsite_bucket says nothing while offsite is off"),
        ({"offsite_region": "eu-central-1"}, "offsite_region says nothing while offsite is off"),
        ({**WITH_KEY, "offsite": "oci", "offsite_endpoint": "https://s3.test"}, "offsite_endpoint is for offsite: s3"),
    ],
)
def test_settings_of_the_copy_that_do_not_fit_together_are_refused(changes: dict[str, str], said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(**changes))


def test_a_copy_at_oracle_is_for_a_host_at_oracle() -> None:
    (problem,) = problems(None, EXISTING, **WITH_KEY, offsite="oci")

    assert problem.startswith("offsite oci needs a host at Oracle")


def test_backups_of_a_server_that_is_reached_by_its_api_alone_are_refused() -> None:
    (problem,) = problems(None, EXISTING, **WITH_KEY, api_access="https")

    assert problem.startswith("backup_public_key needs SSH")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("backup_keep_days", "0", "0 is not between 1 and 365"),
        ("backup_at", "24:00", "is no time of day"),
        ("backup_at", "2:30", "is no time of day"),
        ("offsite", "aws", "is not known here"),
        ("offsite_bucket", "Mail Backup", "is no bucket's name"),
        ("offsite_endpoint", "s3.example.net", "is no address that begins with https or http"),
        ("offsite_endpoint", "https://key:hunter2@s3.example.net", "has a user name or password in it"),
        ("offsite_endpoint", "https://s3.example.net/mail-backup", "has a path"),
    ],
)
def test_a_value_that_no_host_could_use_is_refused(key: str, value: str, said: str) -> None:
    assert any(said in problem and "hunter2" not in problem for problem in problems(**WITH_KEY, **{key: value}))


def test_a_week_stays_on_the_host_unless_told_otherwise() -> None:
    settings = inputs(**WITH_KEY).settings

    assert (settings.backup_keep_days, settings.backup_at, settings.offsite) == (7, "02:30", "off")
