"""probe-mailcow.sh: real mail through both ways in, read by IMAP, and nothing of it left behind."""

from collections.abc import Iterator

import pytest

from tests.scripts.machine import Machine, Run
from tests.scripts.mailcow import CONF, SECRETS

DOMAIN = "mailstead-probe.invalid"
PASSWORD = "/password"
FOLDER = f"/srv/mail/docker-volumes/mailcowdockerized_vmail-vol-1/_data/{DOMAIN}"
# API, SMTP and IMAP in one: what is made is a file, what is sent goes to the folder that the file delivery names.
_MAILCOW = r"""
body="" mail=""
while (($#)); do
  case $1 in
    @*) body=${1#@} ;;
    --upload-file) mail=$2 ;;
    *://*) url=$1 ;;
  esac
  words+=" $1"
  shift
done
input=$(cat)
answer() { printf '%s\n%s' "$1" 200; }
log_in() { grep -qF "probe@mailstead-probe.invalid:$(cat "$root/password")\"" <<<"$input" || exit 67; }
success='[{"type": "success", "msg": "done"}]'
case $url in
  */get/mailbox/*) if [[ -e $root/password ]]; then answer '{"username": "probe"}'; else answer '{}'; fi ;;
  */get/domain/*) if [[ -e $root/domain ]]; then answer '{"domain_name": "probe"}'; else answer '{}'; fi ;;
  */add/domain) [[ ! -e $root/domain ]] && touch "$root/domain" && answer "$success" ;;
  */add/mailbox)
    if [[ -e $root/full ]]; then answer '[{"type": "danger", "msg": "mailbox_quota_exceeded"}]'; exit; fi
    jq --raw-output .password "$body" >"$root/password" && answer "$success" ;;
  */delete/mailbox) rm "$root/password"; rm -f "$root"/INBOX "$root"/Junk; answer "$success" ;;
  */delete/domain) [[ ! -e $root/password ]] && rm "$root/domain" && answer "$success" ;;
  smtp://127.0.0.1:2587/*)
    [[ ! -e $root/no_submission ]] || exit 7
    log_in
    cat "$mail" >>"$root/$(cat "$root/delivery")" ;;
  smtp://127.0.0.1:25/*) [[ ! -e $root/no_port_25 ]] || exit 7; cat "$mail" >>"$root/$(cat "$root/delivery")" ;;
  imaps://127.0.0.1:993/*)
    log_in
    wanted=${words##*SEARCH TEXT }
    if grep -qs "${wanted%% *}" "$root/${url##*/}"; then echo '* SEARCH 1'; else echo '* SEARCH'; fi ;;
  *) exit 3 ;;
esac
"""


# Everybody but nobody@ is a person; a mail with another key's words cannot be read.
_DOVEADM = r"""
case "$*" in
  *"doveadm user nobody@"*) exit 67 ;;
  *"doveadm user "*) ;;
  *" uid mailbox INBOX") printf 'uid=3\nuid=7\n' ;;
  *" text mailbox INBOX uid 7")
    echo "dear zoe"
    [[ ! -e $root/other_key ]] || exit 75 ;;
  *) exit 96 ;;
esac
"""


@pytest.fixture
def host(machine: Machine) -> Iterator[Machine]:
    """A host whose mailcow takes mail; afterwards nothing of the probe is in it, or in its folders."""
    machine.write(CONF, "MAILCOW_HOSTNAME=mail.example.com\nSUBMISSION_PORT=192.0.2.7:2587\nSMTP_PORT=25\n")
    machine.write(SECRETS, "API_KEY=key\n")
    machine.write("/delivery", "INBOX")
    machine.stub("curl", _MAILCOW)
    machine.stub("docker", _DOVEADM)
    yield machine
    assert not machine.exists("/domain")
    assert not machine.exists(PASSWORD)
    assert not list((machine.root / "srv/mail/mailstead").glob(".probe*"))


def probe(host: Machine) -> Run:
    return host.run("probe-mailcow.sh", limit_s=1)


def test_a_mail_is_sent_by_each_way_in_and_read(host: Machine) -> None:
    done = probe(host)

    assert (done.status, done.stdout) == (0, "mail was sent and read\n"), done.stderr
    assert done.stderr == ""


def test_a_mail_that_a_filter_takes_for_junk_has_arrived(host: Machine) -> None:
    host.write("/delivery", "Junk")

    assert probe(host).status == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("/no_submission", "submission (port 587) with a log-in does not take a mail"),
        ("/no_port_25", "port 25 does not take a mail"),
    ],
)
def test_a_way_in_that_is_shut_is_named(host: Machine, fault: str, said: str) -> None:
    host.write(fault, "")

    done = probe(host)

    assert (done.status, done.stdout) == (1, "")
    assert f"error: {said}: not within 1 s" in done.stderr


def test_a_mail_that_is_taken_and_lost_is_found_out(host: Machine) -> None:
    host.write("/delivery", "lost")

    assert "error: a mail sent by submission (port 587) is not in the mailbox: not within 1 s" in probe(host).stderr


def with_old_mail(host: Machine) -> None:
    folder = f"{FOLDER.rpartition('/')[0]}/example.com"
    host.write(f"{folder}/alice/Maildir/.Sent/cur/1:2,S", "in no inbox")
    host.write(f"{folder}/nobody/Maildir/cur/1:2,S", "of somebody who is no more")
    host.write(f"{folder}/zoe/Maildir/new/1", "dear zoe")


def test_a_mail_that_lies_here_already_is_read(host: Machine) -> None:
    with_old_mail(host)

    done = probe(host)

    assert done.status == 0, done.stderr
    read = [call for call in host.called("docker") if " text " in call]
    assert read == ["docker compose exec -T dovecot-mailcow doveadm fetch -u zoe@example.com text mailbox INBOX uid 7"]
    assert "dear" not in done.stdout + done.stderr


def test_old_mail_that_another_key_was_made_for_is_found_out(host: Machine) -> None:
    with_old_mail(host)
    host.write("/other_key", "")

    done = probe(host)

    assert "error: a mail that zoe@example.com has had cannot be read" in done.stderr
    assert "dear" not in done.stdout + done.stderr


def test_an_api_that_refuses_is_told_with_what_it_refused(host: Machine) -> None:
    host.write("/full", "")

    assert (
        "error: mailcow's API did not do add/mailbox for the probe (status 200, answer of type danger)"
        in probe(host).stderr
    )


def test_what_a_killed_probe_left_is_removed_by_the_next(host: Machine) -> None:
    host.write("/domain", "")
    host.write(PASSWORD, "of the last one\n")
    (host.root / FOLDER.lstrip("/")).mkdir(parents=True)

    assert probe(host).status == 0
    assert not host.exists(FOLDER)


def test_the_password_is_no_argument_and_not_said(host: Machine) -> None:
    host.stub("openssl", "echo 0123456789abcdef")

    done = probe(host)

    assert "0123456789abcdef" in "\n".join(host.calls), "the token is searched for"
    assert "Aa1-0123456789abcdef" not in "\n".join(host.calls) + done.stdout + done.stderr
