"""Every change of a network and of what it knows goes into the audit log in the same commit."""

import ast
from collections.abc import Iterator
from pathlib import Path

import assistant.store.networks

FOLDER = Path(assistant.store.networks.__file__).parent
STORES = ("networks", "peer_answers", "calls", "verified_answers", "verifying", "proposals")
# Who takes or puts off work, and which message shows what, changes nothing of what people know;
# the others are part of a change that is in the log already.
NO_CHANGE_OF_ITS_OWN = {
    "Calls.put_off",
    "Calls.take",
    "Calls.to_tell_of",
    "Networks.note_organisation",
    "PeerAnswers.note_parted",
    "PeerAnswers.note_posted",
    "PeerAnswers.note_verified",
    "PeerAnswers.put_off_showing",
    "PeerAnswers.put_off_telling",
    "PeerAnswers.show_anew",
    "PeerAnswers.shown",
    "PeerAnswers.take_correction",
    "PeerAnswers.take_showing",
    "PeerAnswers.told",
    "Proposals.let_go",
    "Proposals.note_posted",
    "Proposals.note_shown",
    "Proposals.note_told",
    "Proposals.take",
    "Proposals.withdraw_quoting",
    "VerifiedAnswers.note_told",
    "VerifyingNotes.take_news",
}


def writing_methods(module: str) -> Iterator[tuple[str, bool]]:
    """Yield each public method that changes tables, and whether it is given an entry."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    for owner in tree.body:
        methods = owner.body if isinstance(owner, ast.ClassDef) else []
        for method in methods:
            if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
                continue
            names = {each.arg for each in (*method.args.args, *method.args.kwonlyargs)}
            if "serialised(" in ast.unparse(method) and isinstance(owner, ast.ClassDef):
                yield f"{owner.name}.{method.name}", "entry" in names


def test_each_store_of_networks_is_given_an_entry_for_whatever_it_changes() -> None:
    methods = dict(found for module in STORES for found in writing_methods(module))
    silent = {name for name, is_audited in methods.items() if not is_audited}
    assert len(methods) - len(silent) >= 25
    assert silent <= NO_CHANGE_OF_ITS_OWN
