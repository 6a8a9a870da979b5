"""The passages of a generation in Milvus, and the searches there. The only file that imports pymilvus (podium[milvus]).

A generation is a collection of its own, named after it; the alias is switched once `CURRENT` names the generation. The
archive on disk stays what the collection is filled from; catalogue, sentences and the words that are known stay there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from embeddings.index import Vectors
from rag.archive.archive import Archive
from rag.archive.columns import Places
from rag.archive.engine import Filtering, Ranked, Shares
from rag.archive.generations import whole_generations
from rag.archive.postings import Scores
from rag.archive.words import words_of
from rag.errors import ArchiveDamaged, EncoderMismatch, EngineUnavailable
from rag.settings import Settings

BLOCK = 1000
# Up to so many passages every vector is compared; above, Milvus chooses an index.
EXACT_UP_TO = 100_000
# What Milvus takes in a field of text, and the stems that a speaker's passages may be looked for by.
LONGEST = 65_535
MOST_SPEAKERS = 1024
# A question's stem stands so often in the text that is searched for as makes the shares whole numbers.
_TIMES = 10
_ENCODER, _SEAL = "podium.encoder", "podium.seal"
_REMEDY = "Fill it with `podium ingest PATH...`, which reads no file twice, or leave PODIUM_ENGINE out."


class Milvus:
    """A connection to the Milvus that the settings name: a cluster's URI, or a file for milvus-lite."""

    def __init__(self, settings: Settings) -> None:
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise EngineUnavailable(
                f"PODIUM_ENGINE is milvus, and its library can't be imported: {error}.",
                key="engine",
                remedy="pip install 'podium[milvus]', or leave PODIUM_ENGINE out.",
            ) from error
        self._errors = MilvusException
        self._uri, self._alias, self.seconds = settings.milvus_uri, settings.milvus_alias, settings.milvus_seconds
        with self.answering():
            token = settings.milvus_token.get_secret_value()
            self.client = MilvusClient(self._uri, token=token, timeout=self.seconds)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Milvus's errors, being down and being slow among them, become EngineUnavailable."""
        try:
            yield
        except (self._errors, OSError) as error:
            raise EngineUnavailable(
                f"Milvus at {self._uri} does not do what it is asked: {str(error)[:300]}.",
                key="milvus_uri",
                remedy="See that it runs and is reached from here, or leave PODIUM_ENGINE out to search the archive's "
                "own files.",
            ) from error

    def engine(self, archive: Archive) -> "Searches":
        """The searches of a generation; ArchiveDamaged or EncoderMismatch where its collection is not its own."""
        name = self._collection(archive.name)
        wanted, wrong = _properties(archive), ""
        with self.answering():
            if not self.client.has_collection(name, timeout=self.seconds):
                wrong = "isn't there"
            else:
                held = self.client.describe_collection(name, timeout=self.seconds)["properties"]
                rows = self._rows(name)
                if held.get(_ENCODER) != wanted[_ENCODER]:
                    raise EncoderMismatch(
                        f"the collection {name} in Milvus holds vectors of another encoder than the archive's.",
                        key="collection",
                        remedy=_REMEDY,
                    )
                if held.get(_SEAL) != wanted[_SEAL]:
                    wrong = f"is not of this archive, {archive.folder}"
                elif rows != len(archive.passage_exchange):
                    wrong = f"has {rows} passages where there should be {len(archive.passage_exchange)}"
        if wrong:
            raise ArchiveDamaged(f"the collection {name} in Milvus {wrong}.", key="collection", remedy=_REMEDY)
        return Searches(self, name, archive)

    def fill(self, archive: Archive, progress: Callable[[str, int, int], None] = lambda *_: None) -> None:
        """Make the collection of a generation, unless it is there and whole."""
        try:
            self.engine(archive)
        except (ArchiveDamaged, EncoderMismatch):
            with self.answering():
                self._write(archive, progress)
            self.engine(archive)

    def serve(self, archive: Archive, progress: Callable[[str, int, int], None] = lambda *_: None) -> None:
        """Fill the current generation's collection, switch the alias to it, drop those of generations that are gone."""
        self.fill(archive, progress)
        name, kept = self._collection(archive.name), {*map(self._collection, whole_generations(archive.folder))}
        ours = re.compile(re.escape(self._alias) + "_[0-9]+")
        with self.answering():
            there = self.client.list_collections(timeout=self.seconds)
            aliases = [alias for each in there for alias in self.client.list_aliases(each)["aliases"]]
            # An alias that is there is altered, which no question notices.
            switch = self.client.alter_alias if self._alias in aliases else self.client.create_alias
            switch(name, self._alias, timeout=self.seconds)
            for other in there:
                if ours.fullmatch(other) and other not in kept:
                    self.client.drop_collection(other, timeout=self.seconds)

    def _collection(self, generation: str) -> str:
        return f"{self._alias}_{generation}"

    def _rows(self, name: str) -> int:
        counted = self.client.query(name, filter="", output_fields=["count(*)"], timeout=self.seconds)
        return int(counted[0]["count(*)"])

    def _write(self, archive: Archive, progress: Callable[[str, int, int], None]) -> None:
        name, count = self._collection(archive.name), len(archive.passage_exchange)
        # What an ingest left that was stopped while it filled it.
        self.client.drop_collection(name, timeout=self.seconds)
        schema, index = _schema(archive.manifest["encoder"]["dimension"], count)
        self.client.create_collection(
            name, schema=schema, index_params=index, properties=_properties(archive), timeout=self.seconds
        )
        for start in range(0, count, BLOCK):
            rows = np.arange(start, min(start + BLOCK, count))
            self.client.insert(name, _entities(archive, rows), timeout=self.seconds)
            progress("filling Milvus", int(rows[-1]) + 1, count)
        self.client.flush(name)
        self.client.load_collection(name, timeout=self.seconds)


