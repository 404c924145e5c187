"""The list as a file: laid out to be read, and replaced as a whole."""

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from core.errors import RefusedError
from core.mail_list import parse_mail_list
from core.people import MailDomain, MailList, User
from docs.list_reference import LONG
from ops.list_file import add_user, edit_file, list_text, write_file
from ops.list_layout import SCHEMA_LINE
from tests.core.lists import mail_lists

LIST = "domains: [{name: a.org, users: [alice]}]\n"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mail_lists())
def test_a_list_that_we_write_is_read_as_the_same(people: MailList) -> None:
    text = list_text(people)

    assert parse_mail_list(text, "mail_list.yml") == people
    assert text.startswith(SCHEMA_LINE)


def test_a_list_is_written_as_people_would_write_it() -> None:
    text = list_text(parse_mail_list(LONG, "mail_list.yml"))

    assert (
        text.splitlines()[2:]
        == """\
domains:
  - name: example.com
    postmaster: alice
    catch_all: alice
    defaults: {quota_mib: 4096, sending_limit: 100/h}
    users:
      - alice
      - name: bob
        full_name: Bob Builder
        aliases: [robert]
        quota_mib: 8192
        protocols: [imap, smtp]
        tags: [sales]
        forward: bob@other.example
      - name: frank
        change_password: true
        move_in: {server: imap.old.example, user: frank@old.example, password_in: mail/move-in/example.com/frank}
    aliases: [{name: info, to: alice}]
    lists: [{name: team, to: [alice, bob, zoe@müller.example]}]
    subdomains: [{name: shop, cname: shops.example.net}, {name: vpn, address: 203.0.113.9}]
    offboarded:
      - {name: carol, until: 2027-01-31}
      - name: dave
        until: 2027-01-31
        mail: {forward: alice}
        auto_reply: Dave has left; write to alice@example.com.
      - {name: erin, until: 2027-01-31, mail: keep}
  - name: müller.example
    relay: {host: smtp.relay.example, user: us, password_in: mail/relays/us}
    users: [zoe]
""".splitlines()
    )


def test_names_that_yaml_takes_for_something_else_are_quoted() -> None:
    users = tuple(User(name=name) for name in ("on", "12", "2026-01-01", "1e3", "null"))
    people = MailList(
        domains=(MailDomain(name="a.org", users=users, offboarded=(), postmaster=None, server=1, line=1),)
    )

    assert "users: ['on', '12', '2026-01-01', '1e3', 'null']" in list_text(people)
    assert parse_mail_list(list_text(people), "mail_list.yml") == people


@pytest.mark.parametrize("text", ["", "a: 1\n", "domains: 5\n", "domains: [{name: a.org, users: [x]}]\n# ünï\n"])
def test_a_file_is_written_as_a_whole_with_its_rights(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mail_list.yml"
    file.write_text("old")
    file.chmod(0o640)

    write_file(file, text)

    assert file.read_text(encoding="utf-8") == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["mail_list.yml"]


def test_a_new_file_may_be_read_by_everybody_and_a_link_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "link.yml"
    link.symlink_to(tmp_path / "real.yml")

    write_file(link, LIST)

    assert link.is_symlink()
    assert (tmp_path / "real.yml").read_text(encoding="utf-8") == LIST
    assert stat.S_IMODE((tmp_path / "real.yml").stat().st_mode) == 0o644


def test_a_write_that_fails_leaves_the_old_text_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "mail_list.yml"
    file.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_file(file, "\ud800")

    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["mail_list.yml"]


def test_line_ends_of_another_system_stay(tmp_path: Path) -> None:
    file = tmp_path / "mail_list.yml"
    file.write_bytes(b"domains:\r\n  - name: a.org\r\n    users:\r\n      - alice\r\n")

    edit_file(file, lambda text: add_user(text, "a.org", User(name="bob")))

    assert file.read_bytes().endswith(b"      - alice\r\n      - bob\r\n")
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "mail_list.yml"
    file.write_text(LIST, encoding="utf-8")

    def edit(text: str) -> str:
        file.write_text("theirs")
        return text + "# ours\n"

    with pytest.raises(RefusedError, match=r"mail_list.yml was changed by somebody else meanwhile"):
        edit_file(file, edit)

    assert file.read_text() == "theirs"
