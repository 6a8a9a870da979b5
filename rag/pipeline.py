"""Both flows, whole. Start here.

files    -> build() -> a new generation of the archive
question -> Podium.ask() -> quotes that answer, or a refusal
"""

import copy
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.encoder import Encoder
from rag.answering.answer import Answer, compose_answer
from rag.answering.matter import find_matter
from rag.answering.quotes import LOOKED_THROUGH, choose_quotes
from rag.answering.retrieval import Found, Weights, find_candidates
from rag.answering.selection import Selected, select, shipped_calibration
from rag.answering.tokens import open_counter
from rag.archive.archive import Archive, open_archive
from rag.archive.generations import current_generation
from rag.language.glossary import glossed
from rag.loading import check_encoder_name, check_probe, load_encoder, load_selector, workers_told
from rag.question.asked import Asked
from rag.question.query import understand
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.archive.milvus import Milvus
    from rag.intake.ingest import Ingested
    from rag.intake.sources import Progress

# Candidates at the least: the crowd that the best must rise above to answer.
POOL = 20


def build(
    settings: Settings,
    paths: Sequence[Path],
    *,
    addresses: Mapping[str, str] | None = None,
    institution: str | None = None,
    columns: Mapping[str, str] | None = None,
    rebuild: bool = False,
    dry_run: bool = False,
    progress: "Progress" = lambda *_: None,
    encoder: Callable[[], Encoder] | None = None,
    on: str = "",
) -> "Ingested":
    """Bring the archive up to date with the files at `paths`; `encoder` gives one that is loaded already.

    `on` names the machines that encode: `local`, or a Ray cluster's `ray://HOST:10001`; empty: this process.
    """
    # Asking needs none of what reads transcripts.
    from rag.intake.ingest import ingest

    milvus = None if dry_run else _milvus(settings)
    folder = settings.archive
    with workers_told():
        done = ingest(
            folder,
            paths,
            settings.encoder,
            encoder or (lambda: load_encoder(settings, on=on)),
            addresses=addresses,
            institution=institution,
            columns=columns,
            rebuild=rebuild,
            dry_run=dry_run,
            seconds=settings.reading_seconds,
            progress=progress,
            ready=lambda name: milvus.fill(open_archive(folder, name), progress) if milvus else None,
        )
    if milvus:
        milvus.serve(open_archive(folder), progress)
    return done


def _milvus(settings: Settings) -> "Milvus | None":
    """The Milvus that the settings name, None where the archive's own files are searched; EngineUnavailable."""
    if settings.engine != "milvus":
        return None
    from rag.archive.milvus import Milvus

    return Milvus(settings)


class Podium:
    """An open archive and its encoder, ready for questions. Several threads may ask at once."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None, generation: str | None = None) -> None:
        self.settings = settings
        self._milvus = _milvus(settings)
        archive = self._opened(generation)
        check_encoder_name(archive, settings.encoder)
        # Side by side: together they are most of the start.
        with ThreadPoolExecutor(1) as beside:
            selector = beside.submit(load_selector, settings, encoder.threads if encoder else None)
            self.encoder = encoder or load_encoder(settings)
        self.selector = selector.result()
        check_probe(archive, self.encoder)
        self.archive = archive
        self.tokens = open_counter(settings.tiktoken_cache, lambda text: self.encoder.count_tokens([text])[0])
        self.weights = Weights()
        self.calibration = shipped_calibration(selector=self.selector is not None)
        self._swapping = threading.Lock()

    def ask(self, asked: Asked | str, **how: Any) -> Answer:
        """The answer to a question, from one generation whole; BadInput names what can't be used.

        Words alone do too, and the fields of `Asked` by name: `ask("Was it linked?", k=3)`.
        """
        asked = replace(asked, **how) if isinstance(asked, Asked) else Asked(asked, **how)
        clock = _Clock()
        found = self._find(asked, max(POOL, LOOKED_THROUGH * asked.k), clock)
        selected = self._select(found, asked)
        clock.lap("select")
        quotes = choose_quotes(found, selected.weighed, asked.k)
        budget, count = asked.max_tokens, self.tokens.count
        answer = compose_answer(found, quotes, selected.chance, self.calibration, max_tokens=budget, count_tokens=count)
        clock.lap("quote")
        matter = find_matter(found) if asked.matter and (answer.quotes or answer.nearest) else None
        clock.lap("matter")
        total = {"total": round(sum(clock.laps.values()), 3)}
        return replace(answer, matter=matter, timings_ms=clock.laps | total)

    def retrieve(self, asked: Asked, *, depth: int) -> Found:
        """What a question finds: at most `depth` candidates as the search ranks them, nothing quoted of them."""
        return self._find(asked, depth, _Clock())

    def rank(self, asked: Asked, *, depth: int) -> Found:
        """What `retrieve` gives, those first that would be quoted, in that order."""
        found = self.retrieve(asked, depth=depth)
        # The rest stand behind them as they were found.
        first = [each.candidate for each in self._select(found, asked).weighed]
        return replace(found, candidates=(*first, *found.candidates[len(first) :]))

    def _select(self, found: Found, asked: Asked) -> Selected:
        """The candidates that may be quoted, the surest first."""
        selected = select(found, self.calibration, LOOKED_THROUGH * asked.k, self.selector)
        return replace(selected, weighed=tuple(sorted(selected.weighed, key=lambda each: -each.confidence)))

    def _find(self, asked: Asked, depth: int, clock: "_Clock") -> Found:
        archive = self.archive
        query = understand(asked, archive)
        clock.lap("understand")
        texts = [glossed(text) if self.weights.glossary else text for text in query.encoded]
        vectors = self.encoder.encode_queries(texts)
        clock.lap("encode")
        found = find_candidates(query, vectors, archive, self.weights, depth)
        clock.lap("search")
        return found

    def with_weights(self, weights: Weights) -> "Podium":
        """The same podium, its archive and its encoder, with other weights for its stages."""
        # Shallow: both share what is open.
        other = copy.copy(self)
        other.weights = weights
        return other

    def refresh(self) -> bool:
        """Open the generation that CURRENT names now, if it is another; whether it was. Questions go on meanwhile."""
        return self.open(current_generation(self.settings.archive))

    def open(self, generation: str) -> bool:
        """Answer from that generation from now on; whether it is another than before."""
        with self._swapping:
            if generation == self.archive.name:
                return False
            fresh = self._opened(generation)
            check_probe(fresh, self.encoder)
            # Questions that are being answered keep the one that they began with.
            self.archive = fresh
            return True

    def _opened(self, generation: str | None) -> Archive:
        archive = open_archive(self.settings.archive, generation)
        if self._milvus:
            archive.engine = self._milvus.engine(archive)
        return archive


class _Clock:
    """Milliseconds by stage, in `laps`."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round((now - self._last) * 1000, 3)
        self._last = now
