"""What stewards decide about peer answers, carried out: each time it is asked anew who may."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import Network, PeerAnswer, PeerCitation, VerifiedAnswer
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import phrase, say
from assistant.network.membership import Rank
from assistant.network.personal_data import found_in
from assistant.network.reading import audiences_of, may_be_shared
from assistant.slack.networks.verifying_form import (
    USUAL_REVIEW,
    CitedNow,
    Draft,
    Filled,
    Held,
    Kind,
    PassageState,
    first_filled,
    seen_of,
    uncited,
)
from assistant.slack.networks.verifying_lookup import Lookup
from assistant.slack.rights.people import rank_of
from assistant.slack.rights.places import today_utc
from assistant.slack.shown.lines import SURFACE
from assistant.store.networks.verifying import OpeningState

NOT_YOURS = phrase(
    "Nothing was done: this is for stewards of the network alone, and only while the answer is "
    "there."
)
OWN_NOT = phrase(
    "Nothing was done: an answer of your own is for another steward of the network to verify."
)
CHANGED_MEANWHILE = phrase(
    "Nothing was done yet: somebody changed it since you opened the form. What it says now stands "
    "below; send the form again to put your words in its place."
)
VERIFIED_MEANWHILE = phrase(
    "Nothing was done: another steward verified or set it aside since you opened the form. These "
    "are your words, so that you can copy them:"
)
NEAR_CHANGED = phrase(
    "Nothing was done yet: the guidance was reloaded since you opened the form; look at the "
    "passages again and send it."
)
NOT_FOR_ALL = phrase(
    "It cannot be verified with these passages: not everyone who would read it may read them all. "
    "Take out the ticks of those, and what the answer says of them."
)
VERIFIED = phrase(
    "It is verified. It goes into the corpus by the next run, and you are told when it is there."
)
RENEWED = phrase("It is verified anew, and may be relied on until its review date.")
CHANGED_AND_NARROWED = phrase(
    "It is changed and verified. Since its author agreed to other words, only the network reads it "
    "until the author agrees to these."
)
RETIRED = phrase("It is retired: no answer rests on it from now on.")
NARROWED = phrase("Only members of the network read it from now on.")
IS_SET_ASIDE = phrase("It is marked as not for reuse.")
IS_TAKEN_UP = phrase("It waits to be verified again.")


@dataclass(frozen=True, slots=True)
class Desk(Lookup):
    """Does what a person may do with peer answers, with an entry in the audit log."""

    today: Callable[[], date] = today_utc

    def draft(self, user: str, kind: Kind, number: int) -> Draft | str:
        """Return a form's first contents, or the sentence that refuses them."""
        if kind is Kind.NEW:
            shared = self.shared(user, number)
            refusal = self._refusal(user, number, shared)
            return refusal if shared is None or refusal else self._new(*shared, user)
        verified = self.verified(user, number)
        refusal = self._refusal(user, number, verified)
        return refusal if verified is None or refusal else self._renewal(verified[1], user)

    def submit(self, user: str, held: Held, filled: Filled) -> Draft | str:
        """Do what a filled form says; return what was done, or why not, or the form again."""
        first = self.draft(user, held.kind, held.number)
        if isinstance(first, str):
            return self._too_late(user, held, filled) or first
        if first.held.seen != held.seen:
            return _meanwhile(first, filled)
        personal = personal_in(filled)
        pointed_out = _digest(personal)
        is_meant = filled.is_meant and held.pointed_out == pointed_out
        draft = replace(
            first,
            held=replace(held, pointed_out=pointed_out),
            filled=replace(filled, is_meant=is_meant),
            personal=personal,
        )
        sentence = uncited(filled, first.passages)
        if sentence is not None:
            return replace(draft, sentence=sentence)
        if personal and not is_meant:
            return draft
        done = self._carry_out(user, draft)
        return done if done is not None else replace(draft, sentence=say(NOT_FOR_ALL))

    def _too_late(self, user: str, held: Held, filled: Filled) -> str | None:
        """Give a steward their words back when another was faster; None for anybody else."""
        answer = self.laid.answers.find(held.number) if held.kind is Kind.NEW else None
        network = self.network(answer.network) if answer is not None else None
        is_over = answer is not None and not answer.withdrawn_at and answer.verified_id
        if not is_over or network is None:
            return None
        if not self.laid.memberships.is_steward(user, network):
            return None
        return f"{say(VERIFIED_MEANWHILE)}\n\n{filled.question}\n\n{filled.answer}"

    def retire(self, user: str, number: int) -> str:
        """Take a verified answer out for good."""
        found = self.verified(user, number)
        if found is None:
            return self.refused(user, number)
        self.end_opening(user, number)
        self.laid.verified.retire(number, self.entry(user, "retired"))
        return say(RETIRED)

    def narrow(self, user: str, number: int) -> str:
        """Have only the network read a verified answer."""
        found = self.verified(user, number)
        if found is None:
            return self.refused(user, number)
        self.end_opening(user, number)
        audience = found[0].audience
        self.laid.verified.open_to(number, audience, self.entry(user, "for the network alone"))
        return say(NARROWED)

    def set_aside(self, user: str, number: int) -> str:
        """Mark a shared answer as not for reuse."""
        if self.shared(user, number) is None:
            return self.refused(user, number)
        self.notes.set_aside(number, self.entry(user, "not for reuse", _target(number)))
        return say(IS_SET_ASIDE)

    def take_up(self, user: str, number: int) -> str:
        """Let a shared answer wait to be verified again."""
        if self.shared(user, number) is None:
            return self.refused(user, number)
        self.notes.take_up(number, self.entry(user, "may be reused", _target(number)))
        return say(IS_TAKEN_UP)

    def end_opening(self, user: str, number: int) -> None:
        """Take back the wish that more people read an answer, if one waits."""
        opening = self.notes.opening(number)
        if opening is not None:
            entry = self.entry(user, "opening taken back", f"verified answer {number}")
            self.notes.end_opening(opening, OpeningState.TAKEN_BACK, entry)

    def allows(self, audience: str, network: Network, citations: Sequence[PeerCitation]) -> bool:
        """Whether all who read what is for an audience may read these passages."""
        if audience == PUBLIC:
            return all(each.audience == PUBLIC for each in citations)
        if audience == INTERNAL:
            return all(each.audience in (PUBLIC, INTERNAL) for each in citations)
        # Who the members are is asked of Slack only where it matters.
        is_internal = any(each.audience == INTERNAL for each in citations)
        are_full = is_internal and self._are_full_members(network)
        return may_be_shared(citations, audiences_of(network, are_full_members=are_full))

    def passages(self, citations: Sequence[PeerCitation]) -> tuple[CitedNow, ...]:
        """Return cited passages as they are now in the live snapshot."""
        pin = self.laid.ground.abilities.pin
        now = {each.number: each for each in pin(citations)}
        compared = (_compared(each, now.get(each.number)) for each in citations)
        return tuple(
            replace(each, now=pin.says(each.citation))
            if each.state is PassageState.CHANGED
            else each
            for each in compared
        )

    def refused(self, user: str, number: int) -> str:
        """Note in the audit log that somebody may not do something, and say so."""
        entry = self.entry(user, "refused", f"answer {number}")
        self.laid.ground.abilities.train.audit(entry)
        return say(NOT_YOURS)

    def entry(self, user: str, outcome: str, target: str = "", detail: str = "") -> AuditEntry:
        """Return the entry for the audit log; without a target it is for the store to give one."""
        actor, action = Actor(user, SURFACE), Action.VERIFY.value
        return AuditEntry(datetime.now(UTC), actor, action, target, outcome, detail)

    def _are_full_members(self, network: Network) -> bool:
        """Whether every member is known to be a full member of the workspace."""
        ground = self.laid.ground
        people = self.laid.memberships.people(network)
        known = ground.directory.known(tuple(people)) if people else None
        if people is None or known is None:
            return False
        home = ground.identity.team
        return all(each in known and rank_of(known[each], home) is Rank.FULL for each in people)

    def _refusal(
        self, user: str, number: int, found: tuple[Network, PeerAnswer | VerifiedAnswer] | None
    ) -> str:
        if found is None:
            return self.refused(user, number)
        network, answer = found
        is_own = answer.by.user == user and len(network.stewards) > 1
        return say(OWN_NOT) if is_own else ""

    def _new(self, network: Network, answer: PeerAnswer, user: str) -> Draft:
        said = "\n".join(part for part in (answer.note, answer.answer) if part.strip())
        passages, seen = self.passages(answer.citations), ""
        if not answer.citations:
            near = self._near(network, f"{answer.question} {said}")
            passages, seen = tuple(CitedNow(each, PassageState.NEAR) for each in near), _named(near)
        filled = first_filled(answer.question, said, passages, self.today() + USUAL_REVIEW)
        return self._drafted(Held(Kind.NEW, answer.id, seen), answer, user, filled, passages)

    def _near(self, network: Network, words: str) -> Sequence[PeerCitation]:
        """Return guidance on which what a peer said may rest, such as all members may read."""
        are_full = self._are_full_members(network)
        audiences = sorted(audiences_of(network, are_full_members=are_full))
        return self.laid.ground.abilities.pin.near(words, audiences)

    def _renewal(self, answer: VerifiedAnswer, user: str) -> Draft:
        passages = self.passages(answer.citations)
        usual = self.today() + USUAL_REVIEW
        review_by = usual if answer.lapse is not None else answer.review_by
        filled = first_filled(answer.question, answer.answer, passages, review_by)
        held = Held(Kind.RENEWAL, answer.id, seen_of(answer.verified_at))
        return self._drafted(held, answer, user, filled, passages)

    def _drafted(
        self,
        held: Held,
        answer: PeerAnswer | VerifiedAnswer,
        user: str,
        filled: Filled,
        passages: tuple[CitedNow, ...],
    ) -> Draft:
        personal = personal_in(filled)
        return Draft(
            held=replace(held, pointed_out=_digest(personal)),
            by=answer.by,
            on=answer.on,
            filled=filled,
            passages=passages,
            personal=personal,
            is_own=answer.by.user == user,
        )

    def _carry_out(self, user: str, draft: Draft) -> str | None:
        """Verify what a form says; None when not all may read what it would rest on."""
        if draft.held.kind is Kind.NEW:
            return self._verify(user, draft)
        return self._renew(user, draft)

    def _verify(self, user: str, draft: Draft) -> str | None:
        found = self.shared(user, draft.held.number)
        if found is None:
            return say(NOT_YOURS)
        network, shared = found
        citations = cited_by(draft)
        if not self.allows(network.audience, network, citations):
            return None
        answer = VerifiedAnswer(
            id=0,
            network=network.id,
            question=draft.filled.question,
            answer=draft.filled.answer,
            by=shared.by,
            on=shared.on,
            verifier=user,
            verified_at=datetime.now(UTC),
            review_by=draft.filled.review_by or self.today() + USUAL_REVIEW,
            audience=network.audience,
            citations=citations,
            origin_id=shared.id,
        )
        kept = self.laid.verified.add(answer, self.entry(user, "verified"))
        # What is left undone when the process ends here, the next round does.
        self.laid.answers.note_verified(shared.id, kept.id)
        self.laid.calls.to_tell_of(shared.id, datetime.now(UTC))
        return say(VERIFIED)

    def _renew(self, user: str, draft: Draft) -> str | None:
        found = self.verified(user, draft.held.number)
        if found is None:
            return say(NOT_YOURS)
        network, answer = found
        filled, citations = draft.filled, cited_by(draft)
        review_by = filled.review_by or answer.review_by
        is_same = (filled.question, filled.answer) == (answer.question, answer.answer)
        is_wide = answer.audience != network.audience and is_same
        if not self.allows(answer.audience if is_wide else network.audience, network, citations):
            return None
        if is_same:
            entry = self.entry(user, "renewed")
            self.laid.verified.renew(answer.id, user, review_by, citations, entry)
            return say(RENEWED)
        return self._change(
            user,
            network,
            answer,
            replace(
                answer,
                question=filled.question,
                answer=filled.answer,
                review_by=review_by,
                citations=citations,
            ),
        )

    def _change(
        self, user: str, network: Network, before: VerifiedAnswer, after: VerifiedAnswer
    ) -> str:
        """Keep other words; those to which the author agreed may no longer go further."""
        self.end_opening(user, before.id)
        if before.audience != network.audience:
            entry = self.entry(user, "for the network alone")
            self.laid.verified.open_to(before.id, network.audience, entry)
        changed = replace(after, verifier=user, verified_at=datetime.now(UTC))
        self.laid.verified.revise(changed, self.entry(user, "changed"))
        return say(RENEWED if before.audience == network.audience else CHANGED_AND_NARROWED)


