"""What networks verified and agreed, as documents of the corpus: the database is the truth."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import structlog
import yaml

from assistant.domain.answers import Citation
from assistant.domain.networks import (
    NETWORK_PREFIX,
    PEERS,
    Lapse,
    Network,
    Openness,
    PeerDocument,
    Proposal,
    VerifiedAnswer,
)
from assistant.ingestion.pages import escaped
from assistant.ingestion.text import clean, one_line
from assistant.language import phrase, say, say_day
from assistant.retrieval.currency import Clock, is_due, local_today
from assistant.store.database import DatabaseTrouble
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers

LONGEST_TITLE = 300
# No line of YAML is folded, so that none begins with words of people.
_WIDEST = 1_000_000
_ITEM = re.compile(r"(?:[-*+\u2022]|(?P<number>\d{1,3})[.)])\s+(?P<words>\S.*)")
# A private network is known to nobody but its members, whoever reads what it opened.
_UNNAMED = phrase("a peer network")
_LAPSED = phrase("verification lapsed on {day} because {reason}")
_REASONS = {
    Lapse.REVIEW_DUE: phrase("its review date has passed"),
    Lapse.PASSAGE_CHANGED: phrase("a passage that it cites has changed"),
    Lapse.PASSAGE_SUPERSEDED: phrase("a passage that it cites no longer holds"),
    Lapse.PASSAGE_GONE: phrase("a passage that it cites is gone"),
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NetworkKnowledge:
    """What a network knows, counted; `lapsed` pairs the documents that lapsed with what is said."""

    id: str
    name: str
    answers: int
    definitions: int
    lapsed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """What was made of the database as it stood at a stamp, the answers in it beside."""

    stamp: tuple[object, ...]
    documents: tuple[PeerDocument, ...]
    answers: Mapping[str, VerifiedAnswer]
    names: Mapping[str, str]
    private: frozenset[str]

    def said_of(self, answer: VerifiedAnswer) -> str:
        """Return by what name its readers are told of an answer's network."""
        return _name_of(answer, self.names, self.private)


class PeerKnowledge:
    """Makes documents of verified answers and agreed definitions, as they stand now.

    They are made anew only when something has changed since: each look costs four small queries.
    Any number of threads may look.
    """

    def __init__(
        self,
        networks: Networks,
        verified: VerifiedAnswers,
        proposals: Proposals,
        today: Clock = local_today,
    ) -> None:
        self._networks = networks
        self._verified = verified
        self._proposals = proposals
        self._today = today
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def documents(self) -> Sequence[PeerDocument]:
        """Return every document, in order, each with what a reader must know of it today.

        Raises what the database raises.
        """
        known, today = self._current(), self._today()
        return [
            replace(document, mark=_mark(known.answers.get(document.path), today))
            for document in known.documents
        ]

    def now(self) -> Mapping[str, PeerDocument]:
        """Return the documents by path, for an answer: none where the database cannot be read."""
        try:
            return {document.path: document for document in self.documents()}
        except DatabaseTrouble as error:
            _log.warning("peer_knowledge_not_read", reason=type(error).__name__)
            return {}

    def offered(self) -> "Sequence[tuple[VerifiedAnswer, str]]":
        """Return the verified answers that hold today, each with its network's name.

        Raises what the database raises.
        """
        known, today = self._current(), self._today()
        holding = [a for a in known.answers.values() if not (a.lapse or is_due(a.review_by, today))]
        return [(answer, known.said_of(answer)) for answer in holding]

    def networks(self) -> Sequence[NetworkKnowledge]:
        """Return what each network knows, in the order of their ids."""
        documents, names = self.documents(), self._current().names
        return [_counted(id_, name, documents) for id_, name in names.items()]

    def _current(self) -> _Known:
        names, private = self._networks.names(), self._networks.private()
        # Read before what it stamps: what changes in between is read again the next time.
        stamp = (self._verified.stamp(), self._proposals.stamp(), names, private)
        with self._lock:
            known = self._known
        if known is None or known.stamp != stamp:
            known = self._read(stamp, names, private)
            with self._lock:
                self._known = known
        return known

    def _read(
        self, stamp: tuple[object, ...], names: Mapping[str, str], private: frozenset[str]
    ) -> _Known:
        answers = [each for each in self._verified.standing() if each.network in names]
        agreed = [each for each in self._proposals.agreed() if each.network in names]
        documents = (
            *(answer_document(each, _name_of(each, names, private)) for each in answers),
            *(definition_document(each, names[each.network], self._today()) for each in agreed),
        )
        in_order = tuple(sorted(documents, key=lambda document: document.path))
        return _Known(stamp, in_order, {each.document: each for each in answers}, names, private)


