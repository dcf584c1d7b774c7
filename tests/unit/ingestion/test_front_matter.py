"""Front matter: what it may hold, and each mistake with its line."""

from datetime import date

import pytest

from assistant.domain.documents import Metadata
from assistant.domain.errors import FrontMatterError
from assistant.ingestion.front_matter import metadata_of, split_front_matter


def read(text: str, default_audience: str = "internal") -> Metadata:
    entries, _ = split_front_matter(text, path="guidance/x.md")
    return metadata_of(
        entries, path="guidance/x.md", title="Fallback", default_audience=default_audience
    )


def refusal(text: str) -> str:
    with pytest.raises(FrontMatterError) as refused:
        read(text)
    return str(refused.value)


def test_every_field_is_read() -> None:
    fields = {
        "title": "'Worlds: four'",
        "publisher": "P",
        "author": "A",
        "source_title": "S",
        "source_date": "2024-02-29",
        "url": "https://example.org/a?b=c#d",
        "published": "2025-01-02",
        "review_by": "2027-03-31",
        "nation": "England",
        "sector": "2020",
        "audience": "network-south-west",
        "owner": "O",
    }
    text = "\n".join(["---", *(f"{key}: {value}" for key, value in fields.items()), "---", "Body"])
    assert read(text) == Metadata(
        title="Worlds: four",
        publisher="P",
        author="A",
        source_title="S",
        source_date=date(2024, 2, 29),
        url="https://example.org/a?b=c#d",
        published=date(2025, 1, 2),
        review_by=date(2027, 3, 31),
        nation=("England",),
        sector=("2020",),
        audience="network-south-west",
        owner="O",
    )


@pytest.mark.parametrize("text", ["Body", "", "---\n---\nBody", "---\ntitle:\n---\nBody"])
def test_without_front_matter_the_defaults_stand(text: str) -> None:
    assert read(text, "public") == Metadata(title="Fallback", audience="public")


def test_the_body_is_what_comes_after() -> None:
    assert split_front_matter("---\ntitle: T\n---\n# H\n---\nx", path="x.md")[1] == "# H\n---\nx"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert read("\ufeff---\r\ntitle: T\r\n---\r\nBody").title == "T"


def test_invisible_characters_in_a_value_are_taken_out() -> None:
    assert read('---\ntitle: "Pla\\u200bce \\u202eworld"\n---\n').title == "Place world"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("title: T\n\nreview_by: soon", "line 4: review_by must be a date such as 2027-03-31."),
        ("review_by: 2027-02-30", "line 2: review_by must be a date such as 2027-03-31."),
        ("review_by: 2027", "line 2: review_by must be a date such as 2027-03-31."),
        ("reviewby: 2027-03-31", "line 2: there is no key reviewby; did you mean review_by."),
        ("url: javascript:alert(1)", "line 2: url must be an address that begins with"),
        ("url: https://user@example.org", "line 2: url must be an address that begins with"),
        ("url: file:///etc/passwd", "line 2: url must be an address that begins with"),
        ("audience: everyone", "line 2: audience must be public, internal, or network-"),
        ("audience: network-South", "line 2: audience must be"),
        ("audience: network-" + "a" * 41, "line 2: audience must be"),
        ("title: [a, b]", "line 2: title must be text on one line."),
        ("title: {a: b}", "line 2: title must be text on one line."),
        ("title: T\ntitle: U", "line 3: title is given twice."),
        ("title: T\nowner: 'x", "is not YAML"),
        ("just words", "line 2: lines of the form key: value are needed here."),
        ("- a\n- b", "line 2: lines of the form key: value are needed here."),
        ("? [a]\n: b", "line 2: a key must be a word."),
    ],
)
def test_a_mistake_is_said_with_file_and_line(lines: str, said: str) -> None:
    message = refusal(f"---\n{lines}\n---\nBody")
    assert message.startswith("guidance/x.md, line ")
    assert said in message


def test_several_mistakes_are_said_in_one_sentence_by_line() -> None:
    assert refusal("---\nsectr: health\npublished: x\n---\n") == (
        "guidance/x.md, line 2: there is no key sectr; did you mean sector; "
        "line 3: published must be a date such as 2027-03-31."
    )


def test_front_matter_that_is_not_closed_is_refused() -> None:
    assert refusal("---\ntitle: T\nBody") == (
        "guidance/x.md, line 1: the front matter that begins here has no closing ---."
    )


def test_a_network_name_of_forty_characters_is_allowed() -> None:
    audience = "network-" + "a" * 40
    assert read(f"---\naudience: {audience}\n---\n").audience == audience


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("title: &a x\nowner: *a", "anchors and aliases (& and *) are not allowed"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "anchors and aliases"),
        ("title: !!python/object/apply:os.system [ls]", "tags (words that begin with !)"),
        ("title: " + "[" * 5000, "nested more than 10 levels"),
    ],
)
def test_hostile_yaml_is_refused(lines: str, said: str) -> None:
    assert said in refusal(f"---\n{lines}\n---\n")
