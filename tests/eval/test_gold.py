from pathlib import Path

import pytest
from conftest import SEEDS, SET

from eval.gold import fold, passage_id, resolve
from eval.questions import Question, Relevant, read_questions
from rag.archive.archive import open_archive
from rag.errors import BadInput
from rag.pipeline import Podium, build
from rag.settings import Settings

TRIAL = "It is not linked to China-US high-level strategic dialogue."


def asked(*relevant: Relevant) -> Question:
    return Question(id="q", question="?", kind="fact", relevant=list(relevant))


def test_typography_and_white_space_are_folded_and_case_is_kept() -> None:
    assert fold("\u00a0“Two\n words”\u2009–\u200b US’ …\n")[0] == '"Two words" - US\' ...'
    folded, places = fold("a \n“b”")
    assert folded == 'a "b"' and places == [0, 1, 3, 4, 5]


def test_every_gold_quote_of_the_seeds_stands_in_its_exchange(podium: Podium) -> None:
    questions = read_questions([SET])
    gold = resolve(questions, podium.archive)
    for question in questions:
        found = gold[question.id]
        assert {id(each.relevant) for each in found.quotes} == {id(each) for each in question.relevant}
        for quote in found.quotes:
            assert fold(quote.text)[0] == fold(quote.relevant.quote)[0]
            exchange = podium.archive.exchange(quote.exchange_id)
            assert any(part.start <= quote.span.start < part.end for part in exchange.answer)
        assert bool(found.exchanges) == bool(found.passages) == question.answerable


def test_a_quote_is_found_however_it_is_typed(podium: Podium) -> None:
    typed = 'the US should overhaul its erroneous policy of "maximum \n pressure" on Iran'
    found = resolve([asked(Relevant(transcript="001_0fff8f2adf6f217a", quote=typed, grade=2))], podium.archive)["q"]
    (quote,) = found.quotes
    assert quote.text == "the US should overhaul its erroneous policy of “maximum pressure” on Iran"
    assert podium.archive.exchange(quote.exchange_id).outlet == "CCTV"
    (passage,) = found.passages
    rows = [row for row in range(len(podium.archive.passage_exchange)) if passage_id(podium.archive, row) == passage]
    assert quote.text in podium.archive.passage(rows[0]).span.cut(podium.archive.text("2021-12-24-zhao-lijian"))


def test_words_that_two_answers_repeat_count_in_both(podium: Podium) -> None:
    said = Relevant(transcript="001_0fff8f2adf6f217a", quote="China welcomes representatives of Japan's", grade=1)
    found = resolve([asked(said)], podium.archive)["q"]
    assert {podium.archive.exchange(each).outlet for each in found.exchanges} == {"Phoenix TV", "The Paper"}


@pytest.mark.parametrize(
    ("transcript", "quote", "says"),
    [
        ("999_nowhere", TRIAL, "no transcript '999_nowhere'"),
        ("000_fe0e2805aa4ab78b", "It is linked to nothing.", "holds the quote 'It is linked to nothing.'"),
        ("000_fe0e2805aa4ab78b", TRIAL.lower(), "holds the quote"),
        ("001_0fff8f2adf6f217a", TRIAL, "no exchange of 001_0fff8f2adf6f217a"),
        ("001_0fff8f2adf6f217a", "Suggest to a friend", "holds the quote"),
    ],
)
def test_gold_that_is_not_there_is_named(podium: Podium, transcript: str, quote: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        resolve([asked(Relevant(transcript=transcript, quote=quote, grade=2))], podium.archive)


def test_two_files_of_one_conference_are_one_exchange_with_the_higher_grade(tmp_path: Path) -> None:
    seed = SEEDS / "000_fe0e2805aa4ab78b.txt"
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_bytes(seed.read_bytes())
    build(Settings(archive=tmp_path / "archive"), [tmp_path])
    archive = open_archive(tmp_path / "archive")
    graded = [Relevant(transcript=name, quote=TRIAL, grade=grade) for name, grade in (("one", 1), ("two", 2))]
    for relevant in (graded, graded[::-1]):
        found = resolve([asked(*relevant)], archive)["q"]
        assert list(found.exchanges.values()) == [2] == list(found.passages.values())
        assert [each.grade for each in found.quotes] == [2]
