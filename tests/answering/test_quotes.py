import json
from pathlib import Path

import pytest
from conftest import SEEDS, SET

from rag.answering.answer import Answer
from rag.answering.stretches import MOST_WORDS
from rag.archive.archive import Archive
from rag.pipeline import Podium


@pytest.fixture(scope="module")
def answers(podium: Podium) -> list[Answer]:
    """What every fourth question of the seeds' set is answered."""
    lines = SET.read_text("utf-8").splitlines()[::4]
    return [podium.ask(json.loads(line)["question"], k=10) for line in lines]


def test_every_quote_stands_in_the_seed_file_at_its_offsets(answers: list[Answer]) -> None:
    files = {path.name: path.read_bytes().decode("utf-8") for path in SEEDS.glob("*.txt")}
    quotes = [quote for answer in answers for quote in (*answer.quotes, *answer.nearest)]
    assert len(quotes) > 8
    for quote in quotes:
        assert files[quote.source][quote.span.start : quote.span.end] == quote.text


def test_a_quote_is_whole_sentences_by_its_speaker(podium: Podium, answers: list[Answer]) -> None:
    archive: Archive = podium.archive
    for quote in (quote for answer in answers for quote in answer.quotes):
        exchange = archive.exchange(quote.exchange_id)
        assert exchange.spokesperson == quote.credit.spokesperson and exchange.date == quote.credit.date
        assert quote.text in quote.context
        sentences = archive.sentence_places[archive.exchange_sentences(quote.candidate.place)].tolist()
        starts, ends = [start for start, _ in sentences], [end for _, end in sentences]
        count = ends.index(quote.span.end) - starts.index(quote.span.start) + 1
        assert count == 1 or (count > 1 and len(quote.text.split()) <= MOST_WORDS)


def test_the_focus_lies_in_the_quote_and_the_quote_in_its_paragraphs(podium: Podium) -> None:
    for asked in ("Who owns the Diaoyu islands?", "Is the trial linked to the Alaska talks?", "And what of vaccines?"):
        answer = podium.ask(asked)
        for quote in (*answer.quotes, *answer.nearest):
            assert quote.span.start <= quote.focus.start < quote.focus.end <= quote.span.end
            assert quote.paragraphs[0].start <= quote.span.start < quote.span.end <= quote.paragraphs[-1].end
            assert 0 < quote.confidence < 1


def test_a_quote_goes_on_over_the_end_of_a_short_paragraph(podium: Podium) -> None:
    quote = podium.ask("What did Zhao Lijian reply when Blinken spoke of genocide?").quotes[0]
    assert quote.text.startswith("There's never ever such thing as genocide in China. Period.\n\n")
    assert len(quote.paragraphs) > 1 and set(quote.paragraphs) <= set(podium.archive.exchange(quote.exchange_id).answer)
    assert len(quote.text.split()) <= MOST_WORDS


def test_seeds_are_the_files_that_the_readme_names() -> None:
    import hashlib

    listed = (SEEDS / "README.md").read_text("utf-8")
    files = sorted(SEEDS.glob("*.txt"))
    assert len(files) == 5
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in listed, path.name


def test_the_seeds_folder_holds_nothing_else() -> None:
    assert {path.suffix for path in Path(SEEDS).iterdir()} == {".txt", ".md"}
