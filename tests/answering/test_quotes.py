import json
from pathlib import Path

from conftest import SEEDS, SET

from rag.answering.quotes import best_run
from rag.archive.archive import Archive
from rag.pipeline import Podium


def questions() -> list[str]:
    lines = SET.read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def test_every_quote_stands_in_the_seed_file_at_its_offsets(podium: Podium) -> None:
    files = {path.name: path.read_bytes().decode("utf-8") for path in SEEDS.glob("*.txt")}
    seen = 0
    for question in questions():
        answer = podium.ask(question, k=10)
        for quote in (*answer.quotes, *answer.nearest):
            assert files[quote.source][quote.span.start : quote.span.end] == quote.text
            seen += 1
    assert seen > 400


def test_a_quote_is_one_to_three_whole_sentences_of_one_paragraph_by_its_speaker(podium: Podium) -> None:
    archive: Archive = podium.archive
    for question in questions()[:20]:
        for quote in podium.ask(question, k=10).quotes:
            exchange = archive.exchange(quote.exchange_id)
            assert exchange.spokesperson == quote.credit.spokesperson and exchange.date == quote.credit.date
            assert quote.text in quote.context
            sentences = archive.sentence_places[archive.exchange_sentences(quote.candidate.place)].tolist()
            starts, ends = [start for start, _ in sentences], [end for _, end in sentences]
            assert 0 <= ends.index(quote.span.end) - starts.index(quote.span.start) < 3


def test_the_quote_is_the_best_run_of_sentences() -> None:
    assert best_run([0.9]) == (0, 0)
    assert best_run([0.1, 0.8, 0.1]) == (1, 1)
    assert best_run([0.7, 0.8, 0.79, 0.75]) == (1, 3)
    assert best_run([0.8, 0.79, 0.78, 0.8, 0.79]) == (0, 2)
    assert best_run([-0.5, -0.2]) == (1, 1)


def test_seeds_are_the_files_that_the_readme_names() -> None:
    import hashlib

    listed = (SEEDS / "README.md").read_text("utf-8")
    files = sorted(SEEDS.glob("*.txt"))
    assert len(files) == 5
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in listed, path.name


def test_the_seeds_folder_holds_nothing_else() -> None:
    assert {path.suffix for path in Path(SEEDS).iterdir()} == {".txt", ".md"}
