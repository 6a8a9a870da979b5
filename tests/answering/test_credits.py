import datetime
from dataclasses import replace
from pathlib import Path

from embeddings.encoder import Encoder
from rag.answering.verify import verify
from rag.api.fetched import fetched
from rag.archive.archive import open_archive
from rag.archive.engine import allowed_exchanges
from rag.intake.ingest import publish_transcripts
from rag.question.asked import Asked
from rag.question.filters import Filters, check_filters, in_words
from rag.question.query import understand
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


def test_days_are_said_as_people_say_them() -> None:
    first, last = datetime.date(2020, 2, 1), datetime.date(2020, 2, 29)
    assert in_words(Filters(first, last)) == "said in February 2020"
    assert in_words(Filters(first, last, undated=True)) == "said in February 2020 or undated"
    assert in_words(Filters(first, last.replace(day=28), ("Jo Roe",))) == (
        "said by Jo Roe, from 1 February 2020 to 28 February 2020"
    )
    assert in_words(Filters(first.replace(month=1), last.replace(month=12, day=31))) == "said in 2020"
    assert in_words(Filters(first, datetime.date.max)).endswith("to 31 December 9999")
    assert in_words(Filters(first, first)) == "said on 1 February 2020"
    assert in_words(Filters(date_to=first)) == "said until 1 February 2020"


def test_a_month_that_is_asked_for_lets_pages_without_a_date_through_and_says_so(
    tmp_path: Path, encoder: Encoder
) -> None:
    dated = read(BRIEFING.encode(), "a.txt").transcript
    bare = read(BRIEFING.replace(", 3 May 2024", "").replace("ROE", "POE").replace("Roe", "Poe").encode(), "b.txt")
    for made, words in (([dated], "said in May 2024"), ([dated, bare.transcript], "said in May 2024 or undated")):
        publish_transcripts(tmp_path, made, encoder)
        query = understand(Asked("What was said of the water in May 2024?"), open_archive(tmp_path))
        assert (query.in_words, query.filters.undated) == (words, len(made) > 1)
        # Given back by hand, as a page's chips do, it is the same.
        assert check_filters(query.filters, open_archive(tmp_path)) == query.filters
