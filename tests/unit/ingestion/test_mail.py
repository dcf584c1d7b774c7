"""E-mail: what was written, what it quotes, who wrote it, and what was left out."""

from datetime import date
from email.message import EmailMessage

import pytest

from assistant.domain.errors import DocumentError
from assistant.ingestion import mail
from assistant.ingestion.conversion import convert
from assistant.ingestion.pages import Converted
from assistant.ingestion.quoting import mail_markdown

HEAD = b"From: Ann Lee <ann@x.example>\r\nSubject: Fees\r\nDate: Mon, 4 May 2026 23:30:00 +0100\r\n"


def read(data: bytes) -> Converted:
    return convert(data, path="x.eml")


def message(text: str = "Words.\n") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Ann Lee <ann@x.example>"
    made["Subject"] = "Fees"
    made.set_content(text)
    return made


def words(converted: Converted) -> str:
    return "\n".join(page.markdown for page in converted.pages)


def test_headers_give_title_day_and_author() -> None:
    found = read(HEAD + b"\r\nWords.\r\n")
    assert (found.title, found.published, found.author) == ("Fees", date(2026, 5, 4), "Ann Lee")
    assert words(found).startswith("# Fees\n\nWords.")


@pytest.mark.parametrize(
    ("sender", "author"),
    [
        (b"ann@x.example", None),
        (b'"ann@x.example" <ann@x.example>', None),
        (b"=?utf-8?q?Zo=C3=AB?= <z@x.example>, Bo <b@x.example>", "Zo\xeb"),
        (b"", None),
    ],
)
def test_an_address_is_nobodys_name(sender: bytes, author: str | None) -> None:
    assert read(b"Subject: S\r\nFrom: " + sender + b"\r\n\r\nWords.").author == author


@pytest.mark.parametrize("day", [b"", b"Date: yesterday\r\n", b"Date: Mon, 99 May 2026\r\n"])
def test_a_message_without_a_day_has_none(day: bytes) -> None:
    assert read(b"Subject: S\r\n" + day + b"\r\nWords.").published is None


def test_a_subject_that_looks_like_markup_is_words() -> None:
    assert words(read(b"Subject: # *Fees* <b>\r\n\r\nW")).startswith("# \\# \\*Fees\\* \\<b\\>\n")


def test_text_is_preferred_and_html_is_read_where_there_is_none() -> None:
    both = message("The text.\n")
    both.add_alternative("<p>The page.</p>", subtype="html")
    assert words(read(both.as_bytes())) == "# Fees\n\nThe text."
    blank = message(" \n")
    blank.add_alternative("<ul><li>The page.</li></ul><script>no</script>", subtype="html")
    assert words(read(blank.as_bytes())).endswith("* The page.")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (b"text/plain; charset=iso-8859-1", "£5 é".encode("iso-8859-1")),
        (b"text/plain; charset=unknown-8", "£5 é".encode()),
        (b"text/plain", "£5 é".encode()),
        (b"text/plain; charset=us-ascii", "£5 é".encode("cp1252")),
    ],
)
def test_letters_are_read_in_whatever_encoding_they_are(kind: bytes, text: bytes) -> None:
    head = b"Subject: S\r\nContent-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert words(read(head + text)) == "# S\n\n£5 é"


def test_attachments_are_named_and_pictures_of_the_text_are_not() -> None:
    made = message()
    made.add_alternative("<p>Words.</p><img src='cid:a'>", subtype="html")
    made.get_payload(1).add_related(b"x", "image", "png", cid="<a>", filename="logo.png")
    for number in range(12):
        made.add_attachment(b"x", "application", "pdf", filename=f"{number}.pdf")
    made.add_attachment(message())
    (remark,) = read(made.as_bytes()).remarks
    named = ", ".join(f"{number}.pdf" for number in range(10))
    assert remark.startswith(f"Its attachments were left out: {named} and 3 more;")
    assert "logo.png" not in remark


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Just words, and no message.", "It is no e-mail message"),
        (
            HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\nMIIB",
            "It holds no text that can be read; it may be encrypted",
        ),
        (HEAD + b"\r\n", "It holds no text"),
    ],
)
def test_what_is_no_message_to_read_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read(data)


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    made = message()
    made.add_alternative("<p>Words.</p>", subtype="html")
    monkeypatch.setattr(mail, "MOST_PARTS", 3)
    read(made.as_bytes())
    monkeypatch.setattr(mail, "MOST_PARTS", 2)
    with pytest.raises(DocumentError, match="more than 2 parts"):
        read(made.as_bytes())


def test_a_web_archive_without_a_page_is_refused() -> None:
    with pytest.raises(DocumentError, match="It holds no web page"):
        convert(b"Snapshot-Content-Location: http://x.example\r\n\r\nWords", path="x.mhtml")


def test_a_signature_is_left_out_and_what_it_stands_above_is_kept() -> None:
    text = "Own.\n-- \nAnn\n01234\n\nOn 4 May 2026, Bo wrote:\n> Theirs.\n> -- \n> Bo\n\nBelow.\n"
    found = mail_markdown(text)
    assert "01234" not in found
    assert "Bo\n" not in found
    assert "Theirs." in found
    assert "Below." in found


def test_each_quoted_message_has_a_heading_of_its_own() -> None:
    text = "Yes.\n\n> And then?\n\nNo.\n\n> Bo <b@x.example> wrote:\n>> First.\n"
    assert mail_markdown(text).split("\n\n") == [
        "Yes.", "## Quoted message", "And then?", "## Reply", "No.", "## Bo wrote", "First."
    ]  # fmt: skip


def test_one_line_that_looks_like_a_header_is_a_line() -> None:
    assert mail_markdown("From: June the fee is £5.\n\nTo: be agreed.") == (
        "From: June the fee is £5.\n\nTo: be agreed."
    )


def test_headers_above_a_quoted_message_become_its_heading() -> None:
    above = "From: Bo Lea <b@x.example>\nSent: 3 May\nTo: a@x"
    text = f"Own.\n\n________________________________\n{above}\n\nTheirs."
    assert mail_markdown(text) == "Own.\n\n## From Bo Lea, 3 May\n\nTheirs."


def test_quotes_in_html_are_told_apart_too() -> None:
    page = (
        "<div>Own.</div><div>On 4 May 2026, Bo &lt;<a href='mailto:b@x.example'>b@x.example</a>"
        "&gt; wrote:<br></div><blockquote><div>Theirs.</div>"
        "<blockquote>Older.</blockquote></blockquote>"
    )
    found = words(read(HEAD + b"Content-Type: text/html\r\n\r\n" + page.encode()))
    assert "b@x.example" not in found
    assert found.split("\n\n")[:4] == ["# Fees", "Own.", "## On 4 May 2026, Bo wrote", "Theirs."]


def test_what_was_said_is_said_once_and_short_words_may_return() -> None:
    said = "This is a paragraph that was said before."
    assert mail_markdown(f"{said}\n\nThanks\n\n> {said}\n>\n> Thanks\n").count(said) == 1
    assert mail_markdown(f"{said}\n\nThanks\n\n> {said}\n>\n> Thanks\n").count("Thanks") == 2
