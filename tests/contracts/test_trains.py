"""What every release train does for a surface, the scripted one of the tests included."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from assistant.domain.errors import CorpusError, DocumentError, IngestBusyError
from assistant.domain.networks import PeerDocument
from assistant.domain.ports import RunsTheTrain
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    ChangeKind,
    Outcome,
    Progress,
    Step,
)
from assistant.retrieval.vectors import ChromaServer, ServerVectors
from tests.fakes.railway import Railway
from tests.fakes.scripted_train import ScriptedTrain

ANN = Actor("U1ANN", "Slack")
BEN = Actor("ben")
TEXT = "A commissioning cycle has four stages, and each of them has a review at its end."


@dataclass
class Workshop:
    """A train and the ways in which a test changes what it finds."""

    train: RunsTheTrain
    write: Callable[[str, str], object]
    remove: Callable[[str], object]
    shut_the_gate: Callable[[], object]
    entries: Callable[[], Sequence[AuditEntry]]
    own: Callable[[str, str], object]
    know: Callable[[Sequence[str]], object]

    def written(self) -> list[tuple[str, str]]:
        """Return who did what by the audit log."""
        return [(entry.actor.id, entry.action) for entry in self.entries()]


def scripted(_: pytest.FixtureRequest) -> Workshop:
    train = ScriptedTrain()

    def shut_the_gate() -> None:
        train.gate_failures = ("The question of the cycle is not answered any more.",)

    def own(path: str, owner: str) -> None:
        train.documents[path] = TEXT
        train.owned_by[path] = owner

    def know(texts: Sequence[str]) -> None:
        train.peers = lambda: [
            PeerDocument(f"peers/elm/answer-{n}.md", "network-elm", text.encode())
            for n, text in enumerate(texts, start=1)
        ]

    return Workshop(
        train,
        train.documents.__setitem__,
        train.documents.pop,
        shut_the_gate,
        lambda: train.entries,
        own,
        know,
    )


def real(request: pytest.FixtureRequest) -> Workshop:
    return _workshop(request, Railway(request.getfixturevalue("tmp_path") / "railway"))


def real_on_a_chroma_server(request: pytest.FixtureRequest) -> Workshop:
    folder = request.getfixturevalue("tmp_path")
    server = ChromaServer(request.getfixturevalue("chroma_url"))
    vectors = ServerVectors(server, folder / "installation")
    return _workshop(request, Railway(folder / "railway", vectors=vectors))


def _workshop(request: pytest.FixtureRequest, railway: Railway) -> Workshop:
    request.addfinalizer(railway.close)

    def write(path: str, text: str) -> None:
        if path.endswith(".md"):
            railway.write(path, text)
        else:
            (railway.corpus / path).write_text(text, encoding="utf-8")

    def shut_the_gate() -> None:
        railway.golden("- question: What is the budget of Elm House?\n  documents: [cycle.md]\n")

    def own(path: str, owner: str) -> None:
        railway.write(path, TEXT, owner=owner)

    def know(texts: Sequence[str]) -> None:
        elm = railway.networks.find("T1", "elm") or railway.found_network("elm", "Elm")
        for each in railway.verified.of_network("elm"):
            railway.verified.retire(each.id, railway.entry())
        for text in texts:
            railway.verify(elm, "Was anything paid before?", text)

    recent = railway.rooms.audit.recent
    return Workshop(railway.train, write, railway.remove, shut_the_gate, recent, own, know)


@pytest.fixture(params=[scripted, real, real_on_a_chroma_server])
def workshop(request: pytest.FixtureRequest) -> Workshop:
    return request.param(request)  # type: ignore[no-any-return]


@contextmanager
def reloading(workshop: Workshop, actor: Actor) -> Iterator[None]:
    """Hold a reload in its middle, in another thread."""
    is_in, may_go = threading.Event(), threading.Event()

    def hold(_: Progress) -> None:
        is_in.set()
        may_go.wait(60)

    reload = partial(workshop.train.reload, actor, on_progress=hold)
    thread = threading.Thread(target=reload)
    thread.start()
    assert is_in.wait(60)
    try:
        yield
    finally:
        may_go.set()
        thread.join(60)


def test_before_the_first_reload_there_is_nothing(workshop: Workshop) -> None:
    assert list(workshop.train.snapshots()) == []
    assert workshop.train.running() is None
    assert workshop.train.last() is None


def test_a_preview_says_what_a_reload_would_do_and_changes_nothing(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.write("bad.pdf", "broken")
    preview = workshop.train.preview(ANN)
    (added,) = preview.of(ChangeKind.ADDED)
    (refused,) = preview.of(ChangeKind.REFUSED)
    assert (added.document, added.to_embed) == ("cycle.md", added.passages)
    assert (refused.document, bool(refused.reason)) == ("bad.pdf", True)
    assert preview.live is None
    assert preview.seconds >= 0
    assert list(workshop.train.snapshots()) == []
    assert (ANN.id, Action.PREVIEW.value) in workshop.written()


def test_a_reload_makes_a_snapshot_live_and_names_what_failed(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.write("bad.pdf", "broken")
    release = workshop.train.reload(ANN)
    assert (release.outcome, release.actor) == (Outcome.LIVE, ANN)
    assert release.sentence
    assert [(failed.document, bool(failed.reason)) for failed in release.failed] == [
        ("bad.pdf", True)
    ]
    (entry,) = workshop.train.snapshots()
    assert (entry.snapshot, entry.is_live, entry.documents) == (release.snapshot, True, 1)
    last = workshop.train.last()
    assert last is not None
    assert last.ended_at is not None
    assert (last.snapshot, last.failed) == (release.snapshot, release.failed)
    assert (ANN.id, Action.RELOAD.value) in workshop.written()


def test_the_steps_are_told_in_their_order(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    told: list[Progress] = []
    workshop.train.reload(ANN, on_progress=told.append)
    steps = [progress.step for progress in told]
    order = list(Step)
    assert steps == sorted(steps, key=order.index)
    assert {Step.READ, Step.EMBED, Step.SWITCH} <= set(steps)
    assert all(0 <= progress.done <= progress.total for progress in told)


def test_a_reload_of_the_same_changes_nothing(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    assert workshop.train.reload(BEN).outcome is Outcome.UNCHANGED
    assert len(workshop.train.snapshots()) == 1


def test_while_one_is_at_it_a_second_is_told_who_it_is(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    with reloading(workshop, ANN):
        running = workshop.train.running()
        assert running is not None
        assert (running.actor, running.outcome) == (ANN, Outcome.RUNNING)
        with pytest.raises(IngestBusyError, match=ANN.id):
            workshop.train.reload(BEN)
    assert workshop.train.running() is None
    assert [entry.is_live for entry in workshop.train.snapshots()] == [True]


def test_what_the_gate_refuses_does_not_go_live(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    before = workshop.train.reload(ANN).snapshot
    workshop.write("cycle.md", f"{TEXT} Nobody knows how long each of them takes.")
    workshop.shut_the_gate()
    release = workshop.train.reload(ANN)
    assert release.outcome is Outcome.REFUSED_BY_GATE
    assert release.gate is not None
    assert release.gate.failures
    assert [entry.snapshot for entry in workshop.train.snapshots() if entry.is_live] == [before]


def test_a_corpus_that_shrinks_is_let_through_only_when_that_is_meant(workshop: Workshop) -> None:
    names = [f"cycle-{number}.md" for number in range(12)]
    for number, each in enumerate(names):
        workshop.write(each, f"{TEXT} This is part {number} of the guidance.")
    workshop.train.reload(ANN)
    for each in names[1:]:
        workshop.remove(each)
    assert workshop.train.reload(ANN).outcome is Outcome.REFUSED_BY_GATE
    assert workshop.train.reload(ANN, allow_shrink=True).outcome is Outcome.LIVE


def test_a_roll_back_goes_to_the_snapshot_before_or_to_one_that_is_named(
    workshop: Workshop,
) -> None:
    made = []
    for number in range(3):
        workshop.write("cycle.md", f"{TEXT} This is edition {number} of it.")
        made.append(workshop.train.reload(ANN).snapshot)
    assert [entry.snapshot for entry in workshop.train.snapshots()] == made[::-1]
    assert workshop.train.roll_back(BEN).snapshot == made[1]
    release = workshop.train.roll_back(BEN, made[2])
    assert (release.outcome, release.snapshot) == (Outcome.LIVE, made[2])
    assert [e.snapshot for e in workshop.train.snapshots() if e.is_live] == [made[2]]
    assert (BEN.id, Action.ROLL_BACK.value) in workshop.written()


def test_a_roll_back_to_nothing_is_a_sentence(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    with pytest.raises(CorpusError):
        workshop.train.roll_back(ANN)
    with pytest.raises(CorpusError):
        workshop.train.roll_back(ANN, "no-such-snapshot")


def test_a_purged_document_is_gone_and_the_check_is_told(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.write("rest.md", "An outcome is a change in somebody's life that lasts.")
    workshop.train.reload(ANN)
    purged = workshop.train.purge(ANN, "cycle.md")
    assert (purged.document, purged.remains) == ("cycle.md", ())
    assert purged.sentences > 0
    live = [entry for entry in workshop.train.snapshots() if entry.is_live]
    assert [entry.documents for entry in live] == [1]
    assert (ANN.id, Action.PURGE.value) in workshop.written()


def test_what_was_never_there_cannot_be_purged(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    with pytest.raises(CorpusError):
        workshop.train.purge(ANN, "no/such/document.md")


def test_an_offered_file_goes_in_by_a_reload(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    front_matter = {"title": "Outcomes", "audience": "public", "review_by": "2031-01-31"}
    path = workshop.train.offer(
        ANN, "outcomes.md", b"An outcome is a change that lasts.", front_matter
    )
    release = workshop.train.reload(ANN)
    assert path not in [failed.document for failed in release.failed]
    assert [e.documents for e in workshop.train.snapshots() if e.is_live] == [2]
    assert (ANN.id, Action.OFFER.value) in workshop.written()


def test_an_offered_file_that_is_taken_back_does_not_go_in(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    path = workshop.train.offer(ANN, "outcomes.md", b"An outcome lasts.", {"title": "Outcomes"})
    workshop.train.take_back(ANN, path)
    workshop.train.take_back(ANN, path)
    assert workshop.train.reload(ANN).outcome is Outcome.UNCHANGED


def test_nothing_that_was_not_offered_is_taken_back(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    workshop.train.take_back(ANN, "cycle.md")
    assert workshop.train.reload(ANN).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("name", ["outcomes.exe", "../outcomes.md", "a/outcomes.md"])
def test_a_file_that_cannot_be_kept_is_a_sentence(workshop: Workshop, name: str) -> None:
    with pytest.raises(DocumentError):
        workshop.train.offer(ANN, name, b"An outcome lasts.", {"title": "Outcomes"})


def test_a_name_that_is_taken_is_a_sentence_and_replaces_nothing(workshop: Workshop) -> None:
    workshop.train.offer(ANN, "outcomes.md", b"An outcome lasts.", {"title": "Outcomes"})
    workshop.train.reload(ANN)
    with pytest.raises(DocumentError):
        workshop.train.offer(ANN, "outcomes.md", b"Another.", {"title": "Outcomes"})
    assert workshop.train.reload(ANN).outcome is Outcome.UNCHANGED


def test_who_looks_after_a_document_is_known_for_those_that_are_live(
    workshop: Workshop,
) -> None:
    assert workshop.train.owners(["cycle.md"]) == {}
    workshop.own("cycle.md", "ann@example.org")
    workshop.write("other.md", TEXT)
    workshop.train.reload(ANN)
    owners = workshop.train.owners(["cycle.md", "other.md", "gone.md"])
    assert owners == {"cycle.md": "ann@example.org"}


def test_what_networks_know_is_published_and_nothing_else_with_it(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    assert workshop.train.is_published()
    workshop.write("other.md", "An outcome is a change in somebody's life that lasts.")
    workshop.know(["We paid a quarter of it on signature."])
    assert not workshop.train.is_published()
    release = workshop.train.publish(BEN)
    assert (release.outcome, release.action) == (Outcome.LIVE, Action.PUBLISH)
    assert workshop.train.is_published()
    assert [e.documents for e in workshop.train.snapshots() if e.is_live] == [2]
    assert workshop.train.publish(BEN).outcome is Outcome.UNCHANGED
    assert (BEN.id, Action.PUBLISH.value) in workshop.written()
    last = workshop.train.last()
    assert last is not None
    assert last.action is Action.RELOAD


def test_what_networks_know_no_more_is_taken_out(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.know(["We paid a quarter of it on signature.", "We never did."])
    workshop.train.reload(ANN)
    assert workshop.train.is_published()
    workshop.know([])
    assert not workshop.train.is_published()
    assert workshop.train.publish(ANN).outcome is Outcome.LIVE
    assert [e.documents for e in workshop.train.snapshots() if e.is_live] == [1]


def test_nobody_publishes_while_somebody_reloads(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    with reloading(workshop, ANN), pytest.raises(IngestBusyError, match=ANN.id):
        workshop.train.publish(BEN)


def test_after_a_roll_back_it_is_not_published(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    workshop.write("cycle.md", f"{TEXT} This is the second edition of it.")
    workshop.know(["We paid a quarter of it on signature."])
    workshop.train.reload(ANN)
    workshop.train.roll_back(ANN)
    assert not workshop.train.is_published()
    assert workshop.train.publish(ANN).outcome is Outcome.LIVE
    assert workshop.train.is_published()


def test_verified_answers_are_looked_at_whenever_that_is_asked(workshop: Workshop) -> None:
    workshop.write("cycle.md", TEXT)
    workshop.train.reload(ANN)
    assert workshop.train.check_peers() == 0
