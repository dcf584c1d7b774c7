"""Deleting: answers lose a document's words, and no file of the database keeps them."""

import os
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.domain.errors import CorpusError
from assistant.store.compaction import compact, compaction_is_due
from assistant.store.database import Engine, open_database, serialised, transaction
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Press, Rating, Reason, Way
from assistant.store.inbox import Inbox, InboxQuestion, InboxRow, InboxState, IncomingQuestion
from assistant.store.quoting import Quotes
from assistant.store.turns import Turns
from assistant.store.turns_table import QUESTION_WITHDRAWN, WITHDRAWN, TurnRow, WithdrawnRow
from assistant.store.withdrawing import SWITCH_SECONDS, Found, take_out, words_of
from tests.fakes.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DELETED, KEPT = "guidance/deleted.md", "guidance/kept.md"
SENTENCE = "The zephyrine clause binds every lodestar commissioner."


def citation(number: int, document: str) -> Citation:
    section = f"{document} > The zephyrine section"
    return Citation(number, document, "Title", section, SENTENCE, "Example Institute")


def answer(text: str, *documents: str) -> Answer:
    citations = tuple(citation(n, d) for n, d in enumerate(documents, start=1))
    return Answer("q", AnswerStatus.ANSWERED, text, citations=citations, snapshot="s1")


def ask(engine: Engine, ts: str, text: str = "What binds us?") -> InboxQuestion:
    inbox = Inbox(engine)
    inbox.receive(IncomingQuestion(f"Ev{ts}", "T1", "C1", "channel", ts, "1.0", "U1", text))
    question = inbox.take()
    assert question is not None
    return question


def conclude(
    engine: Engine, question: InboxQuestion, said: Answer | None, text: str = SENTENCE
) -> None:
    turn = Turn(question.asked.text, said.text if said else text)
    assert Turns(engine).conclude(question, turn, "answered", "1.5", said)


def turns(engine: Engine) -> Sequence[TurnRow]:
    with transaction(engine) as session:
        return session.scalars(select(TurnRow).order_by(TurnRow.id)).all()


def files_that_hold(folder: Path, words: str) -> list[str]:
    return [p.name for p in folder.iterdir() if words.encode() in p.read_bytes()]


def files_with(database: Database, engine: Engine, words: str) -> list[str]:
    """Return which of the database's files hold the words, wherever the server keeps them."""
    if database.url is None:
        return files_that_hold(database.folder, words)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        kept = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        number = "SELECT oid FROM pg_database WHERE datname = current_database()"
        oid = connection.exec_driver_sql(number).scalar_one()
    return files_that_hold(Path(kept) / "base" / str(oid), words)


@contextmanager
def somebody(engine: Engine, statement: str) -> Iterator[Connection]:
    """Give another's connection in a transaction that began with `statement`."""
    is_sqlite = engine.dialect.name == "sqlite"
    level = "SERIALIZABLE" if is_sqlite else "REPEATABLE READ"
    with engine.connect().execution_options(isolation_level=level) as connection:
        if is_sqlite:
            connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(statement)
        yield connection


def test_an_answer_that_cites_the_document_loses_its_words(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer("Every one is bound. [1] [2]", DELETED, KEPT))
    [before] = turns(engine)
    assert Turns(engine).withdraw(DELETED) == 1
    [turn] = turns(engine)
    assert turn.answer == WITHDRAWN
    assert turn.citations is not None
    assert before.citations is not None
    assert turn.citations[0] == {"number": 1, "document": DELETED}
    assert turn.citations[1] == before.citations[1], "what it says of other documents stays"
    assert (turn.question, turn.status, turn.snapshot) == ("What binds us?", "answered", "s1")


@pytest.mark.parametrize("name", ["100%_sure café.md", 'a "b" \\ c.md', os.fsdecode(b"caf\xe9.md")])
@pytest.mark.parametrize("sentences", [(), (SENTENCE,)])
def test_a_document_is_known_by_whatever_name_it_has(
    engine: Engine, name: str, sentences: tuple[str, ...]
) -> None:
    conclude(engine, ask(engine, "1.0"), answer("Every one is bound. [1]", name))
    conclude(engine, ask(engine, "2.0"), answer("Nobody is bound. [1]", name[:-1]))
    assert Turns(engine).withdraw(name, sentences) == 1
    assert [t.answer for t in turns(engine)] == [WITHDRAWN, "Nobody is bound. [1]"]


