"""The catalogue is what the code says, and every translation fills in what the sentence holds."""

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from assistant import language
from assistant.language import is_spoken, listed, listed_as_choice, say, say_day, say_some
from assistant.language import phrase as marked
from tests.catalogue import TEMPLATE, catalogue, template, translations
from tests.fakes.marked_language import MARKED, in_marks, speak_in_marks

WRONG = "{name} is not {what}"


def strings() -> list[str]:
    return [text for message in catalogue() for text in _forms(message.id) if text]


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def differences(translated: Catalog) -> list[str]:
    """Return what is translated with other {names} than the sentence has."""
    wrong = []
    for message in translated:
        known = set().union(*map(fields, _forms(message.id)))
        said = [text for text in _forms(message.string) if text]
        wrong += [text for text in said if message.id and not fields(text) <= known]
        wrong += [t for t in said if message.id and known - fields(t) - {"count"}]
    return wrong


def test_the_template_is_what_the_code_says() -> None:
    assert TEMPLATE.read_text(encoding="utf-8") == template(), "run make words and commit"


def test_the_template_names_no_machine_and_no_day() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w-])/(?:home|root|tmp|work)/|\b20\d\d-\d\d-\d\d\b", text)


def test_every_translation_keeps_the_names_that_are_filled_in() -> None:
    for path in translations():
        with path.open("rb") as file:
            assert not differences(read_po(file)), path


def test_a_translation_with_another_name_is_found() -> None:
    translated = Catalog()
    translated.add(WRONG, "{nom} {what}")
    translated.add("{some} of {all}", "{all}: {some}")
    assert set(differences(translated)) == {"{nom} {what}"}


def test_each_string_is_plain() -> None:
    jargon = re.compile(r"\b(?:click|e\.g\.|i\.e\.|etc\.|utili[sz]e|kindly)\b", re.IGNORECASE)
    emoji = re.compile(r":[a-z_]+:(?!/)")
    untidy = [t for t in strings() if t != t.strip() or "  " in t or "!" in t]
    assert not untidy
    assert not [t for t in strings() if jargon.search(t)]
    assert not [t for t in strings() if emoji.search(t)], "no meaning by emoji"


def test_sentences_are_short_and_easy_to_read() -> None:
    """Flesch's reading ease: 60 and more is plain English, by syllables counted as vowel runs."""
    texts = [re.sub(r"\{[^}]*\}", "it", text) for text in strings() if len(text.split()) > 5]
    sentences = [s for text in texts for s in re.split(r"(?<=[.?;:])\s+", text) if s.split()]
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z']+", sentence)]
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower()))) for word in words)
    length = len(words) / len(sentences)
    ease = 206.835 - 1.015 * length - 84.6 * syllables / len(words)
    assert length < 14, f"{length:.1f} words a sentence or clause"
    assert ease > 60, f"reading ease {ease:.0f}"


def test_what_is_known_is_said_in_the_persons_language_else_in_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_in_marks(tmp_path, monkeypatch, "cy")
    try:
        sentence = "The file is empty."
        assert say(sentence) == sentence
        with language.spoken_to("cy-GB"):
            assert say(sentence) == in_marks(sentence)
            with language.spoken_to("fr-FR"):
                assert say(sentence) == sentence
            assert say(sentence) == in_marks(sentence)
        language.speak("cy")
        with language.spoken_to("en-GB"):
            assert say(sentence) == in_marks(sentence), "Slack has no Welsh: en says nothing"
    finally:
        language.speak("en")
    assert is_spoken("cy-GB")
    assert not is_spoken("fr")


def test_days_lists_and_plurals_are_said_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2020, 3, 2)
    assert say_day(day) == "2 March 2020"
    assert (listed(["A"]), listed(["A", "B", "C"])) == ("A", "A, B and C")
    assert listed_as_choice(["A", "B"]) == "A or B"
    forms = ("{count} document", "{count} documents")
    assert [say_some(*forms, n) for n in (0, 1, 2)] == ["0 documents", "1 document", "2 documents"]
    speak_in_marks(tmp_path, monkeypatch, "cy")
    with language.spoken_to("cy"):
        assert not MARKED.sub("", MARKED.sub("", say_day(day)))
        assert not MARKED.sub("", listed(["A", "B"]))
    assert marked("unknown") == say("unknown")
