"""A file from an administrator's direct message, on its way through the release train."""

from datetime import date

import structlog
from slack_sdk import WebClient

from assistant.domain.errors import AssistantError, CorpusError, DocumentError, IngestBusyError
from assistant.domain.ports import RunsTheTrain
from assistant.domain.releases import OnProgress, Outcome, Release
from assistant.language import say
from assistant.settings import Settings
from assistant.slack.admin.actions import Desk, actor_of
from assistant.slack.admin.blocks import Told, sentence_told
from assistant.slack.admin.command import Asked, Subcommand
from assistant.slack.admin.offer_form import Offer, file_of_button, offer_view
from assistant.slack.admin.reports import release_told
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.files import BYTES_IN_MEGABYTE, FileNotFetchedError, NotFetched, SlackFiles
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.lines import line, name

_log = structlog.get_logger()


class Offering:
    """Opens the form, fetches the file, keeps it for the corpus and reloads; or takes it back."""

    def __init__(
        self,
        train: RunsTheTrain,
        desk: Desk,
        client: WebClient,
        opening: WebClient,
        settings: Settings,
    ) -> None:
        """`opening` neither repeats nor waits, since a form can be opened once, and soon."""
        self._train = train
        self._desk = desk
        self._files = SlackFiles(client, settings, settings.offer_megabytes * BYTES_IN_MEGABYTE)
        self._opening = opening

    def open_form(self, asked: Asked) -> None:
        """Open the form for the file whose button was pressed."""
        try:
            if not self._desk.admits(asked):
                return
            file = file_of_button(asked.target, asked.channel or "", asked.thread_ts or "")
            view = offer_view(file, date.today())  # noqa: DTZ011 - a date as people here see it
            called(self._opening.views_open, trigger_id=asked.trigger, view=view)
        except SlackCallError as error:
            _log.warning("form_not_opened", code=error.code)
            self._desk.reply(asked, sentence_told(say(admin_sentences.OFFER_EXPIRED)))

    def carry_out(self, user: str, offer: Offer) -> None:
        """Take a submitted form through the train, with its progress in the file's thread."""
        place = offer.file
        thread = place.thread_ts or None
        asked = Asked(user, Subcommand.OFFER, place.name, place.channel, thread)
        try:
            if self._desk.admits(asked):
                self._desk.report(asked, say("Offer"), lambda tell: self._taken(asked, offer, tell))
        except SlackCallError as error:
            _log.warning("administrator_not_told", code=error.code)

    def _taken(self, asked: Asked, offer: Offer, on_progress: OnProgress) -> Told:
        title = name(offer.title)
        try:
            file_name, data = self._content(offer.file.id)
            self._refuse_while_running()
            path = self._train.offer(actor_of(asked), file_name, data, offer.front_matter)
        except (DocumentError, CorpusError) as error:
            return sentence_told(admin_sentences.not_taken(title, name(str(error), 1000)))
        try:
            release = self._train.reload(actor_of(asked), on_progress=on_progress)
        except IngestBusyError:
            # Somebody else's reload began meanwhile and may have taken it in.
            return sentence_told(admin_sentences.taken_by_another(title, name(path)))
        except AssistantError as error:
            self._train.take_back(actor_of(asked), path)
            return sentence_told(admin_sentences.not_taken(title, name(str(error), 1000)))
        except Exception:
            self._train.take_back(actor_of(asked), path)
            raise
        refusal = _refusal(release, path)
        if refusal is None:
            first = admin_sentences.offered(title, name(path))
        else:
            self._train.take_back(actor_of(asked), path)
            first = admin_sentences.not_taken(title, refusal)
        return release_told(release, [line(first)])

    def _refuse_while_running(self) -> None:
        """Keep a reload of somebody else from reading a file whose own reload is then refused."""
        if self._train.running() is not None:
            raise IngestBusyError(say(admin_sentences.RELOAD_UNDER_WAY))

    def _content(self, file: str) -> tuple[str, bytes]:
        """Return a file's name and what is in it; raises DocumentError."""
        try:
            fetched = self._files.fetch(file)
        except FileNotFetchedError as error:
            raise DocumentError(_why(error.reason, self._files.most_bytes)) from error
        return fetched.name, fetched.data


def _why(reason: NotFetched, most_bytes: int) -> str:
    if reason is NotFetched.TOO_LARGE:
        return admin_sentences.file_too_large(most_bytes)
    return {
        NotFetched.GONE: say(admin_sentences.FILE_GONE),
        NotFetched.ELSEWHERE: say(admin_sentences.FILE_ELSEWHERE),
        NotFetched.NOT_GIVEN: say(admin_sentences.FILE_NOT_GIVEN),
        NotFetched.EMPTY: say(admin_sentences.FILE_EMPTY),
    }[reason]


def _refusal(release: Release, path: str) -> str | None:
    """Return why the document is not in what is live now, or None when it is."""
    for failed in release.failed:
        if failed.document == path:
            return name(failed.reason, 1000)
    if release.outcome in (Outcome.LIVE, Outcome.UNCHANGED):
        return None
    return name(release.sentence, 1000) if release.sentence else release.outcome.value
