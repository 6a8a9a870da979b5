"""Which sentences say nearly the same: what counts as that, and that rings hold whatever the sentences."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.archive.sayings import Sayings, joined_ring, ring_of, same_saying, save_sayings, wordings_of

SAID = "China firmly opposes any interference in its internal affairs."


@pytest.mark.parametrize(
    "other",
    [
        "China firmly opposes any interference in its internal affairs!",
        "Any interference in its internal affairs China firmly opposes.",
        "China resolutely opposes any interference in its internal affairs.",
    ],
)
def test_nearly_the_same_words_are_one_saying(other: str) -> None:
    ring = ring_of([SAID, "Quite another matter was spoken of.", other])
    assert same_saying(ring, 0) == [0, 2] and same_saying(ring, 1) == [1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("China will attend the meeting in Geneva.", "China will not attend the meeting in Geneva."),
        ("It reported 12 new cases on Monday morning.", "It reported 47 new cases on Monday morning."),
        ("We don't know of any such case.", "We know of any such case."),
        ("Yes, we do.", "Yes, we do."),
        (SAID, "China welcomes every guest from abroad in its ancient capital."),
    ],
)
def test_a_no_a_figure_or_too_few_words_are_not(one: str, other: str) -> None:
    assert ring_of([one, other]).tolist() == [0, 1]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=9).map(" ".join), max_size=40))
def test_equal_words_share_a_ring_and_every_row_is_in_one(sentences: list[str]) -> None:
    ring = ring_of(sentences)
    assert sorted(ring.tolist()) == list(range(len(sentences)))
    for row, sentence in enumerate(sentences):
        rows = same_saying(ring, row)
        assert rows[0] == row and len(set(rows)) == len(rows)
        words = set(sentence.split())
        equal = {at for at, other in enumerate(sentences) if set(other.split()) == words and len(words) >= 5}
        assert equal <= set(rows)


def test_many_alike_of_one_pattern_take_time_that_grows_with_their_number_alone() -> None:
    # None is nearly the same as another, and all share their rarest words: each is compared with a bounded few.
    sentences = [f"zebra lion {' '.join(f'w{at * 7 + way}' for way in range(7))}" for at in range(3000)]
    assert (ring_of(sentences) == np.arange(3000)).all()


FINE = "It is a fine day in Beijing today."
PARTS = (
    [
        SAID,
        FINE,
        "Yes.",
        "Firmly, " + SAID.replace("firmly ", ""),
    ],
    ["A word of thanks to you all.", SAID.upper(), "Yes."],
    [
        "China firmly opposes any interference whatever in its internal affairs.",
        SAID,
        "The day is fine in Beijing.",
    ],
)


def test_a_saying_goes_through_every_part_that_has_one_of_its_wordings(tmp_path: Path) -> None:
    for at, part in enumerate(PARTS):
        save_sayings(tmp_path / str(at), ring_of(part), wordings_of(part))
    sayings = Sayings([tmp_path / str(at) for at in range(len(PARTS))])
    assert len(sayings) == 10 and sayings.same(2) == [2] and sayings.same(1) == [1]
    assert {frozenset(sayings.same(row)) for row in (0, 3, 5, 8)} == {frozenset({0, 3, 5, 7, 8})}
    assert sayings.same(5)[0] == 5


def test_parts_that_are_joined_keep_their_sayings() -> None:
    parts = [(ring_of(part), wordings_of(part)) for part in PARTS]
    rows = np.array([8, 7, 6, 5, 4, 0, 1, 2])
    ring = joined_ring(parts, rows)
    assert sorted(ring.tolist()) == list(range(8))
    assert set(same_saying(ring, 0)) == {0, 1, 3, 5} and same_saying(ring, 2) == [2] and same_saying(ring, 7) == [7]
