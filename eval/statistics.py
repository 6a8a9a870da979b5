"""Intervals and tests for means over questions that share conferences. Seeded: same input, same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS, FLIPS = 4000, 10_000
SEED = 20210318
_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over `count` questions, with its 95% interval."""

    value: float
    low: float
    high: float
    count: int


def mean_with_interval(values: Sequence[float], clusters: Sequence[str]) -> Figure:
    """The mean of the values and its percentile bootstrap interval, whole clusters drawn with replacement.

    Efron and Tibshirani 1993, ch. 13; clusters as in Field and Welsh, JRSS B 2007. One cluster has no interval
    to speak of: its ends are the mean itself.
    """
    mean = float(np.mean(values))
    sums, counts = _by_cluster(values, clusters)
    # How often each cluster is drawn, a row a draw: (DRAWS, clusters), each row summing to the number of clusters.
    chances = np.full(len(sums), 1 / len(sums))
    drawn = np.random.default_rng(SEED).multinomial(len(sums), chances, size=DRAWS).astype(float)
    means = drawn @ sums / (drawn @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(mean, float(low), float(high), len(values))


@dataclass(frozen=True, slots=True)
class Difference:
    """The means of A and B on the questions both answer, B less A with its interval and p value, and the score."""

    a: float
    b: float
    figure: Figure
    p: float
    wins: int
    losses: int
    ties: int


def compare_paired(a: Mapping[str, float], b: Mapping[str, float], clusters: Mapping[str, str]) -> Difference | None:
    """B less A over the questions that both have; None where there are none."""
    shared = [each for each in a if each in b]
    if not shared:
        return None
    gains = [b[each] - a[each] for each in shared]
    named = [clusters[each] for each in shared]
    return Difference(
        a=float(np.mean([a[each] for each in shared])),
        b=float(np.mean([b[each] for each in shared])),
        figure=mean_with_interval(gains, named),
        p=randomisation_p(gains, named),
        wins=sum(gain > 0 for gain in gains),
        losses=sum(gain < 0 for gain in gains),
        ties=sum(gain == 0 for gain in gains),
    )


def randomisation_p(gains: Sequence[float], clusters: Sequence[str]) -> float:
    """Two-sided p of a mean gain: how often flipping A and B by chance, a cluster at a time, gives as large a one.

    Paired randomisation test (Smucker, Allan and Carterette, CIKM 2007); the observed order counts as one of
    the draws (Davison and Hinkley 1997, ch. 4), so p is never 0.
    """
    sums, _ = _by_cluster(gains, clusters)
    # Heads or tails for each cluster: (FLIPS, clusters) of -1 and 1.
    signs = np.random.default_rng(SEED).integers(0, 2, size=(FLIPS, len(sums))) * 2.0 - 1.0
    flipped = np.abs(signs @ sums)
    observed = abs(float(sums.sum()))
    # A hair below, since sums in another order differ in their last digits.
    return (1 + int((flipped >= observed - 1e-12).sum())) / (1 + FLIPS)


def _by_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[_Numbers, _Numbers]:
    """The sum and the number of the values of each cluster."""
    _, at = np.unique(np.asarray(clusters), return_inverse=True)
    sums: _Numbers = np.bincount(at, weights=np.asarray(values, dtype=float)).astype(np.float64)
    return sums, np.bincount(at).astype(np.float64)
