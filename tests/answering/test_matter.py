"""When a question's matter came up: each exchange near enough is counted once, in its month, under who spoke."""

import datetime
import itertools
from collections import Counter

import numpy as np
import pytest

from rag.answering.matter import LEAST, SHARE, Matter, find_matter
from rag.page.bars import ROOM, WIDTH, bars_of, month_width, years_of
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.question.filters import Filters

XINJIANG = "What was said about Xinjiang?"


def matter_of(podium: Podium, question: str, filters: Filters | None = None) -> Matter | None:
    return find_matter(podium.retrieve(Asked(question, filters=filters or Filters()), depth=1))


@pytest.mark.parametrize("question", [XINJIANG, "Is the trial of the two Canadians linked to the Alaska talks?"])
def test_those_are_counted_whose_nearest_passage_is_near_enough(podium: Podium, question: str) -> None:
    archive = podium.archive
    vector = podium.retrieve(Asked(question), depth=1).vector
    cosines = archive.passage_vectors.scores(vector, np.arange(len(archive.passage_exchange)))
    best = np.full(len(archive.exchanges), -1, dtype=np.float32)
    np.maximum.at(best, archive.passage_exchange, cosines)
    near = [archive.exchanges[place] for place in np.flatnonzero(best >= max(LEAST, SHARE * best.max()))]
    matter = matter_of(podium, question)
    assert matter is not None and matter.exchanges == len(near) > 0
    months = Counter((each.date.year, each.date.month) for each in near if each.date)
    assert {month: sum(speakers.values()) for month, speakers in matter.by_month.items()} == months
    assert matter.speakers == Counter(each.spokesperson or "" for each in near)


def test_a_date_narrows_the_answer_and_not_the_matter_a_speaker_its_months(podium: Podium) -> None:
    whole = matter_of(podium, XINJIANG)
    july = matter_of(podium, XINJIANG, Filters(date_from=datetime.date(2021, 7, 1)))
    assert whole == july and whole is not None
    for name in whole.speakers:
        one = matter_of(podium, XINJIANG, Filters(spokespeople=(name,)))
        assert one is not None and one.speakers == whole.speakers and next(iter(one.speakers)) == name
        own = {month: {name: counts[name]} for month, counts in whole.by_month.items() if name in counts}
        assert one.by_month == own


def test_what_nothing_is_near_to_is_no_matter(podium: Podium) -> None:
    assert matter_of(podium, "How do I bake sourdough bread?") is None
    assert podium.ask("How do I bake sourdough bread?", matter=True).matter is None
    assert podium.ask(XINJIANG).matter is None


def test_bars_leave_no_month_out_and_no_exchange() -> None:
    counts = {"A": 9, "B": 4, "C": 2, "D": 1, "": 1}
    by_month = {(2020, 12): {"A": 9, "B": 4}, (2021, 2): {"C": 2, "D": 1, "": 1}}
    drawn = bars_of(Matter(0.5, 17, counts, by_month))
    assert [bar.month for bar in drawn.bars] == [(2020, 12), (2021, 1), (2021, 2)]
    assert [bar.parts for bar in drawn.bars] == [((0, 0, 9), (1, 9, 4)), (), ((2, 0, 2), (3, 2, 2))]
    assert drawn.named == ("A", "B", "C") and drawn.most == 13


@pytest.mark.parametrize("months", [1, 2, 13, 30, 85, 300, 1200])
def test_names_of_years_have_room_however_long_a_time_is_drawn(months: int) -> None:
    drawn = [(1990 + at // 12, at % 12 + 1) for at in range(11, 11 + months)]
    marks = years_of(drawn)
    assert [year for _, year, _ in marks] == sorted({year for year, _ in drawn})
    named = [place for place, _, has_room in marks if has_room]
    assert named and all(after - before >= ROOM for before, after in itertools.pairwise([*named, WIDTH]))
    assert month_width(months) * months <= WIDTH
