"""When guidance holds and where it applies, as front matter and definitions say it."""

from datetime import date
from pathlib import Path

import jsonschema
import pytest

from assistant.domain.documents import Metadata, Passage, ReadCorpus, Successor
from assistant.domain.errors import FrontMatterError
from assistant.ingestion.front_matter import metadata_of, split_front_matter
from assistant.ingestion.passages import passages_of_definitions
from assistant.ingestion.reader import read_corpus
from assistant.ingestion.schema import json_schema
from assistant.retrieval.lexical import PASSAGE

DAY = date(2027, 4, 1)
MUST = (
    "nation must be England, Scotland, Wales, Northern Ireland or United Kingdom, several parted "
    "by commas, or the name of another country"
)


def read(line: str) -> Metadata:
    entries, _ = split_front_matter(f"---\n{line}\n---\nBody", path="x.md")
    return metadata_of(entries, path="x.md", title="T", default_audience="public")


@pytest.mark.parametrize(
    ("value", "nations"),
    [
        ("England", ("England",)),
        ("English", ("England",)),
        ("cymru", ("Wales",)),
        ("NI", ("Northern Ireland",)),
        ("uk", ("United Kingdom",)),
        ("England, Wales", ("England", "Wales")),
        ("[Wales, England, Welsh]", ("Wales", "England")),
        ("England and Wales", ("England", "Wales")),
        ("Great Britain & Northern Ireland",
         ("England", "Scotland", "Wales", "Northern Ireland")),
        ("England (London)", ("England",)),
        ("Australia (New South Wales)", ("Australia (New South Wales)",)),
        ("Ireland, Finland", None),
        ("Finland", ("Finland",)),
        ("Iceland", ("Iceland",)),
        ("Englnd", None),
        ("North of England", None),
        ("no", None),
        ("none", None),
        ("12", None),
        ("everywhere", None),
        ("", ()),
    ],
)  # fmt: skip
def test_a_nation_has_one_spelling_or_is_refused(
    value: str, nations: tuple[str, ...] | None
) -> None:
    if nations is not None:
        assert read(f"nation: {value}").nation == nations
        return
    with pytest.raises(FrontMatterError) as refused:
        read(f"nation: {value}")
    assert str(refused.value).startswith(f"x.md, line 2: {MUST}")


def test_a_misspelt_nation_is_named() -> None:
    with pytest.raises(FrontMatterError) as refused:
        read("nation: Scotish")
    assert str(refused.value) == f"x.md, line 2: {MUST}; did you mean Scotland."


@pytest.mark.parametrize(
    ("value", "withdrawn"),
    [
        ("2027-04-01", DAY),
        ("yes", True),
        ("True", True),
        ("no", False),
        ("false", False),
        ("", False),
        ("soon", None),
        ("2027-02-30", None),
        ("[yes]", None),
    ],
)
def test_withdrawn_is_a_day_or_yes(value: str, withdrawn: date | bool | None) -> None:  # noqa: FBT001
    if withdrawn is not None:
        assert read(f"withdrawn: {value}").withdrawn is withdrawn or withdrawn == DAY
        assert read(f"withdrawn: {value}").withdrawn == withdrawn
        return
    with pytest.raises(FrontMatterError, match="line 2: withdrawn must be"):
        read(f"withdrawn: {value}")


def test_the_first_day_is_a_day() -> None:
    assert read("effective_from: 2027-04-01").effective_from == DAY
    with pytest.raises(FrontMatterError, match="effective_from must be a date such as"):
        read("effective_from: April")


@pytest.mark.parametrize(
    "values",
    [
        {"withdrawn": True, "nation": "Wales", "sector": ["health", "housing"]},
        {"withdrawn": "2027-04-01", "nation": ["Wales", "England"], "superseded_by": "new.md"},
        {"effective_from": "2027-04-01", "sector": "health"},
    ],
)
def test_the_published_schema_allows_what_the_reader_does(values: dict[str, object]) -> None:
    import json

    jsonschema.Draft202012Validator(json.loads(json_schema())).validate(values)


