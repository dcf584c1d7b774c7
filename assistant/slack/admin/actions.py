"""What administrators ask for in Slack, carried out: checked, done, reported and written down."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import structlog

from assistant.domain.errors import AssistantError
from assistant.domain.ports import RunsTheTrain
from assistant.domain.releases import Actor, AuditEntry, OnProgress
from assistant.language import phrase, say
from assistant.slack.admin import reports as admin_reports
from assistant.slack.admin.blocks import Told, help_told, purge_question, sentence_told, told
from assistant.slack.admin.command import Asked, Subcommand
from assistant.slack.admin.reporting import Direct
from assistant.slack.admin.reports import CorpusState
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.plain_http import reply_alone
from assistant.slack.rights.administrators import Administrators
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import Message, Shown
from assistant.slack.shown.lines import SURFACE

# A response_url takes five posts; one is left for the remark on the file.
MOST_REPLIES = 4

_log = structlog.get_logger()


class Desk:
    """Where administrators' actions arrive: each is checked anew, whatever it came from."""

    def __init__(
        self,
        train: RunsTheTrain,
        administrators: Administrators,
        direct: Direct,
        command: str,
        feedback: Callable[[], Sequence[Shown]],
    ) -> None:
        """`feedback` shows what waits to be dealt with."""
        self._train = train
        self._administrators = administrators
        self._direct = direct
        self._command = command
        self._short: Mapping[Subcommand, Callable[[Asked], Told]] = {
            Subcommand.HELP: lambda asked: help_told(command, asked.target),
            Subcommand.STATUS: lambda _: admin_reports.status_told(self.state()),
            Subcommand.SNAPSHOTS: lambda _: admin_reports.snapshots_told(train.snapshots()),
            Subcommand.FAILED: lambda _: admin_reports.failed_told(train.last()),
            Subcommand.PURGE: lambda asked: purge_question(asked.target),
            Subcommand.FEEDBACK: lambda _: told(feedback()),
        }
        self._long: Mapping[Subcommand, Callable[[Asked], Callable[[OnProgress], Told]]] = {
            Subcommand.PREVIEW: self._preview,
            Subcommand.RELOAD: self._reload,
            Subcommand.RELOAD_SMALLER: self._reload,
            Subcommand.ROLL_BACK: self._roll_back,
            Subcommand.PURGE_CONFIRMED: self._purge,
        }

    def state(self) -> CorpusState:
        """Return what the train says of itself now."""
        train = self._train
        return CorpusState(tuple(train.snapshots()), train.running(), train.last())

    def serve(self, asked: Asked) -> None:
        """Do what was asked, or refuse it, and tell who asked; raises nothing that they can see."""
        try:
            if not self.admits(asked):
                return
            if asked.subcommand in self._long:
                self._do_long(asked)
            elif asked.subcommand in self._short:
                self.reply(asked, self._said(lambda: self._shown(asked)))
        except SlackCallError as error:
            _log.warning("administrator_not_told", code=error.code)

    def _shown(self, asked: Asked) -> Told:
        """Do something short; what cannot be noted is not shown."""
        told = self._short[asked.subcommand](asked)
        is_question = asked.subcommand is Subcommand.PURGE
        self.note(asked, "asked whether it is meant" if is_question else "done", "")
        return told

    def admits(self, asked: Asked) -> bool:
        """Whether who asked is an administrator now; who is not is told so, and it is noted."""
        refusal = self._administrators.refusal(asked.user)
        if refusal is None:
            return True
        try:
            self.reply(asked, sentence_told(say(refusal)))
        finally:
            self.note(asked, "refused", refusal)
        return False

    def report(self, asked: Asked, what: str, work: Callable[[OnProgress], Told]) -> None:
        """Do something long, with its progress in the direct message; raises SlackCallError."""
        report = self._direct.begin(asked.user, what, asked.thread_ts)
        if asked.response_url is not None and asked.channel != report.channel:
            self.reply(asked, sentence_told(say(admin_sentences.IN_DIRECT_MESSAGE)))
        report.finish(self._said(lambda: work(report.on_progress)), asked.thread_ts)

    def reply(self, asked: Asked, said: Told) -> None:
        """Tell who asked alone: where they are, else in the direct message."""
        here = said.messages[:MOST_REPLIES] if asked.response_url else ()
        there = said.messages[len(here) :]
        for position, message in enumerate(here):
            if not self._reply_here(str(asked.response_url), message):
                there = said.messages[position:]
                break
        if not there and said.whole is None:
            return
        channel = self._direct.channel(asked.user)
        if there:
            self._direct.post(channel, there)
        if said.whole is not None:
            self._direct.send_text(channel, f"{asked.subcommand.value}.txt", said.whole, None)

    def _reply_here(self, url: str, message: Message) -> bool:
        try:
            reply_alone(url, message)
        except SlackCallError as error:
            _log.warning("reply_goes_to_direct_message", code=error.code)
            return False
        return True

    def _do_long(self, asked: Asked) -> None:
        self.report(asked, say(_NAMES[asked.subcommand]), self._long[asked.subcommand](asked))

    def _said(self, work: Callable[[], Told]) -> Told:
        """Return what the work says; a failure is a sentence, never a traceback."""
        try:
            return work()
        except AssistantError as error:
            return sentence_told(str(error))
        except Exception as error:  # noqa: BLE001 - every failure ends in a sentence with a reference
            reference = uuid.uuid4().hex[:8]
            _log.error("administration_failed", reference=reference, exc_info=error)
            return sentence_told(admin_sentences.failure(reference))

    def _preview(self, asked: Asked) -> Callable[[OnProgress], Told]:
        actor = actor_of(asked)
        return lambda on_progress: admin_reports.preview_told(
            self._train.preview(actor, on_progress)
        )

    def _reload(self, asked: Asked) -> Callable[[OnProgress], Told]:
        actor = actor_of(asked)
        allow_shrink = asked.subcommand is Subcommand.RELOAD_SMALLER
        return lambda on_progress: admin_reports.release_told(
            self._train.reload(actor, allow_shrink=allow_shrink, on_progress=on_progress)
        )

    def _roll_back(self, asked: Asked) -> Callable[[OnProgress], Told]:
        actor, snapshot = actor_of(asked), asked.target or None
        return lambda _: admin_reports.release_told(self._train.roll_back(actor, snapshot))

    def _purge(self, asked: Asked) -> Callable[[OnProgress], Told]:
        actor = actor_of(asked)
        return lambda _: admin_reports.purged_told(self._train.purge(actor, asked.target))

    def note(self, asked: Asked, outcome: str, detail: str) -> None:
        """Write into the audit log what became of something."""
        self._train.audit(
            AuditEntry(
                datetime.now(UTC),
                actor_of(asked),
                asked.subcommand.action.value,
                asked.target or asked.subcommand.value,
                outcome,
                detail,
            )
        )


_NAMES: Mapping[Subcommand, str] = {
    Subcommand.PREVIEW: phrase("Preview"),
    Subcommand.RELOAD: phrase("Reload"),
    Subcommand.RELOAD_SMALLER: phrase("Reload"),
    Subcommand.ROLL_BACK: phrase("Roll back"),
    Subcommand.PURGE_CONFIRMED: phrase("Purge"),
}


def actor_of(asked: Asked) -> Actor:
    """Return who asked, as the audit log names them."""
    return Actor(asked.user, SURFACE)
