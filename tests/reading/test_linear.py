import gc
import time
from collections.abc import Iterator

import pytest
from conferences import conference

SHAPES = {
    "stars": lambda n: "*" * n,
    "open bracket": lambda n: "Zhao Lijian: a (" + " " * n,
    "brackets": lambda n: "(" * n,
    "capitals": lambda n: "A. " * n,
    "after Q": lambda n: "Q" + " " * n + "x",
    "notes": lambda n: "after the press conference " * n,
    "breadcrumbs": lambda n: "a > " * n,
    "rules": lambda n: "---\n" * n,
}


@pytest.fixture
def alone() -> Iterator[None]:
    """What other tests have left in memory is not looked through while the garbage of this one is collected."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("shape", SHAPES)
def test_reading_takes_time_in_proportion_to_the_length(shape: str) -> None:
    def seconds(n: int) -> float:
        started = time.process_time()
        conference("Q: One?", "A: Yes, it is the answer to that.", SHAPES[shape](n))
        return time.process_time() - started

    # Four times the length takes about four times as long, sixteen if it grew with the square. A busy machine may
    # slow either reading, so one round of several is enough.
    assert any(seconds(20_000) < 8 * seconds(5_000) + 0.05 for _ in range(5))
