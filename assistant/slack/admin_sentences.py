"""What administrators are told in Slack: the catalogue of words, one plain sentence each."""

from assistant.domain.releases import Progress, Step

NOT_ADMINISTRATOR = (
    "Only administrators of the assistant may do this, and you are not one of them; "
    "nothing was done."
)
ADMINISTRATOR_UNCHECKED = (
    "I could not check whether you are an administrator, so nothing was done; "
    "please try again in a minute."
)
BUSY = "Too much is waiting already, so nothing was done; please try again in a minute."
IN_DIRECT_MESSAGE = "I have begun, and report in our direct message."
STOPPED = (
    "The assistant was stopped before this ended. What is live was not touched by what was "
    "unfinished; ask for the status to see how it stands."
)
NOTHING_YET = "Nothing was ingested yet; reload to read the corpus for the first time."
NO_SNAPSHOTS = "There is no snapshot yet."
NO_RELOAD_YET = "No reload has ended yet, so nothing is known of documents that failed."
NONE_FAILED = "Every document went in at the last reload."
ALL_IN_FILE = "The whole of it is in a file in our direct message."
FILE_NOT_SENT = (
    "The whole list could not be sent as a file; `assistant status` on the machine shows it."
)
NO_CHANGES = "A reload would change nothing."
GATE_SHUT = "The gate kept the new snapshot from going live; what was live stays so."
PURGE_WARNING = (
    "Purging takes the document out of the live snapshot and of every one that is kept, removes "
    "what would hold its words, and checks that nothing does. It cannot be undone."
)
SHRINK_HINT = (
    "If it failed only because the corpus became smaller, and that is meant, "
    "reload and allow it to shrink."
)

FILE_ELSEWHERE = (
    "The file lies on a host from which I may not fetch; an operator can allow it by "
    "ASSISTANT_SLACK_FILE_HOSTS."
)
FILE_NOT_GIVEN = (
    "Slack did not hand out the file; if it is still there, the app may lack the permission "
    "files:read and has to be installed again."
)
FILE_GONE = "Slack does not have the file any more; please send it again."
FILE_EMPTY = "The file is empty."
RELOAD_UNDER_WAY = "A reload is under way; offer the file again when it has ended."
OFFER_INVITATION = (
    "As an administrator you can offer what you sent for the corpus. It then goes through a "
    "reload and its gate like any other document."
)
OFFER_TITLE = "Offer for the corpus"
OFFER_EXPIRED = "Slack closed the form before it opened; please press the button once more."
TITLE_MISSING = "Give the title that citations will show."
NETWORK_MISSING = "Name the network, in small letters, digits and hyphens, at most 40 of them."
NETWORK_TOO_MUCH = "Leave this empty, or choose a network as the audience."
REVIEW_DATE_MISSING = "Say by when it has to be reviewed."
REVIEW_DATE_PAST = "The review date must lie in the future."

HOME_WHAT = (
    "I answer questions about commissioning from this organisation's own guidance. Every sentence "
    "names the passage that it rests on, and when the guidance does not answer, I say so."
)
HOME_HOW = (
    "Write to me in Messages, or mention me in a channel that I am a member of. "
    "To see what a term means, for you alone, type /define and the term."
)
HOME_EXAMPLES = "For example, ask:"

DEFINE_WHAT = "Type the term after the command, for example: /define outcome"
DEFINE_TOO_LONG = "That is too long for a term; type a few words, or ask me in a direct message."
DEFINE_MORE = "There is more than fits here; ask me in a direct message to see all of it."
UNCHECKED_ASKER = (
    "I could not check who you are, so I have not answered; please try again in a few minutes."
)

_STEPS = {
    Step.READ: ("1 of 4", "documents"),
    Step.EMBED: ("2 of 4", "passages"),
    Step.GATE: ("3 of 4", "checks"),
    Step.SWITCH: ("4 of 4", ""),
}


def help_text(command: str) -> str:
    """List what can be typed behind the slash command."""
    return "\n".join(
        (
            f"{command} with one of these words behind it; nobody else sees what I reply:",
            "- status: what is live, what is under way, how the last reload ended",
            "- preview: what a reload would do, and how long it would take; changes nothing",
            "- reload: read the corpus, build a new snapshot, test it, and make it live",
            "- reload allow-shrink: the same, when the corpus is meant to become much smaller",
            "- rollback: make the snapshot before the live one live; or rollback and a snapshot",
            "- snapshots: those that are kept",
            "- failed: the documents that did not go in, and why",
            "- purge and a document's path: take it out everywhere and prove that it is gone",
            "- channel: what holds in the channel: who may ask, where answers go, what they use",
            "- channels: those for which something was set, and until when they are open",
            "- feedback: what people said of answers that nobody has dealt with yet",
            "To add a document, send me the file in a direct message.",
        )
    )


def unknown_command(text: str, command: str) -> str:
    """Say that the words behind the command are none that we know."""
    return f"I do not know \u201c{text[:100]}\u201d.\n{help_text(command)}"


def begun(what: str) -> str:
    """Say that something long has begun."""
    return f"{what}: begun."


def progress(what: str, at: Progress) -> str:
    """Say how far something is and, where it is known, how long it will take."""
    number, things = _STEPS[at.step]
    how_far = f", {at.done:,} of {at.total:,} {things}" if at.total and things else ""
    left = f", {duration(at.seconds_left)} left" if at.seconds_left is not None else ""
    return f"{what}: step {number}, {at.step.value}{how_far}{left}."


def duration(seconds: float) -> str:
    """Say a length of time in the unit that fits it."""
    minute, hour = 60, 3600
    if seconds < minute:
        return "less than a second" if seconds < 1 else _counted(round(seconds), "second")
    if seconds < 2 * hour:
        return "about " + _counted(round(seconds / minute), "minute")
    return "about " + _counted(round(seconds / hour), "hour")


def file_too_large(most_bytes: int) -> str:
    """Say that a file is larger than what is taken."""
    return (
        f"The file is larger than {most_bytes // 1_000_000:,} MB, the most that is taken here; "
        "put it into the corpus folder instead."
    )


def failure(reference: str) -> str:
    """Say that something of ours went wrong; `reference` finds the event in the log."""
    return (
        "Something went wrong on our side. What is live was not touched by what was unfinished; "
        f"ask for the status to see how it stands. Reference: {reference}"
    )


def and_more(count: int) -> str:
    """Say how many of a list are not shown."""
    return f"and {count:,} more"


def offered(title: str, path: str) -> str:
    """Say that a document is part of the corpus now."""
    return f"\u201c{title}\u201d is in the corpus now, as {path}."


def not_taken(title: str, reason: str) -> str:
    """Say that a document was not taken in, and that nothing of it is left."""
    return f"\u201c{title}\u201d was not taken in, and nothing of it was kept. {reason}"


def taken_by_another(title: str, path: str) -> str:
    """Say that another reload, which is under way, or the next one takes a document in."""
    return (
        f"Another reload is under way. \u201c{title}\u201d is kept as {path}; that reload or the "
        "next one takes it in."
    )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
