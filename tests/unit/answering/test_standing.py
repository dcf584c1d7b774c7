"""What a reader is told of guidance that lapsed, is due for review, or is for somewhere else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assistant.answering.question import understand
from assistant.answering.standing import for_the_nation, lapsed_note, marked, scope_notes
from assistant.domain.answers import Answer, AnswerStatus, Citation
from assistant.domain.documents import Successor
from assistant.retrieval.evidence import Found
from assistant.retrieval.scope import Scope
from assistant.slack.shown.blocks import answer_messages
from assistant.terminal.answers import answer_as_dict, answer_as_text
from tests.fakes.library import Library

DAY = date(2027, 4, 1)
BEFORE = DAY - timedelta(days=1)
OLD = "The fee for a placement is 40 pounds a night."
NEW = "The fee for a placement is 55 pounds a night."
ASKED = "What is the fee for a placement?"


def ask(library: Library, day: date, question: str = ASKED, *, minimum: float = 0.0) -> Answer:
    library.today = day
    return library.ask(question, minimum=minimum)


def shown(answer: Answer) -> str:
    """Everything that a reader of any surface sees of an answer."""
    in_slack = " ".join(message.text for message in answer_messages(answer))
    return f"{answer_as_text(answer)} {in_slack} {answer_as_dict(answer)}"


@pytest.fixture
def bread(library: Library) -> Library:
    library.write("bread.md", "Rye bread is baked before dawn.")
    return library


def test_what_was_withdrawn_answers_until_the_day_before_and_then_says_so(library: Library) -> None:
    library.write("old.md", OLD, title="Fees", withdrawn=str(DAY))
    library.ingest()
    before = ask(library, BEFORE)
    assert before.status is AnswerStatus.ANSWERED
    assert "40 pounds" in before.text
    assert before.note is None
    after = ask(library, DAY)
    assert after.status is AnswerStatus.UNANSWERABLE_NO_PASSAGE
    assert after.text == (
        "The guidance on this does not hold today, so I do not answer from it. "
        "\u2018Fees\u2019 was withdrawn on 1 April 2027."
    )
    assert "40 pounds" not in shown(after)
    assert "old.md" not in shown(after)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"withdrawn": "yes"}, "\u2018Fees\u2019 was withdrawn."),
        (
            {"superseded_by": "The Fees Act"},
            "\u2018Fees\u2019 was replaced by \u2018The Fees Act\u2019.",
        ),
        (
            {"superseded_by": "The Fees [1] Act", "withdrawn": "2027-03-01"},
            "\u2018Fees\u2019 was replaced by \u2018The Fees (1) Act\u2019 on 1 March 2027.",
        ),
        ({"effective_from": "2027-04-02"}, "\u2018Fees\u2019 takes effect on 2 April 2027."),
    ],
)
def test_an_abstention_says_what_became_of_the_guidance(
    library: Library, more: dict[str, str], said: str
) -> None:
    library.write("old.md", OLD, title="Fees", **more)
    library.ingest()
    answer = ask(library, DAY)
    assert not answer.status.answers
    assert answer.text.endswith(f"so I do not answer from it. {said}")
    assert "40 pounds" not in shown(answer)


def test_what_lapsed_is_not_named_where_it_would_not_have_answered(bread: Library) -> None:
    bread.write("old.md", OLD, title="Fees", withdrawn="yes")
    bread.ingest()
    answer = ask(bread, DAY, "How many moons does Jupiter have?", minimum=0.5)
    assert "Fees" not in shown(answer)
    answer = ask(bread, DAY, "Is rye bread baked before dawn?", minimum=0.2)
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.note is None


def test_the_answer_rests_on_what_replaced_it_and_says_so(bread: Library) -> None:
    bread.write("old.md", OLD, title="Fees", superseded_by="new.md")
    bread.write("new.md", NEW, title="Fees 2027", effective_from=str(DAY))
    bread.ingest()
    before = ask(bread, BEFORE)
    assert "40 pounds" in before.text
    assert "55 pounds" not in shown(before)
    after = ask(bread, DAY)
    assert "55 pounds" in after.text
    assert "40 pounds" not in shown(after)
    assert after.note == (
        "\u2018Fees\u2019 was replaced by \u2018Fees 2027\u2019 on 1 April 2027. "
        "This answer rests on \u2018Fees 2027\u2019."
    )


def test_an_answer_beside_what_was_withdrawn_says_that_it_is_not_used(bread: Library) -> None:
    bread.write("old.md", OLD, title="Fees", withdrawn=str(DAY))
    bread.write("other.md", "A fee for a placement is agreed with the provider.")
    bread.ingest()
    answer = ask(bread, DAY)
    assert "40 pounds" not in shown(answer)
    assert answer.note == "\u2018Fees\u2019 was withdrawn on 1 April 2027. It is not used here."


def test_of_a_chain_the_one_in_force_is_named(library: Library) -> None:
    library.write("old.md", OLD, title="First", superseded_by="second.md")
    library.write("second.md", "Gone.", title="Second", superseded_by="third.md")
    library.write("third.md", "Here.", title="Third", effective_from=str(DAY))
    library.ingest()
    said = (
        "\u2018First\u2019 was replaced by \u2018{0}\u2019. This answer rests on \u2018{0}\u2019."
    )
    assert ask(library, BEFORE).note == said.format("Second")
    assert ask(library, DAY).note == said.format("Third")


def test_nothing_of_a_successor_is_told_or_kept_where_its_readers_are_others(
    library: Library,
) -> None:
    library.write("old.md", OLD, title="Fees", superseded_by="new.md")
    library.write(
        "new.md", "Rye bread.", title="Merger plan", audience="internal", effective_from=str(DAY)
    )
    library.ingest()
    assert "40 pounds" in ask(library, BEFORE).text
    library.today = DAY
    answer = library.ask(ASKED, (), ("public",))
    assert answer.text.endswith("\u2018Fees\u2019 was replaced.")
    kept = b"".join(f.read_bytes() for f in library.snapshots.rglob("public.sqlite3*"))
    assert b"Fees" in kept
    assert b"Merger plan" not in kept
    assert b"new.md" not in kept


def test_a_successor_of_an_older_snapshot_is_told_only_to_who_may_read_it(library: Library) -> None:
    library.write("old.md", OLD, title="Fees", superseded_by="new.md")
    library.write("new.md", NEW, title="Fees 2027", effective_from=str(DAY))
    library.ingest()
    library.today = DAY - timedelta(days=1)
    evidence = replace(library.search(ASKED), day=DAY)
    kept = Successor("Merger plan", "new.md", "internal", DAY)
    lapsed = replaced(evidence.found[0], superseded_by=kept)
    evidence = replace(evidence, lapsed=(lapsed,))
    on_new = (replace(cited(1), document="new.md"),)
    assert lapsed_note(evidence, on_new, ("public",)) == (
        "\u2018Fees\u2019 was replaced. It is not used here."
    )
    assert lapsed_note(evidence, on_new, ("public", "internal")) == (
        "\u2018Fees\u2019 was replaced by \u2018Merger plan\u2019 on 1 April 2027. "
        "This answer rests on \u2018Merger plan\u2019."
    )


def replaced(found: Found, **fields: object) -> Found:
    """Return what was found with other metadata."""
    metadata = replace(found.passage.metadata, **fields)  # type: ignore[arg-type]
    return replace(found, passage=replace(found.passage, metadata=metadata))


def test_whose_a_definition_was_is_no_citation(library: Library) -> None:
    (library.corpus / "terms.yaml").write_text(
        "audience: public\ndefinitions:\n  - {term: Framework, whose: 'Board [7]',"
        " text: A framework is a list of suppliers., withdrawn: yes}\n",
        encoding="utf-8",
    )
    library.ingest()
    assert "(Board (7)) was withdrawn" in ask(library, DAY, "What is a framework?").text


def test_of_a_question_in_parts_the_lapsed_part_is_left_unanswered_with_its_reason(
    bread: Library,
) -> None:
    bread.write("old.md", OLD, title="Fees", withdrawn="yes")
    bread.ingest()
    asked = "Is rye bread baked before dawn? What is the fee in pounds for a placement a night?"
    answer = ask(bread, DAY, asked, minimum=0.5)
    assert answer.status is AnswerStatus.ANSWERED_PARTLY
    assert "before dawn" in answer.text
    assert answer.note == "\u2018Fees\u2019 was withdrawn."
    assert "40 pounds" not in shown(answer)


def test_a_definition_that_was_withdrawn_is_named_with_whose_it_was(library: Library) -> None:
    (library.corpus / "terms.yaml").write_text(
        "title: Terms\naudience: public\ndefinitions:\n"
        "  - {term: Framework, whose: The Board, text: A framework is a list of suppliers.,"
        " withdrawn: yes}\n",
        encoding="utf-8",
    )
    library.ingest()
    answer = ask(library, DAY, "What is a framework?")
    assert "list of suppliers" not in shown(answer)
    assert "The definition of \u2018Framework\u2019 (The Board) was withdrawn." in answer.text


def test_a_citation_is_marked_from_the_day_after_its_review_everywhere(bread: Library) -> None:
    bread.write("fees.md", OLD, title="Fees", review_by=str(DAY))
    bread.ingest()
    mark = "due for review since 1 April 2027"
    on_the_day = ask(bread, DAY)
    assert on_the_day.status is AnswerStatus.ANSWERED
    assert mark not in shown(on_the_day)
    assert not on_the_day.citations[0].review_due
    after = ask(bread, DAY + timedelta(days=1))
    assert after.text == on_the_day.text
    assert mark in answer_as_text(after)
    assert mark in after.citations[0].line
    assert mark in answer_messages(after)[0].text
    fields = answer_as_dict(after)["citations"][0]
    assert (fields["review_due"], fields["review_by"]) == (True, "2027-04-01")


def test_nearest_sections_are_marked_too(bread: Library) -> None:
    bread.write("fees.md", OLD, title="Fees", review_by=str(BEFORE))
    bread.ingest()
    answer = ask(bread, DAY, minimum=1.0)
    assert {c.document: c.review_due for c in answer.nearest} == {
        "fees.md": True,
        "bread.md": False,
    }


def test_a_citation_says_of_when_and_for_where_it_is(bread: Library) -> None:
    bread.write(
        "fees.md", OLD, nation="Wales", sector="NHS", effective_from="2026-01-02",
        source_date="2025-05-01", publisher="The Board",
    )  # fmt: skip
    bread.ingest()
    citation = ask(bread, DAY).citations[0]
    assert citation.source == "The Board, 1 May 2025, in effect from 2 January 2026"
    assert citation.as_at == date(2026, 1, 2)
    assert (citation.nation, citation.sector) == (("Wales",), ("health",))


def test_an_answer_for_another_nation_says_so_and_for_the_right_one_does_not(
    bread: Library,
) -> None:
    bread.write("england.md", OLD, nation="England")
    bread.ingest()
    asked = "What is the fee for a placement in {}?"
    there = ask(bread, DAY, asked.format("Wales"))
    assert "40 pounds" in there.text
    assert there.note == "You asked about Wales; this comes from guidance for England."
    assert ask(bread, DAY, asked.format("England")).note is None
    assert ask(bread, DAY, ASKED).note is None
    bread.write("england.md", OLD)
    bread.ingest()
    assert ask(bread, DAY, asked.format("Wales")).note is None


def test_where_there_is_guidance_for_each_nation_only_its_own_is_used(bread: Library) -> None:
    bread.write("england.md", OLD, title="Fees", nation="England")
    other = "The fee for a placement is 55 pounds weekly, paid ahead."
    bread.write("wales.md", other, title="Fees", nation="Wales")
    bread.ingest()
    for nation, pounds in (("England", "40 pounds"), ("Wales", "55 pounds")):
        answer = ask(bread, DAY, f"What is the fee for a placement in {nation}?")
        assert pounds in answer.text
        assert [c.nation for c in answer.citations] == [(nation,)]
        assert answer.note is None
    evidence = bread.search("What is the fee for a placement in England and Wales?")
    assert for_the_nation(understand(evidence.question, ()), evidence, 0.0) == evidence


def test_guidance_for_another_nation_stays_where_that_for_the_nation_does_not_answer(
    bread: Library,
) -> None:
    bread.write("england.md", OLD, title="Fees", nation="England")
    bread.write("wales.md", "A placement for a fee is reviewed.", title="Fees", nation="Wales")
    bread.ingest()
    evidence = bread.search("What is the fee for a placement in Wales?")
    question = understand(evidence.question, ())
    assert {f.passage.document for f in for_the_nation(question, evidence, 0.0).found} == {
        "wales.md",
        "bread.md",
    }
    assert for_the_nation(question, evidence, 1.0) == evidence


def test_only_the_definition_for_the_nation_is_given_where_there_is_one(library: Library) -> None:
    entries = [
        f"  - {{term: Carer, whose: {n} Board, text: A carer is a person in {n}., nation: {n}}}"
        for n in ("England", "Wales")
    ]
    lines = ["title: Terms", "audience: public", "definitions:", *entries]
    (library.corpus / "terms.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    library.ingest()
    answer = ask(library, DAY, "What is the definition of carer in Wales?")
    assert {c.nation for c in answer.citations} == {("Wales",)}
    assert answer.note is None
    other = ask(library, DAY, "What is the definition of carer in Scotland?")
    assert other.note == (
        "You asked about Scotland; this comes from guidance for England and Wales."
    )


def cited(number: int, *nation: str, sector: str = "") -> Citation:
    sectors = (sector,) if sector else ()
    return Citation(number, "a.md", "A", "A", "…", "", nation=nation, sector=sectors)


@pytest.mark.parametrize(
    ("asked", "citations", "note"),
    [
        (Scope(("Wales",)), [cited(1, "England"), cited(2, "England")],
         "You asked about Wales; this comes from guidance for England."),
        (Scope(("Wales",)), [cited(1, "Wales"), cited(2, "England")],
         "You asked about Wales; [2] comes from guidance for England."),
        (Scope(("Wales",)), [cited(1), cited(2, "England"), cited(3, "Scotland")],
         "You asked about Wales; [2] and [3] come from guidance for England and Scotland."),
        (Scope(("Finland",)), [cited(1, "United Kingdom")],
         "You asked about Finland; this comes from guidance for the United Kingdom."),
        (Scope(("Wales",)), [cited(1, "United Kingdom"), cited(2)], None),
        (Scope(), [cited(1, "England", sector="health")], None),
        (Scope((), ("housing",)), [cited(1, sector="health")],
         "You asked about housing; this comes from guidance for health."),
        (Scope((), ("housing",)), [cited(1, sector="health"), cited(2, sector="housing")], None),
        (Scope((), ("housing",)), [cited(1, sector="public services")], None),
        (Scope((), ("housing",)), [cited(1, sector="health [2]")],
         "You asked about housing; this comes from guidance for health (2)."),
        (Scope(("Wales",)), [], None),
    ],
)  # fmt: skip
def test_the_note_on_where_guidance_is_for(
    asked: Scope, citations: list[Citation], note: str | None
) -> None:
    assert scope_notes([(asked, citations)]) == ([note] if note else [])


def test_each_part_is_held_to_the_place_that_it_names() -> None:
    wales, england = Scope(("Wales",)), Scope(("England",))
    first, second = cited(1, "England"), cited(2, "Wales")
    assert scope_notes([(wales, [first]), (england, [second])]) == [
        "You asked about Wales; [1] comes from guidance for England.",
        "You asked about England; [2] comes from guidance for Wales.",
    ]
    assert scope_notes([(england, [first]), (wales, [second])]) == []
    assert scope_notes([(wales, [second]), (Scope(), [first])]) == [
        "You asked about Wales; [1] comes from guidance for England."
    ]
    housing, health = Scope((), ("housing",)), cited(1, sector="health")
    assert scope_notes([(housing, [health]), (Scope(("Wales",)), [second])]) == [
        "You asked about housing; [1] comes from guidance for health."
    ]


def test_a_part_answered_for_another_nation_says_so_beside_one_that_is_right(
    library: Library,
) -> None:
    library.write("bread.md", "Rye bread is baked in England.", title="Bread", nation="England")
    library.write("nets.md", "Fishing nets are mended there.", title="Nets", nation="England")
    library.ingest()
    asked = "How is rye bread baked in England? How are fishing nets mended in Wales?"
    answer = ask(library, DAY, asked)
    number = next(c.number for c in answer.citations if c.document == "nets.md")
    assert answer.note is not None
    assert answer.note == f"You asked about Wales; [{number}] comes from guidance for England."


def test_marking_leaves_what_has_no_review_as_it_is() -> None:
    assert marked((cited(1),), DAY) == (cited(1),)
    assert cited(1).mark is None
