"""What somebody reads in the Home tab is a minute old at most, and never what was not checked."""

from dataclasses import dataclass, field

from assistant.slack.home.reading import KEPT_SECONDS, Reader, Readers
from assistant.slack.rights.gatekeeper import Admission, UncheckedError

MEMBER = Admission(None, ("public", "internal"))


@dataclass
class Gate:
    """Lets in whom it is told to, at a clock that is set by hand."""

    admission: Admission | None = MEMBER
    asked: list[str] = field(default_factory=list)
    time: float = 0.0

    def admits(self, user: str, channel: str) -> Admission:
        assert channel == ""
        self.asked.append(user)
        if self.admission is None:
            raise UncheckedError("Slack is away.")
        return self.admission

    def readers(self) -> Readers:
        return Readers(self.admits, lambda: self.time)


def test_what_was_asked_a_moment_ago_is_not_asked_again_and_a_minute_later_it_is() -> None:
    gate = Gate()
    readers = gate.readers()
    known = readers.now("U1")
    gate.time = KEPT_SECONDS - 1
    gate.admission = Admission(None, ("public",))
    assert readers.lately("U1") == known == Reader(None, ("public", "internal"))
    assert readers.lately("U2") == Reader(None, ("public",))
    gate.time = KEPT_SECONDS
    assert readers.lately("U1") == Reader(None, ("public",))
    assert gate.asked == ["U1", "U2", "U1"]


def test_who_looks_anew_is_known_anew() -> None:
    gate = Gate()
    readers = gate.readers()
    readers.now("U1")
    gate.admission = Admission("You are an outsider.")
    assert readers.now("U1") == readers.lately("U1") == Reader("You are an outsider.")


def test_what_could_not_be_checked_is_neither_kept_nor_replaced_by_what_was() -> None:
    gate = Gate()
    readers = gate.readers()
    readers.now("U1")
    gate.admission = None
    assert readers.now("U1").audiences == ()
    assert readers.lately("U1").refusal is not None
    assert gate.asked == ["U1"] * 3
