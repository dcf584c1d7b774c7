"""What the assistant says in Slack when it does not answer: one plain sentence each."""

LONGEST_QUESTION = 2000

STATUS = "is reading the guidance…"

EMPTY_QUESTION = (
    "Ask me something about commissioning in the same message, for example: "
    "What is the difference between commissioning and procurement?"
)
QUESTION_TOO_LONG = (
    f"Your question is longer than {LONGEST_QUESTION:,} characters; "
    "please ask it again in a few sentences."
)
FILES_ONLY = "I cannot read files yet; please write your question as text."
FILES_NOT_READ = "The attached file was not read, since I cannot read files yet."

OUTSIDER = "I answer only members of the workspace that I belong to, so I cannot answer here."
GUEST = "I answer only full members of this workspace, so I cannot answer guests."
BOT = "I answer people only, so I cannot answer an app."
SHARED_CHANNEL = (
    "This channel is shared outside this workspace, so I cannot answer here; "
    "please ask me in a direct message."
)
UNCHECKED = (
    "I could not check who can read this conversation, so I have not answered; "
    "please ask again in a few minutes, or in a direct message."
)

PROMPTS = (
    ("What commissioning is", "What is the difference between commissioning and procurement?"),
    ("The commissioning cycle", "What principles make a commissioning cycle work?"),
    ("Outcomes", "What is the difference between an output and an outcome?"),
    ("Paying for outcomes", "What are the challenges of outcomes-based commissioning?"),
)


def failure(reference: str) -> str:
    """Say that something went wrong; `reference` finds the event in the log."""
    return (
        "Something went wrong on our side and your question was not answered; "
        f"please ask again in a few minutes. Reference: {reference}"
    )
