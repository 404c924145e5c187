"""What the notes of a rotation mean: which campaign goes on, who is done, what is kept."""

from datetime import UTC, datetime, timedelta

from core.rotation import Campaign, begun, campaign_of, ended, moment, with_anchor, without_anchor

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
BEGUN = moment(NOW - timedelta(hours=1))


def test_without_an_anchor_a_new_campaign_begins() -> None:
    assert campaign_of({"a@x": {}, "b@x": {}}, now=NOW, anew=False) == Campaign(
        name="2026-11-22T14:05:00.000+00:00", is_new=True, anchors=()
    )


def test_a_campaign_that_was_stopped_goes_on() -> None:
    notes = {"a@x": with_anchor({}, BEGUN), "b@x": {}}

    assert campaign_of(notes, now=NOW, anew=False) == Campaign(name=BEGUN, is_new=False, anchors=("a@x",))


def test_begun_anew_it_does_not_go_on_and_its_anchor_is_remembered() -> None:
    found = campaign_of({"a@x": with_anchor({}, BEGUN)}, now=NOW, anew=True)

    assert (found.is_new, found.anchors, found.name > BEGUN) == (True, ("a@x",), True)


def test_of_two_that_were_stopped_the_later_one_goes_on() -> None:
    notes = {"a@x": with_anchor({}, moment(NOW)), "b@x": with_anchor({}, BEGUN)}

    assert campaign_of(notes, now=NOW, anew=False).name == moment(NOW)


def test_one_that_was_forgotten_for_more_than_a_week_does_not_go_on() -> None:
    notes = {"a@x": with_anchor({}, BEGUN)}

    assert not campaign_of(notes, now=NOW + timedelta(days=6), anew=False).is_new
    assert campaign_of(notes, now=NOW + timedelta(days=8), anew=False).is_new


def test_who_was_rotated_since_it_began_is_done() -> None:
    campaign = Campaign(name=BEGUN, is_new=False, anchors=())

    by_it = ended({}, state_note="state", now=NOW - timedelta(days=1), campaign=BEGUN)
    by_hand = ended({}, state_note="state", now=NOW, campaign="")
    long_ago = ended({}, state_note="state", now=NOW - timedelta(days=1), campaign="")

    assert [campaign.has_done(notes) for notes in (by_it, by_hand, long_ago, {})] == [True, True, False, False]


def test_whose_password_is_on_its_way_is_not_done() -> None:
    done = ended({}, state_note="state", now=NOW, campaign=BEGUN)

    assert not Campaign(name=BEGUN, is_new=False, anchors=()).has_done(begun(done, version=3))


def test_the_end_takes_the_hand_over_of_the_old_password_away_and_keeps_the_rest() -> None:
    notes = {
        "state": "initial",
        "stack": "dev",
        "mailbox_made": "x",
        "rotating": "2",
        "handover_accessor": "a",
        "handover_expires": "b",
        "handover_delivered": "c",
    }

    assert ended(notes, state_note="state", now=NOW, campaign="") == {
        "state": "rotated",
        "stack": "dev",
        "mailbox_made": "x",
        "rotated": "2026-11-22T14:05:00.000+00:00",
    }


def test_an_anchor_comes_and_goes_beside_other_notes() -> None:
    assert without_anchor(with_anchor({"state": "initial"}, BEGUN)) == {"state": "initial"}
