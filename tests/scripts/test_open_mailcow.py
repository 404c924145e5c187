"""open-mailcow.sh: no default password behind an open door."""

import json

import pytest

from tests.scripts.machine import Machine
from tests.scripts.mailcow import CONF, MARKER, SECRETS, values


def test_the_default_password_is_replaced_before_the_web_is_opened(configured: Machine) -> None:
    password = values(configured, SECRETS)["ADMIN_PASSWORD"]

    done = configured.run("open-mailcow.sh")

    assert (done.status, done.stdout) == (0, "open\n"), done.stderr
    sent = json.loads(configured.read("/sent"))
    assert sent == {"items": ["admin"], "attr": {"password": password, "password2": password}}
    conf = values(configured, CONF)
    assert (conf["HTTP_BIND"], conf["HTTPS_BIND"]) == ("", "")
    asked = next(place for place, call in enumerate(configured.calls) if "edit/admin" in call)
    opened = next(place for place, call in enumerate(configured.calls) if " up --detach" in call)
    assert asked < opened


def test_the_password_leaves_the_host_and_was_never_an_argument(configured: Machine) -> None:
    password = values(configured, SECRETS)["ADMIN_PASSWORD"]

    done = configured.run("open-mailcow.sh")

    assert "ADMIN_PASSWORD" not in values(configured, SECRETS)
    assert set(values(configured, SECRETS)) == {"API_KEY", "API_KEY_READ_ONLY"}
    assert configured.exists(MARKER)
    assert password not in done.stdout + done.stderr + "\n".join(configured.calls)
    assert not list((configured.root / "srv/mail/mailstead").glob(".admin*"))


@pytest.mark.parametrize(
    "answer",
    [
        '[{"type": "danger", "msg": "password_mismatch"}]\n200',
        '[{"type": "success"}, {"type": "warning", "msg": "x"}]\n200',
        "\n200",
        "<html>502</html>\n502",
        "[]\n200",
    ],
)
def test_a_password_that_was_not_taken_keeps_the_web_closed(configured: Machine, answer: str) -> None:
    configured.write("/edit_answer", answer)

    done = configured.run("open-mailcow.sh")

    assert done.status == 1
    assert "did not take the administrator's new password" in done.stderr
    assert values(configured, CONF)["HTTP_BIND"] == "127.0.0.1"
    assert "ADMIN_PASSWORD" in values(configured, SECRETS)
    assert not configured.exists(MARKER)


def test_opening_again_sends_no_password(configured: Machine) -> None:
    assert configured.run("open-mailcow.sh").status == 0
    configured.forget_calls()

    assert configured.run("open-mailcow.sh").status == 0
    assert not [call for call in configured.calls if "edit/admin" in call]


def test_a_run_that_died_after_the_marker_still_takes_the_password_off_the_host(configured: Machine) -> None:
    configured.write(MARKER, "")

    assert configured.run("open-mailcow.sh").status == 0
    assert "ADMIN_PASSWORD" not in values(configured, SECRETS)
    assert values(configured, CONF)["HTTPS_BIND"] == ""
