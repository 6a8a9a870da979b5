import itertools

import numpy as np
import pytest
from scipy.stats import bootstrap, permutation_test

from eval.statistics import compare_paired, mean_with_interval, randomisation_p

VALUES = [0.0, 1.0, 1.0, 0.5, 0.25, 1.0, 0.0, 0.75, 1.0, 0.5, 0.0, 1.0]
APART = [str(at) for at in range(len(VALUES))]


def test_questions_of_their_own_get_scipys_percentile_interval() -> None:
    ours = mean_with_interval(VALUES, APART)
    theirs = bootstrap((VALUES,), np.mean, n_resamples=20_000, method="percentile", random_state=1).confidence_interval
    assert ours.value == pytest.approx(np.mean(VALUES)) and ours.count == len(VALUES)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_copies_of_one_conference_narrow_nothing() -> None:
    """Each question three times in its own cluster tells no more than once; as if independent it would."""
    once = mean_with_interval(VALUES, APART)
    clustered = mean_with_interval(VALUES * 3, APART * 3)
    alone = mean_with_interval(VALUES * 3, [str(at) for at in range(len(VALUES) * 3)])
    assert (clustered.low, clustered.high) == pytest.approx((once.low, once.high), abs=1e-12)
    assert alone.high - alone.low < 0.75 * (clustered.high - clustered.low)


def test_a_cluster_weighs_by_its_questions() -> None:
    figure = mean_with_interval([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"])
    assert figure.value == 0.75
    assert (figure.low, figure.high) == (0.0, 1.0)


def test_the_same_values_give_the_same_interval() -> None:
    assert mean_with_interval(VALUES, APART) == mean_with_interval(VALUES, APART)
    one = mean_with_interval([0.2, 0.4], ["a", "a"])
    assert one.low == one.value == one.high


def test_the_randomisation_test_agrees_with_counting_every_flip() -> None:
    gains = [0.3, -0.1, 0.4, 0.2, 0.0, 0.5, -0.05, 0.25]
    flips = np.array(list(itertools.product([-1, 1], repeat=len(gains))))
    exact = float((np.abs(flips @ gains) >= abs(sum(gains)) - 1e-12).mean())
    assert randomisation_p(gains, APART[:8]) == pytest.approx(exact, abs=0.01)
    theirs = permutation_test((gains,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
    assert randomisation_p(gains, APART[:8]) == pytest.approx(theirs, abs=0.01)


def test_a_cluster_flips_as_one() -> None:
    """Ten equal gains of one conference are one piece of evidence: whichever way it is flipped, it is as large."""
    assert randomisation_p([0.5] * 10, ["a"] * 10) == 1
    assert randomisation_p([0.5] * 10, APART[:10]) == pytest.approx(2 / 2**10, abs=0.002)


def test_a_comparison_counts_wins_losses_and_ties_over_shared_questions() -> None:
    a = {"1": 0.0, "2": 0.5, "3": 1.0, "4": 1.0}
    b = {"1": 1.0, "2": 0.5, "3": 0.9, "5": 1.0}
    found = compare_paired(a, b, {name: name for name in "12345"})
    assert found is not None
    assert (found.wins, found.losses, found.ties, found.figure.count) == (1, 1, 1, 3)
    assert found.figure.value == pytest.approx(0.3)
    same = compare_paired(a, a, {name: name for name in "1234"})
    assert same is not None and same.p == 1 and same.ties == 4
    assert compare_paired(a, {"9": 1.0}, {}) is None