def test_an_answer_from_other_documents_keeps_its_words(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer("Nobody is bound. [1]", KEPT))
    # A name that is part of another name is another document.
    assert Turns(engine).withdraw("kept.md") == 0
    assert Turns(engine).withdraw("guidance/kept.m_") == 0
    assert turns(engine)[0].answer == "Nobody is bound. [1]"


def test_a_follow_up_does_not_read_what_was_withdrawn(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    Turns(engine).withdraw(DELETED)
    assert Turns(engine).last("T1", "C1", "1.0") == [Turn("What binds us?", "")]


def test_an_answer_without_known_citations_is_known_by_its_sentences(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), None, f"So it is:\n\N{BULLET} {SENTENCE} [1]")
    conclude(engine, ask(engine, "2.0"), None, "The zephyrine clause binds nobody. [1]")
    assert Turns(engine).withdraw(DELETED, [SENTENCE.replace(" ", "\n")]) == 1
    assert [t.answer for t in turns(engine)] == [
        WITHDRAWN,
        "The zephyrine clause binds nobody. [1]",
    ]


def test_a_question_that_quotes_the_document_loses_its_words_once_it_is_answered(
    engine: Engine,
) -> None:
    quoting = f"Is this so? {SENTENCE}"
    conclude(engine, ask(engine, "1.0", quoting), answer("Nobody says so. [1]", KEPT))
    in_hand = ask(engine, "2.0", quoting)
    assert Turns(engine).withdraw(DELETED, [SENTENCE]) == 0
    [turn] = turns(engine)
    assert (turn.question, turn.answer) == (QUESTION_WITHDRAWN, "Nobody says so. [1]")
    with transaction(engine) as session:
        texts = session.scalars(select(InboxRow.text).order_by(InboxRow.id)).all()
    assert texts == [QUESTION_WITHDRAWN, quoting], "the second is still to be answered"
    conclude(engine, in_hand, answer("No. [1]", KEPT))


def test_to_withdraw_again_changes_nothing(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    assert Turns(engine).withdraw(DELETED, [SENTENCE]) == 1
    assert Turns(engine).withdraw(DELETED, [SENTENCE]) == 0


def test_an_answer_loses_the_headings_of_the_second_document_that_is_deleted_too(
    engine: Engine,
) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED, KEPT))
    assert Turns(engine).withdraw(DELETED) == 1
    assert Turns(engine).withdraw(KEPT) == 0, "its words are gone already"
    assert turns(engine)[0].citations == [
        {"number": 1, "document": DELETED},
        {"number": 2, "document": KEPT},
    ]


def test_to_withdraw_again_makes_compacting_due_again(engine: Engine) -> None:
    Turns(engine).withdraw(DELETED)
    assert compact(engine)
    Turns(engine).withdraw(DELETED)
    assert compaction_is_due(engine)


