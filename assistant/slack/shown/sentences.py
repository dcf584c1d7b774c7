"""What the assistant says in Slack when it does not answer: one plain sentence each."""

from assistant.language import phrase, say

LONGEST_QUESTION = 2000

EMPTY_QUESTION = phrase(
    "Ask me something about commissioning in the same message, for example: "
    "What is the difference between commissioning and procurement?"
)
QUESTION_TOO_LONG = phrase(
    "Your question is longer than {most:,} characters. Please ask it again in a few sentences."
)
FILES_ONLY = phrase(
    "What would you like to know of what you sent? Please send it again together with your "
    "question: I read a file for the question that it comes with."
)

OUTSIDER = phrase(
    "I answer only people of the workspace that I belong to, so I cannot answer you here. "
    "Please ask somebody of that workspace to ask for you."
)
BOT = phrase("I answer people only, so I cannot answer an app; a person has to ask me.")
SHARED_CHANNEL = phrase(
    "This channel is shared outside this workspace, so I cannot answer here. Please ask me in a "
    "direct message, or ask an administrator of the assistant to open this channel."
)
OPENING_ENDED = phrase(
    "The time for which this shared channel was opened is over, so I cannot answer here. Please "
    "ask me in a direct message, or ask an administrator of the assistant to open it again."
)
NOT_OPENED_OUTSIDE = phrase(
    "This channel is shared between organisations and is not opened for me to answer in. Please "
    "ask your colleagues of the organisation that runs me to have it opened."
)
SHARED_WITH_MORE = phrase(
    "This channel is shared with an organisation for which it was not opened, so I cannot answer "
    "here. Please ask an administrator of the assistant to open it for them too."
)
SHARED_DIRECT = phrase(
    "This direct message is shared with another organisation, so I cannot answer here. Please ask "
    "me in a channel that was opened for it."
)
NOT_CHOSEN = phrase(
    "In this channel I answer only those who were chosen for it. Please ask me in a direct "
    "message, or type /ask and your question for an answer that only you see."
)
NOT_CHOSEN_OUTSIDE = phrase(
    "In this channel I answer only those who were chosen for it. Please ask one of them to ask "
    "for you."
)
NOT_IN_CHANNEL = phrase(
    "I am not a member of this channel, so I cannot post here. Please invite me and press again."
)
NOTHING_FOR_ALL = phrase(
    "There is nothing that everyone in this channel may read and that I may use here. Please ask "
    "me in a direct message, or ask an administrator of the assistant about this channel."
)
UNCHECKED = phrase(
    "I could not check who can read this conversation, so I have not answered. "
    "Please ask again in a few minutes, or in a direct message."
)

# Questions to the guidance are in its language, so they are not put into the reader's.
PROMPTS = (
    ("What commissioning is", "What is the difference between commissioning and procurement?"),
    ("The commissioning cycle", "What principles make a commissioning cycle work?"),
    ("Outcomes", "What is the difference between an output and an outcome?"),
    ("Paying for outcomes", "What are the challenges of outcomes-based commissioning?"),
)


def question_too_long() -> str:
    """Say how long a question may be."""
    return say(QUESTION_TOO_LONG, most=LONGEST_QUESTION)


def failure(reference: str) -> str:
    """Say that something went wrong; `reference` finds the event in the log."""
    return say(
        "Something went wrong on our side and your question was not answered. Please ask again in "
        "a few minutes. Reference: {reference}",
        reference=reference,
    )
