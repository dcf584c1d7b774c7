"""What people are told about networks, and what forms say: the catalogue's phrases."""

from assistant.domain.networks import Openness
from assistant.language import phrase

OPENNESS = {
    Openness.OPEN: phrase("open: every full member of the workspace may join"),
    Openness.RESTRICTED: phrase("restricted: people ask to join"),
    Openness.PRIVATE: phrase("private: people are invited"),
}

# One sentence for what is not there, is closed, or is not theirs: none tells which.
NO_SUCH = phrase(
    "There is no network like that which you belong to or may join; perhaps it was closed. "
    "Type /network to see yours."
)
NOT_YOURS = phrase(
    "You do not look after a network like that, or it was closed meanwhile, so nothing was done."
)
UNCHECKED = phrase("I could not check who you are, so nothing was done; please try again soon.")
PEOPLE_ONLY = phrase("Networks are for people, so nothing was done.")
BUSY = phrase("Too much is waiting already, so nothing was done; please try again in a minute.")
NOT_KEPT = phrase("It could not be written down, so nothing was done; please try again.")
TAKES_LONG = phrase(
    "Slack takes too long to say who is there, so nothing was done; please send the form again."
)
FORM_EXPIRED = phrase("Slack closed the form before it opened; please try it once more.")
ONE_MOMENT = phrase("One moment.")
NOT_LOOKED_UP = phrase("I could not look up your networks; please open this again in a minute.")

CREATED = phrase(
    "The network {name} is there. Its stewards find it in the Home tab and with /network. "
    "Documents for its members alone name {audience} as their audience."
)
CHANGED = phrase("The change holds from now on.")
CHANGED_MEANWHILE = phrase(
    "Somebody else changed this network while you had the form open, so nothing was done. What you "
    "typed is still here; send it again to put it in the place of this:"
)
TOPICS_CHANGED = phrase(
    "Somebody else changed this topic while you had the form open, so nothing was done. What you "
    "typed is still here; send it again to keep it."
)
NOTHING_CHANGED = phrase("Nothing was changed.")
CLOSED = phrase(
    "The network is closed: nobody belongs to it any more, and what it knows is used no more."
)
CLOSE_SURE = phrase(
    "Nobody belongs to it then, and what it knows is used no more. This cannot be undone."
)

NAME_LENGTH = phrase("Give a name of 3 to 60 characters.")
NAME_TAKEN = phrase("Another network has this name, or one that looks the same; choose another.")
NAME_RESERVED = phrase("This word is part of the command; choose another name.")
PURPOSE_LENGTH = phrase("Say in at most 500 characters what the network is for.")
OPENNESS_MISSING = phrase("Choose how people become members.")
HOURS_WRONG = phrase("Write a whole number of hours from 1 to 720.")
STEWARDS_COUNT = phrase("Choose 1 to 20 stewards; a network is never without one.")
STEWARDS_WRONG = phrase(
    "Choose people of this workspace only: a steward is a full member, no guest and no app."
)
CHANNELS_COUNT = phrase("Choose at most 20 channels.")
CHANNEL_NOT_BOTH = phrase(
    "Choose channels that both you and the assistant are members of; invite whoever is missing."
)
GROUPS_COUNT = phrase("Choose at most 20 user groups.")
GROUPS_WRONG = phrase("Write Slack's ids of user groups, such as S012AB3CD, with commas between.")
GROUP_UNKNOWN = phrase("Slack does not tell who is in one of these user groups; take it out.")
TOO_MANY_NETWORKS = phrase(
    "There are 100 networks already, which is the most; close one that is not needed."
)
TOPIC_LENGTH = phrase("Give the topic a name of 2 to 60 characters.")
TOPIC_TAKEN = phrase("The network has a topic with this name; change that one.")
TOPIC_PEOPLE = phrase("Choose 1 to 20 people who know about it.")
TOPIC_PEOPLE_WRONG = phrase("Choose members of the network only.")
TOPICS_COUNT = phrase("The network has 50 topics already, which is the most; take one out first.")
INVITE_COUNT = phrase("Choose 1 to 20 people at a time.")
INVITE_WRONG = phrase(
    "Choose people of this workspace, guests among them; people of another organisation belong to "
    "a network by a shared channel."
)
INVITE_KNOWN = phrase("Somebody whom you chose is a member or was invited already; take them out.")
TOO_MANY_MEMBERS = phrase("1,000 people have joined or were invited, which is the most.")
REMOVE_WRONG = phrase(
    "Choose only people who joined or were invited. Who belongs by a channel or a user group has "
    "to leave that, and a steward is taken out of the stewards first."
)

