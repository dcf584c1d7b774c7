"""What is done for each person by one thread at a time."""

import threading
from collections.abc import Callable


class OneByOne:
    """Does work for people; two threads never do it for the same person at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Whom something is being done for, and whether it was asked for again meanwhile.
        self._is_asked_again: dict[str, bool] = {}

    def do(self, user: str, work: Callable[[], object]) -> None:
        """Do `work` for `user`; who is at it for them already does theirs once more instead.

        So what is done last began after it was asked for last, and nobody waits for anybody.
        """
        with self._lock:
            is_somebody_at_it = user in self._is_asked_again
            self._is_asked_again[user] = is_somebody_at_it
        has_ended = is_somebody_at_it
        while not has_ended:
            try:
                work()
            except BaseException:
                with self._lock:
                    del self._is_asked_again[user]
                raise
            has_ended = self._has_ended(user)

    def _has_ended(self, user: str) -> bool:
        with self._lock:
            if self._is_asked_again[user]:
                self._is_asked_again[user] = False
                return False
            del self._is_asked_again[user]
            return True
