"""E-mail messages and web pages that a browser saved as one file, which have the same form."""

import contextlib
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as default_policy

from assistant.domain.errors import DocumentError
from assistant.ingestion.pages import Converted, Page, escaped
from assistant.ingestion.quoting import mail_markdown
from assistant.ingestion.text import clean, decoded, one_line

MOST_PARTS = 1000
MOST_NAMED = 10
LONGEST_NAME = 100

_HEADERS = ("From", "Subject", "Date", "Message-ID", "Received")


def from_mail(data: bytes) -> Converted:
    """Convert a message: its subject is the title, its text is read, its attachments are named.

    The plain text is preferred to the HTML. Raises DocumentError when the bytes are no message,
    or hold no text, as an encrypted one does not.
    """
    message = _message(data)
    if not any(message[name] for name in _HEADERS):
        raise DocumentError("It is no e-mail message; save it again from the mail program.")
    bodies = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    body = next((body for body in bodies if body is not None and _text(body).strip()), None)
    if body is None:
        raise DocumentError("It holds no text that can be read; it may be encrypted.")
    subject = one_line(str(message["Subject"] or ""))
    heading = f"# {escaped(subject)}\n\n" if subject else ""
    return Converted(
        (Page(heading + _body_markdown(body)),),
        subject or None,
        author=_author(message),
        published=_day(message),
        remarks=tuple(_remarks(message)),
    )


def from_web_archive(data: bytes) -> Converted:
    """Convert the page of an `.mhtml` file; raises DocumentError when there is none in it."""
    from assistant.ingestion.web import from_html, web_address

    message = _message(data)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    if page is None:
        raise DocumentError("It holds no web page; save it again from the browser.")
    url = one_line(str(message["Snapshot-Content-Location"] or page["Content-Location"] or ""))
    converted = from_html(_text(page))
    return Converted(converted.pages, converted.title, url=web_address(url) or converted.url)


def _message(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default_policy)
    for count, _ in enumerate(message.walk(), start=1):
        if count > MOST_PARTS:
            raise DocumentError(f"It has more than {MOST_PARTS} parts; save it again, simpler.")
    return message


def _body_markdown(body: MIMEPart) -> str:
    from assistant.ingestion.web import from_html

    if body.get_content_type() != "text/html":
        return mail_markdown(clean(_text(body)))
    (page,) = from_html(_text(body)).pages
    return mail_markdown(page.markdown, is_markdown=True)


def _text(part: MIMEPart) -> str:
    """A part's text; one that names no known encoding, or ASCII, is read as any file of text."""
    if part.get_content_charset("us-ascii") != "us-ascii":
        with contextlib.suppress(LookupError):
            return str(part.get_content())
    payload = part.get_payload(decode=True)
    return decoded(payload if isinstance(payload, bytes) else b"")


def _author(message: EmailMessage) -> str | None:
    """The name of who wrote it; an address is nobody's name."""
    senders = getattr(message["From"], "addresses", ())
    name = one_line(senders[0].display_name) if senders else ""
    return None if "@" in name else name or None


def _day(message: EmailMessage) -> date | None:
    sent = getattr(message["Date"], "datetime", None)
    return sent.date() if sent is not None else None


def _remarks(message: EmailMessage) -> Iterator[str]:
    names = [_attachment_name(part) for part in message.walk() if _is_attachment(part)]
    if not names:
        return
    shown = ", ".join(names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    what = "attachment was" if len(names) == 1 else "attachments were"
    yield f"Its {what} left out: {shown}{more}; put what should be known into the folder itself."


def _is_attachment(part: MIMEPart) -> bool:
    if part.get_content_type() == "message/rfc822":
        return True
    is_picture_of_the_text = part.get_content_maintype() == "image" and part["Content-ID"]
    named = part.get_content_disposition() == "attachment" or part.get_filename()
    return bool(named and not is_picture_of_the_text)


def _attachment_name(part: MIMEPart) -> str:
    kind = "a message" if part.get_content_type() == "message/rfc822" else "one without a name"
    return one_line(part.get_filename() or "")[:LONGEST_NAME] or kind
