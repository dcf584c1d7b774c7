"""Who answers: the workers of one bot and what they need, put together."""

from collections.abc import Callable

from assistant.slack.api.files import BYTES_IN_MEGABYTE, SlackFiles
from assistant.slack.ground import Ground
from assistant.slack.posts.posting import Poster
from assistant.slack.posts.streaming import Streams
from assistant.slack.questions.aside import Aside
from assistant.slack.questions.attachments import Attachments
from assistant.slack.questions.breaker import Breaker
from assistant.slack.questions.delivery import Delivery, WaysOut
from assistant.slack.questions.respondent import Respondent
from assistant.slack.questions.restraint import Restraint
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import InboxQuestion
from assistant.store.pauses import Pauses
from assistant.store.threads import Threads

Invite = Callable[[InboxQuestion], tuple[Message, ...]]


def workforce(ground: Ground, streams: Streams, invite: Invite) -> Delivery:
    """Return the workers; `invite` gives what an administrator who sends files is offered."""
    settings, clients = ground.settings, ground.clients
    most_bytes = settings.attachment_megabytes * BYTES_IN_MEGABYTE
    files = SlackFiles(clients.reading, settings, most_bytes)
    respondent = Respondent(
        ground,
        Attachments(files, ground.abilities.answer_from_file, invite),
        streams,
        Restraint(Breaker(ground.inbox, Pauses(ground.engine)), Threads(ground.engine)),
    )
    poster = Poster(clients.posting, ground.pace, ground.identity, streams)
    aside = Aside(clients.posting, ground.pace, poster)
    ways = WaysOut(poster, aside, ground.signs)
    return Delivery(ground.inbox, ground.turns, respondent, ways, settings.workers)