def corpus_of(folder: Path, **files: str) -> ReadCorpus:
    """Read files named `a` or `sub__a`, each with its front matter, as Markdown."""
    for name, head in files.items():
        path = folder / (name.replace("__", "/") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\n{head}\n---\nText of {name}.\n", encoding="utf-8")
    return read_corpus(folder, default_audience="internal")


def successor_of(corpus: ReadCorpus, path: str) -> Successor | None:
    (document,) = (d for d in corpus.documents if d.path == path)
    return document.metadata.superseded_by


def failures(corpus: ReadCorpus) -> dict[str, str]:
    return {failed.document: failed.reason for failed in corpus.failed}


@pytest.mark.parametrize("named", ["sub/new.md", "new.md", "The new fees", "the NEW fees"])
def test_a_successor_in_the_corpus_is_found_by_path_from_beside_or_by_title(
    tmp_path: Path, named: str
) -> None:
    corpus = corpus_of(
        tmp_path,
        sub__old=f"superseded_by: {named}",
        sub__new=f"title: The new fees\neffective_from: {DAY}\naudience: public",
    )
    assert corpus.failed == ()
    assert successor_of(corpus, "sub/old.md") == Successor(
        "The new fees", "sub/new.md", "public", DAY
    )


@pytest.mark.parametrize("named", ["../new.md", "../far/../new.md", "./../new.md"])
def test_a_successor_in_another_folder_is_found_from_beside(tmp_path: Path, named: str) -> None:
    corpus = corpus_of(tmp_path, sub__old=f"superseded_by: {named}", new="title: New")
    assert corpus.failed == ()
    assert successor_of(corpus, "sub/old.md") == Successor("New", "new.md", "internal")


def test_a_path_that_leads_out_of_the_corpus_names_nothing_in_it(tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("Text.", encoding="utf-8")
    corpus = corpus_of(tmp_path / "corpus", old="superseded_by: ../new.md", other="title: Other")
    assert "which is not in the corpus" in failures(corpus)["old.md"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("public", "public", True),
        ("internal", "public", True),
        ("internal", "internal", True),
        ("network-north", "network-north", True),
        ("public", "internal", False),
        ("network-north", "internal", False),
        ("internal", "network-north", False),
    ],
)
def test_a_successor_is_named_only_to_who_may_read_it(
    tmp_path: Path,
    old: str,
    new: str,
    told: bool,  # noqa: FBT001
) -> None:
    corpus = corpus_of(
        tmp_path,
        old=f"audience: {old}\nsuperseded_by: new.md",
        new=f"audience: {new}\ntitle: Merger plan\neffective_from: {DAY}",
    )
    named = Successor("Merger plan", "new.md", new, DAY)
    assert successor_of(corpus, "old.md") == (named if told else Successor("", since=DAY))


def test_a_definition_does_not_name_what_its_readers_may_not_read(tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(YAML, encoding="utf-8")
    corpus_of(tmp_path, new="title: Merger plan\naudience: network-north")
    assert passages_in(tmp_path)[1].metadata.superseded_by == Successor("")


def test_a_title_that_is_not_in_the_corpus_stays_a_title(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, old="superseded_by: The Care Act 2031")
    assert successor_of(corpus, "old.md") == Successor("The Care Act 2031")


def test_a_title_that_two_documents_have_names_neither(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path, old="title: Fees\nsuperseded_by: Fees", new="title: Fees"
    )  # fmt: skip
    assert successor_of(corpus, "old.md") == Successor("Fees")


def test_a_path_that_is_not_in_the_corpus_is_a_mistake_of_that_document_alone(
    tmp_path: Path,
) -> None:
    corpus = corpus_of(tmp_path, old="superseded_by: guidance/gone.md", other="title: Other")
    assert failures(corpus) == {
        "old.md": "superseded_by names guidance/gone.md, which is not in the corpus; correct the "
        "path, or give a title."
    }
    assert [d.path for d in corpus.documents] == ["other.md"]


def test_a_successor_that_did_not_go_in_itself_is_said_to_be_the_one_to_correct(
    tmp_path: Path,
) -> None:
    corpus = corpus_of(tmp_path, old="superseded_by: new.md", new="review_by: soon")
    assert failures(corpus)["old.md"] == (
        "superseded_by names new.md, which did not go in; correct that one first."
    )


def test_documents_that_replace_each_other_do_not_go_in(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path,
        a="superseded_by: b.md",
        b="superseded_by: c.md",
        c="superseded_by: b.md",
        d="superseded_by: d.md",
        e="title: E",
    )
    assert sorted(failures(corpus)) == ["a.md", "b.md", "c.md", "d.md"]
    assert failures(corpus)["d.md"] == (
        "superseded_by leads from it back to d.md; say which of them holds now."
    )


def test_what_replaced_the_successor_is_known_too(tmp_path: Path) -> None:
    corpus = corpus_of(
        tmp_path,
        first="superseded_by: second.md",
        second=f"title: Second\neffective_from: {DAY}\nsuperseded_by: third.md",
        third="title: Third",
    )
    third = Successor("Third", "third.md", "internal")
    assert successor_of(corpus, "first.md") == Successor(
        "Second", "second.md", "internal", DAY, third
    )
    assert successor_of(corpus, "second.md") == third


YAML = """
title: Terms
nation: England
review_by: 2030-01-01
definitions:
  - {term: One, text: The first.}
  - {term: Two, text: The second., nation: Wales, withdrawn: 2027-04-01, superseded_by: new.md}
"""


def passages_in(folder: Path) -> tuple[Passage, ...]:
    corpus = read_corpus(folder, default_audience="public")
    assert corpus.failed == ()
    (file,) = corpus.definition_files
    return passages_of_definitions(file)


def test_a_definition_may_say_otherwise_than_its_file(tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "new.md").write_text("---\ntitle: New\n---\nText.", encoding="utf-8")
    one, two = passages_in(tmp_path)
    assert (one.metadata.nation, one.metadata.withdrawn) == (("England",), False)
    assert (two.metadata.nation, two.metadata.withdrawn) == (("Wales",), DAY)
    assert two.metadata.review_by == one.metadata.review_by == date(2030, 1, 1)
    assert two.metadata.superseded_by == Successor("New", "new.md", "public")
    assert one.metadata.superseded_by is None
    assert PASSAGE.validate_json(PASSAGE.dump_json(two)) == two


def test_a_definition_that_is_not_withdrawn_holds_in_a_file_that_is(tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(
        "withdrawn: yes\ndefinitions:\n  - {term: One, text: The first., withdrawn: no}\n"
        "  - {term: Two, text: The second.}\n  - {term: Three, text: It., withdrawn: ''}\n",
        encoding="utf-8",
    )
    assert [p.metadata.withdrawn for p in passages_in(tmp_path)] == [False, True, True]


def test_a_table_of_definitions_has_columns_for_it(tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text(
        "term,text,nation,sector,withdrawn,effective from\n"
        "One,The first.,England; Wales,NHS,,\n"
        "Two,The second.,,,yes,2027-04-01\n",
        encoding="utf-8",
    )
    one, two = (passage.metadata for passage in passages_in(tmp_path))
    assert (one.nation, one.sector, one.withdrawn) == (("England", "Wales"), ("health",), False)
    assert (two.nation, two.withdrawn, two.effective_from) == ((), True, DAY)


def test_a_mistake_in_a_definition_is_said_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(YAML.replace("Wales", "Walse"), encoding="utf-8")
    (failed,) = read_corpus(tmp_path, default_audience="public").failed
    assert failed.reason.startswith("terms.yaml, line 7: nation must be England, ")
    assert failed.reason.endswith("; did you mean Wales.")
