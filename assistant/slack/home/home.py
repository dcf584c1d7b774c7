"""The app's Home tab: what the assistant can do for its reader, and for administrators the rest."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from assistant.domain.answers import Answer
from assistant.domain.errors import AssistantError
from assistant.domain.ports import DefinesTerms
from assistant.language import say
from assistant.slack.admin.reports import CorpusState
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.ground import Ground
from assistant.slack.home.one_by_one import OneByOne
from assistant.slack.home.page import (
    ANSWER,
    LOOK_UP,
    MOST_OWN,
    MOST_RECENT,
    MOST_SHARED,
    MOST_UNANSWERED,
    AdministratorPage,
    MemberPage,
    OwnShare,
    SharedByColleague,
    answer_view,
    home_view,
)
from assistant.slack.home.prompts import Prompt, Prompts
from assistant.slack.home.reading import Reader, Readers
from assistant.slack.home.windows import Windows
from assistant.slack.sharing.blocks import is_readable
from assistant.slack.shown.blocks import JsonBlock, Shown, answer_messages, text_blocks
from assistant.slack.shown.elements import modal, option
from assistant.slack.shown.lines import name
from assistant.slack.shown.taking_back import TAKE_BACK
from assistant.store.shares import NOWHERE, Share, Shares, Way
from assistant.store.turns import Turns
from assistant.store.turns_table import KeptAnswer

UNANSWERED_DAYS = 30
# Of these some may have been asked where only a network's members read.
UNANSWERED_LOOKED_AT = 100
MOST_OPTIONS = 100
LONGEST_OPTION = 75
# Of the latest shared answers some may not be for this reader.
SHARED_LOOKED_AT = 50
SHOWN_WAYS = (Way.CHANNEL, Way.SAVED)
# Into no more channels it is looked for whether the reader is there.
MOST_CHANNELS = 10

_log = structlog.get_logger()

FeedbackShown = Callable[[], Sequence[Shown]]
# What a person's networks show them, who may read these audiences.
NetworksShown = Callable[[str, Sequence[str]], Sequence[Shown]]
# Takes back a share by its number for a person, and says whether it is.
TakesBack = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Shelves:
    """What the page is filled from."""

    turns: Turns
    shares: Shares
    define: DefinesTerms
    prompts: Prompts
    feedback: FeedbackShown
    networks: NetworksShown
    state: Callable[[], CorpusState]
    take_back: TakesBack


class Home:
    """Publishes the Home tab and shows what its buttons ask for."""

    def __init__(
        self,
        ground: Ground,
        shelves: Shelves,
        windows: Windows,
    ) -> None:
        self._client = ground.clients.reading
        self._windows = windows
        self._administrators = ground.administrators
        self._readers = Readers(ground.gatekeeper.admit_alone)
        self._directory = ground.directory
        self._networks = ground.networks
        self._shelves = shelves
        self._team = ground.identity.team
        self._one_by_one = OneByOne()

    def publish(self, user: str) -> None:
        """Show `user` the tab that is theirs; when Slack does not take it, it stays as it was.

        Examples that are still looked for are shown a little later.
        """
        # Of two at once the earlier could come last, with what holds no more.
        self._one_by_one.do(user, lambda: self._publish_with_examples(user))

    def _publish_with_examples(self, user: str) -> None:
        reader = self._readers.now(user)
        has_examples = self._publish(user, reader)
        if reader.refusal is None and not has_examples:
            prompts = self._shelves.prompts
            prompts.when_made(reader.audiences, lambda made: self._publish_again(user, made))

    def _publish_again(self, user: str, made: Sequence[Prompt]) -> None:
        if made:
            self._one_by_one.do(user, lambda: self._publish(user, self._readers.now(user)))

    def _publish(self, user: str, reader: Reader) -> bool:
        """Return whether examples were among what is shown."""
        with self._directory.spoken_to(user):
            member = self._member_page(user, reader)
            view = home_view(member, self._administrator_page(user))
        try:
            called(self._client.views_publish, user_id=user, view=view)
        except SlackCallError as error:
            _log.warning("home_not_shown", code=error.code)
        return bool(member.examples)

    def refresh(self, user: str) -> None:
        """Show an administrator's tab anew after an action of theirs."""
        if self._administrators.is_one(user):
            self.publish(user)

    def show_answer(self, user: str, inbox_id: int, trigger: str) -> None:
        """Open the whole of an answer: one of the reader's own, or one that was shared."""
        with self._directory.spoken_to(user):
            view = partial(self._answer_view, user, inbox_id)
            self._windows.show(user, trigger, say(ANSWER), view)

    def show_term(self, user: str, chosen: str, trigger: str) -> None:
        """Open what a term means; `chosen` is the value of its option."""
        with self._directory.spoken_to(user):
            self._windows.show(user, trigger, say(LOOK_UP), partial(self._term_view, user, chosen))

    def take_back(self, user: str, number: int, trigger: str) -> None:
        """Take back what the reader showed to others, and say in a window whether it is."""

        def view() -> dict[str, Any]:
            return modal(say(TAKE_BACK), text_blocks(self._shelves.take_back(user, number)))

        with self._directory.spoken_to(user):
            self._windows.show(user, trigger, say(TAKE_BACK), view)
        self.publish(user)

    def _answer_view(self, user: str, inbox_id: int) -> dict[str, Any]:
        kept = self._shelves.turns.kept(inbox_id)
        return answer_view(kept if kept is not None and self._is_for(user, kept) else None)

    def _term_view(self, user: str, chosen: str) -> dict[str, Any]:
        reader = self._readers.now(user)
        if reader.refusal is not None:
            return modal(say(LOOK_UP), text_blocks(reader.refusal))
        terms = self._terms(reader.audiences)
        term = next((each for each in terms if _value(each) == chosen), chosen)
        return modal(say(LOOK_UP), _definition_shown(self._shelves.define(term, reader.audiences)))

    def terms(self, user: str, typed: str) -> list[dict[str, Any]]:
        """Return the terms with `typed` in them as a select's options, those it begins first."""
        # Slack waits three seconds, and asks at each key.
        reader = self._readers.lately(user)
        if reader.refusal is not None:
            return []
        wanted = typed.casefold().strip()
        terms = [t for t in self._terms(reader.audiences) if wanted in t.casefold()]
        terms.sort(key=lambda term: not term.casefold().startswith(wanted))
        return [_option(term) for term in terms[:MOST_OPTIONS]]

    def _member_page(self, user: str, reader: Reader) -> MemberPage:
        if reader.refusal is not None:
            return MemberPage(reader.refusal)
        audiences = reader.audiences
        recent = self._shelves.turns.of_person(self._team, user, MOST_RECENT)
        return MemberPage(
            None,
            tuple(each.message for each in self._shelves.prompts.for_audiences(audiences)),
            tuple(
                kept if _may_see(kept, audiences) else replace(kept, answer="") for kept in recent
            ),
            tuple(self._shared(user, audiences)),
            len(self._terms(audiences)),
            tuple(self._shelves.networks(user, audiences)),
            tuple(self._own(user, audiences)),
        )

    def _administrator_page(self, user: str) -> AdministratorPage | None:
        if not self._administrators.is_one(user):
            return None
        return AdministratorPage(
            self._shelves.state(), tuple(self._shelves.feedback()), self._unanswered()
        )

    def _unanswered(self) -> tuple[KeptAnswer, ...]:
        """Return the latest questions without an answer, but for those asked among networks."""
        since = datetime.now(UTC) - timedelta(days=UNANSWERED_DAYS)
        asked = self._shelves.turns.without_answer(self._team, since, UNANSWERED_LOOKED_AT)
        networks = self._networks.all(self._team, closed=True)
        theirs = {channel for network in networks for channel in network.channels}
        return tuple(kept for kept in asked if kept.channel not in theirs)[:MOST_UNANSWERED]

    def _shared(self, user: str, audiences: Sequence[str]) -> list[SharedByColleague]:
        found: list[SharedByColleague] = []
        for share in self._shown_to(user):
            kept = self._shelves.turns.kept(share.inbox_id)
            known = any(each.answer.inbox_id == share.inbox_id for each in found)
            if kept is not None and not known and is_readable(kept, audiences):
                found.append(SharedByColleague(kept, share.shared_by, share.shared_at))
            if len(found) == MOST_SHARED:
                break
        return found

    def _own(self, user: str, audiences: Sequence[str]) -> Iterator[OwnShare]:
        """Yield what `user` showed to others and can take back, the newest first."""
        for share in self._shelves.shares.of_person(self._team, user, MOST_OWN):
            kept = self._shelves.turns.kept(share.inbox_id)
            is_there = share.way is Way.SAVED or share.message_ts is not None
            if kept is not None and is_there:
                may_read = kept.user == user or is_readable(kept, audiences)
                yield OwnShare(share, kept.question if may_read else None)

    def _shown_to(self, user: str) -> Iterator[Share]:
        """Yield what was saved for all, and what was shared in channels in which `user` is."""
        looked_into: set[str] = set()
        for share in self._shelves.shares.latest(self._team, SHARED_LOOKED_AT, SHOWN_WAYS):
            if share.channel != NOWHERE:
                looked_into.add(share.channel)
                is_too_many = len(looked_into) > MOST_CHANNELS
                if is_too_many or not self._is_in(user, share.channel):
                    continue
            yield share

    def _is_in(self, user: str, channel: str) -> bool:
        try:
            return self._directory.is_in(user, channel)
        except SlackCallError as error:
            _log.info("share_not_shown", code=error.code)
            return False

    def _is_for(self, user: str, kept: KeptAnswer) -> bool:
        reader = self._readers.now(user)
        if reader.refusal is not None or kept.team != self._team:
            return False
        if not _may_see(kept, reader.audiences):
            return False
        return kept.user == user or any(s.inbox_id == kept.inbox_id for s in self._shown_to(user))

    def _terms(self, audiences: Sequence[str]) -> Sequence[str]:
        try:
            return self._shelves.define.terms(audiences)
        except AssistantError as error:
            _log.warning("terms_not_listed", reason=type(error).__name__)
            return ()


def _may_see(kept: KeptAnswer, audiences: Sequence[str]) -> bool:
    """Whether a reader may see an answer: what rests on nothing says nothing of any document."""
    if kept.is_withdrawn:
        return False
    says_nothing = kept.status is not None and not kept.status.answers and not kept.citations
    return says_nothing or is_readable(kept, audiences)


def _option(term: str) -> JsonBlock:
    return option(name(term, LONGEST_OPTION), _value(term))


def _value(term: str) -> str:
    """Return a term, or its digest where Slack would not take so much."""
    if len(term) <= LONGEST_OPTION:
        return term
    return hashlib.sha256(term.encode()).hexdigest()


def _definition_shown(answer: Answer) -> list[Shown]:
    return [Shown(block, "") for message in answer_messages(answer) for block in message.blocks]
