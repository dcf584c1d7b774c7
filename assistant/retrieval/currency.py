"""Whether guidance holds on a day: decided when a question is asked, not when it was ingested."""

from collections.abc import Callable, Collection
from datetime import date, datetime

from assistant.domain.documents import Metadata, Successor

Clock = Callable[[], date]
Ranked = list[tuple[str, float]]


def local_today() -> date:
    """Return the day by the clock and the time zone of the machine."""
    return datetime.now().astimezone().date()


def may_lapse(metadata: Metadata) -> bool:
    """Whether there are days on which it does not hold."""
    return metadata.effective_from is not None or _ends(metadata) is not None


def holds(metadata: Metadata, today: date) -> bool:
    """Whether it holds `today`: from `effective_from` on, and not from the day that ends it on."""
    begins, ends = metadata.effective_from, _ends(metadata)
    return (begins is None or begins <= today) and (ends is None or today < ends)


def is_due(review_by: date | None, today: date) -> bool:
    """Whether the day of the review is past; on the day itself it is not."""
    return review_by is not None and review_by < today


def in_force(successor: Successor, today: date) -> Successor:
    """Return the last of those that replaced one another which already holds."""
    following = successor.then
    while following is not None and (following.since is None or following.since <= today):
        successor, following = following, following.then
    return successor


def _ends(metadata: Metadata) -> date | None:
    """Return the day from which it no longer holds; a day of its own goes before its successor's.

    Where no day is given it is long over.
    """
    if isinstance(metadata.withdrawn, date):
        return metadata.withdrawn
    if metadata.withdrawn:
        return date.min
    if metadata.superseded_by is not None:
        return metadata.superseded_by.since or date.min
    return None


def best_of(
    ranking: Callable[[int], Ranked], count: int, lapsed: Collection[str]
) -> tuple[Ranked, Ranked]:
    """Return the `count` best that are not among `lapsed`, and the lapsed ones ranked with them.

    `ranking` returns as many of the best as it is asked for. What lapsed takes no place of what
    holds: more are asked for until there are enough, or no more.
    """
    asked = count
    while True:
        found = ranking(asked)
        kept = [item for item in found if item[0] not in lapsed]
        if len(kept) >= count or len(found) < asked:
            passed = [item for item in found if item[0] in lapsed]
            return kept[:count], passed[:count]
        asked *= 2
