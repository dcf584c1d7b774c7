"""Copies and near copies are told by signatures; a shared frame alone makes none."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.documents import Block, BlockKind, Document, Metadata
from assistant.domain.releases import Finding, FindingKind
from assistant.ingestion.files import Source
from assistant.ingestion.likeness import HASHES, Signature, alike, signature, unpacked
from assistant.ingestion.reading import read_source

RANDOM = random.Random(11)  # noqa: S311
VOCABULARY = [f"word{number}" for number in range(5000)]


@pytest.fixture(autouse=True)
def the_same_words_in_any_order_of_tests() -> None:
    RANDOM.seed(11)


def words(count: int) -> list[str]:
    return RANDOM.choices(VOCABULARY, k=count)


def signed(said: list[str] | str, title: str = "Fees") -> Signature:
    text = said if isinstance(said, str) else " ".join(said)
    block = Block(BlockKind.PARAGRAPH, text, (text,))
    return signature(Document("x.md", "", Metadata(title), (block,)))


def read(path: str, text: str) -> Signature:
    document = read_source(Source(path, text.encode(), "internal"))
    assert isinstance(document, Document)
    return signature(document)


def filled(frame: list[str], share_of_frame: float) -> list[str]:
    """A template with its slots filled anew, one after each 40 words of the frame."""
    slot = round(40 * (1 - share_of_frame) / share_of_frame)
    runs = (frame[start : start + 40] for start in range(0, len(frame), 40))
    return [word for run in runs for word in (*run, *words(slot))]


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_the_same_words_in_another_format_are_a_duplicate() -> None:
    body = "Families pay nothing. Carers pay half of the fee, and say so when they apply."
    markdown = read("fees.md", f"# Fees\n\n## Who pays\n\n**{body}**\n")
    text = read("old/fees.html", f"<h1>Fees</h1><h2>Who pays</h2><p>{body.upper()}</p>")
    finding = only(alike({"fees.md": markdown}, {"old/fees.html": text}))
    assert finding.kind is FindingKind.DUPLICATE
    assert finding.documents == ("fees.md", "old/fees.html")
    assert (
        finding.sentence == "fees.md and old/fees.html hold the same words; one of them is enough."
    )


def test_one_other_word_or_another_heading_is_no_duplicate() -> None:
    one = read("a.md", "# Fees\n\n## Who pays\n\nFamilies pay nothing.\n")
    word = read("b.md", "# Fees\n\n## Who pays\n\nFamilies pay everything.\n")
    heading = read("c.md", "# Fees\n\n## Who paid\n\nFamilies pay nothing.\n")
    assert alike({"a.md": one, "b.md": word, "c.md": heading}) == ()


def test_many_copies_are_one_finding_that_names_some_of_them() -> None:
    copy = signed(words(100))
    finding = only(alike({f"{number:02}.md": copy for number in range(12)}))
    assert len(finding.documents) == 12
    assert "04.md and 7 more documents hold the same words" in finding.sentence


@pytest.mark.parametrize("seed", range(3))
def test_an_edited_version_is_nearly_the_same_and_the_share_is_near_the_truth(seed: int) -> None:
    edited = words(1000)
    original = [*edited]
    start = 100 * seed
    original[start : start + 100] = words(100)
    finding = only(alike({"new.md": signed(edited)}, {"old.md": signed(original)}))
    assert finding.kind is FindingKind.NEAR_DUPLICATE
    percent = int(finding.sentence.split("about ")[1].split(" %")[0])
    assert abs(percent - 90) <= 5
    assert finding.sentence == (
        f"new.md and old.md are nearly the same (about {percent} % of the wording)."
    )


def test_two_services_on_one_template_are_not_reported() -> None:
    frame = words(480)
    homes, meals = (signed(filled(frame, 0.85), title) for title in ("Care homes", "Meals"))
    assert alike({"homes.md": homes, "meals.md": meals}) == ()


def test_under_one_title_less_needs_to_be_the_same_than_under_two() -> None:
    """Another year is no other title: it is the next edition."""
    frame = words(480)
    first, second = filled(frame, 0.88), filled(frame, 0.88)
    editions = {"a.md": signed(first, "Fees 2026"), "b.md": signed(second, "Fees 2027")}
    others = {"a.md": signed(first, "Fees"), "b.md": signed(second, "Meals")}
    assert only(alike(editions)).kind is FindingKind.NEAR_DUPLICATE
    assert alike(others) == ()


def test_texts_too_short_to_judge_are_compared_as_a_whole_only() -> None:
    short = words(20)
    almost, same = signed([*short, "else"]), signed(short)
    assert alike({"a.md": almost, "b.md": same}) == ()
    assert only(alike({"b.md": same}, {"c.md": same})).kind is FindingKind.DUPLICATE


def test_known_documents_are_not_reported_among_themselves() -> None:
    said = words(200)
    known = {"a.md": signed(said), "b.md": signed(said), "c.md": signed([*said[:195], *words(5)])}
    assert alike({"new.md": signed(words(200))}, known) == ()


def test_a_copy_is_not_reported_again_for_what_is_nearly_the_same_as_its_original() -> None:
    said = words(200)
    known = {"a.md": signed(said), "b.md": signed([*said[:195], *words(5)])}
    assert only(alike({"new.md": signed(said)}, known)).kind is FindingKind.DUPLICATE


def test_a_document_is_not_compared_with_what_it_was_before() -> None:
    assert alike({"a.md": signed(words(200))}, {"a.md": signed(words(200))}) == ()
    said = signed(words(200))
    assert alike({"a.md": said}, {"a.md": said}) == ()


def test_of_several_that_are_like_it_the_most_alike_is_named() -> None:
    said = words(1000)
    known = {
        "far.md": signed([*said[:850], *words(150)]),
        "near.md": signed([*said[:970], *words(30)]),
    }
    finding = only(alike({"new.md": signed(said)}, known))
    assert finding.documents == ("near.md", "new.md")


def test_a_pair_is_found_among_a_thousand_others() -> None:
    said = words(400)
    known = {f"{number}.md": signed(words(60)) for number in range(1000)}
    known["copy.md"] = signed([*said[:370], *words(30)])
    assert only(alike({"new.md": signed(said)}, known)).documents == ("copy.md", "new.md")


def test_a_signature_is_small_and_comes_back_as_it_was() -> None:
    its = signed(words(300))
    assert len(its.packed) <= 512
    assert unpacked(its.packed) == its
    with pytest.raises(ValueError, match="a signature has"):
        unpacked(its.packed[:40])


@given(st.text())
def test_any_text_has_a_signature(text: str) -> None:
    its = signed(text)
    assert len(its.least) == HASHES
    assert unpacked(its.packed) == its


def test_documents_without_words_are_not_alike() -> None:
    assert alike({"a.md": signed("— …"), "b.md": signed("***")}) == ()
