from collections.abc import Iterator

from eval.gold import resolve
from eval.pooling import Unjudged, judge, unjudged, with_verdict
from eval.questions import Question, Relevant
from rag.pipeline import Podium

TRIAL = "2021-03-18-zhao-lijian/6"
OTHERS = ["2021-03-18-zhao-lijian/1", "2021-03-18-zhao-lijian/2", "2021-03-18-zhao-lijian/3"]
LINKED = Question(
    id="linked",
    question="Was it linked?",
    kind="fact",
    relevant=[Relevant(transcript="000_fe0e2805aa4ab78b", quote="It is not linked to China-US", grade=2)],
)
SILENT = Question(id="silent", question="Who confirmed it?", kind="unanswerable")


def pool(podium: Podium, depth: int) -> list[Unjudged]:
    gold = resolve([LINKED, SILENT], podium.archive)
    one = {"linked": [(TRIAL, ""), (OTHERS[0], ""), (OTHERS[1], "")], "silent": [(OTHERS[1], "")]}
    other = {"linked": [(OTHERS[1], ""), (OTHERS[2], "")]}
    return unjudged([LINKED, SILENT], gold, {"one": one, "other": other}, podium.archive, depth)


def test_the_pool_is_what_runs_rank_high_and_the_set_does_not_know(podium: Podium) -> None:
    found = [(each.question.id, each.exchange_id, each.runs) for each in pool(podium, 2)]
    assert found == [
        ("linked", OTHERS[1], ("other",)),
        ("linked", OTHERS[0], ("one",)),
        ("linked", OTHERS[2], ("other",)),
        ("silent", OTHERS[1], ("one",)),
    ]
    assert pool(podium, 3)[0].runs == ("one", "other")


def test_a_verdict_becomes_gold_that_is_found_where_it_was_judged(podium: Podium) -> None:
    answers: Iterator[str] = iter(["0", "s", "1", "2"])
    verdicts = list(judge(pool(podium, 2), podium.archive, lambda _: next(answers)))
    assert [(name, verdict.grade) for name, verdict in verdicts] == [("linked", 0), ("linked", 1), ("silent", 2)]
    linked = LINKED
    for name, verdict in verdicts:
        if name == "linked":
            linked = with_verdict(linked, verdict)
    gold = resolve([linked], podium.archive)["linked"]
    assert gold.exchanges == {TRIAL: 2, OTHERS[1]: 0, OTHERS[2]: 1}
    silent = with_verdict(SILENT, verdicts[-1][1])
    assert silent.kind == "pooled" and silent.answerable
    assert with_verdict(SILENT, verdicts[0][1]).kind == "unanswerable"


def test_judging_stops_where_the_judge_stops(podium: Podium) -> None:
    answers = iter(["1", "q"])
    assert len(list(judge(pool(podium, 3), podium.archive, lambda _: next(answers)))) == 1
