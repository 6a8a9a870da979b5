"""BEIR folders <-> transcripts, questions and grades: corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.

A document becomes a transcript of one exchange: its title stands where a reporter's question would, as what
its text is about, and its paragraphs are the answer. (Thakur et al., NeurIPS 2021 Datasets and Benchmarks.)
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.trec import Grades, read_lines
from rag.archive.archive import Archive
from rag.errors import BadInput
from rag.transcript import Exchange, Span, Transcript

_PARAGRAPH = re.compile(r"\S[^\n]*")
_HEADER = ("query-id", "corpus-id", "score")


@dataclass(frozen=True, slots=True)
class Document:
    """A line of corpus.jsonl."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A BEIR folder, read: documents, the words of each query, and grades by query and document."""

    documents: list[Document]
    queries: dict[str, str]
    grades: Grades


def read_beir(folder: Path, split: str = "test") -> Collection:
    """Read a folder, keeping the queries that the split judges; BadInput with file and line."""
    documents: dict[str, Document] = {}
    for place, line in _objects(folder / "corpus.jsonl"):
        name = _id(line, place, documents)
        documents[name] = Document(name, _string(line, "title", place), _string(line, "text", place))
    queries: dict[str, str] = {}
    for place, line in _objects(folder / "queries.jsonl"):
        queries[_id(line, place, queries)] = _string(line, "text", place)
    grades = _read_grades(folder / "qrels" / f"{split}.tsv", queries)
    if not documents or not grades:
        raise BadInput(
            f"{folder} has {len(documents)} documents and {len(grades)} judged queries.",
            key="folder",
            value=str(folder),
            remedy="Give a BEIR folder with at least one of each.",
        )
    return Collection(list(documents.values()), {each: queries[each] for each in grades}, grades)


def transcripts_of(documents: Iterable[Document]) -> Iterator[Transcript]:
    """A transcript a document that has words, its id the document's own."""
    for document in documents:
        title = " ".join(document.title.split())
        text = f"{title}\n{document.text}" if title else document.text
        body = len(title) + 1 if title else 0
        paragraphs = [Span(document.id, body + m.start(), body + m.end()) for m in _PARAGRAPH.finditer(document.text)]
        asked = Span(document.id, 0, len(title)) if title and paragraphs else None
        answer = tuple(paragraphs) or ((Span(document.id, 0, len(title)),) if title else ())
        if answer:
            exchange = Exchange(document.id, 1, "remarks", None, None, None, None, asked, answer)
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            yield Transcript(document.id, title, None, None, (document.id,), digest, text, (exchange,))


def document_of(exchange_id: str) -> str:
    """The document that an exchange was made from."""
    return exchange_id.removesuffix("/1")


def write_beir(
    folder: Path, archive: Archive, queries: Mapping[str, str], grades: Mapping[str, Mapping[str, int]]
) -> None:
    """Write an archive's exchanges, a document each, with queries and their grades as the split "test"."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    corpus = []
    for exchange in archive.exchanges:
        text = archive.text(exchange.transcript_id)
        asked = "" if exchange.question is None else " ".join(exchange.question.cut(text).split())
        said = "\n".join(" ".join(span.cut(text).split()) for span in exchange.answer)
        corpus.append({"_id": exchange.id, "title": asked, "text": said})
    _write_objects(folder / "corpus.jsonl", corpus)
    _write_objects(folder / "queries.jsonl", [{"_id": name, "text": words} for name, words in queries.items()])
    rows = ["\t".join(_HEADER)]
    rows += [f"{topic}\t{name}\t{grade}" for topic, graded in grades.items() for name, grade in graded.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", "utf-8")


def _read_grades(path: Path, queries: Mapping[str, str]) -> Grades:
    grades: Grades = {}
    for number, (place, line) in enumerate(read_lines(path)):
        fields = line.rstrip("\r").split("\t")
        if number == 0 and fields[0] == _HEADER[0]:
            continue
        if len(fields) != 3 or not fields[2].strip().lstrip("-").isdigit():
            raise _bad(place, "a line has a query's id, a document's id and a whole grade", "line", line)
        if fields[0] not in queries:
            raise _bad(place, f"the query {fields[0]!r} is not in queries.jsonl", "query-id", fields[0])
        grades.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    return grades


def _objects(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for place, line in read_lines(path):
        try:
            made = json.loads(line)
        except ValueError as error:
            raise _bad(place, f"the line is not JSON: {error}", "line", line) from error
        if not isinstance(made, dict):
            raise _bad(place, "the line is not a JSON object", "line", line)
        yield place, made


def _id(line: Mapping[str, object], place: str, taken: Mapping[str, object]) -> str:
    name = line.get("_id")
    if not isinstance(name, str) or not name or len(name.split()) != 1:
        raise _bad(place, f"_id is {name!r}, not one word", "_id", name)
    if name in taken:
        raise _bad(place, f"the _id {name!r} stands twice", "_id", name)
    return name


def _string(line: Mapping[str, object], key: str, place: str) -> str:
    value = line.get(key, "" if key == "title" else None)
    if not isinstance(value, str):
        raise _bad(place, f"{key} is {value!r}, not text", key, value)
    return value


def _bad(place: str, message: str, key: str, value: object) -> BadInput:
    return BadInput(f"{place}: {message}.", key=key, value=str(value)[:80], remedy="Write it as BEIR does.")


def _write_objects(path: Path, lines: Iterable[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
