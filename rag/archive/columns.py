"""The rows of a generation as arrays, mapped from files: nothing of them is read until it is looked at."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.archive.arrays import read_array
from rag.archive.passages import Passage
from rag.transcript import Transcript

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NAMES = "names.json"
# A passage's key: so many characters of ASCII.
KEY = 32
_NOWHERE = (-1, -1)


class Joined:
    """Arrays one behind the other, looked up as one: nothing of them is read or copied but what is asked for."""

    def __init__(self, parts: Sequence[npt.NDArray[Any]]) -> None:
        self._parts = parts
        self._first = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return int(self._first[-1])

    def __getitem__(self, rows: int | slice | Places) -> npt.NDArray[Any]:
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        if isinstance(rows, np.ndarray):
            # (rows,): which part each row is in.
            of = np.searchsorted(self._first, rows, side="right") - 1
            found = np.empty((len(rows), *self._parts[0].shape[1:]), dtype=self._parts[0].dtype)
            for at in set(of.tolist()):
                found[of == at] = self._parts[at][rows[of == at] - self._first[at]]
            return found
        at = int(np.searchsorted(self._first, rows, side="right")) - 1
        one: npt.NDArray[Any] = self._parts[at][rows - self._first[at]]
        return one


class Role(NamedTuple):
    """An office that somebody spoke in, and the institution, empty where none is known."""

    person: str
    office: str
    institution: str


@dataclass(frozen=True, slots=True)
class Columns:
    """An array for each column, in row order. Owners ascend, so that the rows of one owner lie together.

    `passage_place` is (rows, 4): start and end, and the context's, -1 where there is none; `sentence_place` (rows, 2).
    The sentences of passage i are those from `sentence_first[i]` to before `sentence_first[i + 1]`.
    `exchange_day` is the date's ordinal, 0 without one. Names are places in `speakers`, `outlets`, `institutions` and
    `reporters`, each sorted, the first one empty; `credit_*` has a row for each name that an exchange is credited to.
    """

    passage_exchange: Places
    sentence_first: Places
    passage_place: Joined
    passage_key: Joined
    sentence_place: Joined
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
        cls, transcripts: Sequence[Transcript], passages: Sequence[Passage], passage_keys: Sequence[str]
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
            np.cumsum([0, *(len(p.sentences) for p in passages)], dtype=np.int64),
            Joined([_whole(((p.span.start, p.span.end, *at) for p, at in zip(passages, contexts, strict=True)), 4)]),
            Joined([np.array(passage_keys, dtype=f"S{KEY}")]),
            Joined([_whole(((span.start, span.end) for p in passages for span in p.sentences), 2)]),
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
    def open(cls, folders: Sequence[Path]) -> "Columns":
        """Map saved columns, one behind the other; OSError, ValueError or KeyError where they are not all there."""
        parts = [{name: read_array(folder / f"{name}.npy") for name in _ARRAYS} for folder in folders]
        names = [json.loads((folder / NAMES).read_text("utf-8")) for folder in folders]
        roles = sorted({Role(*role) for each in names for role in each["roles"]})
        columns: dict[str, Any] = dict(parts[0]) if len(parts) == 1 else _side_by_side(parts, names)
        columns |= {name: Joined([part[name] for part in parts]) for name in _LOOKED_UP}
        columns |= {of: tuple(sorted({name for each in names for name in each[of]})) for of in _NAMES}
        return cls(**columns, roles=tuple(roles))

    def taken(self, exchanges: Places, passages: Places, sentences: Places) -> "Columns":
        """The exchanges at those places, with the rows of their passages and of their sentences, in that order."""
        # (exchanges,): where each exchange comes to stand, -1 for one that goes.
        place = np.full(len(self.exchange_day), -1, dtype=np.int64)
        place[exchanges] = np.arange(len(exchanges))
        credited = place[self.credit_exchange]
        # By the new places, and there by name.
        order = np.lexsort((self.credit_speaker, credited))
        order = order[credited[order] >= 0]
        speakers, speaker = _named(self.speakers[at] for at in self.credit_speaker[order])
        outlets, outlet = _named(self.outlets[at] for at in self.exchange_outlet[exchanges])
        institutions, institution = _named(self.institutions[at] for at in self.exchange_institution[exchanges])
        reporters, reporter = _named(self.reporters[at] for at in self.exchange_reporter[exchanges])
        return Columns(
            place[self.passage_exchange[passages]],
            np.append(0, np.cumsum(np.diff(self.sentence_first)[passages])),
            Joined([self.passage_place[passages]]),
            Joined([self.passage_key[passages]]),
            Joined([self.sentence_place[sentences]]),
            self.exchange_day[exchanges],
            outlet,
            institution,
            reporter,
            credited[order],
            speaker,
            speakers,
            outlets,
            institutions,
            reporters,
            tuple(role for role in self.roles if role.person in speakers),
        )

    def staff(self, institutions: Sequence[str]) -> tuple[str, ...]:
        """Who has spoken in an office of these institutions."""
        return tuple(sorted({role.person for role in self.roles if role.institution in institutions}))

    def save(self, folder: Path) -> None:
        """Write each column to a file in a new folder."""
        folder.mkdir()
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name)[:])
        names = {name: getattr(self, name) for name in (*_NAMES, "roles")}
        (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False, indent=1), "utf-8")


# Columns that hold places among names, and those that hold places of what their rows belong to.
_NAMED = {
    "credit_speaker": "speakers",
    "exchange_outlet": "outlets",
    "exchange_institution": "institutions",
    "exchange_reporter": "reporters",
}
_OF_EXCHANGES = ("passage_exchange", "credit_exchange")
_LOOKED_UP = ("passage_place", "passage_key", "sentence_place")
_NAMES = tuple(_NAMED.values())
_ARRAYS = [field.name for field in fields(Columns) if field.name not in (*_NAMES, "roles")]


def _side_by_side(parts: Sequence[Mapping[str, Places]], names: Sequence[Mapping[str, list[str]]]) -> dict[str, Any]:
    """The columns of several parts that are looked through whole, one behind the other."""
    columns: dict[str, Any] = {"exchange_day": np.concatenate([part["exchange_day"] for part in parts])}
    for column, of in _NAMED.items():
        place = {name: at for at, name in enumerate(sorted({name for each in names for name in each[of]}))}
        # For each part, what its places among names are among those of all.
        moved = [np.array([place[name] for name in each[of]]) for each in names]
        columns[column] = np.concatenate([to[part[column]] for to, part in zip(moved, parts, strict=True)])
    exchanges = np.cumsum([0, *(len(part["exchange_day"]) for part in parts)])
    for column in _OF_EXCHANGES:
        columns[column] = np.concatenate([part[column] + at for part, at in zip(parts, exchanges, strict=False)])
    sentences = np.cumsum([0, *(len(part["sentence_place"]) for part in parts)])
    # Each part begins with a 0, which is the end of the part before.
    ends = [part["sentence_first"][1:] + at for part, at in zip(parts, sentences, strict=False)]
    columns["sentence_first"] = np.concatenate([[0], *ends])
    return columns


def among(column: Places, names: Sequence[str], wanted: Sequence[str]) -> Mask:
    """Which rows of a column hold one of the wanted names."""
    return np.isin(column, [at for at, name in enumerate(names) if name in wanted and name])


def _whole(rows: Iterable[Any], width: int | None = None) -> Places:
    array = np.array(list(rows), dtype=np.int64)
    return array if width is None else array.reshape(-1, width)


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
