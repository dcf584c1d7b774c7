"""What the Home tab shows, as blocks: pure functions of what is known of its reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.language import phrase, say, say_some
from assistant.slack.admin.blocks import button, main_buttons, section_blocks
from assistant.slack.admin.command import Subcommand
from assistant.slack.admin.reports import (
    CorpusState,
    failed_section,
    snapshot_blocks,
    status_lines,
)
from assistant.slack.shown.blocks import (
    JsonBlock,
    Shown,
    context_blocks,
    heading_block,
    inert,
    source_blocks,
    text_blocks,
)
from assistant.slack.shown.elements import MOST_VIEW_BLOCKS, buttons, modal
from assistant.slack.shown.elements import button as element_of
from assistant.slack.shown.lines import line, line_of, name
from assistant.slack.shown.taking_back import take_back_button
from assistant.store.shares import Share, Way
from assistant.store.turns_table import KeptAnswer

MOST_FAILED = 10
MOST_SNAPSHOTS = 8
MOST_RECENT = 5
MOST_SHARED = 5
MOST_OWN = 8
MOST_UNANSWERED = 8
BEGINNING = 240


ANSWER_ACTION = "home.answer"
TERM_ACTION = "home.term"
TAKE_BACK_ACTION = "home.take_back"

WHAT = phrase(
    "I answer questions about commissioning from this organisation's own guidance. Every sentence "
    "names the passage that it rests on, and when the guidance does not answer, I say so."
)
HOW = phrase(
    "Write to me in Messages, or mention me in a channel that I am a member of. "
    "Type /ask and a question anywhere to be answered alone, and share the answer if you wish. "
    "Type /define and a term to see what it means."
)
EXAMPLES = phrase("You might ask")
RECENT = phrase("Your recent questions")
NO_RECENT = phrase("When I have answered a question of yours, it is listed here.")
SHARED = phrase("Answers that colleagues shared")
OWN = phrase("What you showed to others")
OWN_BY_WAY: Mapping[Way, str] = {
    Way.CHANNEL: phrase("{question}: shared with a channel, {at}"),
    Way.ANEW: phrase("{question}: asked for everyone in a channel, {at}"),
    Way.SAVED: phrase("{question}: saved for colleagues, {at}"),
}
NOT_YOURS_TO_READ = phrase("A question that you may not read any more")
GLOSSARY = phrase("The glossary")
LOOK_UP = phrase("Look up a term")
TYPE_TERM = phrase("Type a term")
SHOW_ANSWER = phrase("Show the whole answer")
WITHDRAWN_SINCE = phrase(
    "This answer is not shown any more: it rests on documents that were deleted, "
    "or that you may not read."
)
WENT_ELSEWHERE = phrase("This answer is not shown here. I gave it where you asked.")
WENT_WRONG = phrase("Something went wrong and I did not answer. Please ask again.")
UNANSWERED = phrase("Questions without an answer")
NO_UNANSWERED = phrase(
    "None is listed from the last thirty days. Questions asked in a network's channel are never "
    "listed here."
)
WITHOUT_ANSWER = phrase("{question}, {time}")
WITHOUT_ANSWER_FAILED = phrase("{question}, {time}: something went wrong")
CORPUS = phrase("The guidance")
HOW_IT_WORKS = phrase(
    "Answers come from the live snapshot: the documents of the corpus folder as they were last "
    "read. Reload reads them again; what comes of it goes live only if it passes its tests. "
    "Preview says beforehand what would change."
)
SNAPSHOTS = phrase("Snapshots that are kept")
HOW_TO_GO_BACK = phrase("Roll back makes one of them live again.")
ALL_FAILED = phrase("All documents that did not go in")
ALL_SNAPSHOTS = phrase("All snapshots")
ANSWER = phrase("Answer")

SOURCES = phrase("Sources")


@dataclass(frozen=True, slots=True)
class SharedByColleague:
    """An answer that somebody shared, and when."""

    answer: KeptAnswer
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnShare:
    """What the reader showed to others; `question` is None where they may not read it any more."""

    share: Share
    question: str | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """What one reader's page holds; `refusal` says why they would not be answered.

    Of `recent`, those without the words of an answer are shown with why. `networks` are blocks of
    their own.
    """

    refusal: str | None = None
    examples: tuple[str, ...] = ()
    recent: tuple[KeptAnswer, ...] = ()
    shared: tuple[SharedByColleague, ...] = ()
    terms: int = 0
    networks: tuple[Shown, ...] = ()
    own: tuple[OwnShare, ...] = ()


@dataclass(frozen=True, slots=True)
class AdministratorPage:
    """What an administrator's page holds besides; `feedback` are blocks of their own."""

    state: CorpusState
    feedback: tuple[Shown, ...] = ()
    unanswered: tuple[KeptAnswer, ...] = ()


def home_view(member: MemberPage, administrator: AdministratorPage | None = None) -> dict[str, Any]:
    """Return the Home tab: for an administrator how the corpus stands, for everybody the rest.

    What does not fit into Slack's hundred blocks is left out from the administrator's part first.
    """
    own = list(member_blocks(member))
    above = list(administrator_blocks(administrator)) if administrator is not None else []
    room = MOST_VIEW_BLOCKS - len(own)
    shown = [*above[:room], *own]
    return {"type": "home", "blocks": [one.block for one in shown[:MOST_VIEW_BLOCKS]]}


