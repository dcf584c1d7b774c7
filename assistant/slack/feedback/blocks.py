"""What people see of feedback, as blocks: the buttons, who is told of it, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from string import Formatter

from assistant.domain.answers import AnswerStatus
from assistant.domain.networks import NETWORK_PREFIX, PEERS
from assistant.domain.releases import Actor
from assistant.language import phrase, say, say_some
from assistant.slack.shown.blocks import (
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.lines import SURFACE, Piece, line, name
from assistant.store.feedback.table import Feedback, FeedbackCounts, FeedbackState, Rating, Reason
from assistant.store.turns_table import KeptAnswer

RATE_ACTION = "feedback.rate"
WHY_ACTION = "feedback.say_why"
DEAL_ACTION = "feedback.deal_with"
BEGINNING = 600
LONGEST_QUESTION_SHOWN = 300
LONGEST_QUESTION_TOLD = 150
MOST_SOURCES = 8

REASONS: Mapping[Reason, str] = {
    Reason.OUTDATED: phrase("It is out of date"),
    Reason.WRONG_SOURCE: phrase("It rests on the wrong source"),
    Reason.INCOMPLETE: phrase("It is incomplete"),
    Reason.NOT_MY_AREA: phrase("It is not about my area"),
    Reason.HARD_TO_READ: phrase("It is hard to read"),
    Reason.OTHER: phrase("Something else"),
}

HELPFUL = phrase("Helpful")
NOT_HELPFUL = phrase("Not helpful")
HELPFUL_LABEL = phrase("Say that this answer was helpful")
NOT_HELPFUL_LABEL = phrase("Say that this answer was not helpful")
SAY_WHY = phrase("Say what was wrong")
DEAL_WITH = phrase("Deal with it")
OPEN_ANSWER = phrase("Open the answer")

THANKS_HELPFUL = phrase("Thank you; it is noted that this answer helped.")
THANKS_NOT_HELPFUL = phrase(
    "Thank you; it is noted that this answer did not help. Whoever looks after the guidance is "
    "told, and I tell you when it was dealt with."
)
THANKS_NOTED = phrase("Thank you; it is noted that this answer did not help.")
FORM_NOT_OPENED = phrase(
    "Thank you; it is noted that this answer did not help. The form could not be opened; press the "
    "button to say what was wrong, if you like."
)
ASK_WHY = phrase(
    "Your reaction is noted: this answer did not help. Press the button to say what was wrong, if "
    "you like."
)
NOT_RATEABLE = phrase(
    "This cannot be rated: it is not an answer of mine that you can see, or it was taken away."
)
DID_NOT_HELP = phrase("An answer did not help somebody")
WHY = phrase("What was wrong")
WRITTEN = phrase("What they wrote")
NO_REASON = phrase("They did not say why.")
QUESTION = phrase("The question")
QUESTION_GONE = phrase("The question was deleted.")
QUESTION_EDITED = phrase("{question} (edited since this was said)")
ANSWER_EDITED = phrase(
    "The question was edited since, so the answer that this is about is no longer kept."
)
ANSWER = phrase("How the answer begins")
ANSWER_KEPT_BACK = phrase(
    "The answer and its sources are not shown here, since not everybody who looks after the "
    "guidance may read what it rests on."
)
SOURCES = phrase("Its sources")
SAID_AT = phrase("It was said {at}.")
DEALT_WITH_BY = phrase("{who} dealt with it {at}.")
REMARK = phrase("What the person is told")
TAKEN_BACK = phrase("Whoever said so has taken it back since; nothing is to be done.")
TO_DEAL_WITH = phrase("Feedback to deal with")
COUNTS = phrase(
    "So far: helpful {helpful}, not helpful {not_helpful}; {waiting} wait to be dealt with."
)
NOTHING_TO_DEAL_WITH = phrase("No feedback waits to be dealt with.")

TOLD = phrase("What you said of the answer to \u201c{question}\u201d was dealt with.")
TOLD_REMARK = phrase(
    "What you said of the answer to \u201c{question}\u201d was dealt with: {remark}"
)
TOLD_GONE = phrase("What you said of an answer whose question was deleted was dealt with.")
TOLD_GONE_REMARK = phrase(
    "What you said of an answer whose question was deleted was dealt with: {remark}"
)


def is_rateable(status: AnswerStatus) -> bool:
    """Whether people are asked what they think: of answers, and of not knowing one."""
    return status.answers or status.value.startswith("unanswerable")


def with_feedback(messages: Sequence[Message], inbox_id: int) -> tuple[Message, ...]:
    """Return the messages of an answer, the last of them with the buttons to rate it."""
    *others, last = messages
    return (*others, replace(last, blocks=(*last.blocks, _rating_block(inbox_id))))


def read_rating(value: str) -> tuple[Rating, int] | None:
    """Return what a pressed button says and of which question's answer; None if it is not ours."""
    rating, _, number = value.partition(":")
    if rating not in (Rating.HELPFUL, Rating.NOT_HELPFUL) or not number.isdecimal():
        return None
    return Rating(rating), int(number)


