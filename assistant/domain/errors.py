"""The one error tree: every message is written for the person who must act.

AssistantError
├── SettingsError            a setting is missing, half set or out of bounds
├── DocumentError            one document cannot be read; the others can
│   └── FrontMatterError     its front matter breaks the schema, with file and line
├── CorpusError              the corpus folder or the snapshot cannot be used
│   ├── NoSnapshotError      nothing was ingested yet
│   ├── EncoderMismatchError the snapshot was built with other weights
│   └── IngestBusyError      another process is ingesting
├── EncoderError             the weights cannot be loaded or are not the pinned ones
├── ChatModelError           the chat model's provider failed, timed out or is unknown
└── SlackError               Slack refused us or cannot be reached
"""


class AssistantError(Exception):
    """Never raised itself; what it says may be shown to the person who ran the command."""


class SettingsError(AssistantError):
    """A setting is missing, half set or out of bounds."""


class DocumentError(AssistantError):
    """One document cannot be read."""


class FrontMatterError(DocumentError):
    """A document's front matter, or a definition, breaks the schema."""


class CorpusError(AssistantError):
    """The corpus folder or the snapshot cannot be used."""


class NoSnapshotError(CorpusError):
    """Nothing was ingested yet."""


class EncoderMismatchError(CorpusError):
    """The snapshot was built with other weights than those that are configured."""


class IngestBusyError(CorpusError):
    """Another process is ingesting."""


class EncoderError(AssistantError):
    """The embedding weights cannot be loaded, or are not the pinned ones."""


class ChatModelError(AssistantError):
    """The chat model's provider failed, timed out or is unknown."""


class SlackError(AssistantError):
    """Slack refused us or cannot be reached."""
