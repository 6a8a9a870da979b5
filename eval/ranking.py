"""Rankings x grades -> nDCG, recall, reciprocal rank, success. The only file that imports ir_measures.

ir_measures hands these to trec_eval's own code: gain is the grade (Järvelin and Kekäläinen, TOIS 2002, with
discount 1 / log2(rank + 1)), relevant is a grade of 1 or more, equal scores go by id, the later id first.
"""

from collections.abc import Mapping

from ir_measures import RR, Measure, Qrel, R, ScoredDoc, Success, iter_calc, nDCG

MEASURES: dict[str, Measure] = {
    "nDCG@10": nDCG @ 10,
    "Hit@1": Success @ 1,
    "Hit@5": Success @ 5,
    "MRR@10": RR @ 10,
    "Recall@5": R @ 5,
    "Recall@10": R @ 10,
    "Recall@20": R @ 20,
}


def rank_scores(
    grades: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Topic -> measure -> value, for every topic that has something relevant; 0 where the run has no ranking for it.

    A ranking is id -> score, higher is better.
    """
    judged = [topic for topic, graded in grades.items() if any(grade > 0 for grade in graded.values())]
    # trec_eval says nothing of a topic that has no ranking.
    scores = {topic: dict.fromkeys(MEASURES, 0.0) for topic in judged}
    names = {measure: name for name, measure in MEASURES.items()}
    qrels = [Qrel(topic, name, grade) for topic in judged for name, grade in grades[topic].items()]
    run = [ScoredDoc(topic, name, score) for topic in judged for name, score in rankings.get(topic, {}).items()]
    for found in iter_calc(list(names), qrels, run):
        scores[found.query_id][names[found.measure]] = float(found.value)
    return scores
