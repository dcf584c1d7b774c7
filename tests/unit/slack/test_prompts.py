"""Questions that are suggested: only what is answered, for whom, and once a snapshot and day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.defining import TermDefiner
from assistant.domain.answers import Answer, AnswerStatus, OnStep, Turn
from assistant.domain.errors import ChatModelError
from assistant.slack.api.errands import Errands
from assistant.slack.home.prompts import (
    ALWAYS_ANSWERED,
    LONGEST_TITLE,
    MOST_REMEMBERED,
    MOST_TRIED,
    WHAT_I_DO,
    Prompt,
    Prompts,
    Sources,
)
from assistant.slack.shown import sentences
from tests.fakes.library import Library

BOTH = ("public", "internal")


@dataclass
class Guide:
    """An answer path that knows some questions, each for one audience."""

    known: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def __call__(
        self,
        question: str,
        history: Sequence[Turn],
        audiences: Sequence[str],
        on_step: OnStep | None = None,
    ) -> Answer:
        self.asked.append(question)
        if self.is_away:
            raise ChatModelError("The model is away.")
        is_known = self.known.get(question) in audiences
        status = AnswerStatus.ANSWERED if is_known else AnswerStatus.ANSWERED_PARTLY
        return Answer(question, status, "")


@dataclass
class Terms:
    """Terms by audience."""

    named: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(self, term: str, audiences: Sequence[str]) -> Answer:
        return Answer(term, AnswerStatus.ANSWERED, "")

    def terms(self, audiences: Sequence[str]) -> Sequence[str]:
        return [term for audience in audiences for term in self.named.get(audience, ())]


@dataclass
class Corner:
    """A corpus folder, its live snapshot and a day."""

    folder: Path
    guide: Guide = field(default_factory=Guide)
    terms: Terms = field(default_factory=Terms)
    live: str | None = "s1"
    day: date = date(2026, 3, 2)

    def golden(self, *questions: str, rest: str = "") -> None:
        lines = "".join(f"  - question: {question}\n" for question in questions)
        (self.folder / "golden.yaml").write_text(f"questions:\n{lines}{rest}", encoding="utf-8")

    def prompts(self, errands: Errands) -> Prompts:
        sources = Sources(self.terms, self.folder, lambda: self.live)
        return Prompts(self.guide, sources, errands, lambda: self.day)


class Now(Errands):
    """Errands that are done when they are begun."""

    def begin(self, work: object) -> bool:
        assert callable(work)
        work()
        return True


@pytest.fixture
def corner(tmp_path: Path) -> Corner:
    return Corner(tmp_path)


def messages(prompts: Prompts, audiences: Sequence[str] = BOTH) -> list[str]:
    found: list[Prompt] = []
    prompts.when_made(audiences, found.extend)
    return [prompt.message for prompt in found]


def test_only_what_is_answered_whole_is_suggested_and_four_of_it(corner: Corner) -> None:
    known = [f"Is {n} a number?" for n in range(6)]
    corner.golden(*known, "Is this known?")
    corner.guide.known = dict.fromkeys(known[1:], "public")
    assert messages(corner.prompts(Now())) == known[1:5]
    assert "Is this known?" not in corner.guide.asked, "four are enough"


def test_nothing_is_suggested_when_nothing_is_answered_and_trying_has_an_end(
    corner: Corner,
) -> None:
    corner.golden(*(f"Is {n} a number?" for n in range(50)))
    assert messages(corner.prompts(Now())) == []
    assert len(corner.guide.asked) == MOST_TRIED


def test_kinds_take_turns_and_no_question_comes_twice(corner: Corner) -> None:
    title, shipped = sentences.PROMPTS[0]
    corner.golden(shipped.upper(), "Who plans?")
    corner.terms.named = {"public": ("outcome", "output")}
    everything = [shipped.upper(), "What does outcome mean?", "Who plans?"]
    corner.guide.known = dict.fromkeys([*everything, shipped, "What does output mean?"], "public")
    assert messages(corner.prompts(Now())) == [*everything, "What does output mean?"]
    assert title


def test_a_golden_question_that_must_not_be_answered_is_not_suggested(corner: Corner) -> None:
    corner.golden("Who plans?", rest="  - question: Who spies?\n    answered: no\n")
    corner.guide.known = {"Who plans?": "public", "Who spies?": "public"}
    assert messages(corner.prompts(Now())) == ["Who plans?"]


@pytest.mark.parametrize("golden", [None, b"questions: [", b"\x00\xff"])
def test_golden_questions_that_cannot_be_read_leave_the_others(
    corner: Corner, golden: bytes | None
) -> None:
    if golden is not None:
        (corner.folder / "golden.yaml").write_bytes(golden)
    corner.terms.named = {"public": ("outcome",)}
    corner.guide.known = {"What does outcome mean?": "public"}
    assert messages(corner.prompts(Now())) == ["What does outcome mean?"]


def test_a_guest_is_suggested_nothing_that_only_members_may_read(corner: Corner) -> None:
    corner.golden("Who plans?", "Who spies?")
    corner.terms.named = {"public": ("outcome",), "internal": ("heron",)}
    corner.guide.known = {
        "Who plans?": "public",
        "Who spies?": "internal",
        "What does heron mean?": "internal",
    }
    prompts = corner.prompts(Now())
    assert messages(prompts, ("public",)) == ["Who plans?"]
    assert set(messages(prompts)) == set(corner.guide.known)


def test_what_was_found_holds_for_a_snapshot_and_a_day(corner: Corner) -> None:
    corner.golden("Who plans?")
    corner.guide.known = {"Who plans?": "public"}
    prompts = corner.prompts(Now())
    for live, day in (("s1", 2), ("s2", 2), ("s2", 3)):
        corner.live, corner.day = live, date(2026, 3, day)
        corner.guide.asked.clear()
        assert messages(prompts) == messages(prompts) == ["Who plans?"]
        assert corner.guide.asked.count("Who plans?") == 1
    corner.live = None
    assert messages(prompts) == []


def test_after_a_switch_and_at_midnight_it_is_known_before_anybody_comes(corner: Corner) -> None:
    corner.golden("Who plans?")
    corner.guide.known = {"Who plans?": "public"}
    prompts = corner.prompts(Now())
    guests = ("public",)
    assert messages(prompts, guests) == ["Who plans?"]
    for live, day in (("s2", 2), ("s2", 3)):
        corner.live, corner.day = live, date(2026, 3, day)
        prompts.make_ahead()
        corner.guide.asked.clear()
        assert messages(prompts, guests) == messages(prompts) == ["Who plans?"]
        assert corner.guide.asked == []


def test_of_many_audiences_those_who_came_last_are_looked_for_ahead(corner: Corner) -> None:
    corner.golden("Who plans?")
    corner.guide.known = {"Who plans?": "public"}
    prompts = corner.prompts(Now())
    for number in range(20):
        messages(prompts, ("public", f"network-{number:02}"))
    corner.live = "s2"
    prompts.make_ahead()
    corner.guide.asked.clear()
    for number in range(20 - MOST_REMEMBERED + 1, 20):
        messages(prompts, ("public", f"network-{number:02}"))
    messages(prompts)
    assert corner.guide.asked == [], "these were made ahead"
    messages(prompts, ("public", "network-00"))
    assert corner.guide.asked != []


def test_a_question_that_cannot_be_tried_is_left_out(corner: Corner) -> None:
    corner.golden("Who plans?")
    corner.guide.is_away = True
    assert messages(corner.prompts(Now())) == []


def test_what_a_client_would_make_a_link_or_a_call_of_is_not_suggested(corner: Corner) -> None:
    corner.golden("'Who is <!channel>?'", "What is on evil.example?", "Who plans?")
    corner.guide.known = dict.fromkeys(
        ("Who is <!channel>?", "What is on evil.example?", "Who plans?"), "public"
    )
    assert messages(corner.prompts(Now())) == ["Who plans?"]


def test_a_long_question_has_a_short_title(corner: Corner) -> None:
    asked = "What " + "really " * 12 + "matters?"
    corner.golden(asked)
    corner.guide.known = {asked: "public"}
    found: list[Prompt] = []
    corner.prompts(Now()).when_made(BOTH, found.extend)
    assert found[0].message == asked
    assert len(found[0].title) <= LONGEST_TITLE
    assert found[0].title.endswith("really…")


@pytest.fixture
def errands() -> Iterator[Errands]:
    errands = Errands(workers=1)
    yield errands
    errands.stop(5)


def test_who_asks_at_once_is_not_kept_waiting(corner: Corner, errands: Errands) -> None:
    corner.golden("Who plans?")
    corner.guide.known = {"Who plans?": "public"}
    prompts = corner.prompts(errands)
    greeted: list[Prompt] = []
    assert prompts.for_audiences(BOTH) == ()
    prompts.when_made(BOTH, greeted.extend)
    assert corner.guide.asked == [], "nothing is asked in the thread of who looks"
    errands.start()
    errands.stop(5)
    assert [prompt.message for prompt in greeted] == ["Who plans?"]
    assert prompts.for_audiences(BOTH) == (Prompt("Who plans?", "Who plans?"),)
    assert corner.guide.asked.count("Who plans?") == 1


def test_a_failure_is_no_end_of_it(corner: Corner) -> None:
    class Broken(Guide):
        def __call__(
            self,
            question: str,
            history: Sequence[Turn],
            audiences: Sequence[str],
            on_step: OnStep | None = None,
        ) -> Answer:
            raise ValueError("unexpected")

    corner.golden("Who plans?")
    sources = Sources(corner.terms, corner.folder, lambda: "s1")
    broken = Broken()
    prompts = Prompts(broken, sources, Now(), lambda: corner.day)
    for _ in range(2):
        with pytest.raises(ValueError, match="unexpected"):
            prompts.when_made(BOTH, lambda _: None)


def test_what_greets_in_any_case_is_answered_whatever_the_corpus_holds(library: Library) -> None:
    library.write("heron.md", "Project Heron is a bridge of oak.", title="Heron")
    library.ingest()
    answer = library.answerer(minimum=0.3)(ALWAYS_ANSWERED, (), ())
    assert answer.status is AnswerStatus.CLARIFICATION
    assert answer.text
    assert len(WHAT_I_DO) <= LONGEST_TITLE


def test_questions_of_a_real_snapshot(library: Library) -> None:
    library.write("cycle.md", "The cycle takes 14 months.", title="Commissioning cycle")
    library.write(
        "heron.md", "Project Heron is a bridge of oak.", title="Heron", audience="internal"
    )
    library.define("terms.yaml", "Outcome | Alpha | An outcome is a change in a life.")
    library.ingest()
    (library.corpus / "golden.yaml").write_text(
        "questions:\n  - question: How many months does the cycle take?\n"
        "  - question: What is Project Heron?\n",
        encoding="utf-8",
    )
    sources = Sources(TermDefiner(library.searcher), library.corpus, lambda: library.live)
    prompts = Prompts(library.answerer(minimum=0.3), sources, Now())
    public = messages(prompts, ("public",))
    assert "What does Outcome mean?" in public
    assert "What is Project Heron?" not in public
    assert "What is Project Heron?" in messages(prompts)