def why_messages(sentence: str, inbox_id: int) -> tuple[Message, ...]:
    """Return a sentence and the button that asks what was wrong."""
    return messages_of([*text_blocks(sentence), _buttons(SAY_WHY, WHY_ACTION, inbox_id)])


def notice_message(feedback: Feedback, kept: KeptAnswer | None) -> Message:
    """Return what whoever is to deal with it sees; all words of others are data."""
    shown = [heading_block(say(DID_NOT_HELP))]
    if feedback.rating is Rating.NOT_HELPFUL:
        shown += _why_blocks(feedback)
    shown += _part(QUESTION, question_of(feedback))
    if feedback.is_edited:
        shown += [*context_blocks(say(ANSWER_EDITED)), *_documents(feedback)]
    # Who is told may not be one who may read a file that came with the question.
    elif kept is not None and _is_of_a_network(kept):
        shown += context_blocks(say(ANSWER_KEPT_BACK))
    elif kept is not None and not kept.may_rest_on_anything:
        shown += _part(ANSWER, name(kept.answer, BEGINNING))
        shown += _source_lines(kept)
    shown.append(spoken_line(SAID_AT, at=feedback.given_at))
    return messages_of([*shown, *_end_blocks(feedback)])[0]


def count_message(count: int, command: str) -> Message:
    """Return what is said when somebody rates more answers than are shown one by one."""
    sentence = say_some(
        "One person marked many answers as not helpful within an hour; {count} more is not shown "
        "here. Type {command} feedback to see what is to be dealt with.",
        "One person marked many answers as not helpful within an hour; {count} more are not shown "
        "here. Type {command} feedback to see what is to be dealt with.",
        count,
        command=command,
    )
    return messages_of(list(text_blocks(sentence)))[0]


def told_message(feedback: Feedback, link: str | None) -> Message:
    """Return the sentence that tells somebody what came of what they said."""
    question = question_of(feedback, LONGEST_QUESTION_TOLD)
    if feedback.question:
        template = TOLD_REMARK if feedback.remark else TOLD
    else:
        template = TOLD_GONE_REMARK if feedback.remark else TOLD_GONE
    values = {"question": question, "remark": name(feedback.remark, None)}
    named = {each for _, each, *_ in Formatter().parse(template) if each}
    shown = list(text_blocks(say(template, **{n: v for n, v in values.items() if n in named})))
    return messages_of([*shown, *([_link_block(link)] if link else [])])[0]


def question_of(feedback: Feedback, longest: int = LONGEST_QUESTION_SHOWN) -> str:
    """Return the question as one line, and that it was edited or deleted since."""
    if not feedback.question:
        return say(QUESTION_GONE)
    question = name(feedback.question, longest)
    return say(QUESTION_EDITED, question=question) if feedback.is_edited else question


def feedback_to_deal_with(feedbacks: Sequence[Feedback], counts: FeedbackCounts) -> Sequence[Shown]:
    """Show what nobody has dealt with, each with the button to do so; three blocks each."""
    shown = [heading_block(say(TO_DEAL_WITH))]
    shown += context_blocks(
        say(
            COUNTS,
            helpful=f"{counts.helpful:,}",
            not_helpful=f"{counts.not_helpful:,}",
            waiting=f"{counts.open:,}",
        )
    )
    if not feedbacks:
        return [*shown, *context_blocks(say(NOTHING_TO_DEAL_WITH))]
    for feedback in feedbacks:
        shown.append(line(question_of(feedback)))
        shown += context_blocks(name(_why(feedback), LONGEST_QUESTION_SHOWN))
        shown.append(_buttons(DEAL_WITH, DEAL_ACTION, feedback.id))
    return shown