def _name_of(answer: VerifiedAnswer, names: Mapping[str, str], private: frozenset[str]) -> str:
    is_for_members = answer.audience == NETWORK_PREFIX + answer.network
    is_named = is_for_members or answer.network not in private
    return names[answer.network] if is_named else say(_UNNAMED)


def source_line(answer: VerifiedAnswer, network: Network, audience: str) -> str:
    """Return the line that would tell readers of `audience` whose experience an answer is."""
    private = {answer.network} if network.openness is Openness.PRIVATE else set()
    shown = replace(answer, audience=audience)
    return Citation(
        number=1,
        document=answer.document,
        title=_title(answer.question),
        section="",
        quote="",
        source="",
        published=answer.on,
        experience=_name_of(shown, {answer.network: network.name}, frozenset(private)),
        author=one_line(answer.by.name or "") or None,
        organisation=one_line(answer.by.organisation) or None,
    ).line


def _counted(id_: str, name: str, documents: Sequence[PeerDocument]) -> NetworkKnowledge:
    own = [each for each in documents if each.path.startswith(f"{PEERS}/{id_}/")]
    definitions = sum(each.path.endswith(".yaml") for each in own)
    lapsed = tuple((each.path, each.mark) for each in own if each.mark is not None)
    return NetworkKnowledge(id_, name, len(own) - definitions, definitions, lapsed)


def answer_document(answer: VerifiedAnswer, network: str) -> PeerDocument:
    """Return a verified answer as Markdown below front matter; `network` is its network's name.

    No word in it is markup: of what people wrote only lists stay what they are. Numbers that
    referred to the answer's own sources are left out.
    """
    said: dict[str, Any] = {
        "title": _title(answer.question),
        "author": one_line(answer.by.name or ""),
        "publisher": one_line(answer.by.organisation),
        "published": answer.on.isoformat(),
        "review_by": answer.review_by.isoformat(),
        "audience": answer.audience,
        "experience": one_line(network) or answer.network,
    }
    head = _yaml({key: value for key, value in said.items() if value})
    body = "\n".join(_lines(answer))
    # The first line makes two answers of the same words two files.
    text = f"---\n# {answer.document}\n{head}---\n\n{body}\n"
    return PeerDocument(answer.document, answer.audience, text.encode(), readers=answer.readers)


def definition_document(proposal: Proposal, network: str, today: date) -> PeerDocument:
    """Return an agreed definition as a file of definitions for its network's members.

    Where the day by which it was agreed lies ahead here, in another time zone, it is `today`.
    """
    name = one_line(network) or proposal.network
    audience = f"network-{proposal.network}"
    agreed_on = min(proposal.agreed_on or today, today)
    said: dict[str, Any] = {
        "title": name,
        "publisher": name,
        "audience": audience,
        "definitions": [
            {
                "term": one_line(proposal.term),
                "text": one_line(proposal.text),
                "whose": one_line(proposal.whose) or name,
                "agreed": {"on": agreed_on.isoformat(), "by": [name]},
            }
        ],
    }
    text = f"# {proposal.document}\n{_yaml(said)}"
    return PeerDocument(proposal.document, audience, text.encode(), readers=proposal.readers)


def _mark(answer: VerifiedAnswer | None, today: date) -> str | None:
    """Say that a verification lapsed; a review date that has passed counts at once."""
    if answer is None:
        return None
    if answer.lapse is not None and answer.lapsed_at is not None:
        return lapsed(answer.lapsed_at.astimezone().date(), answer.lapse)
    return lapsed(answer.review_by, Lapse.REVIEW_DUE) if is_due(answer.review_by, today) else None


def lapsed(day: date, lapse: Lapse) -> str:
    """Say since when a verification holds no longer, and why, to stand behind a citation."""
    return say(_LAPSED, day=say_day(day), reason=say(_REASONS[lapse]))


def _title(question: str) -> str:
    line = one_line(question)
    if len(line) <= LONGEST_TITLE:
        return line
    return f"{line[: LONGEST_TITLE - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _yaml(fields: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=_WIDEST)


def _lines(answer: VerifiedAnswer) -> Iterator[str]:
    """Yield the answer line by line as Markdown: each line a paragraph or an item of a list."""
    numbers = "|".join(str(each.number) for each in answer.citations)
    unnumbered: Callable[[str], str] = (
        (lambda text: re.sub(rf"\s*\[(?:{numbers})\]", "", text)) if numbers else str
    )
    was_item = False
    for line in clean(unnumbered(answer.answer)).split("\n"):
        item = _ITEM.fullmatch(line.strip())
        if not line.strip():
            continue
        if not (was_item and item):
            yield ""
        if item is not None:
            marker = f"{item['number']}." if item["number"] else "-"
            yield f"{marker} {escaped(item['words'])}"
        else:
            yield escaped(line)
        was_item = item is not None
