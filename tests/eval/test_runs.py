import pytest

from eval.gold import passage_id
from eval.questions import Question, Relevant, RightFilters
from eval.runs import SHIPPED, VARIATIONS, Variation, run_questions
from rag.archive.words import words_of
from rag.pipeline import Podium

TRIAL = Question(
    id="trial",
    question="Is the trial of the two Canadians linked to the Alaska talks?",
    kind="fact",
    relevant=[Relevant(transcript="000_fe0e2805aa4ab78b", quote="It is not linked", grade=2)],
)


def test_a_result_is_what_podium_answers(podium: Podium) -> None:
    (result,) = run_questions(podium, [TRIAL], VARIATIONS[SHIPPED])
    answer = podium.ask(TRIAL.question)
    assert result.quotes == answer.quotes and result.answered and result.confidence == answer.confidence > 0
    assert result.ranking[0].exchange_id == answer.quotes[0].exchange_id
    assert len(result.ranking) >= 20
    assert [each.score for each in result.ranking] == sorted((each.score for each in result.ranking), reverse=True)
    assert result.timings_ms is not None and result.timings_ms["encode"] > 0


def test_bm25_alone_ranks_by_words_alone(podium: Podium) -> None:
    (result,) = run_questions(podium, [TRIAL], VARIATIONS["bm25"])
    rows, _ = podium.archive.words.search(dict.fromkeys(words_of(TRIAL.question), 1.0), 1)
    best = passage_id(podium.archive, int(rows[0]))
    assert result.ranking[0].passage_id == best and result.ranking[0].score == pytest.approx(1)


def test_dense_alone_ranks_by_passage_vectors_alone(podium: Podium) -> None:
    (result,) = run_questions(podium, [TRIAL], VARIATIONS["dense"])
    vector = podium.encoder.encode_queries([TRIAL.question])[0]
    rows, _ = podium.archive.passage_vectors.search(vector, 1)
    assert result.ranking[0].passage_id == passage_id(podium.archive, int(rows[0]))


def test_given_filters_hold_and_others_do_not(podium: Podium) -> None:
    filters = RightFilters(spokespeople=["Wang Wenbin"])
    question = TRIAL.model_copy(update={"filters": filters})
    (given,) = run_questions(podium, [question], VARIATIONS["given filters"])
    assert given.ranking and all(each.exchange_id.startswith("2021-02-26-wang-wenbin/") for each in given.ranking)
    (free,) = run_questions(podium, [question], Variation(understand=False))
    assert free.ranking[0].exchange_id.startswith("2021-03-18-zhao-lijian/")


def test_a_question_that_podium_refuses_to_take_is_a_result_with_the_reason(podium: Podium) -> None:
    nobody = TRIAL.model_copy(update={"filters": RightFilters(spokespeople=["Nobody At All"])})
    done: list[int] = []
    results = run_questions(podium, [nobody, TRIAL], Variation(given=True), progress=lambda *at: done.append(at[1]))
    assert results[0].error is not None and "Nobody At All" in results[0].error
    assert not results[0].answered and results[0].ranking == ()
    assert results[1].answered and done == [1, 2]


def test_every_variation_differs_from_what_is_shipped_by_what_it_says() -> None:
    assert next(iter(VARIATIONS)) == SHIPPED == "fused"
    assert len({str(each) for each in VARIATIONS.values()}) == len(VARIATIONS)
    assert {"bm25", "dense", "without sentences", "without filters"} <= set(VARIATIONS)