def spoken_line(template: str, **pieces: Piece) -> Shown:
    """Show a sentence of the catalogue with people and moments in the place of {names}."""
    parts: list[Piece] = []
    for words, field, *_ in Formatter().parse(say(template)):
        parts += [words] if words else []
        parts += [pieces[field]] if field else []
    return line(*parts)


def _rating_block(inbox_id: int) -> JsonBlock:
    element = {
        "type": "feedback_buttons",
        "action_id": RATE_ACTION,
        "positive_button": _side(HELPFUL, HELPFUL_LABEL, Rating.HELPFUL, inbox_id),
        "negative_button": _side(NOT_HELPFUL, NOT_HELPFUL_LABEL, Rating.NOT_HELPFUL, inbox_id),
    }
    return {"type": "context_actions", "elements": [element]}


def _side(words: str, label: str, rating: Rating, inbox_id: int) -> JsonBlock:
    return {
        "text": {"type": "plain_text", "text": say(words)},
        "accessibility_label": say(label),
        "value": f"{rating.value}:{inbox_id}",
    }


def _buttons(label: str, action: str, number: int) -> Shown:
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": say(label), "emoji": False},
        "action_id": action,
        "value": str(number),
    }
    return Shown({"type": "actions", "elements": [element]}, f"({say(label)})")


def _why_blocks(feedback: Feedback) -> Iterator[Shown]:
    reason = say(REASONS[feedback.reason]) if feedback.reason else say(NO_REASON)
    yield from _part(WHY, reason)
    if feedback.words:
        yield from _part(WRITTEN, name(feedback.words, None))


def _why(feedback: Feedback) -> str:
    parts = [say(REASONS[feedback.reason])] if feedback.reason else []
    parts += [feedback.words] if feedback.words else []
    return ": ".join(parts) or say(NO_REASON)


def _part(heading: str, words: str) -> Iterator[Shown]:
    yield heading_block(say(heading))
    yield from text_blocks(words)


def _is_of_a_network(kept: KeptAnswer) -> bool:
    """Whether it rests on what a network knows, which is for its members alone."""
    return any((cited.audience or "").startswith(NETWORK_PREFIX) for cited in kept.citations)


def _documents(feedback: Feedback) -> Iterator[Shown]:
    """Show the names of the documents that the answer rested on, but for a network's."""
    named = [each for each in feedback.documents if not each.startswith(f"{PEERS}/")]
    if named:
        yield heading_block(say(SOURCES))
    for document in named[:MOST_SOURCES]:
        yield from context_blocks(name(document))


def _source_lines(kept: KeptAnswer) -> Iterator[Shown]:
    """Show each source; of a deleted document only its name is known."""
    if kept.citations:
        yield heading_block(say(SOURCES))
    for citation in kept.citations[:MOST_SOURCES]:
        known = citation.line or f"[{citation.number}] {citation.document}"
        yield from context_blocks(name(known))


def _end_blocks(feedback: Feedback) -> Iterator[Shown]:
    if feedback.state is FeedbackState.OPEN:
        yield _buttons(DEAL_WITH, DEAL_ACTION, feedback.id)
    elif feedback.dealt_with_by is not None and feedback.dealt_with_at is not None:
        who = Actor(feedback.dealt_with_by, SURFACE)
        yield spoken_line(DEALT_WITH_BY, who=who, at=feedback.dealt_with_at)
        if feedback.remark:
            yield from _part(REMARK, name(feedback.remark, None))
    else:
        yield from text_blocks(say(TAKEN_BACK))


def _link_block(link: str) -> Shown:
    element = {"type": "link", "url": link, "text": say(OPEN_ANSWER)}
    section = {"type": "rich_text_section", "elements": [element]}
    return Shown({"type": "rich_text", "elements": [section]}, say(OPEN_ANSWER))