class Searches:
    """The engine of one generation."""

    def __init__(self, milvus: Milvus, name: str, archive: Archive) -> None:
        self._milvus, self._name, self._columns = milvus, name, archive.columns

    def nearest(self, vector: Vectors, k: int, filters: Filtering | None) -> Ranked:
        """By inner product, exactly where the generation is not large."""
        return self._search("vector", vector.tolist(), k, self._expression(filters))

    def worded(self, shares: Shares, k: int, filters: Filtering | None) -> Ranked:
        """By Milvus's full text search over the same stems."""
        return self._full_text(shares, k, self._expression(filters))

    def cosines(self, vector: Vectors, rows: Places) -> Scores:
        """Of the vectors that Milvus gives back."""
        milvus, wanted = self._milvus, f"row in {rows.tolist()}"
        with milvus.answering():
            found = milvus.client.query(
                self._name, filter=wanted, output_fields=["row", "vector"], timeout=milvus.seconds
            )
        vectors = {each["row"]: each["vector"] for each in found}
        return np.array([vectors[row] for row in rows.tolist()], dtype=np.float32).reshape(len(rows), -1) @ vector

    def scores(self, shares: Shares, rows: Places) -> Scores:
        """By the same full text search, among these rows."""
        there, scores = self._full_text(shares, len(rows), f"row in {rows.tolist()}")
        found = np.zeros(len(rows), dtype=np.float32)
        found[np.searchsorted(rows, there)] = scores
        return found

    def _full_text(self, shares: Shares, k: int, expression: str) -> Ranked:
        text = " ".join(_ascii(word) for word, share in shares.items() for _ in range(round(_TIMES * share)))
        if not text:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return self._search("sparse", text, k, expression)

    def _search(self, field: str, sought: Any, k: int, expression: str) -> Ranked:
        with self._milvus.answering():
            (hits,) = self._milvus.client.search(
                self._name,
                data=[sought],
                anns_field=field,
                limit=k,
                filter=expression,
                output_fields=["row"],
                timeout=self._milvus.seconds,
            )
        rows = np.array([hit["row"] for hit in hits], dtype=np.int64)
        scores = np.array([hit["distance"] for hit in hits], dtype=np.float32)
        if field == "sparse":
            # milvus-lite gives the scores as distances, below zero; a cluster gives them as they are.
            scores = (np.abs(scores) / _TIMES).astype(np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _expression(self, filters: Filtering | None) -> str:
        """The filters over the columns in Milvus; names are told by their places in the generation's lists."""
        if filters is None:
            return ""
        columns = self._columns
        parts = [f"day >= {filters.date_from.toordinal()}"] if filters.date_from else []
        parts += [f"day <= {filters.date_to.toordinal()} and day > 0"] if filters.date_to else []
        if parts and filters.undated:
            parts = [f"(day == 0 or ({' and '.join(parts)}))"]
        spoken = "array_contains_any(speakers, {})"
        if filters.institutions:
            of = _among(columns.institutions, filters.institutions, "institution in {}")
            staff = _among(columns.speakers, columns.staff(filters.institutions), spoken)
            parts.append(f"({of} or (institution == 0 and {staff}))")
        for wanted, names, form in (
            (filters.spokespeople, columns.speakers, spoken),
            (filters.outlets, columns.outlets, "outlet in {}"),
            (filters.reporters, columns.reporters, "reporter in {}"),
        ):
            if wanted:
                parts.append(_among(names, wanted, form))
        return " and ".join(parts)


def _among(names: Sequence[str], wanted: Sequence[str], form: str) -> str:
    """What is true of the rows that have one of the wanted names."""
    places = [at for at, name in enumerate(names) if name and name in wanted]
    return form.format(places) if places else "row < 0"


def _properties(archive: Archive) -> dict[str, str]:
    """What a collection remembers of the generation that it was filled from."""
    manifest = archive.manifest
    return {_ENCODER: manifest["encoder"]["fingerprint"], _SEAL: manifest.get("seal", archive.name)}


def _schema(dimension: int, count: int) -> tuple[Any, Any]:
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("exchange", DataType.VARCHAR, max_length=1024)
    schema.add_field("passage", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("words", DataType.VARCHAR, max_length=LONGEST, enable_analyzer=True)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    for column in ("day", "outlet", "institution", "reporter"):
        schema.add_field(column, DataType.INT64)
    schema.add_field("speakers", DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_SPEAKERS)
    schema.add_function(
        Function(
            name="bm25", function_type=FunctionType.BM25, input_field_names=["words"], output_field_names=["sparse"]
        )
    )
    index = MilvusClient.prepare_index_params()
    index.add_index("vector", index_type="FLAT" if count <= EXACT_UP_TO else "AUTOINDEX", metric_type="IP")
    # As "params" once more: laid flat, as pymilvus lays them, milvus-lite doesn't see them.
    bm25 = {"params": {"bm25_k1": 1.2, "bm25_b": 0.75}}
    index.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=bm25)
    return schema, index


def _entities(archive: Archive, rows: Places) -> list[dict[str, Any]]:
    columns, vectors = archive.columns, archive.passage_vectors.vectors(rows)
    entities = []
    for row, vector in zip(rows.tolist(), vectors, strict=True):
        place = int(archive.passage_exchange[row])
        exchange, span = archive.exchanges[place], archive.passage(row).span
        text = archive.text(exchange.transcript_id)
        asked = "" if exchange.question is None else exchange.question.cut(text)
        credited = columns.credit_speaker[slice(*np.searchsorted(columns.credit_exchange, [place, place + 1]))]
        words = " ".join(map(_ascii, words_of(f"{asked}\n{span.cut(text)}")))
        entities.append(
            {
                "row": row,
                "vector": vector.tolist(),
                "exchange": exchange.id,
                "passage": span.cut(text),
                "words": words[:LONGEST],
                "day": int(columns.exchange_day[place]),
                "outlet": int(columns.exchange_outlet[place]),
                "institution": int(columns.exchange_institution[place]),
                "reporter": int(columns.exchange_reporter[place]),
                "speakers": credited[:MOST_SPEAKERS].tolist(),
            }
        )
    return entities


def _ascii(word: str) -> str:
    """A stem as letters and digits, one word to every analyzer of Milvus's: `china-us` -> `chinax2dxus`."""
    return re.sub("[^a-z0-9]", lambda other: f"x{ord(other[0]):x}x", word)
