"""The file that `mailstead adopt` writes its list into, where a list may be already."""

from core.mail_list import parse_mail_list
from ops.adoption import Wishes
from tests.ops.adopting import Desk
from tests.ops.existing_server import API_KEY


def test_a_list_that_says_something_else_is_never_overwritten_unasked(desk: Desk) -> None:
    mine = "# mine\ndomains: [{name: example.com, users: [alice]}]\n"
    (desk.folder / "mail_list.yml").write_text(mine)

    adopted = desk.adopt()

    assert desk.text() == mine
    assert (adopted.file.name, adopted.file.beside) == ("mail_list.yml.new", "mail_list.yml")
    assert parse_mail_list(desk.text("mail_list.yml.new"), "x") == adopted.people.mail_list


def test_a_list_that_cannot_be_read_is_not_overwritten_either(desk: Desk) -> None:
    (desk.folder / "mail_list.yml").write_bytes(b"domains: [\xff")

    assert desk.adopt().file.name == "mail_list.yml.new"
    assert (desk.folder / "mail_list.yml").read_bytes() == b"domains: [\xff"


def test_forced_it_is_overwritten(desk: Desk) -> None:
    (desk.folder / "mail_list.yml").write_text("domains: [{name: example.com, users: [alice]}]\n")

    adopted = desk.adopt(Wishes(api_key=API_KEY, force=True))

    assert parse_mail_list(desk.text(), "x") == adopted.people.mail_list
    assert not (desk.folder / "mail_list.yml.new").exists()


def test_a_list_that_says_the_same_in_other_words_keeps_its_comments(desk: Desk) -> None:
    desk.adopt()
    commented = desk.text().replace("      - alice\n", "      - alice # the boss\n")
    (desk.folder / "mail_list.yml").write_text(commented)

    assert not desk.adopt().file.written
    assert desk.text() == commented


def test_another_file_may_be_named(desk: Desk) -> None:
    adopted = desk.adopt(Wishes(api_key=API_KEY, list_file="people.yml"))

    assert parse_mail_list(desk.text("people.yml"), "x") == adopted.people.mail_list
    assert not (desk.folder / "mail_list.yml").exists()
    assert any("people.yml is what this command found" in notice for notice in adopted.notices)
