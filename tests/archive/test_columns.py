import datetime
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.archive.columns import Columns, Joined, Role, among
from rag.archive.engine import allowed_exchanges
from rag.archive.passages import Passage
from rag.pipeline import Podium
from rag.question.filters import Filters
from rag.transcript import Exchange, Span, Speaker, Transcript

DAY = datetime.date(2021, 3, 18)


SPEAKERS = (Speaker("Wang Wenbin", "Spokesperson"), Speaker("Hua", "Minister"))


def exchange(number: int, date: datetime.date | None, **more: Any) -> Exchange:
    answer = tuple(Span("t", number * 20 + at * 10, number * 20 + at * 10 + 9) for at in range(2))
    given = {"outlet": None, "spokesperson": None} | more
    return Exchange("t", number, "question", label=None, date=date, question=None, answer=answer, **given)


def test_saved_columns_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges = (
        exchange(1, DAY, spokesperson="Zhao Lijian"),
        exchange(2, None, outlet="AFP"),
        exchange(3, DAY, spokesperson="Hua", outlet="AFP", speakers=SPEAKERS, reporter="Jo Roe"),
    )
    transcript = Transcript("t", "T", DAY, None, ("t.txt",), "0" * 64, "x" * 99, exchanges, institution="The Ministry")
    passages = [
        Passage("t/1", Span("t", 0, 9), None, (Span("t", 0, 9),)),
        Passage("t/3", Span("t", 2, 5), Span("t", 0, 1), (Span("t", 2, 5),)),
    ]
    Columns.of([transcript], passages, ["a" * 32, "b" * 32]).save(tmp_path / "columns")
    opened = Columns.open([tmp_path / "columns"])
    assert opened.passage_exchange.tolist() == [0, 2]
    assert opened.passage_place[:].tolist() == [[0, 9, -1, -1], [2, 5, 0, 1]]
    assert opened.passage_key[:].tolist() == [b"a" * 32, b"b" * 32]
    assert opened.sentence_first.tolist() == [0, 1, 2] and opened.sentence_place[:].tolist() == [[0, 9], [2, 5]]
    assert opened.exchange_day.tolist() == [DAY.toordinal(), 0, DAY.toordinal()]
    assert opened.speakers == ("", "Hua", "Wang Wenbin", "Zhao Lijian") and opened.outlets == ("", "AFP")
    assert opened.credit_exchange.tolist() == [0, 2, 2] and opened.credit_speaker.tolist() == [3, 1, 2]
    assert opened.institutions[1:] == ("The Ministry",) and opened.exchange_institution.tolist() == [1, 1, 1]
    assert opened.reporters == ("", "Jo Roe") and opened.exchange_reporter.tolist() == [0, 0, 1]
    assert opened.roles == (
        Role("Hua", "Minister", "The Ministry"),
        Role("Wang Wenbin", "Spokesperson", "The Ministry"),
    )
    assert among(opened.exchange_outlet, opened.outlets, ["AFP", "Nobody"]).tolist() == [False, True, True]
    assert not among(opened.exchange_outlet, opened.outlets, [""]).any()
    assert not isinstance(opened.sentence_first, np.memmap)
    monkeypatch.setattr("rag.archive.arrays.COPIED", 0)
    assert isinstance(Columns.open([tmp_path / "columns"]).sentence_first, np.memmap)


def test_columns_side_by_side_are_those_of_all_and_any_can_be_taken(podium: Podium, tmp_path: Path) -> None:
    whole = podium.archive.columns
    halves = []
    for at, ids in enumerate((list(podium.archive.heads)[:2], list(podium.archive.heads)[2:])):
        rows = [podium.archive.parts.rows_of(transcript_id) for transcript_id in ids]
        taken = [np.concatenate([np.arange(each[of].start, each[of].stop) for each in rows]) for of in range(3)]
        whole.taken(*taken).save(tmp_path / str(at))
        halves.append(tmp_path / str(at))
    opened = Columns.open(halves)
    assert Columns.open(halves[:1]).outlets != whole.outlets
    for field in fields(Columns):
        ours, theirs = getattr(opened, field.name), getattr(whole, field.name)
        assert np.array_equal(ours[:], theirs[:]), field.name
    assert isinstance(opened.passage_place, Joined) and (opened.passage_place[7] == whole.passage_place[7]).all()


def test_an_archive_reads_each_exchange_as_its_catalogue_has_it(podium: Podium) -> None:
    archive = podium.archive
    every = list(archive.exchanges)
    assert len(every) == len(archive.exchanges) > 20
    assert archive.exchanges[3] == every[3] == archive.exchange(every[3].id) and archive.exchanges[-2:] == every[-2:]
    assert list(archive.places) == [each.id for each in every]
    assert [each.toordinal() if each else 0 for each in (e.date for e in every)] == archive.exchange_days.tolist()
    for name in archive.spokespeople:
        assert allowed_exchanges(Filters(spokespeople=(name,)), archive.columns).tolist() == [
            name in each.credited for each in every
        ]
    for name in archive.outlets:
        assert allowed_exchanges(Filters(outlets=(name,)), archive.columns).tolist() == [
            each.outlet == name for each in every
        ]
    assert {name for each in every for name in each.credited} == set(archive.spokespeople)
    for name in archive.institutions:
        held = [archive.heads[each.transcript_id].institution == name for each in every]
        assert allowed_exchanges(Filters(institutions=(name,)), archive.columns).tolist() == held


def test_coverage_is_that_of_the_transcripts(podium: Podium) -> None:
    held, heads = podium.archive.coverage, podium.archive.heads
    days = [head.date.isoformat() for head in heads.values() if head.date]
    assert (held.date_from, held.date_to) == (min(days), max(days))
    assert (held.transcripts, held.exchanges) == (len(heads), len(podium.archive.exchanges))
