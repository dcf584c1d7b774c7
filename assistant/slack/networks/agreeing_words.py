"""What people are told about definitions that networks agree: the catalogue's phrases."""

from assistant.language import phrase

# One sentence for what is not there and what is not theirs: none tells which.
NOT_YOURS = phrase(
    "Only a steward of the network can do this, and only while it is open; nothing was changed."
)
NO_NETWORK = phrase(
    "You belong to no network here to which you could propose a definition. Type /network to see "
    "which you may join."
)
NO_SUCH = phrase("You belong to no such network here, or it was closed meanwhile.")
UNCHECKED = phrase("I could not check who you are; nothing was changed, please try again soon.")
NOT_KEPT = phrase("It could not be written down, so nothing was changed; please try again.")
BUSY = phrase("Too much is waiting already, so nothing was changed; please try again in a minute.")
WORDS_UNCHECKED = phrase(
    "I could not check where these words come from, so nothing was proposed; please send it again."
)
TERM_LENGTH = phrase("Give the term, in at most {most} characters.")
TEXT_LENGTH = phrase("Give the definition, in at most {most} characters.")
WHOSE_LENGTH = phrase("Name the source in at most {most} characters.")
NOT_FOR_ALL = phrase(
    "Some of these words are from guidance that not everyone in this network may read; please "
    "write it in your own words."
)
PROPOSED_ALREADY = phrase("These words are proposed in this network already.")
AGREED_ALREADY = phrase("The network has agreed on these words already.")

PROPOSED_TOLD = phrase(
    "Your definition of {term} is proposed in {network}. Its stewards are asked, and you are told "
    "what comes of it."
)
AGREED_TOLD = phrase("The definition is agreed; members of the network are shown it first.")
COUNTED = phrase("Your word is counted: {agree} agreed so far, {needed} are needed.")
DECLINED_TOLD = phrase("The definition is declined, and who proposed it is told.")
ENDED = phrase("This proposal ended before, so nothing was changed.")
RETIRED_TOLD = phrase(
    "The definition holds no longer; members of the network are shown it no more."
)

TITLE = phrase("Agree on words")
PROPOSE = phrase("Propose")
PROPOSE_DEFINITION = phrase("Propose a definition")
PROPOSE_LABEL = phrase("Propose a definition that a network is to agree on")
CANCEL = phrase("Cancel")
NETWORK_FIELD = phrase("Network")
TERM_FIELD = phrase("Term")
TEXT_FIELD = phrase("What it means, in a few sentences")
WHOSE_FIELD = phrase("Whose words these are")
WHOSE_HINT = phrase("The source, if they are somebody's; else they are the network's own.")
HOW = phrase(
    "Everyone in the network sees it with your name and can discuss it. Once more than half of the "
    "network's stewards agree, its members are shown it first when they ask what the term means."
)
NOT_FILLED_IN = phrase(
    "What the term means is not filled in, because not everyone in your networks may read where "
    "it stands. Write it in your own words."
)
REASON_FIELD = phrase("Why you decline")
REASON_HINT = phrase("Everyone in the network sees it with your name.")
REASON_LENGTH = phrase("Say why, in at most {most} characters.")

PROPOSED_IN = phrase("A definition for {network}")
BY = phrase("Proposed by {who} on {day}.")
SOURCE = phrase("Source: {whose}")
REPLACES = phrase("It would take the place of what was agreed on {day}:")
NEEDS = phrase("It is agreed once {needed} of the {count} stewards agree. So far:")
NEEDS_ONE = phrase("It is agreed once the steward agrees.")
NOBODY_YET = phrase("Nobody has said anything yet.")
HAS_AGREED = phrase("{who} agreed on {day}.")
HAS_DECLINED = phrase("{who} declined on {day}: {reason}")
IS_AGREED = phrase("Agreed by the network's stewards on {day}.")
IS_DECLINED = phrase("Declined by the network's stewards on {day}.")
IS_RETIRED = phrase("It has not held since {day}.")
WORDS_GONE = phrase("Its words rested on a document that was deleted, and are gone with it.")
DISCUSS = phrase("Discuss it in this thread. The buttons are for stewards.")
DISCUSS_DIRECT = phrase(
    "The network has no channel in which I may say this, so each steward has this message; they "
    "are {who}."
)
AGREE = phrase("Agree")
AGREE_LABEL = phrase("Agree to this definition as a steward")
DECLINE = phrase("Decline")
DECLINE_LABEL = phrase("Decline this definition as a steward, with a reason")
RETIRE = phrase("Let it hold no longer")
RETIRE_SURE = phrase("Members of the network are then shown this definition no more.")

YOURS_AGREED = phrase("{network} agreed on {day} on your definition of {term}.")
YOURS_DECLINED = phrase("{network} declined your definition of {term} on {day}.")
YOURS_GONE = phrase(
    "The definition of a term that you proposed in {network} rested on a document that was "
    "deleted; it holds no longer."
)

HEADING = phrase("Words that your networks agree on")
AGREED_LINE = phrase("{term} ({network}, agreed on {day}): {text}")
OPEN_LINE = phrase("{term} is proposed in {network}: {text}")
WAITS_LINE = phrase("{term} waits for your word in {network}: {text}")
SHOW = phrase("Look at it")
SHOW_LABEL = phrase("Look at this definition and who agreed to it")
DISCUSSED_IN = phrase("It is discussed in {place}.")
