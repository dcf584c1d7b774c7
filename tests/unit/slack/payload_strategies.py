"""Arguments for anything that builds a payload, read off its signature: hostile where it can be.

Words of documents and people are hostile text of any length. What comes from Slack, from the
database or from our own code (ids, addresses that were checked, numbers) is what it can be.
"""

import dataclasses
import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import (
    Message,
    Shown,
    context_blocks,
    heading_block,
    sentence_messages,
    text_blocks,
)

MOST_ITEMS = 12
_WORDS = st.one_of(
    st.text(max_size=80),
    st.text(max_size=20).map(lambda text: f"{text}."),
    st.sampled_from(
        [
            "",
            " ",
            "Every outcome has an owner.",
            "<!channel> <@U1ANN> <#C1> *bold* _it_ ~no~ `code` ```block```",
            "<https://evil.example/?q=secret|the source> :tada: :+1::skin-tone-2:",
            "&amp;&lt;script&gt; &#x41;",
            "a\u202eb\u200bc\u2060d\ufeffe\u00ad",
            "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 40,
            "- one\n- two\n\n\n\u2022 three\r\nlabel: rest\x00\x07",
            "# heading\n| a | b |\n|---|---|\n> quote\n[text](https://evil.example)",
            "\u0644\u0627 \u05d0\u05d1 \u4e2d\u6587 e\u0301" * 30,
        ]
    ),
)
_LONG = st.one_of(
    st.integers(150, 4000).map(lambda count: "w" * count),
    st.integers(100, 900).map(lambda count: "<&> word " * count),
    st.integers(1, 60).map(lambda count: "- a point.com: :a:b: &amp;\n" * count),
)
_VAST = st.sampled_from(["x" * 100_000, "wo rd. " * 15_000, "\u2060<" * 50_000])
# Long texts cost seconds where there are many of them, so they are the less likely.
HOSTILE = st.integers(0, 39).flatmap(
    lambda drawn: _VAST if drawn == 39 else _LONG if drawn >= 30 else _WORDS
)
# What is a string and not anybody's words, by its name.
_STRINGS: Mapping[str, st.SearchStrategy[str]] = {
    "user": st.sampled_from(["U1ANN", "W012345678"]),
    "by": st.sampled_from(["U1ANN", "W012345678"]),
    "shared_by": st.just("U1ANN"),
    # People, channels and user groups, by Slack's ids.
    "stewards": st.sampled_from(["U1ANN", "W012345678", "U2BEN"]),
    # What forms remember of what was shown, as a digest.
    "pointed_out": st.just("0f" * 32),
    "seen": st.just("0f" * 32),
    "shown": st.just("0f" * 32),
    "post_in": st.sampled_from(["", "C1"]),
    "was": st.sampled_from(["U1ANN", "U2BEN"]),
    "created_by": st.just("U1ANN"),
    "proposed_by": st.just("U1ANN"),
    "steward": st.sampled_from(["U1ANN", "U2BEN"]),
    "ended_by": st.just("U1ANN"),
    "agreed_by": st.sampled_from(["U1ANN", "U2BEN"]),
    "verifier": st.just("U1ANN"),
    "dealt_with_by": st.just("U1ANN"),
    "people": st.sampled_from(["U1ANN", "W012345678", "U2BEN"]),
    "channels": st.sampled_from(["C1", "C0123456789", "G1"]),
    "groups": st.sampled_from(["S1", "S0123456789"]),
    "group": st.sampled_from(["S1AB", "S0123456789"]),
    "others": st.sampled_from(["C2", "G0123456789"]),
    "network": st.text("abc0123456789-", min_size=1, max_size=40),
    "heading": st.just("What failed"),
    "items": HOSTILE.map(lambda text: f"a.md: {text}"),
    "question": HOSTILE.map(lambda text: text[: sentences.LONGEST_QUESTION]),
    "answer": HOSTILE.map(lambda text: text[:12_000]),
    "examples": _WORDS.map(lambda text: f"What is {text[:300]}?"),
    "refusal": st.just("I cannot answer here."),
    "sentence": _WORDS.filter(str.strip),
    "audiences": st.sampled_from(["public", "internal", "network-" + "n" * 40]),
    "opened_for": _WORDS.map(lambda text: text[:300]),
    "opened_teams": st.just("T012345678"),
    "named": st.sampled_from(["U0123456789", "S0123456789"]),
    "team": st.just("T0HOME"),
    "channel": st.sampled_from(["C1", "D0123456789", "G1"]),
    "ts": st.just("1700000000.000100"),
    "thread_ts": st.just("1700000000.000100"),
    "id": st.just("F0123456789"),
    "url": st.sampled_from(
        ["https://example.org/a?b=c&d=%20", "javascript:x", "https://e.example/" + "x" * 3500, "::"]
    ),
    "link": st.just("https://home.slack.com/archives/C1/p1700000000000100"),
    "response_url": st.just("https://hooks.slack.com/commands/T1/1/abc"),
    "command": st.just("/commissioning-admin"),
    "snapshot": st.text("abc0123456789-", min_size=1, max_size=60),
    "audience": st.sampled_from(["public", "internal", "network-north"]),
}
# Messages that are given more are those of an answer: at least one, made by us.
MESSAGES = HOSTILE.map(sentence_messages)
_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)
_SIMPLE: Mapping[object, st.SearchStrategy[Any]] = {
    Message: MESSAGES.map(lambda messages: messages[-1]),
    bool: st.booleans(),
    int: st.integers(1, 10**9),
    float: st.floats(0, 10**6),
    datetime: _MOMENTS,
    date: st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    type(None): st.none(),
    # What was shown before comes from our own builders.
    Shown: st.one_of(
        HOSTILE.filter(str.strip).map(lambda text: next(iter(text_blocks(text)))),
        HOSTILE.filter(str.strip).map(lambda text: next(iter(context_blocks(text)))),
        st.just(heading_block("Sources")),
    ),
}


