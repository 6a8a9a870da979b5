import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from eval.measures import (
    Counts,
    Decision,
    abstention,
    auroc,
    count_filters,
    hits,
    latency,
    nauc,
    operating_curve,
    word_overlap,
)
from rag.question.filters import Filters
from rag.transcript import Span

DECISIONS = st.lists(
    st.builds(Decision, st.booleans(), st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), st.booleans(), st.floats(0, 1)),
    max_size=40,
)


def decide(*given: tuple[float, bool, float]) -> list[Decision]:
    return [Decision(confidence >= 0.5, confidence, answerable, quality) for confidence, answerable, quality in given]


def test_word_overlap_counts_a_word_as_often_as_both_say_it() -> None:
    assert word_overlap("No, no, NO.", "no no way") == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert word_overlap("It is not linked.", "It is not linked") == (1, 1, 1)
    assert word_overlap("Yes", "no") == word_overlap("", "no") == (0, 0, 0)
    assert word_overlap("one two three four", "two") == pytest.approx((1 / 4, 1, 2 / 5))


def test_a_quote_hits_the_gold_it_shares_half_of_the_shorter_with() -> None:
    gold = Span("t", 100, 200)
    assert hits(Span("t", 0, 1000), gold) and hits(Span("t", 150, 400), gold) and hits(Span("t", 90, 110), gold)
    assert not hits(Span("t", 151, 400), gold)
    assert not hits(Span("t", 200, 220), gold)
    assert not hits(Span("other", 100, 200), gold)


def test_filters_are_counted_value_by_value() -> None:
    day = datetime.date(2021, 3, 18)
    counts = count_filters(
        Filters(date_from=day, date_to=day, outlets=("NHK", "AFP")),
        Filters(date_from=day, spokespeople=("Zhao Lijian",), outlets=("afp",)),
    )
    assert counts == {
        "date_from": Counts(right=1),
        "date_to": Counts(wrong=1),
        "spokespeople": Counts(missed=1),
        "outlets": Counts(right=1, wrong=1),
    }
    total = sum(counts.values(), Counts())
    assert (total.precision, total.recall, total.f1) == (2 / 4, 2 / 3, 4 / 7)
    assert Counts(missed=1).precision is None and Counts(wrong=1).recall is None


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auroc(decide((0.9, True, 1), (0.5, True, 1), (0.5, False, 0), (0.1, False, 0))) == 3.5 / 4
    assert auroc(decide((0.9, True, 1))) is None


@given(DECISIONS)
def test_auroc_is_scipys_mann_whitney(decisions: list[Decision]) -> None:
    sure = [each.confidence for each in decisions if each.answerable]
    unsure = [each.confidence for each in decisions if not each.answerable]
    ours = auroc(decisions)
    if not sure or not unsure:
        assert ours is None
    else:
        theirs = mannwhitneyu(sure, unsure, method="asymptotic", use_continuity=False).statistic
        assert ours == pytest.approx(theirs / len(sure) / len(unsure), abs=1e-12)


def test_abstention_counts_refusals_at_the_shipped_threshold() -> None:
    counts = abstention(decide((0.9, True, 1), (0.4, True, 1), (0.4, False, 0), (0.3, False, 0), (0.7, False, 0)))
    assert counts == Counts(right=2, wrong=1, missed=1)
    assert counts.precision == counts.recall == counts.f1 == 2 / 3


def test_the_operating_curve_runs_from_answering_all_to_the_surest() -> None:
    curve = operating_curve(decide((0.9, True, 1), (0.5, True, 1), (0.5, False, 0), (0.1, False, 0)))
    assert curve == [(0.1, 1.0, 0.0), (0.5, 1.0, 0.5), (0.9, 0.5, 1.0)]


def test_nauc_is_one_for_the_oracle_and_by_hand_between() -> None:
    assert nauc(decide((0.1, False, 0), (0.2, True, 0.5), (0.9, True, 1))) == pytest.approx(1)
    by_hand = decide((0.1, True, 1), (0.2, False, 0), (0.9, True, 1))
    chance, ours, oracle = 2 / 3, (2 / 3 + 1 / 2 + 1) / 3, (2 / 3 + 1 + 1) / 3
    assert nauc(by_hand) == pytest.approx((ours - chance) / (oracle - chance))
    assert nauc(decide((0.1, True, 1), (0.9, True, 1))) is None and nauc([]) is None


@given(DECISIONS)
def test_nauc_never_beats_the_oracle(decisions: list[Decision]) -> None:
    value = nauc(decisions)
    assert value is None or value <= 1 + 1e-6


def test_latency_is_numpys_percentiles_by_stage() -> None:
    timings = [{"encode": float(at), "search": 1.0} for at in range(101)]
    found = latency(timings)
    assert found["encode"] == {"p50": 50.0, "p90": 90.0, "p99": 99.0}
    assert found["search"]["p99"] == 1.0
    assert latency([]) == {}
    assert isinstance(found["encode"]["p50"], float) and not isinstance(found["encode"]["p50"], np.floating)
