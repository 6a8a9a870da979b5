"""Two evaluations of the same questions -> Comparison: differences with tests, and the questions that changed most."""

from dataclasses import dataclass

from eval.results import Evaluation, Judged
from eval.statistics import Difference, compare_paired
from rag.errors import BadInput

COMPARED = ("nDCG@10", "Hit@1", "Hit@5", "MRR@10", "Recall@20", "gold quotes hit", "word F1", "answered", "refused")
CHANGED = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A over the questions that both were asked."""

    a: str
    b: str
    shared: int
    differences: dict[str, Difference]
    changed: tuple[tuple[Judged, Judged], ...]


def compare(a: Evaluation, b: Evaluation, changed: int = CHANGED) -> Comparison:
    """Compare question by question; BadInput where the two have no question in common.

    Ranking measures come overall and, for nDCG@10, by kind.
    """
    ours, theirs = {each.id: each for each in a.asked}, {each.id: each for each in b.asked}
    pairs = [(ours[each], theirs[each]) for each in ours if each in theirs]
    if not pairs:
        raise BadInput(
            f"{a.name} and {b.name} have no question in common.",
            key="evaluations",
            remedy="Compare two evaluations of one question set.",
        )
    rows = {measure: _values(pairs, measure) for measure in COMPARED}
    for kind in dict.fromkeys(each.kind for each, _ in pairs):
        rows[f"nDCG@10, {kind}"] = _values([pair for pair in pairs if pair[0].kind == kind], "nDCG@10")
    clusters = {each.id: each.conference for each, _ in pairs}
    found = {measure: compare_paired(*values, clusters) for measure, values in rows.items()}
    differences = {measure: difference for measure, difference in found.items() if difference is not None}
    return Comparison(a.name, b.name, len(pairs), differences, tuple(_most_changed(pairs)[:changed]))


def _values(pairs: list[tuple[Judged, Judged]], measure: str) -> tuple[dict[str, float], dict[str, float]]:
    """The measure's values in A and in B, by question, where both have one."""
    both = [(a, b) for a, b in pairs if measure in a.measures and measure in b.measures]
    return {a.id: a.measures[measure] for a, _ in both}, {b.id: b.measures[measure] for _, b in both}


def _most_changed(pairs: list[tuple[Judged, Judged]]) -> list[tuple[Judged, Judged]]:
    def change(pair: tuple[Judged, Judged]) -> float:
        a, b = pair
        # An answerable question changes by its ranking, any other by being refused.
        ranking = abs(b.measures.get("nDCG@10", 0.0) - a.measures.get("nDCG@10", 0.0))
        return ranking + abs(b.measures.get("refused", 0.0) - a.measures.get("refused", 0.0))

    return [pair for pair in sorted(pairs, key=lambda pair: (-change(pair), pair[0].id)) if change(pair) > 0]