def member_blocks(page: MemberPage) -> Iterator[Shown]:
    """Show what everybody sees."""
    yield from text_blocks(say(WHAT))
    if page.refusal is not None:
        yield from text_blocks(page.refusal)
        return
    yield from text_blocks(say(HOW))
    if page.examples:
        yield heading_block(say(EXAMPLES))
        yield from text_blocks("\n".join(f"- {example}" for example in page.examples))
    yield heading_block(say(RECENT))
    for kept in page.recent[:MOST_RECENT]:
        yield from _kept_blocks(kept, kept.answered_at)
    if not page.recent:
        yield from context_blocks(say(NO_RECENT))
    if page.shared:
        yield heading_block(say(SHARED))
    for shared in page.shared[:MOST_SHARED]:
        yield from _kept_blocks(shared.answer, shared.at, by=shared.by)
    yield from _own_blocks(page.own[:MOST_OWN])
    yield from page.networks
    if page.terms:
        yield heading_block(say(GLOSSARY))
        yield _look_up(page.terms)


def administrator_blocks(page: AdministratorPage) -> Iterator[Shown]:
    """Show how the corpus stands, what people said of answers, and what was not answered."""
    yield heading_block(say(CORPUS))
    yield from context_blocks(say(HOW_IT_WORKS))
    yield from status_lines(page.state)
    yield main_buttons()
    last = page.state.last
    if last is not None and last.failed:
        yield from section_blocks([failed_section(last.failed)], MOST_FAILED)
        if len(last.failed) > MOST_FAILED:
            yield buttons(button(say(ALL_FAILED), Subcommand.FAILED))
    yield from page.feedback
    yield heading_block(say(UNANSWERED))
    for kept in page.unanswered[:MOST_UNANSWERED]:
        words = WITHOUT_ANSWER_FAILED if kept.is_failed else WITHOUT_ANSWER
        yield line_of(words, question=name(kept.question, BEGINNING), time=kept.answered_at)
    if not page.unanswered:
        yield from context_blocks(say(NO_UNANSWERED))
    yield from _snapshots(page.state)


def answer_view(kept: KeptAnswer | None) -> dict[str, Any]:
    """Return the modal that shows a whole answer; None is one that the reader may not see."""
    if kept is None:
        shown = list(text_blocks(say(WITHDRAWN_SINCE)))
    else:
        shown = [heading_block(name(kept.question, BEGINNING)), *text_blocks(kept.answer)]
        if kept.citations:
            shown.append(heading_block(say(SOURCES)))
        for cited in kept.citations:
            shown += source_blocks(cited.line, cited.url) if cited.line else ()
    return modal(say(ANSWER), shown)


def _snapshots(state: CorpusState) -> Iterator[Shown]:
    if state.snapshots:
        yield heading_block(say(SNAPSHOTS))
        yield from context_blocks(say(HOW_TO_GO_BACK))
    for entry in state.snapshots[:MOST_SNAPSHOTS]:
        yield from snapshot_blocks(entry)
    if len(state.snapshots) > MOST_SNAPSHOTS:
        yield buttons(button(say(ALL_SNAPSHOTS), Subcommand.SNAPSHOTS))


def _kept_blocks(kept: KeptAnswer, at: datetime, by: str | None = None) -> Sequence[Shown]:
    """Show a question, the beginning of its answer, when, and a button to see all of it.

    Where no answer is shown, why is said instead.
    """
    answer = kept.answer or say(_why_not_shown(kept))
    label = say(SHOW_ANSWER)
    spoken = inert(name(f"{label}: {kept.question}", 75))
    element = element_of(label, spoken, ANSWER_ACTION, str(kept.inbox_id))
    who: list[JsonBlock] = [{"type": "user", "user_id": by}] if by else []
    section: JsonBlock = {
        "type": "rich_text_section",
        "elements": [
            {
                "type": "text",
                "text": inert(name(kept.question, BEGINNING)),
                "style": {"bold": True},
            },
            {"type": "text", "text": "\n" + inert(name(answer, BEGINNING)) + "\n"},
            *who,
            *([{"type": "text", "text": ", "}] if by else []),
            *line(at).block["elements"][0]["elements"],
        ],
    }
    words = f"{name(kept.question, BEGINNING)}\n{name(answer, BEGINNING)}"
    shown = Shown({"type": "rich_text", "elements": [section]}, inert(words))
    return [shown, buttons(element)] if kept.answer else [shown]


def _why_not_shown(kept: KeptAnswer) -> str:
    if kept.is_failed:
        return WENT_WRONG
    return WENT_ELSEWHERE if kept.may_rest_on_anything else WITHDRAWN_SINCE


def _own_blocks(shown: Sequence[OwnShare]) -> Iterator[Shown]:
    """Show what the reader showed to others, each with the button that takes it back."""
    if shown:
        yield heading_block(say(OWN))
    for own in shown:
        question = say(NOT_YOURS_TO_READ) if own.question is None else name(own.question)
        yield line_of(OWN_BY_WAY[own.share.way], question=question, at=own.share.shared_at)
        yield buttons(take_back_button(TAKE_BACK_ACTION, own.share.id))


def _look_up(terms: int) -> Shown:
    """Show the search of the glossary: Slack asks us for the terms while somebody types."""
    words = say_some("One term is defined.", "{count:,} terms are defined.", terms)
    element: JsonBlock = {
        "type": "external_select",
        "action_id": TERM_ACTION,
        "min_query_length": 1,
        "placeholder": {"type": "plain_text", "text": say(TYPE_TERM), "emoji": False},
    }
    label = {"type": "plain_text", "text": f"{words} {say(LOOK_UP)}:", "emoji": False}
    return Shown({"type": "section", "text": label, "accessory": element}, words)