def cited_by(draft: Draft) -> tuple[PeerCitation, ...]:
    """Return the passages that a form ticks and that hold, as they are now."""
    return tuple(
        each.citation
        for each in draft.passages
        if each.citation.number in draft.filled.ticked and each.state is not PassageState.GONE
    )


def personal_in(filled: Filled) -> tuple[str, ...]:
    """Return what in a form may be personal data, each with what it looks like."""
    found = found_in(f"{filled.question}\n{filled.answer}")
    return tuple(dict.fromkeys(f"{each.words} ({say(each.kind.value)})" for each in found))


def _compared(cited: PeerCitation, now: PeerCitation | None) -> CitedNow:
    if now is None:
        return CitedNow(cited, PassageState.GONE)
    is_changed = bool(cited.digest) and cited.digest != now.digest
    return CitedNow(now, PassageState.CHANGED if is_changed else PassageState.HOLDS)


def _meanwhile(first: Draft, filled: Filled) -> Draft:
    """Return a form with a steward's words and what has changed since they opened it."""
    if first.held.kind is Kind.NEW:
        kept = replace(filled, ticked=first.filled.ticked)
        return replace(first, filled=kept, sentence=say(NEAR_CHANGED))
    return replace(
        first, filled=filled, sentence=say(CHANGED_MEANWHILE), meanwhile=first.filled.answer
    )


def _named(citations: Sequence[PeerCitation]) -> str:
    return _digest([f"{each.document} {each.section} {each.digest}" for each in citations])


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest() if words else ""


def _target(number: int) -> str:
    return f"peer answer {number}"