def test_what_is_concluded_while_we_look_loses_its_words(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    counted: list[int] = []
    with serialised(engine) as bot:
        looking = threading.Thread(
            target=lambda: counted.append(Turns(engine).withdraw(DELETED, [SENTENCE]))
        )
        looking.start()
        # It has looked through what was there and waits to write.
        time.sleep(0.5)
        columns = (
            "team, channel, thread_ts, question, answer, answered_at, status, prompt, snapshot, "
            "confidence, citations"
        )
        insert = f"INSERT INTO turns (inbox_id, {columns}) SELECT 2, {columns} FROM turns"  # noqa: S608
        bot.execute(text(insert))
    looking.join()
    assert counted == [2]
    assert {t.answer for t in turns(engine)} == {WITHDRAWN}


def test_an_answer_that_ends_during_a_withdrawal_keeps_no_words(engine: Engine) -> None:
    question = ask(engine, "1.0")
    said = answer(SENTENCE, DELETED)
    ending = threading.Thread(target=conclude, args=(engine, question, said))
    with serialised(engine) as session:
        now = datetime.now(UTC)
        session.merge(WithdrawnRow(document=DELETED, withdrawn_at=now, compacted_at=None))
        session.flush()
        ending.start()
        time.sleep(0.3)
        assert ending.is_alive(), "it waits for what it does not see yet"
    ending.join()
    assert turns(engine)[0].answer == WITHDRAWN


@pytest.mark.parametrize("said", [answer(SENTENCE, KEPT, DELETED), None], ids=["known", "unknown"])
def test_an_answer_that_was_being_written_meanwhile_keeps_no_words(
    engine: Engine, said: Answer | None
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        question = ask(engine, "1.0")
        clock.shift(timedelta(seconds=5))
        Turns(engine).withdraw(DELETED)
        clock.shift(timedelta(seconds=5))
        conclude(engine, question, said)
    [turn] = turns(engine)
    assert turn.answer == WITHDRAWN
    assert (turn.citations is None) == (said is None)
    assert turn.citations is None or turn.citations[1] == {"number": 2, "document": DELETED}


def test_a_bot_that_is_late_to_follow_the_switch_keeps_no_words(engine: Engine) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        Turns(engine).withdraw(DELETED)
        clock.shift(timedelta(seconds=SWITCH_SECONDS - 1))
        conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    assert turns(engine)[0].answer == WITHDRAWN


def test_a_new_document_under_the_old_name_is_answered_from(engine: Engine) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        Turns(engine).withdraw(DELETED)
        clock.shift(timedelta(seconds=SWITCH_SECONDS + 1))
        conclude(engine, ask(engine, "1.0"), answer("It says something new. [1]", DELETED))
    assert turns(engine)[0].answer == "It says something new. [1]"


def test_an_answer_to_a_question_that_waited_long_is_from_the_new_document(engine: Engine) -> None:
    waiting = IncomingQuestion("Ev1", "T1", "C1", "channel", "1.0", "1.0", "U1", "What binds us?")
    with time_machine.travel(NOW, tick=False) as clock:
        Inbox(engine).receive(waiting)
        clock.shift(timedelta(seconds=5))
        Turns(engine).withdraw(DELETED)
        clock.shift(timedelta(seconds=SWITCH_SECONDS + 1))
        question = Inbox(engine).take()
        assert question is not None
        conclude(engine, question, answer("It says something new. [1]", DELETED))
    assert turns(engine)[0].answer == "It says something new. [1]"


def test_an_answer_from_other_documents_written_meanwhile_is_kept(engine: Engine) -> None:
    question = ask(engine, "1.0")
    Turns(engine).withdraw(DELETED)
    conclude(engine, question, answer("Nobody is bound. [1]", KEPT))
    assert turns(engine)[0].answer == "Nobody is bound. [1]"


def test_an_answer_that_was_given_anew_while_we_look_loses_its_words(engine: Engine) -> None:
    """It may have the number of the one that it takes the place of."""
    question = ask(engine, "1.0")
    conclude(engine, question, answer("Nobody is bound. [1]", KEPT))
    found = _words_of_turns(engine)
    assert Inbox(engine).revise(("T1", "C1", "1.0"), "What does bind us?")
    again = Inbox(engine).take()
    assert again is not None
    conclude(engine, again, answer(SENTENCE, DELETED))
    with transaction(engine) as session:
        late = words_of(session, DELETED, Quotes([SENTENCE]), found)
    assert late.turns == [turns(engine)[0].id]


def _words_of_turns(engine: Engine) -> Found:
    with transaction(engine) as session:
        return words_of(session, DELETED, Quotes([SENTENCE]))


def test_what_was_found_may_be_gone_when_it_is_taken_out(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    found = _words_of_turns(engine)
    assert len(found.turns) == 1
    assert Turns(engine).forget("T1", "C1", "1.0")
    with serialised(engine) as session:
        assert take_out(session, DELETED, found) == 0


def test_no_file_of_the_database_holds_the_words_after_compacting(
    engine: Engine, database: Database
) -> None:
    for number in range(1, 40):
        said = answer(f"{SENTENCE} {'More of it. ' * 20 * number}", DELETED if number % 2 else KEPT)
        conclude(engine, ask(engine, f"{number}.0"), said)
    assert files_with(database, engine, SENTENCE)
    Turns(engine).withdraw(DELETED, [SENTENCE])
    assert files_with(database, engine, SENTENCE), "until then, the log at least holds them"
    assert compaction_is_due(engine)
    assert compact(engine)
    assert files_with(database, engine, SENTENCE) == []
    assert files_with(database, engine, f"{DELETED} > ") == [], "headings are its words too"
    assert not compaction_is_due(engine)


def test_no_file_holds_what_people_wrote_of_the_document_after_compacting(
    engine: Engine, database: Database
) -> None:
    question = ask(engine, "1.0")
    conclude(engine, question, answer("Nobody is bound. [1]", KEPT))
    feedbacks = Feedbacks(engine)
    press = Press(question.id, "T1", "C1", "U1", Rating.NOT_HELPFUL, Way.BUTTON, Reason.OTHER)
    feedbacks.rate(press)
    feedbacks.explain(question.id, "U1", Reason.OTHER, SENTENCE)
    assert files_with(database, engine, SENTENCE)
    Turns(engine).withdraw(DELETED, [SENTENCE])
    assert compact(engine)
    assert files_with(database, engine, SENTENCE) == []


def test_what_was_left_in_free_pages_by_an_older_version_is_gone_after_compacting(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with open_database(folder).connect() as made:
        made.detach()
    with closing(sqlite3.connect(folder / "assistant.sqlite3")) as older:
        older.execute("PRAGMA secure_delete = OFF")
        older.execute("CREATE TABLE other (words TEXT)")
        older.executemany("INSERT INTO other VALUES (?)", [(SENTENCE * 100,)] * 50)
        older.commit()
        older.execute("DELETE FROM other")
        older.commit()
        older.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine = open_database(folder)
    assert files_that_hold(folder, SENTENCE)
    assert compact(engine)
    assert files_that_hold(folder, SENTENCE) == []
    engine.dispose()


@pytest.mark.parametrize("table", ["turns", "live_snapshot"])
def test_compacting_waits_for_who_reads_and_says_when_it_could_not(
    engine: Engine, database: Database, table: str
) -> None:
    """Who reads another table could still read this one as it was."""
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    with somebody(engine, f"SELECT count(*) FROM {table}") as reader:  # noqa: S608
        Turns(engine).withdraw(DELETED)
        assert not compact(engine, seconds=0.1)
        assert compaction_is_due(engine)
        reader.rollback()
        assert compact(engine, seconds=0.1)
    assert files_with(database, engine, SENTENCE) == []


def test_compacting_waits_for_who_writes(engine: Engine) -> None:
    conclude(engine, ask(engine, "1.0"), answer(SENTENCE, DELETED))
    Turns(engine).withdraw(DELETED)
    with somebody(engine, "UPDATE turns SET status = 'answered'") as writer:
        assert not compact(engine, seconds=0.1)
        later = threading.Timer(0.5, writer.rollback)
        later.start()
        assert compact(engine)
        later.join()


def test_what_is_withdrawn_while_the_database_is_compacted_is_still_due(engine: Engine) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        clock.shift(timedelta(seconds=1))
        Turns(engine).withdraw(DELETED)
        clock.shift(timedelta(seconds=-1))
        assert compact(engine)
        assert compaction_is_due(engine)
        clock.shift(timedelta(seconds=2))
        assert compact(engine)
        assert not compaction_is_due(engine)


def test_questions_are_received_while_the_database_is_compacted(
    engine: Engine, database: Database
) -> None:
    inbox = Inbox(database.open())
    stop = threading.Event()
    failures: list[Exception] = []

    def receive() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            ts = f"{number}.0"
            try:
                inbox.receive(IncomingQuestion(ts, "T1", "C1", "channel", ts, ts, "U1", "q " * 500))
            except OperationalError as error:
                failures.append(error)

    bot = threading.Thread(target=receive)
    bot.start()
    while not inbox.counts() and bot.is_alive():
        time.sleep(0.02)
    for _ in range(5):
        Turns(engine).withdraw(DELETED)
        assert compact(engine)
    stop.set()
    bot.join()
    assert failures == []
    assert inbox.counts()["received"] > 0
    inbox._engine.dispose()


def test_a_disk_without_room_is_one_sentence(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "data")
    conclude(engine, ask(engine, "1.0"), answer("word " * 100_000, DELETED))
    Turns(engine).withdraw(DELETED)
    room, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A file that may not grow behaves as one on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, most))
    try:
        with pytest.raises(CorpusError, match=r"^The database could not be written anew: .*room"):
            compact(engine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    assert compaction_is_due(engine)
    assert compact(engine)


def test_a_quote_is_whole_sentences_whatever_the_spaces() -> None:
    quotes = Quotes([SENTENCE, "Two words.", "  ", "\N{BULLET}"])
    assert quotes.are_in(
        f"He said: \N{LEFT DOUBLE QUOTATION MARK}{SENTENCE}\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    assert quotes.are_in("One.\n\nTwo\nwords. Three.")
    assert not quotes.are_in(SENTENCE[:-10])
    assert not quotes.are_in("words. Two")
    assert not Quotes([]).are_in(SENTENCE)


def test_questions_that_failed_lose_quotes_too(engine: Engine) -> None:
    question = ask(engine, "1.0", SENTENCE)
    Inbox(engine).finish(question, InboxState.FAILED, "error_unexpected", None)
    Turns(engine).withdraw(DELETED, [SENTENCE])
    with transaction(engine) as session:
        assert session.scalars(select(InboxRow.text)).one() == QUESTION_WITHDRAWN