JOINED = phrase("You are a member of {name} now.")
MEMBER_ALREADY = phrase("You are a member of {name} already.")
ASKED = phrase("The stewards of {name} were asked. I tell you when one of them has answered.")
ASKED_ALREADY = phrase("You have asked to join {name} already; its stewards have yet to answer.")
DECLINED = phrase("You declined the invitation to {name}.")
REQUEST_TAKEN_BACK = phrase("You no longer ask to join {name}.")
NOT_ASKED = phrase("There is no request of yours any more, so nothing was done.")
NOT_INVITED = phrase("There is no invitation for you any more, so nothing was done.")
LEFT = phrase("You have left {name}.")
LEFT_BUT_BELONG = phrase(
    "You have left {name}, and still belong to it by one of its channels or user groups; leave "
    "that too."
)
BELONG_BY_PLACE = phrase(
    "You belong to {name} by one of its channels or user groups; leave that to leave the network."
)
LAST_STEWARD = phrase(
    "You are the only steward of {name}, so you cannot leave it; name another one first, or close "
    "the network."
)
LEAVE_SURE = phrase("What it knows is then no longer used in answers to you.")
INVITED = phrase("The invitations are on their way.")
TOOK_OUT = phrase("They are members no more.")
ACCEPTED = phrase("They are a member now, and are told so.")
REFUSED = phrase("The request was declined, and they are told so.")
ANSWERED_ALREADY = phrase("Nothing is left to do: this was answered already, or taken back.")
NO_FULL_MEMBER = phrase(
    "Whoever asked is no full member of this workspace any more, so the request was dropped."
)

REQUEST_TOLD = phrase("{who} asks to join your network {name}.")
REQUEST_ACCEPTED = phrase("{who} asked to join your network {name}. {steward} accepted it.")
REQUEST_DECLINED = phrase("{who} asked to join your network {name}. {steward} declined it.")
REQUEST_GONE = phrase("{who} asked to join your network {name}. Nothing is left to do.")
WERE_ACCEPTED = phrase("You asked to join {name}: you are a member now.")
WERE_DECLINED = phrase("You asked to join {name}: a steward declined it.")
INVITATION_TOLD = phrase("{who} invites you to the network {name}.")
INVITATION_WHAT = phrase(
    "Members share answers, ask each other, and are answered from what the network has verified. "
    "You can leave it at any time."
)

STEWARD_TOLD = phrase(
    "You are a steward of the network {name} now: you decide who becomes a member, which topics it "
    "has, and what of that which peers share is verified."
)
STEWARD_NEXT = phrase("Its page, the Home tab and /network show what waits for you.")
NO_NETWORK_NAMED = phrase(
    "There is no network of that name or id. As an administrator you name the stewards of any with "
    "/network stewards NAME:"
)
NO_NETWORKS = phrase("There are no networks.")
NAMED_ID = phrase("{name} ({id})")
BY_ADMINISTRATOR = phrase(
    "You name them as an administrator. They are told, and it is in the audit log. What the "
    "network knows stays with its members."
)
WERE_STEWARDS = phrase("No full members of the workspace any more: {who}")
STEWARDS_NOW = phrase("Its stewards now: {who}")
STEWARDS_NAMED = phrase("The stewards of {name} are those whom you chose, from now on.")