Arguments = tuple[list[Any], dict[str, Any]]


class UnknownTypeError(Exception):
    """No arguments can be made up for this type; give the builder samples of its own."""


def arguments_of(
    builder: Callable[..., Any],
) -> st.SearchStrategy[tuple[list[Any], dict[str, Any]]]:
    """Return a strategy of positional and named arguments of a builder."""
    hints = get_type_hints(builder)
    positional: list[st.SearchStrategy[Any]] = []
    rest: st.SearchStrategy[list[Any]] = st.just([])
    named: dict[str, st.SearchStrategy[Any]] = {}
    for name, parameter in inspect.signature(builder).parameters.items():
        strategy = of_type(hints[name], name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = st.lists(strategy, max_size=3)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = strategy
        elif parameter.kind is not parameter.VAR_KEYWORD:
            positional.append(strategy)
    return st.tuples(
        st.tuples(st.tuples(*positional), rest).map(lambda both: [*both[0], *both[1]]),
        st.fixed_dictionaries(named),
    )


def of_type(hint: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Return a strategy of values of a type; `name` says what a string is.

    Raises UnknownTypeError.
    """
    if hint is str:
        return _STRINGS.get(name, HOSTILE)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _of_dataclass(hint)
    return _of_generic(hint, name)


def _of_dataclass(kind: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = {
        each.name: of_type(hints[each.name], each.name)
        for each in dataclasses.fields(kind)
        if each.init
    }
    return st.builds(kind, **fields)


def _of_generic(hint: Any, name: str) -> st.SearchStrategy[Any]:
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(inside)
    if origin in (Union, types.UnionType):
        return st.one_of(*(of_type(each, name) for each in inside))
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _of_several(origin, inside, name)
    raise UnknownTypeError(f"{name}: {hint}")


def _of_several(origin: type, inside: tuple[Any, ...], name: str) -> st.SearchStrategy[Any]:
    if inside[0] is Message:
        return MESSAGES
    if issubclass(origin, Mapping):
        return st.dictionaries(of_type(inside[0]), of_type(inside[1]), max_size=5)
    if origin is tuple and inside[-1] is not Ellipsis:
        return st.tuples(*(of_type(each, name) for each in inside))
    items = st.lists(of_type(inside[0], name), max_size=MOST_ITEMS)
    return items.map(tuple) if origin is tuple else items
