"""What an account at Oracle may send, read by Oracle's own command line: a stand-in plays it, as no account is here."""

import json
import sys
from pathlib import Path

import pytest

from ops.oci_limits import mail_allowance

REGION = "eu-frankfurt-1"
TENANCY = "ocid1.tenancy.oc1..aaaa"
# As `oci limits value list` prints it.
ANSWER = {
    "data": [
        {"availability-domain": None, "name": "max-emails-day", "scope-type": "REGION", "value": 100},
        {"availability-domain": None, "name": "sendrate", "scope-type": "REGION", "value": 10},
    ]
}
REFUSAL = "ServiceError:\n" + json.dumps({"code": "NotAuthorizedOrNotFound", "message": "Authorization failed."})


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with the stand-in on its path and a tenancy."""
    return {"PATH": str(tmp_path), "HOME": str(tmp_path), "TF_VAR_tenancy_ocid": TENANCY}


def oci(folder: Path, *, says: str = "", errs: str = "", status: int = 0) -> Path:
    """Put a stand-in on the path; gives the file in which it notes how it was called."""
    called = folder / "called.json"
    program = folder / "oci"
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(called)!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        f"sys.stdout.write({says!r})\nsys.stderr.write({errs!r})\nsys.exit({status})\n"
    )
    program.chmod(0o755)
    return called


def test_the_limits_of_the_region_are_read_for_the_tenancy(tmp_path: Path, env: dict[str, str]) -> None:
    called = oci(tmp_path, says=json.dumps(ANSWER))

    assert mail_allowance(REGION, env).limits == {"max-emails-day": 100, "sendrate": 10}
    arguments = json.loads(called.read_text())
    assert arguments[:3] == ["limits", "value", "list"]
    for name, value in {"--service-name": "email-delivery", "--compartment-id": TENANCY, "--region": REGION}.items():
        assert arguments[arguments.index(name) + 1] == value


def test_the_tenancy_is_found_where_the_command_line_itself_looks(tmp_path: Path, env: dict[str, str]) -> None:
    del env["TF_VAR_tenancy_ocid"]
    called = oci(tmp_path, says=json.dumps(ANSWER))
    (tmp_path / ".oci").mkdir()
    (tmp_path / ".oci" / "config").write_text("[DEFAULT]\ntenancy=ocid1.tenancy.oc1..bbbb\n")

    assert mail_allowance(REGION, env).limits
    assert "ocid1.tenancy.oc1..bbbb" in json.loads(called.read_text())


@pytest.mark.parametrize(
    ("told", "trouble"),
    [
        ({"errs": REFUSAL, "status": 1}, "oci refuses: Authorization failed."),
        (
            {"errs": "ERROR: Could not find config file\n", "status": 2},
            "oci refuses: ERROR: Could not find config file",
        ),
        ({"status": 1}, "oci refuses: it says nothing"),
        ({"says": "not JSON"}, "oci answers in no known form"),
        ({"says": '{"data": [{"name": "sendrate"}]}'}, "oci answers in no known form"),
    ],
)
def test_why_it_could_not_be_read_is_said_in_a_few_words(
    tmp_path: Path, env: dict[str, str], told: dict[str, object], trouble: str
) -> None:
    oci(tmp_path, **told)  # type: ignore[arg-type]

    assert mail_allowance(REGION, env).trouble == trouble


def test_without_the_command_line_or_a_tenancy_nothing_is_guessed(tmp_path: Path, env: dict[str, str]) -> None:
    assert "not installed" in mail_allowance(REGION, env).trouble
    oci(tmp_path)
    del env["TF_VAR_tenancy_ocid"]
    assert "no tenancy is known" in mail_allowance(REGION, env).trouble
