"""What of the definitions is reported at ingest: terms that nobody defines, and double ones."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.domain.documents import (
    Agreement,
    Block,
    BlockKind,
    Definition,
    DefinitionFile,
    Document,
    Metadata,
)
from assistant.domain.releases import FindingKind
from assistant.ingestion.abbreviations import abbreviations_in
from assistant.ingestion.governance import findings, terms_in, unpacked
from assistant.ingestion.reader import read_corpus

SHIPPED = Path(__file__).parents[3] / "corpus"
BOND = Definition("Social impact bond", "Investors pay first.", "North")


def document(path: str, *lines: str) -> Document:
    blocks = tuple(Block(BlockKind.PARAGRAPH, line, (line,)) for line in lines)
    return Document(path, "0", Metadata(title=path), blocks)


def words(path: str, *definitions: Definition) -> DefinitionFile:
    return DefinitionFile(path, "0", Metadata(title=path), definitions)


def reported(*files: Document | DefinitionFile) -> list[str]:
    return [finding.sentence for finding in findings({f.path: terms_in(f) for f in files})]


def test_an_abbreviation_in_two_documents_or_three_times_has_no_definition() -> None:
    spelt = document("a.md", "A Social Impact Bond (SIB) pays later.")
    again = document("b.md", "Some SIBs fail.")
    assert reported(spelt) == []
    assert reported(spelt, again) == [
        "\u201cSIB\u201d (Social Impact Bond) is used in a.md and b.md and has no definition."
    ]
    assert reported(document("c.md", "An SIB.", "The SIB, or SIBs.")) == [
        "\u201cSIB\u201d is used in c.md and has no definition."
    ]


def test_up_to_three_documents_are_named() -> None:
    found = findings({f"{n}.md": terms_in(document(f"{n}.md", "One SIB.")) for n in range(5)})
    assert [(f.kind, f.documents) for f in found] == [
        (FindingKind.TERM_WITHOUT_DEFINITION, ("0.md", "1.md", "2.md"))
    ]
    assert "0.md, 1.md, 2.md and 2 more and has" in found[0].sentence


@pytest.mark.parametrize(
    "names", [{"abbreviations": ("SIB",)}, {"aliases": ("sibs",)}, {"term": "SIB"}]
)
def test_a_defined_abbreviation_is_not_reported(names: dict[str, tuple[str, ...]]) -> None:
    defined = replace(BOND, **names)  # type: ignore[arg-type]
    assert reported(document("a.md", "An SIB, the SIB or an SIB."), words("w.yaml", defined)) == []


def test_an_abbreviation_of_a_defined_term_is_to_be_added_to_it() -> None:
    use = document("a.md", "Social impact bonds (SIBs) are few. An SIB is long. An SIB ends.")
    assert reported(use, words("w.yaml", BOND)) == [
        (
            "\u201cSIB\u201d stands for \u201cSocial impact bond\u201d in a.md, but is not among "
            "the abbreviations of its definition; add it there."
        )
    ]


def test_terms_that_definitions_refer_to_are_to_be_defined_too() -> None:
    one = replace(BOND, related=("Payment by results", "Social impact bond"))
    other = replace(BOND, whose="South", confused_with=("Payments by result",))
    assert reported(words("a.yaml", one)) == []
    assert reported(words("a.yaml", one), words("b.yaml", other)) == [
        "\u201cPayment by results\u201d is used in a.yaml and b.yaml and has no definition."
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Department for Work and Pensions (DWP)", {"DWP": "Department for Work and Pensions"}),
        ("the Office of the Public Guardian (OPG)", {"OPG": "Office of the Public Guardian"}),
        ("by PbR (payment by results) here", {"PbR": "payment by results"}),
        ("Payment by Results (PbR)", {"PbR": "Payment by Results"}),
        ("Outcomes-based commissioning (OBC)", {"OBC": "Outcomes-based commissioning"}),
        ("a report (DWP) on the SIBs' price", {"DWP": "", "SIB": ""}),
        ("PLEASE NOTE THE SIB", {}),
        ("FORMS", {}),
        ("so please DO SHARE it with us", {}),
        ("many towns (Mt) of old", {}),
        ("you MUST not; it must wait", {}),
        ("Part IV of the UK's NHS and COVID-19, A/B, p.m. or X", {}),
        ("at https://example.org/SIB and SIB.pdf, a@SIB.org", {}),
        ("the LinkedIn and YouTube pages", {}),
        ("(LinkedIn)", {}),
    ],
)
def test_only_what_is_surely_an_abbreviation_counts(text: str, found: dict[str, str]) -> None:
    assert {a.name: a.stands_for for a in abbreviations_in([text])} == found


def test_two_letters_count_only_where_they_are_spelt_out() -> None:
    assert reported(document("a.md", "A QZ. The QZ. Or QZ.")) == []
    assert reported(document("a.md", "A quiet zone (QZ). The QZ. Or QZ.")) != []


def test_one_owners_two_definitions_under_one_name_are_reported() -> None:
    again = replace(BOND, text="Investors are paid.", whose="north ")
    (found,) = findings(
        {f.path: terms_in(f) for f in (words("a.yaml", BOND), words("b.yaml", again))}
    )
    assert (found.kind, found.documents) == (FindingKind.DEFINED_TWICE, ("a.yaml", "b.yaml"))
    assert found.sentence == (
        "North defines \u201cSocial impact bond\u201d twice and not in the same words, in a.yaml "
        "and in b.yaml; keep one of the two, or say which nation each is for."
    )


def test_one_name_of_two_terms_of_one_owner_is_reported() -> None:
    one = Definition("Outline business case", "A plan.", "North", abbreviations=("OBC",))
    other = Definition("Outcomes-based commissioning", "Pay.", "North", abbreviations=("OBC",))
    assert reported(words("a.yaml", one, other)) == [
        (
            "North gives the name \u201cOBC\u201d to \u201cOutline business case\u201d and to "
            "\u201cOutcomes-based commissioning\u201d, in a.yaml; who asks for it is given both."
        )
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(BOND, whose="South", text="Another."),
        replace(BOND, text="Investors  pay FIRST"),
        replace(BOND, term="Loan", text="Another."),
        replace(BOND, text="Another.", metadata=Metadata("w", withdrawn=True)),
        replace(BOND, text="Another.", metadata=Metadata("w", nation=("Wales",))),
    ],
)
def test_definitions_that_are_not_in_each_others_way_are_not_reported(other: Definition) -> None:
    assert reported(words("a.yaml", BOND), words("b.yaml", other)) == []


def test_two_agreements_of_the_same_partners_on_one_term_are_reported() -> None:
    first = replace(BOND, agreed=Agreement(date(2026, 5, 3), ("North", "South")))
    second = replace(
        BOND, text="Another.", whose="South", agreed=Agreement(date(2025, 1, 2), ("South", "North"))
    )
    assert reported(words("a.yaml", first), words("b.yaml", second)) == [
        (
            "\u201cSocial impact bond\u201d is marked as agreed twice by South and North: on 2 "
            "January 2025 in b.yaml and on 3 May 2026 in a.yaml; the later one is given."
        )
    ]
    same_day = replace(second, agreed=first.agreed)
    assert "so mark only one" in reported(words("a.yaml", first), words("b.yaml", same_day))[0]
    others = replace(second, agreed=Agreement(date(2025, 1, 2), ("South", "East")))
    assert reported(words("a.yaml", first), words("b.yaml", others)) == []


def test_only_what_new_documents_take_part_in_is_reported_of_a_reload() -> None:
    again = replace(BOND, text="Investors are paid.")
    files = (
        document("a.md", "An SIB."),
        document("b.md", "The SIB."),
        document("c.md", "A QZX, the QZX or a QZX."),
        words("w.yaml", BOND),
        words("v.yaml", again),
    )
    terms = {file.path: terms_in(file) for file in files}

    def documents(*fresh: str) -> list[tuple[str, ...]]:
        return [finding.documents for finding in findings(terms, fresh)]

    assert documents() == []
    assert documents("b.md") == [("a.md", "b.md")]
    assert documents("c.md") == [("c.md",)]
    assert documents("v.yaml") == [("v.yaml", "w.yaml")]
    assert len(findings(terms)) == 3


def test_what_is_kept_of_a_document_is_read_back_as_it_was() -> None:
    agreed = replace(BOND, agreed=Agreement(date(2026, 5, 3), ("North",)), related=("Loan",))
    for file in (document("a.md", "A Social Impact Bond (SIB)."), words("w.yaml", agreed)):
        terms = terms_in(file)
        assert unpacked(terms.packed) == terms


def test_the_shipped_guidance_has_every_term_defined_once() -> None:
    corpus = read_corpus(SHIPPED, default_audience="internal")
    assert reported(*corpus.documents, *corpus.definition_files) == []
