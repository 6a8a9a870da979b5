"""The rows of a generation as arrays, mapped from files: nothing of them is read until it is looked at."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.archive.arrays import read_array
from rag.archive.passages import Passage
from rag.transcript import Transcript

Places = npt.NDArray[np.int64]
Keys = npt.NDArray[np.bytes_]
Mask = npt.NDArray[np.bool_]

NAMES = "names.json"
_NOWHERE = (-1, -1)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A stretch that has a vector: the place (row) of what it belongs to, its span, and the key of its vector."""

    owner: int
    start: int
    end: int
    key: str


class Role(NamedTuple):
    """An office that somebody spoke in, and the institution, empty where none is known."""

    person: str
    office: str
    institution: str


@dataclass(frozen=True, slots=True)
class Columns:
    """An array for each column, in row order. Owners ascend, so that the rows of one owner lie together.

    `passage_place` is (rows, 4): start and end, and the context's, -1 where there is none; other places are (rows, 2).
    `exchange_day` is the date's ordinal, 0 without one. Names are places in `speakers`, `outlets`, `institutions` and
    `reporters`, each sorted, the first one empty; `credit_*` has a row for each name that an exchange is credited to.
    """

    passage_exchange: Places
    passage_place: Places
    passage_key: Keys
    sentence_passage: Places
    sentence_place: Places
    sentence_key: Keys
    exchange_day: Places
    exchange_outlet: Places
    exchange_institution: Places
    exchange_reporter: Places
    credit_exchange: Places
    credit_speaker: Places
    speakers: tuple[str, ...]
    outlets: tuple[str, ...]
    institutions: tuple[str, ...]
    reporters: tuple[str, ...]
    roles: tuple[Role, ...]

    @classmethod
    def of(
        cls,
        transcripts: Sequence[Transcript],
        passages: Sequence[Passage],
        passage_keys: Sequence[str],
        sentences: Sequence[Keyed],
    ) -> "Columns":
        """The columns of what an ingest has cut; `passages` and `passage_keys` go together, row by row."""
        exchanges = [exchange for transcript in transcripts for exchange in transcript.exchanges]
        place = {exchange.id: at for at, exchange in enumerate(exchanges)}
        contexts = [_NOWHERE if p.context is None else (p.context.start, p.context.end) for p in passages]
        by_name = [(at, name) for at, exchange in enumerate(exchanges) for name in sorted(exchange.credited)]
        speakers, credited = _named(name for _, name in by_name)
        outlets, outlet = _named(exchange.outlet for exchange in exchanges)
        institutions, institution = _named(each.institution for each in transcripts for _ in each.exchanges)
        reporters, reporter = _named(exchange.reporter for exchange in exchanges)
        return cls(
            _whole(place[p.exchange_id] for p in passages),
            _whole(((p.span.start, p.span.end, *at) for p, at in zip(passages, contexts, strict=True)), 4),
            np.array(passage_keys, dtype=np.bytes_),
            *_keyed(sentences),
            _whole(exchange.date.toordinal() if exchange.date else 0 for exchange in exchanges),
            outlet,
            institution,
            reporter,
            _whole(at for at, _ in by_name),
            credited,
            speakers,
            outlets,
            institutions,
            reporters,
            _roles(transcripts),
        )

    @classmethod
    def open(cls, folder: Path) -> "Columns":
        """Map saved columns; OSError, ValueError or KeyError where they are not all there.

        Those of an archive from before reporters and roles were kept have none of them.
        """
        names = {"reporters": [""], "roles": []} | json.loads((folder / NAMES).read_text("utf-8"))
        kept = [name for name in _ARRAYS if name != "exchange_reporter" or len(names["reporters"]) > 1]
        columns: dict[str, Any] = {name: read_array(folder / f"{name}.npy") for name in kept}
        columns.setdefault("exchange_reporter", np.zeros(len(columns["exchange_day"]), dtype=np.int64))
        columns.update((name, tuple(names[name])) for name in _NAMES)
        return cls(**columns, roles=tuple(Role(*role) for role in names["roles"]))

    def save(self, folder: Path) -> None:
        """Write each column to a file in a new folder."""
        folder.mkdir()
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        names = {name: getattr(self, name) for name in (*_NAMES, "roles")}
        (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False, indent=1), "utf-8")


_NAMES = ("speakers", "outlets", "institutions", "reporters")
_ARRAYS = [field.name for field in fields(Columns) if field.name not in (*_NAMES, "roles")]


def among(column: Places, names: Sequence[str], wanted: Sequence[str]) -> Mask:
    """Which rows of a column hold one of the wanted names."""
    return np.isin(column, [at for at, name in enumerate(names) if name in wanted and name])


def _whole(rows: Iterable[Any], width: int | None = None) -> Places:
    array = np.array(list(rows), dtype=np.int64)
    return array if width is None else array.reshape(-1, width)


def _keyed(rows: Sequence[Keyed]) -> tuple[Places, Places, Keys]:
    keys = np.array([row.key for row in rows], dtype=np.bytes_)
    return _whole(row.owner for row in rows), _whole(((row.start, row.end) for row in rows), 2), keys


def _roles(transcripts: Iterable[Transcript]) -> tuple[Role, ...]:
    """Every office that somebody speaks in, once for each institution, sorted."""
    return tuple(
        sorted(
            {
                Role(speaker.name, speaker.office, transcript.institution or "")
                for transcript in transcripts
                for exchange in transcript.exchanges
                for speaker in exchange.speakers
                if speaker and speaker.office
            }
        )
    )


def _named(names: Iterable[str | None]) -> tuple[tuple[str, ...], Places]:
    """The names, sorted, an empty one first, and the place of each given name among them."""
    given = [name or "" for name in names]
    known = tuple(sorted({"", *given}))
    at = {name: place for place, name in enumerate(known)}
    return known, _whole(at[name] for name in given)
