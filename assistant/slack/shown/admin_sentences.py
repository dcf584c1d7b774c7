"""What administrators are told in Slack: the catalogue of words, one plain sentence each."""

from assistant.domain.releases import Progress, Step
from assistant.language import phrase, say, say_some

NOT_ADMINISTRATOR = phrase(
    "Only administrators of the assistant may do this, and you are not one of them; "
    "nothing was done."
)
ADMINISTRATOR_UNCHECKED = phrase(
    "I could not check whether you are an administrator, so nothing was done; "
    "please try again in a minute."
)
BUSY = phrase("Too much is waiting already, so nothing was done; please try again in a minute.")
IN_DIRECT_MESSAGE = phrase("I have begun, and report in our direct message.")
STOPPED = phrase(
    "The assistant was stopped before this ended. What is live was not touched by what was "
    "unfinished; ask for the status to see how it stands."
)
NOTHING_YET = phrase(
    "No documents were read in yet; reload to read the corpus folder for the first time."
)
NO_SNAPSHOTS = phrase("There is no snapshot yet.")
NO_RELOAD_YET = phrase("No reload has ended yet, so nothing is known of documents that failed.")
NONE_FAILED = phrase("Every document went in at the last reload.")
ALL_IN_FILE = phrase("The whole of it is in a file in our direct message.")
FILE_NOT_SENT = phrase(
    "The whole list could not be sent as a file; `assistant status` on the machine shows it."
)
NO_CHANGES = phrase("A reload would change nothing.")
GATE_SHUT = phrase(
    "The new snapshot did not pass its tests (the gate), so it is not used. Answers come from the "
    "same snapshot as before."
)
PURGE_WARNING = phrase(
    "Purging takes the document out of the live snapshot and of every one that is kept, removes "
    "what would hold its words, and checks that nothing does. It cannot be undone."
)
SHRINK_HINT = phrase(
    "If it failed only because there is less in the corpus folder than before, and that is meant, "
    "reload and allow it to shrink."
)

FILE_ELSEWHERE = phrase(
    "The file lies on a host from which I may not fetch; an operator can allow it by "
    "ASSISTANT_SLACK_FILE_HOSTS."
)
FILE_NOT_GIVEN = phrase(
    "Slack did not hand out the file; if it is still there, the app may lack the permission "
    "files:read and has to be installed again."
)
FILE_GONE = phrase("Slack does not have the file any more; please send it again.")
FILE_EMPTY = phrase("The file is empty.")
RELOAD_UNDER_WAY = phrase("A reload is under way; offer the file again when it has ended.")
OFFER_INVITATION = phrase(
    "As an administrator you can offer what you sent for the corpus. It then goes through a "
    "reload and its gate like any other document."
)
OFFER_TITLE = phrase("Offer for the corpus")
OFFER_EXPIRED = phrase("Slack closed the form before it opened; please press the button once more.")
TITLE_MISSING = phrase("Give the title that citations will show.")
NETWORK_MISSING = phrase(
    "Name the network, in small letters, digits and hyphens, at most 40 of them."
)
NETWORK_TOO_MUCH = phrase("Leave this empty, or choose a network as the audience.")
REVIEW_DATE_MISSING = phrase("Say by when it has to be reviewed.")
REVIEW_DATE_PAST = phrase("The review date must lie in the future.")


DEFINE_WHAT = phrase("Type the term after the command, for example: /define outcome")
DEFINE_TOO_LONG = phrase(
    "That is too long for a term; type a few words, or ask me in a direct message."
)
DEFINE_MORE = phrase("There is more than fits here; ask me in a direct message to see all of it.")
UNCHECKED_ASKER = phrase(
    "I could not check who you are, so I have not answered; please try again in a few minutes."
)