YOUR_NETWORKS = phrase("Your networks")
NONE_YET = phrase("You are in no network yet.")
JOINABLE = phrase("Networks that you may join")
INVITATIONS = phrase("Invitations")
MORE_NETWORKS = phrase("There are more networks than fit here; type /network and a name.")
OPEN = phrase("Open")
OPEN_LABEL = phrase("Open the page of {name}")
SEE_JOINABLE = phrase("All networks")
WAITING = phrase("People who ask to join: {count}")
ANSWER = phrase("Answer them")
ANSWER_LABEL = phrase("Answer who asks to join {name}")
JOIN = phrase("Join")
JOIN_LABEL = phrase("Join {name}")
ASK_TO_JOIN = phrase("Ask to join")
ASK_LABEL = phrase("Ask to join {name}")
ASKED_TO_JOIN = phrase("You have asked to join.")
TAKE_BACK = phrase("Take it back")
TAKE_BACK_LABEL = phrase("Take back that you asked to join {name}")
ACCEPT = phrase("Accept")
DECLINE = phrase("Decline")
ACCEPT_INVITATION = phrase("Accept the invitation to {name}")
DECLINE_INVITATION = phrase("Decline the invitation to {name}")
ACCEPT_REQUEST = phrase("Accept who asks to join {name}")
DECLINE_REQUEST = phrase("Decline who asks to join {name}")
LEAVE = phrase("Leave")
CHANGE = phrase("Change")
MEMBERS = phrase("Members")
STEWARDS = phrase("Stewards")
TOPICS = phrase("Topics")
CLOSE_NETWORK = phrase("Close the network")
INVITE = phrase("Invite people")
REMOVE = phrase("Take people out")
ADD_TOPIC = phrase("Add a topic")
CHANGE_TOPIC = phrase("Change or take out")
TAKE_OUT = phrase("Take it out")
BACK = phrase("Back to the network")

NETWORK_TITLE = phrase("Network")
NEW_TITLE = phrase("A new network")
NAME = phrase("Name")
PURPOSE = phrase("What it is for")
HOW_TO_JOIN = phrase("How people become members")
CHANNELS = phrase("Channels")
CHANNELS_HINT = phrase(
    "Everybody in them belongs to the network. Choose channels that you and the assistant are "
    "members of. In a channel that is shared with other organisations, answers from the network "
    "are used only once an administrator has opened it ({command} channel)."
)
OTHER_CHANNELS = phrase("Channels that you are not in")
OTHER_CHANNELS_HINT = phrase("Another steward added them. What you take out here leaves.")
GROUPS = phrase("User groups")
GROUPS_HINT = phrase("Everybody in them who is a full member belongs to the network.")
HOURS = phrase("Hours that a question waits for a reply before it goes to more people")
STEWARDS_HINT = phrase("They look after the network. There are 1 to 20 of them.")
TOPIC = phrase("Topic")
TOPIC_HINT = phrase("Questions to the network go first to the people whose topic fits.")
KNOW_IT = phrase("Who knows about it")
WHOM = phrase("Whom")
INVITE_HINT = phrase("They are told, and join when they accept. At most 20 at a time.")
REMOVE_HINT = phrase("Who joined or was invited; also to take an invitation back.")
SAVE = phrase("Save")
CREATE = phrase("Create")
SEND = phrase("Send")
CANCEL = phrase("Cancel")

HOW_OPEN = phrase("It is {openness}.")
JOINED_AND_MORE = phrase("Members: {all}. Of them {joined} joined or accepted an invitation.")
JOINED_ONLY = phrase(
    "{joined} joined or accepted an invitation. Slack does not tell who all the others are."
)
BY_CHANNELS = phrase("By these channels: {places}")
BY_GROUPS = phrase("By these user groups: {places}")
STEWARDS_ARE = phrase("Stewards: {people}")
KNOWN_BY = phrase("{topic}: {people}")
NO_TOPICS = phrase("It has no topics yet.")
WAITS = phrase("A question waits {hours} hours for a reply before it goes to more people.")
NO_REQUESTS = phrase("Nobody asks to join.")
ASKS = phrase("{who} asks to join, since {when}.")
JOINED_ARE = phrase("Joined: {people}")
INVITED_ARE = phrase("Invited, not here yet: {people}")
AND_MORE = phrase("and {count} more")
SHARED_NOT_OPEN = phrase(
    "Channels that are shared with other organisations use the network's answers only once an "
    "administrator has opened them ({command} channel)."
)
