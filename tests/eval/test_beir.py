import json
from pathlib import Path

import pytest

from embeddings.encoder import Encoder
from eval.beir import Document, document_of, read_beir, transcripts_of, write_beir
from eval.runs import VARIATIONS, rank_topics
from rag.errors import BadInput
from rag.intake.ingest import publish_transcripts
from rag.pipeline import Podium
from rag.settings import Settings

CORPUS = [
    {"_id": "MED-1", "title": "Torch relay", "text": "The flame was lit in Olympia.\n\nIt travels to Tokyo."},
    {"_id": "MED-2", "title": "", "text": "The embassy has stopped posting messages."},
    {"_id": "MED-3", "title": "Vaccines for the islands", "text": ""},
    {"_id": "MED-4", "title": "", "text": " \n"},
]
QUERIES = [{"_id": "1", "text": "Where was the flame lit?"}, {"_id": "2", "text": "doses for island states"}]


def written(folder: Path, corpus: list[str], queries: list[str], qrels: str) -> Path:
    (folder / "qrels").mkdir()
    (folder / "corpus.jsonl").write_text("\n".join(corpus), "utf-8")
    (folder / "queries.jsonl").write_text("\n".join(queries), "utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    qrels = "query-id\tcorpus-id\tscore\n1\tMED-1\t2\n2\tMED-3\t1\n"
    return written(tmp_path, [json.dumps(each) for each in CORPUS], [json.dumps(each) for each in QUERIES], qrels)


def test_a_folder_is_read(folder: Path) -> None:
    collection = read_beir(folder)
    assert collection.documents[0] == Document.model_validate(CORPUS[0])
    assert collection.queries == {"1": "Where was the flame lit?", "2": "doses for island states"}
    assert collection.grades == {"1": {"MED-1": 2}, "2": {"MED-3": 1}}


def test_a_document_is_one_exchange_of_its_paragraphs_under_its_title(folder: Path) -> None:
    first, second, third = transcripts_of(read_beir(folder).documents)
    (exchange,) = first.exchanges
    assert exchange.id == "MED-1/1" and document_of(exchange.id) == "MED-1"
    assert exchange.question is not None and exchange.question.cut(first.text) == "Torch relay"
    assert [span.cut(first.text) for span in exchange.answer] == [
        "The flame was lit in Olympia.",
        "It travels to Tokyo.",
    ]
    assert second.exchanges[0].question is None
    assert [span.cut(third.text) for span in third.exchanges[0].answer] == ["Vaccines for the islands"]


def test_a_collection_is_searched_by_podiums_own_index(folder: Path, encoder: Encoder) -> None:
    collection = read_beir(folder)
    archive = folder / "archive"
    publish_transcripts(archive, list(transcripts_of(collection.documents)), encoder)
    podium = Podium(Settings(archive=archive), encoder)
    for variation in ("fused", "dense"):
        ranked = rank_topics(podium, collection.queries, VARIATIONS[variation])
        assert max(ranked["1"], key=ranked["1"].__getitem__) == "MED-1/1"
        assert max(ranked["2"], key=ranked["2"].__getitem__) == "MED-3/1"


def test_an_archive_goes_out_and_comes_back(tmp_path: Path, podium: Podium) -> None:
    write_beir(tmp_path, podium.archive, {"q": "Was it linked?"}, {"q": {"2021-03-18-zhao-lijian/6": 2}})
    collection = read_beir(tmp_path)
    assert len(collection.documents) == len(podium.archive.exchanges)
    sixth = next(each for each in collection.documents if each.id == "2021-03-18-zhao-lijian/6")
    assert "the trial of the two Michaels" in sixth.title and "It is not linked" in sixth.text
    assert collection.grades == {"q": {"2021-03-18-zhao-lijian/6": 2}}


@pytest.mark.parametrize(
    ("corpus", "queries", "qrels", "says"),
    [
        ('{"_id": "d"', '{"_id": "q", "text": "?"}', "q\td\t1", r"corpus.jsonl:1: Invalid JSON"),
        ('{"_id": "d"}', '{"_id": "q", "text": "?"}', "q\td\t1", r"corpus.jsonl:1: text: Field required"),
        (
            '{"_id": "d d", "text": ""}',
            '{"_id": "q", "text": "?"}',
            "q\td\t1",
            r"corpus.jsonl:1: _id: String should match",
        ),
        ('{"_id": "d", "text": ""}', '{"_id": "q", "text": "?"}\n' * 2, "q\td\t1", r"queries.jsonl:2: .*'q' stands"),
        ('{"_id": "d", "text": ""}', '{"_id": "q", "text": "?"}', "q\td\t1\nr\td\t1", r"test.tsv:2: the query 'r'"),
        ('{"_id": "d", "text": ""}', '{"_id": "q", "text": "?"}', "q\td\tx", r"test.tsv:1: a line has"),
        ('{"_id": "d", "text": ""}', '{"_id": "q", "text": "?"}', "query-id\tcorpus-id\tscore", "0 judged"),
        ("7", '{"_id": "q", "text": "?"}', "q\td\t1", r"corpus.jsonl:1: Input should be an object"),
    ],
)
def test_a_bad_folder_is_named_by_file_and_line(
    tmp_path: Path, corpus: str, queries: str, qrels: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        read_beir(written(tmp_path, [corpus], [queries], qrels))
