import datetime
from dataclasses import replace
from pathlib import Path

from embeddings.encoder import Encoder
from rag.answering.verify import verify
from rag.api.fetched import fetched
from rag.archive.archive import open_archive
from rag.archive.engine import allowed_exchanges
from rag.intake.ingest import publish_transcripts
from rag.question.filters import Filters, in_words
from rag.reading.reading import read
from rag.transcript import Exchange, Span, Speaker

BRIEFING = (
    "Press Briefing by Press Secretary Jo Roe, 3 May 2024\n\nMS. ROE: Hello.\n\nQ  What of the water?\n\n"
    "MS. ROE: The water is clean.\n\nSECRETARY FAY: The pipes are new.\n\nQ  And the air?\n\nMS. ROE: So is the air.\n"
)


def test_a_quote_is_credited_to_the_speaker_of_its_own_words_at_the_institution(
    tmp_path: Path, encoder: Encoder
) -> None:
    made = [
        read(BRIEFING.replace("May", month).encode(), "a.txt", institution=institution).transcript
        for month, institution in (("May", "Ministry of Water"), ("June", "Ministry of Fire"))
    ]
    publish_transcripts(tmp_path, made, encoder)
    archive = open_archive(tmp_path)
    asked = next(each for each in archive.exchanges if len(each.answer) == 2)
    first, second = (archive.credit(asked, span.start) for span in asked.answer)
    assert (first.spokesperson, first.office) == ("Jo Roe", "Press Secretary")
    assert (second.spokesperson, second.office) == ("Secretary Fay", "Secretary")
    assert str(first) == "Jo Roe, Ministry of Water, 3 May 2024"
    fay = allowed_exchanges(Filters(spokespeople=("Secretary Fay",)), archive.columns)
    water = allowed_exchanges(Filters(institutions=("Ministry of Water",)), archive.columns)
    assert [archive.exchanges[place].credited for place in fay.nonzero()[0]] == [{"Jo Roe", "Secretary Fay"}] * 2
    assert water.sum() == len(made[0].exchanges)


def test_words_of_two_people_are_one_speech_nowhere(tmp_path: Path, encoder: Encoder) -> None:
    transcript = read(BRIEFING.encode(), "a.txt").transcript
    publish_transcripts(tmp_path, [transcript], encoder)
    archive = open_archive(tmp_path)
    asked = next(each for each in archive.exchanges if len(each.answer) == 2)
    assert asked.speeches(transcript.text) == [(span,) for span in asked.answer]
    assert verify("The water is clean. The pipes are new.", archive).kind == "absent"
    told = fetched(archive, asked.id, "").text
    assert "Jo Roe: The water is clean." in told and "Secretary Fay: The pipes are new." in told


def test_paragraphs_are_one_speech_of_one_known_person() -> None:
    text = "Yes.\n\nWe will.\n(Laughter.)\nSoon."
    spans = tuple(Span("t", *place) for place in ((0, 4), (6, 14), (27, 32)))
    by = Exchange("t", 1, "remarks", None, None, "Jo Roe", None, None, spans)
    assert by.speeches(text) == [spans[:2], spans[2:]]
    assert replace(by, spokesperson=None).speeches(text) == [(span,) for span in spans]
    two = (Speaker("Jo Roe"), Speaker("Al Fay"), Speaker("Al Fay"))
    assert replace(by, speakers=two).speeches(text) == [(span,) for span in spans]


def test_a_page_without_a_date_or_an_institution_is_let_through_where_it_may_be_meant(
    tmp_path: Path, encoder: Encoder
) -> None:
    bare = BRIEFING.replace(", 3 May 2024", "")
    other = bare.replace("ROE", "POE").replace("Roe", "Poe").replace("FAY", "MAY")
    made = [
        read(text.encode(), "a.txt", institution=institution).transcript
        for text, institution in ((BRIEFING, "Ministry of Water"), (bare, None), (other, None))
    ]
    publish_transcripts(tmp_path, made, encoder)
    archive = open_archive(tmp_path)

    def let_through(filters: Filters) -> set[str]:
        places = allowed_exchanges(filters, archive.columns).nonzero()[0]
        return {archive.exchanges[place].transcript_id for place in places}

    dated, undated, of_poe = (each.id for each in made)
    assert let_through(Filters(institutions=("Ministry of Water",))) == {dated, undated}
    may = Filters(datetime.date(2024, 5, 1), datetime.date(2024, 5, 31))
    assert let_through(may) == {dated}
    assert let_through(replace(may, undated=True)) == {dated, undated, of_poe}
    assert let_through(replace(may, date_to=may.date_from, undated=True)) == {undated, of_poe}


def test_an_institution_is_said_in_words() -> None:
    assert in_words(Filters(institutions=("Kremlin",))) == "said at Kremlin"
    assert in_words(Filters(spokespeople=("Jo Roe",), institutions=("Kremlin",))) == "said by Jo Roe at Kremlin"