_STEPS = {
    Step.READ: phrase("{what}: step 1 of 4, reading documents."),
    Step.EMBED: phrase("{what}: step 2 of 4, preparing passages for the search."),
    Step.GATE: phrase("{what}: step 3 of 4, testing the new snapshot."),
    Step.SWITCH: phrase("{what}: step 4 of 4, switching."),
}
_DONE = {
    Step.READ: phrase("{done:,} of {total:,} documents are done."),
    Step.EMBED: phrase("{done:,} of {total:,} passages are done."),
    Step.GATE: phrase("{done:,} of {total:,} checks are done."),
}
_HELP = (
    phrase("{command} with one of these words behind it; nobody else sees what I reply:"),
    phrase("status: what is live, what is under way, how the last reload ended"),
    phrase("preview: what a reload would do, and how long it would take; changes nothing"),
    phrase("reload: read the corpus, build a new snapshot, test it, and make it live"),
    phrase("reload allow-shrink: the same, when the corpus is meant to become much smaller"),
    phrase("rollback: make the snapshot before the live one live; or rollback and a snapshot"),
    phrase("snapshots: those that are kept"),
    phrase("failed: the documents that did not go in, and why"),
    phrase("purge and a document's path: take it out everywhere and prove that it is gone"),
    phrase("channel: what holds in the channel: who may ask, where answers go, what they use"),
    phrase("channels: those for which something was set, and until when they are open"),
    phrase("feedback: what people said of answers that nobody has dealt with yet"),
    phrase("To add a document, send me the file in a direct message."),
)


def help_text(command: str) -> str:
    """List what can be typed behind the slash command."""
    first, *listed, last = (say(each, command=command) for each in _HELP)
    return "\n".join((first, *(f"- {each}" for each in listed), last))


def unknown_command(text: str, command: str) -> str:
    """Say that the words behind the command are none that we know."""
    unknown = say("I do not know \u201c{text}\u201d.", text=text[:100])
    return f"{unknown}\n{help_text(command)}"


def begun(what: str) -> str:
    """Say that something long has begun."""
    return say("{what}: begun.", what=what)


def progress(what: str, at: Progress) -> str:
    """Say how far something is and, where it is known, how long it will take."""
    said = [say(_STEPS[at.step], what=what)]
    if at.total and at.step in _DONE:
        said.append(say(_DONE[at.step], done=at.done, total=at.total))
    if at.seconds_left is not None:
        said.append(say("Time left: {time}.", time=duration(at.seconds_left)))
    return " ".join(said)


def duration(seconds: float) -> str:
    """Say a length of time in the unit that fits it."""
    minute, hour = 60, 3600
    if seconds < 1:
        return say("less than a second")
    if seconds < minute:
        return say_some("{count} second", "{count} seconds", round(seconds))
    if seconds < 2 * hour:
        return say_some("about {count} minute", "about {count} minutes", round(seconds / minute))
    return say_some("about {count} hour", "about {count} hours", round(seconds / hour))


def file_too_large(most_bytes: int) -> str:
    """Say that a file is larger than what is taken."""
    return say(
        "The file is larger than {most:,} MB, the most that is taken here; put it into the corpus "
        "folder instead.",
        most=most_bytes // 1_000_000,
    )


def failure(reference: str) -> str:
    """Say that something of ours went wrong; `reference` finds the event in the log."""
    return say(
        "Something went wrong on our side. What is live was not touched by what was unfinished; "
        "ask for the status to see how it stands. Reference: {reference}",
        reference=reference,
    )


def and_more(count: int) -> str:
    """Say how many of a list are not shown."""
    return say_some("and {count:,} more", "and {count:,} more", count)


def offered(title: str, path: str) -> str:
    """Say that a document is part of the corpus now."""
    return say("\u201c{title}\u201d is in the corpus now, as {path}.", title=title, path=path)


def not_taken(title: str, reason: str) -> str:
    """Say that a document was not taken in, and that nothing of it is left."""
    return say(
        "\u201c{title}\u201d was not taken in, and nothing of it was kept. {reason}",
        title=title,
        reason=reason,
    )


def taken_by_another(title: str, path: str) -> str:
    """Say that another reload, which is under way, or the next one takes a document in."""
    return say(
        "Another reload is under way. \u201c{title}\u201d is kept as {path}; that reload or the "
        "next one takes it in.",
        title=title,
        path=path,
    )
