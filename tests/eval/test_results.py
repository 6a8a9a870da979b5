from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SET

from eval.gold import Gold, resolve
from eval.questions import Question, read_questions
from eval.results import (
    Evaluation,
    Judged,
    Topic,
    evaluate,
    evaluate_rankings,
    read_evaluation,
    summarise,
    write_evaluation,
)
from eval.runs import SHIPPED, VARIATIONS, Result, run_questions
from eval.tables import institutions_table
from eval.trec import read_qrels, read_run
from rag.errors import ArchiveUnwritable, BadInput
from rag.pipeline import Podium
from rag.question.filters import Filters


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    every = read_questions([SET])
    return every[:8] + [each for each in every if not each.answerable][:3]


@pytest.fixture(scope="module")
def gold(questions: list[Question], podium: Podium) -> dict[str, Gold]:
    return resolve(questions, podium.archive)


@pytest.fixture(scope="module")
def results(questions: list[Question], podium: Podium) -> list[Result]:
    return run_questions(podium, questions, VARIATIONS[SHIPPED])


@pytest.fixture(scope="module")
def evaluation(questions: list[Question], gold: dict[str, Gold], results: list[Result], podium: Podium) -> Evaluation:
    return evaluate("fused", {"questions": "some"}, questions, gold, results, podium.archive)


def test_means_are_over_every_answerable_question(evaluation: Evaluation) -> None:
    overall = evaluation.figures["overall"]
    values = [each.measures["nDCG@10"] for each in evaluation.asked if each.answerable]
    assert len(values) == 8 == overall["nDCG@10"].count and overall["refused"].count == 3
    assert overall["nDCG@10"].value == pytest.approx(sum(values) / 8) and overall["nDCG@10"].value > 0.5
    assert set(evaluation.figures) == {"overall", *(each.kind for each in evaluation.asked)}
    assert evaluation.refusals is not None and evaluation.refusals.auroc is not None
    assert set(evaluation.latency_ms) >= {"encode", "search", "quote", "total"}


def test_a_question_without_a_result_scores_zero_and_stays(
    questions: list[Question], gold: dict[str, Gold], results: list[Result], podium: Podium, evaluation: Evaluation
) -> None:
    best = max(evaluation.asked, key=lambda each: each.measures.get("nDCG@10", 0))
    fewer = [result for result in results if result.question_id != best.id]
    without = evaluate("fewer", {}, questions, gold, fewer, podium.archive)
    for measure in ("nDCG@10", "gold quotes hit", "answered"):
        figure, before = without.figures["overall"][measure], evaluation.figures["overall"][measure]
        assert figure.count == before.count
        assert figure.value == pytest.approx(before.value - best.measures[measure] / figure.count)


def test_citations_are_checked_against_the_place_and_not_the_quotes_own_word(
    questions: list[Question], gold: dict[str, Gold], results: list[Result], podium: Podium
) -> None:
    first = next(result for result in results if result.quotes)
    quote = first.quotes[0]
    for wrong, measure in (
        (replace(quote, credit=replace(quote.credit, spokesperson="Hua Chunying")), "right speaker"),
        (replace(quote, credit=replace(quote.credit, date=None)), "right date"),
        (replace(quote, credit=replace(quote.credit, outlet="Somebody Else")), "right outlet"),
        (replace(quote, text=quote.text + "!"), "verbatim"),
    ):
        asked = [each for each in questions if each.id == first.question_id]
        told = evaluate("wrong", {}, asked, gold, [replace(first, quotes=(wrong,))], podium.archive)
        measures = told.asked[0].measures
        checked = {name: measures[name] for name in ("verbatim", "right speaker", "right date", "right outlet")}
        assert checked.pop(measure) == 0 and set(checked.values()) == {1}


