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
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from eval.lines import parse, read_lines
from eval.trec import Grades
from rag.archive.archive import Archive
from rag.errors import BadInput
from rag.transcript import Exchange, Span, Transcript

_PARAGRAPH = re.compile(r"\S[^\n]*")
REMEDY = "Write it as BEIR does."
_HEADER = ("query-id", "corpus-id", "score")


class Entry(BaseModel):
    """A line of queries.jsonl; what else it holds is left aside."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(alias="_id", pattern=r"^\S+$")]
    text: str


class Document(Entry):
    """A line of corpus.jsonl."""

    title: str = ""


Line = TypeVar("Line", bound=Entry)


@dataclass(frozen=True, slots=True)
class Collection:
    """A BEIR folder, read: documents, the words of each query, and grades by query and document."""

    documents: list[Document]
    queries: dict[str, str]
    grades: Grades


def read_beir(folder: Path, split: str = "test") -> Collection:
    """Read a folder, keeping the queries that the split judges; BadInput with file and line."""
    documents = _read(Document, folder / "corpus.jsonl")
    queries = {each.id: each.text for each in _read(Entry, folder / "queries.jsonl")}
    grades = _read_grades(folder / "qrels" / f"{split}.tsv", queries)
    if not documents or not grades:
        raise BadInput(
            f"{folder} has {len(documents)} documents and {len(grades)} judged queries.",
            key="folder",
            remedy="Give a BEIR folder with at least one of each.",
        )
    return Collection(documents, {each: queries[each] for each in grades}, grades)


def transcripts_of(documents: Iterable[Document]) -> Iterator[Transcript]:
    """A transcript a document that has words, its id the document's own."""
    for document in documents:
        title = " ".join(document.title.split())
        text = f"{title}\n{document.text}" if title else document.text
        # Where the document's own text begins, behind the title and a line break.
        body = len(title) + 1 if title else 0
        paragraphs = [Span(document.id, body + m.start(), body + m.end()) for m in _PARAGRAPH.finditer(document.text)]
        asked = Span(document.id, 0, len(title)) if title and paragraphs else None
        answer = tuple(paragraphs) or ((Span(document.id, 0, len(title)),) if title else ())
        if answer:
            exchange = Exchange(document.id, 1, "remarks", None, None, None, None, asked, answer)
            digest = hashlib.sha256(text.encode()).hexdigest()
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
        # Some folders have a head, others have none.
        if number == 0 and fields[0] == _HEADER[0]:
            continue
        if len(fields) != 3 or not fields[2].strip().lstrip("-").isdigit():
            says = "a line has a query's id, a document's id and a whole grade"
            raise BadInput(f"{place}: {says}.", key="line", remedy=REMEDY)
        if fields[0] not in queries:
            says = f"the query {fields[0]!r} is not in queries.jsonl"
            raise BadInput(f"{place}: {says}.", key="query-id", remedy=REMEDY)
        grades.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    return grades


def _read(kind: type[Line], path: Path) -> list[Line]:
    """The lines of a file, each with an _id of its own."""
    lines: dict[str, Line] = {}
    for place, line in read_lines(path):
        each = parse(kind, line, place, REMEDY)
        if each.id in lines:
            raise BadInput(f"{place}: the _id {each.id!r} stands twice.", key="_id", remedy=REMEDY)
        lines[each.id] = each
    return list(lines.values())


def _write_objects(path: Path, lines: Iterable[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
