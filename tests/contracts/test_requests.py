"""A signature is taken once, whichever process asks, on each database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.store.database import Engine
from assistant.store.requests import SeenRequests


@pytest.mark.sockets
def test_of_many_copies_that_get_the_same_request_at_once_one_takes_it(engine: Engine) -> None:
    copies = [SeenRequests(engine) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for n in range(10):
            signature = f"v0={n:064x}"
            taken = list(threads.map(lambda copy, s=signature: copy.remember(s), copies))
            assert sorted(taken) == [False, False, False, True]


@pytest.mark.sockets
def test_what_is_forgotten_is_taken_again(engine: Engine) -> None:
    seen = SeenRequests(engine)
    assert seen.remember("v0=a")
    assert not seen.remember("v0=a")
    seen.forget("v0=a")
    assert seen.remember("v0=a")