def test_a_quote_that_goes_on_into_the_next_paragraph_is_cited_as_any_other(
    questions: list[Question], gold: dict[str, Gold], results: list[Result], podium: Podium
) -> None:
    quote = podium.ask("What did Zhao Lijian reply when Blinken spoke of genocide?").quotes[0]
    assert "\n\n" in quote.text
    told = evaluate("across", {}, questions[:1], gold, [replace(results[0], quotes=(quote,))], podium.archive)
    cited = ("verbatim", "right speaker", "right date", "right outlet")
    assert {told.asked[0].measures[name] for name in cited} == {1}


def test_who_and_to_whom_are_checked_against_the_set_where_it_tells(
    questions: list[Question], results: list[Result], podium: Podium
) -> None:
    question = questions[0]
    told = question.relevant[0].model_copy(update={"spokesperson": "Hua Chunying", "outlet": "FSN"})
    asked = [question.model_copy(update={"relevant": [told]})]
    gold = resolve(asked, podium.archive)
    said = [
        quote
        for quote in podium.ask("trial of two Canadians linked to talks in Alaska", k=10).quotes
        if quote.exchange_id in gold[question.id].exchanges
    ]
    measures = evaluate(
        "labels", {}, asked, gold, [replace(results[0], answered=True, quotes=tuple(said))], podium.archive
    ).asked[0]
    assert measures.measures["right speaker"] == 0 and measures.measures["right outlet"] == 1


def test_filters_understood_are_counted(
    questions: list[Question], gold: dict[str, Gold], results: list[Result], podium: Podium
) -> None:
    wrong = [replace(result, filters=Filters(outlets=("NHK",))) for result in results]
    told = evaluate("wrong", {}, questions, gold, wrong, podium.archive).understanding
    assert told["outlets"]["precision"] == 0 and told["date_from"]["precision"] is None


def test_an_evaluation_comes_back_and_its_run_scores_the_same(
    tmp_path: Path, evaluation: Evaluation, gold: dict[str, Gold]
) -> None:
    grades = {each: gold[each].exchanges for each in gold}
    write_evaluation(tmp_path / "out" / "here", evaluation, grades, "<html>")
    folder = tmp_path / "out" / "here"
    assert {path.name for path in folder.iterdir()} == {"report.html", "results.json", "run.trec", "qrels.trec"}
    assert read_evaluation(folder) == evaluation
    rankings, qrels = read_run(folder / "run.trec"), read_qrels(folder / "qrels.trec")
    again = evaluate_rankings("again", {}, [Topic(each, each, "any") for each in qrels], qrels, rankings)
    assert again.figures["overall"]["nDCG@10"].value == evaluation.figures["overall"]["nDCG@10"].value
    assert sorted(path.name for path in folder.parent.iterdir()) == ["here"]


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is(tmp_path: Path, evaluation: Evaluation) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ArchiveUnwritable, match="file"):
        write_evaluation(tmp_path / "file", evaluation, {}, "")
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and (tmp_path / "file").read_text() == "kept"


def test_what_is_no_evaluation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"name": "x", "figures": NaN}')
    with pytest.raises(BadInput, match="can't be read as an evaluation"):
        read_evaluation(tmp_path)
    with pytest.raises(BadInput, match="No such file"):
        read_evaluation(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="none of 1 questions"):
        evaluate_rankings("x", {}, [Topic("q", "q", "any")], {"q": {"d": 0}}, {"q": {"d": 1.0}})


def test_institutions_are_told_apart_where_several_answer() -> None:
    asked = [
        Judged(id=name, question="?", kind="fact", conference=name, institution=of, answerable=True, measures=measures)
        for name, of, measures in (
            ("a", "Kremlin", {"nDCG@10": 1.0, "Hit@5": 1.0}),
            ("b", "Kremlin", {"nDCG@10": 0.5, "Hit@5": 1.0}),
            ("c", "", {}),
        )
    ]
    both, one = (institutions_table(summarise("fused", {}, some)) for some in (asked, asked[:2]))
    assert [(row[0], row[1], row[2], row[4]) for row in both.rows] == [
        ("Kremlin", "2", "0.750", "1.000"),
        ("not known", "1", "0.000", "0.000"),
    ]
    assert one.rows == ()
