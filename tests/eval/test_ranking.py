"""A small TREC collection, written out, measured by hand and by pytrec_eval."""

import math
from pathlib import Path

import pytest
import pytrec_eval

from eval.ranking import MEASURES, rank_scores
from eval.trec import read_qrels, read_run

QRELS = """
301 0 d1 2
301 0 d2 1
301 0 d3 0
301 0 d9 1
302 0 d4 1
303 0 d5 2
303 0 d6 0
304 0 d7 0
"""
RUN = """
301 Q0 d3 1 9.5 mine
301 Q0 d1 2 8.25 mine
301 Q0 d8 3 8.0 mine
301 Q0 d2 4 1e-3 mine
302 Q0 d1 1 3 mine
302 Q0 d2 2 2 mine
302 Q0 d4 9 -1 mine
304 Q0 d7 1 1 mine
"""
# trec_eval's own names for what is reported.
THEIRS = {
    "nDCG@10": "ndcg_cut_10",
    "Hit@1": "success_1",
    "Hit@5": "success_5",
    "MRR@10": "recip_rank",
    "Recall@5": "recall_5",
    "Recall@10": "recall_10",
    "Recall@20": "recall_20",
}


@pytest.fixture
def scores(tmp_path: Path) -> dict[str, dict[str, float]]:
    (tmp_path / "qrels").write_text(QRELS)
    (tmp_path / "run").write_text(RUN)
    return rank_scores(read_qrels(tmp_path / "qrels"), read_run(tmp_path / "run"))


def test_every_measure_is_what_a_hand_computes(scores: dict[str, dict[str, float]]) -> None:
    gained = 2 / math.log2(3) + 1 / math.log2(5)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    by_hand = {
        "301": {"nDCG@10": gained / ideal, "Hit@1": 0, "Hit@5": 1, "MRR@10": 1 / 2, "Recall@10": 2 / 3},
        "302": {"nDCG@10": 1 / math.log2(4), "Hit@1": 0, "Hit@5": 1, "MRR@10": 1 / 3, "Recall@10": 1},
        "303": {"nDCG@10": 0, "Hit@1": 0, "Hit@5": 0, "MRR@10": 0, "Recall@10": 0},
    }
    assert set(scores) == set(by_hand), "303 has no ranking and stays; 304 has nothing to find"
    for topic, values in by_hand.items():
        for measure in ("Recall@5", "Recall@20"):
            values[measure] = values["Recall@10"]
        assert scores[topic] == pytest.approx(values, abs=1e-12)


def test_every_measure_is_what_pytrec_eval_computes(tmp_path: Path, scores: dict[str, dict[str, float]]) -> None:
    qrels, run = read_qrels(tmp_path / "qrels"), read_run(tmp_path / "run")
    wanted = {"ndcg_cut.10", "success.1,5", "recip_rank", "recall.5,10,20"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, wanted).evaluate(run)
    assert set(THEIRS) == set(MEASURES)
    for topic in ("301", "302"):
        for measure, name in THEIRS.items():
            assert scores[topic][measure] == pytest.approx(theirs[topic][name], abs=1e-9), (topic, measure)


def test_equal_scores_go_by_id_as_in_trec_eval() -> None:
    grades = {"q": {"b": 1}}
    assert rank_scores(grades, {"q": {"a": 1.0, "b": 1.0}})["q"]["Hit@1"] == 1
    assert rank_scores(grades, {"q": {"c": 1.0, "b": 1.0}})["q"]["Hit@1"] == 0
    theirs = pytrec_eval.RelevanceEvaluator(grades, {"success.1"}).evaluate({"q": {"c": 1.0, "b": 1.0}})
    assert theirs["q"]["success_1"] == 0


def test_the_eleventh_no_longer_counts_for_ten() -> None:
    ranking = {f"d{at:02}": 20.0 - at for at in range(12)}
    scores = rank_scores({"q": {"d10": 2}}, {"q": ranking})["q"]
    assert (scores["nDCG@10"], scores["MRR@10"], scores["Recall@10"], scores["Recall@20"]) == (0, 0, 0, 1)
