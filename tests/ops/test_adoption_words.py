"""What `mailstead adopt` tells the operator: what it found, what is not in the list, what comes next."""

from mailcow.rows import NewFilter
from ops.adoption_words import sentences
from tests.ops.adopting import STACK_FILE, Desk
from tests.ops.existing_server import HOSTNAME


def test_it_says_what_was_found_what_is_not_in_the_list_and_what_comes_next(desk: Desk) -> None:
    desk.server.has_alias("spam@example.com", "null@localhost")

    said = list(sentences(desk.adopt(), stack="prod", dry_run=False))

    assert said[0] == f"{HOSTNAME} runs mailcow 2026-07a."
    assert "  example.com: 3 people, 3 aliases, 1 list, the rest to alice@example.com" in said
    assert "  alias spam@example.com throws its mail away, which a list cannot say" in said
    assert "mailstead up --stack prod" in said[-1]


def test_it_says_what_is_still_to_do_before_up(desk: Desk) -> None:
    desk.stack_file(STACK_FILE.replace("adopt: true", "adopt: false"))

    notices = desk.adopt().notices

    assert "write mailstead:adopt: true in Pulumi.prod.yaml" in notices[0]
    assert any("abuse@startup.io is not in the list and is not made" in notice for notice in notices)


def test_what_settings_and_list_do_not_agree_on_is_said_at_once(desk: Desk) -> None:
    desk.stack_file(f"{STACK_FILE}  mailstead:domain_names: [example.com, missing.example]\n")

    notices = desk.adopt().notices

    assert any("domain_names missing.example is not in mail_list.yml" in notice for notice in notices)


def test_a_list_that_says_all_of_the_server_leaves_up_nothing_to_change(desk: Desk) -> None:
    assert [notice for notice in desk.adopt().notices if "`up` would change it" in notice] == []


def test_what_the_list_says_otherwise_than_the_server_is_told_before_up_does_it(desk: Desk) -> None:
    """Our own forward of an earlier list is on the server, and a list that is made anew does not say it."""
    desk.server.add_filter(
        NewFilter(
            username="bob@example.com",
            kind="prefilter",
            script='redirect "me@far.example";',
            description="mailstead-prod",
        )
    )

    (told,) = [notice for notice in desk.adopt().notices if "would change it" in notice]

    assert told.startswith("mailbox bob@example.com is not there as the list says")
    assert "forward and reply something else, and the list says none" in told


def test_a_domain_that_signs_nothing_is_told(desk: Desk) -> None:
    desk.server.has_domain("keyless.example", selector=None)
    desk.server.has_mailbox("kim@keyless.example")

    assert any("keyless.example has no DKIM key" in notice for notice in desk.adopt().notices)
