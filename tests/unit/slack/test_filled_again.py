"""A form that could not be taken is shown again as it was filled."""

from typing import Any

from assistant.language import say
from assistant.slack.shown.elements import field_block, option, people_element, plain, text_element
from assistant.slack.shown.filled_again import MOST_BLOCKS, NOT_TAKEN, filled_again
from tests.fakes.slack_limits import refuse_bad_view, texts

AGAIN = "Please send it again."
COLOURS = [option("Red", "red"), option("Blue", "blue")]


def form(*blocks: dict[str, Any], **states: dict[str, Any]) -> dict[str, Any]:
    """Return a form as Slack sends it: with what it adds, and what was filled in."""
    return {
        "id": "V1",
        "team_id": "T1",
        "hash": "1.h",
        "type": "modal",
        "callback_id": "form",
        "private_metadata": "held",
        "title": plain("A form"),
        "submit": plain("Send"),
        "close": None,
        "blocks": list(blocks),
        "state": {"values": {field: {field: state} for field, state in states.items()}},
    }


def elements(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    refuse_bad_view(view, "modal")
    return {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}


def test_what_was_written_and_chosen_stays_and_what_was_emptied_stays_empty() -> None:
    radio = {"type": "radio_buttons", "options": COLOURS, "initial_option": COLOURS[0]}
    groups = [{"label": plain("All"), "options": COLOURS}]
    view = form(
        field_block("what", "What", text_element("before", 100)),
        field_block("note", "Note", text_element("before", 100)),
        field_block("colour", "Colour", radio),
        field_block("ticks", "Ticks", {"type": "checkboxes", "options": COLOURS}),
        field_block("one", "One", {"type": "static_select", "option_groups": groups}),
        field_block("day", "Day", {"type": "datepicker", "initial_date": "2027-01-01"}),
        field_block("who", "Who", people_element(["U1"], 3)),
        what={"type": "plain_text_input", "value": "after"},
        note={"type": "plain_text_input", "value": None},
        # Slack sends a choice with fields of its own.
        colour={"type": "radio_buttons", "selected_option": {**COLOURS[1], "url": "x"}},
        ticks={"type": "checkboxes", "selected_options": [{"value": "blue"}]},
        one={"type": "static_select", "selected_option": {"value": "red"}},
        day={"type": "datepicker", "selected_date": "2027-02-02"},
        who={"type": "multi_users_select", "selected_users": ["U2", "U3"]},
    )
    again = filled_again(view, AGAIN)
    found = elements(again)
    assert found["what"]["initial_value"] == "after"
    assert "initial_value" not in found["note"]
    assert found["colour"]["initial_option"] == COLOURS[1]
    assert found["ticks"]["initial_options"] == [COLOURS[1]]
    assert found["one"]["initial_option"] == COLOURS[0]
    assert found["day"]["initial_date"] == "2027-02-02"
    assert found["who"]["initial_users"] == ["U2", "U3"]
    assert (again["callback_id"], again["private_metadata"]) == ("form", "held")
    assert set(again) == {*form(), "blocks"} - {"id", "team_id", "hash", "close", "state"}


def test_the_sentence_stands_above_it_once_however_often_it_comes_again() -> None:
    view = form(field_block("what", "What", text_element("", 100)), what={"value": "after"})
    again = filled_again({**view, **filled_again(view, "Not yet.")}, AGAIN)
    assert [b["block_id"] for b in again["blocks"]] == [NOT_TAKEN, "what"]
    assert AGAIN in "\n".join(texts(again["blocks"]))


def test_in_a_form_that_is_full_words_give_way_and_fields_do_not() -> None:
    words = [{"type": "section", "text": plain(str(n))} for n in range(MOST_BLOCKS - 1)]
    view = form(*words, field_block("what", say("Note"), text_element("", 100)))
    again = filled_again(view, AGAIN)
    assert len(again["blocks"]) == MOST_BLOCKS
    assert set(elements(again)) == {"what"}
