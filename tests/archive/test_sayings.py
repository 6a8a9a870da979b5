"""Which sentences say nearly the same: what counts as that, and that rings hold whatever the sentences."""

from pathlib import Path

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from rag.archive.archive import SAYINGS, open_archive
from rag.archive.manifest import read_manifest, sealed
from rag.archive.sayings import ring_of, same_saying
from rag.intake.ingest import RECIPE
from rag.pipeline import build
from rag.settings import Settings

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


def test_a_generation_of_before_there_were_sayings_opens_and_the_next_has_them(own_archive: Path) -> None:
    place = own_archive / "generations" / "000001"
    manifest = read_manifest(own_archive, "000001")
    manifest = {key: value for key, value in manifest.items() if key != "seal"} | {"recipe": RECIPE - 1}
    del manifest["files"][SAYINGS]
    (place / "manifest.json").write_bytes(sealed(manifest))
    (place / SAYINGS).unlink()
    old = open_archive(own_archive)
    assert same_saying(old.sayings, 3) == [3]
    build(Settings(archive=own_archive), [SEEDS])
    fresh = open_archive(own_archive)
    assert len(fresh.sayings) == len(old.sayings) and SAYINGS in fresh.manifest["files"]
