"""Everything in assistant/slack that builds what is sent, found by itself.

A builder is a public function that returns messages, or a view (`…_view`, `modal`). New ones are
found when they are written. Where no arguments can be made up from its signature, a builder has
samples here; so has what is sent by other means than such a function.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_type_hints

from hypothesis import strategies as st

import assistant.slack
from assistant.domain.answers import StepBegun
from assistant.domain.networks import Network
from assistant.slack.admin.blocks import Told
from assistant.slack.admin.offer_form import LONGEST_NAME, SentFile, offer_view
from assistant.slack.feedback.shortcut_form import ask_view
from assistant.slack.networks.calling_form import call_view
from assistant.slack.networks.sharing_form import share_view
from assistant.slack.networks.sharing_preview import preview_view
from assistant.slack.posts.lateness import remarks, with_remarks
from assistant.slack.posts.progress import Tasks
from assistant.slack.shown.blocks import Message, Shown
from assistant.slack.shown.elements import modal
from assistant.slack.shown.lines import name
from assistant.store.inbox import InboxQuestion
from tests.unit.slack.payload_strategies import HOSTILE, arguments_of, of_type

PACKAGE = "assistant.slack."
Kind = Literal["messages", "view", "chunks"]
Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Builder:
    """What builds payloads of a kind, and a strategy of lists of them."""

    name: str
    kind: Kind
    payloads: st.SearchStrategy[Sequence[Payload]]


def _with_a_network(builder: Callable[..., Any], position: int) -> st.SearchStrategy[Any]:
    """Return what a builder returns that is given networks: who is in none is given no form."""

    def built(network: Network, given: tuple[list[Any], dict[str, Any]]) -> Any:
        arguments = list(given[0])
        arguments[position] = [network]
        return builder(*arguments, **given[1])

    return st.builds(built, of_type(Network), arguments_of(builder))


# Builders whose arguments cannot be made up: `module.function` and a strategy of what it returns.
SAMPLES: Mapping[str, st.SearchStrategy[Any]] = {
    "shown.elements.modal": of_type(Shown).map(lambda shown: modal("What a term means", [shown])),
    "posts.lateness.with_remarks": st.builds(
        lambda message, question, is_renewed: with_remarks(
            message, remarks(question, is_renewed=is_renewed)
        ),
        of_type(Message),
        of_type(InboxQuestion),
        st.booleans(),
    ),
    # The button that opens it holds no longer name.
    "admin.offer_form.offer_view": st.builds(
        lambda file, today: offer_view(replace(file, name=name(file.name, LONGEST_NAME)), today),
        of_type(SentFile),
        of_type(date),
    ),
    "networks.calling_form.call_view": _with_a_network(call_view, 0),
    "networks.sharing_form.share_view": _with_a_network(share_view, 0),
    "networks.sharing_preview.preview_view": _with_a_network(preview_view, 1),
    "feedback.shortcut_form.ask_view": HOSTILE.map(
        lambda words: ask_view(words, "C1", "https://hooks.slack.com/actions/T1/1/abc")
    ),
}

# What asks Slack or the database first, and builds with the builders that are found here.
COMPOSED = frozenset({"sharing.sharing.with_button"})


def _chunks(steps: Sequence[StepBegun]) -> Sequence[Payload]:
    tasks = Tasks(1)
    news = [chunk for begun in steps for chunk in tasks.begin(begun)]
    return [*news, *tasks.all()]


# What is sent without a function that returns it as one of the kinds.
OTHERS: Sequence[Builder] = (
    Builder(
        "posts.progress.Tasks", "chunks", st.lists(of_type(StepBegun), max_size=6).map(_chunks)
    ),
)


def builders() -> Sequence[Builder]:
    """Return every builder of what we send."""
    found = []
    for info in pkgutil.walk_packages(assistant.slack.__path__, PACKAGE):
        module = importlib.import_module(info.name)
        for called, function in vars(module).items():
            is_own = inspect.isfunction(function) and function.__module__ == module.__name__
            kind = _kind(called, function) if is_own and not called.startswith("_") else None
            name = f"{info.name.removeprefix(PACKAGE)}.{called}"
            if kind is not None and name not in COMPOSED:
                found.append(_builder(name, kind, function))
    return [*found, *OTHERS]


def _kind(called: str, function: Callable[..., Any]) -> Kind | None:
    returned = get_type_hints(function).get("return")
    if returned in (Message, tuple[Message, ...], Told):
        return "messages"
    return "view" if called.endswith("_view") or called == "modal" else None


def _builder(called: str, kind: Kind, function: Callable[..., Any]) -> Builder:
    if called in SAMPLES:
        built = SAMPLES[called]
    else:
        built = arguments_of(function).map(lambda both: function(*both[0], **both[1]))
    return Builder(called, kind, built.map(_payloads))


def _payloads(built: Any) -> Sequence[Payload]:
    if isinstance(built, Told):
        built = built.messages
    if isinstance(built, Message):
        built = (built,)
    if isinstance(built, Mapping):
        return [built]
    return [{"text": each.text, "blocks": list(each.blocks)} for each in built]
