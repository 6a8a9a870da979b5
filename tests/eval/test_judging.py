"""What readers said of the quotes that podium showed, counted."""

from pathlib import Path

import pytest

from eval.judging import (
    Graded,
    Judgement,
    Judgements,
    confidence_table,
    grade_of,
    judge,
    judged_table,
    read_judged,
    write_judged,
)
from eval.questions import Question, Relevant
from rag.answering.quotes import Quote
from rag.errors import BadInput
from rag.pipeline import Podium

LINKED = Question(
    id="linked",
    question="What did China say about the trial of the two Canadians?",
    kind="position",
    relevant=[Relevant(transcript="000_fe0e2805aa4ab78b", quote="It is not linked to China-US", grade=2)],
)


@pytest.fixture
def quote(podium: Podium) -> Quote:
    return podium.ask(LINKED.question).quotes[0]


def verdict(quote: Quote, grade: int, *, shorter: int = 0) -> Judgement:
    return Judgement(exchange=quote.exchange_id, start=quote.span.start, end=quote.span.end - shorter, grade=grade)


def test_a_verdict_holds_for_nearly_the_same_stretch_and_for_no_other(quote: Quote) -> None:
    length = quote.span.end - quote.span.start
    nearly = Judgements(question="linked", quotes=[verdict(quote, 1, shorter=length // 10)])
    half = Judgements(question="linked", quotes=[verdict(quote, 1, shorter=length // 2)])
    elsewhere = Judgements(question="linked", quotes=[verdict(quote, 1).model_copy(update={"exchange": "other/1"})])
    assert [grade_of(quote, each) for each in (nearly, half, elsewhere)] == [1, None, None]


def test_each_measure_counts_what_is_judged(quote: Quote) -> None:
    shown = [
        Graded(LINKED, (quote, quote), (2, 0)),
        Graded(LINKED, (quote,), (1,)),
        Graded(LINKED, (quote,), (None,)),
        Graded(LINKED, (), ()),
    ]
    first, some, right, noise, quotes, words, known = judged_table(shown).rows[0][2:]
    assert [cell.split()[0] for cell in (first, some, right, noise)] == ["0.333", "0.333", "0.333", "0.333"]
    assert (quotes, words, known) == ("1.000", f"{len(quote.text.split()):.3f}", "0.750")


def test_confidences_stand_beside_what_came_true(quote: Quote) -> None:
    row = confidence_table([Graded(LINKED, (quote, quote), (2, 1)), Graded(LINKED, (quote,), (None,))]).rows
    assert [cells[1:] for cells in row] == [("2", f"{quote.confidence:.3f}", "0.500")]


def test_only_what_nobody_judged_is_asked_for_until_told_to_stop(quote: Quote) -> None:
    shown = [Graded(LINKED, (quote,), (2,)), Graded(LINKED, (quote,), (None,)), Graded(LINKED, (quote,), (None,))]
    answers = iter([0, None])
    assert list(judge(shown, lambda *_: next(answers))) == [("linked", verdict(quote, 0))]


def test_what_is_kept_is_read_again_and_a_wrong_line_is_named(quote: Quote, tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    kept = {"linked": Judgements(question="linked", quotes=[verdict(quote, 2)])}
    write_judged(file, kept)
    assert read_judged(file) == kept
    file.write_text(file.read_text("utf-8") + '{"question": "x", "quotes": [{"grade": 3}]}\n', "utf-8")
    with pytest.raises(BadInput, match=r"judged.jsonl:2: quotes.0.exchange"):
        read_judged(file)
    with pytest.raises(BadInput, match="No such file"):
        read_judged(tmp_path / "none.jsonl")
