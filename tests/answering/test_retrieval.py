import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rag.answering.retrieval
from embeddings.encoder import Encoder
from rag.answering.retrieval import Weights, near_days, near_in_time
from rag.calendar.periods import find_period
from rag.errors import BadInput
from rag.intake.ingest import publish_transcripts
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.question.filters import Filters
from rag.settings import Settings
from rag.transcript import Exchange, Span, Speaker, Transcript

DAYS = st.one_of(st.none(), st.dates(datetime.date(2020, 12, 1), datetime.date(2022, 1, 31)))


def test_the_question_finds_its_exchange(podium: Podium) -> None:
    answer = podium.ask("Is the trial of the two Canadians linked to the Alaska talks?")
    assert answer.answered
    assert "It is not linked to China-US high-level strategic dialogue." in answer.quotes[0].text
    assert str(answer.quotes[0].credit) == "Zhao Lijian, 18 March 2021, to FSN"
    assert len(answer.quotes) == 1 and answer.confidence > answer.quotes[0].confidence > 0.5


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DAYS, DAYS, st.sets(st.sampled_from(["Zhao Lijian", "Wang Wenbin"])), st.sets(st.sampled_from(["NHK", "AFP"])))
def test_filters_never_leak(podium: Podium, first, last, spokespeople, outlets) -> None:
    filters = Filters(first, last, tuple(spokespeople), tuple(outlets))
    if first and last and first > last:
        with pytest.raises(BadInput, match="after"):
            podium.ask("What of Xinjiang?", filters=filters)
        return
    answer = podium.ask("What of Xinjiang?", filters=filters, k=50)
    for quote in (*answer.quotes, *answer.nearest):
        assert quote.credit.date is not None
        assert first is None or quote.credit.date >= first
        assert last is None or quote.credit.date <= last
        assert not spokespeople or quote.credit.spokesperson in spokespeople
        assert not outlets or quote.credit.outlet in outlets


def test_a_filter_finds_what_an_unfiltered_search_ranks_low(podium: Podium) -> None:
    """Filters work inside the searches: a passage far down the whole archive's list still comes first of its own."""
    filters = Filters(outlets=("PTI",))
    found = podium.retrieve(Asked("vaccines for poor countries", filters=filters), depth=5)
    assert [found.archive.exchanges[each.place].outlet for each in found.candidates] == ["PTI"]


def test_a_question_off_the_archive_is_refused_with_what_it_covers(podium: Podium) -> None:
    answer = podium.ask("How do I bake sourdough bread without a starter?")
    assert not answer.answered and answer.quotes == ()
    assert "does not answer" in answer.text and "5 transcripts" in answer.text
    assert answer.nearest == ()


def test_a_filter_that_leaves_nothing_is_a_refusal(podium: Podium) -> None:
    answer = podium.ask("Xinjiang", filters=Filters(date_from=datetime.date(2030, 1, 1)))
    assert not answer.answered and answer.nearest == ()
    assert "since 1 January 2030" in answer.text


def test_a_token_budget_holds_for_quotes_and_context_together(podium: Podium) -> None:
    whole = podium.ask("What of Xinjiang?", k=10)
    for budget in (1, 50, 200, 1000):
        answer = podium.ask("What of Xinjiang?", k=10, max_tokens=budget)
        spent = sum(podium.tokens.count(q.text) + podium.tokens.count(q.context) for q in answer.quotes)
        assert spent <= budget
        assert len(answer.quotes) <= len(whole.quotes)
    assert answer.quotes


def test_nearness_in_time_halves_every_week_from_what_is_found_first(
    podium: Podium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.answering.retrieval, "ANCHORS", 1)
    archive = podium.archive
    vector = podium.encoder.encode_queries(["the trial of Michael Kovrig and Michael Spavor"])[0]
    rows, cosines = archive.passage_vectors.search(vector, 1)
    apart = np.abs(archive.exchange_days - archive.exchange_days[archive.passage_exchange[rows[0]]])
    every = np.arange(len(apart))
    assert np.allclose(near_in_time(vector, archive, every), cosines[0] * 0.5 ** (apart / 7), atol=1e-6)


def test_what_was_said_near_the_days_that_a_question_names_scores_higher(podium: Podium) -> None:
    archive, today = podium.archive, datetime.date(2022, 1, 1)
    period = find_period("the December 2021 decision on human rights", today)
    assert period is not None
    near = near_days(period, archive.exchange_days)
    apart = np.maximum(period.date_from.toordinal() - archive.exchange_days, 0)  # type: ignore[union-attr]
    assert np.allclose(near, 0.5 ** (apart / 7), atol=1e-6) and near.max() == 1 > near.min()
    bare, named = (
        podium.retrieve(Asked(text, today=today), depth=1)
        for text in ("human rights", "human rights: the December 2021 decision")
    )
    assert named.query.filters == Filters()
    first = [found.archive.exchanges[found.candidates[0].place].date for found in (bare, named)]
    assert first[1] is not None and first[1].month == 12 != first[0].month  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("filters", "attribute", "value"),
    [
        (Filters(institutions=("Kremlin",)), "institution", "Kremlin"),
        (Filters(reporters=("Steve Liesman",)), "reporter", "Steve Liesman"),
    ],
)
def test_filters_by_institution_and_reporter_hold_inside_both_searches(
    several: Podium, filters: Filters, attribute: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All answers say the same here, so that a search that proposes one row finds its own only if it is masked."""
    monkeypatch.setattr(rag.answering.retrieval, "DEPTH", 1)
    found = several.retrieve(Asked("What is new here?", filters=filters), depth=50)
    archive = found.archive
    exchanges = [archive.exchanges[each.place] for each in found.candidates]
    told = [getattr(each, attribute, None) or archive.head(each.transcript_id).institution for each in exchanges]
    assert told and set(told) == {value}


def conference(title: str, place: str, day: int) -> Transcript:
    of, asked, said = f"2024-05-0{day}-roe", "Is it clean?", "It is clean."
    text = f"{place}\n{asked}\n{said}"
    question = Span(of, len(place) + 1, len(place) + 1 + len(asked))
    answer = (Span(of, len(text) - len(said), len(text)),)
    date, speakers = datetime.date(2024, 5, day), (Speaker("Jo Roe"),)
    exchange = Exchange(of, 1, "question", None, None, "Jo Roe", date, question, answer, speakers=speakers)
    return Transcript(of, title, date, "Jo Roe", (f"{of}.txt",), "0" * 64, text, (exchange,))


def test_words_in_a_conferences_heading_bring_its_exchanges_forward(tmp_path: Path, encoder: Encoder) -> None:
    made = [conference("Remarks of 1 May 2024", "Minsk", 1), conference("After the summit, 2 May 2024", "Sochi", 2)]
    publish_transcripts(tmp_path, made, encoder)
    podium = Podium(Settings(archive=tmp_path), encoder)
    for words, day in (("Sochi", 2), ("Minsk", 1), ("summit", 2)):
        asked = Asked(f"Is it clean, {words}?")
        first, second = podium.retrieve(asked, depth=2).candidates
        assert podium.archive.exchanges[first.place].date == datetime.date(2024, 5, day), words
        assert 0 < first.score - second.score < Weights().heading
    first, second = podium.retrieve(Asked("Is it clean, 2?"), depth=2).candidates
    assert first.score == pytest.approx(second.score)


def test_what_has_no_date_may_be_of_a_month_but_of_no_day(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    def undated(when: str) -> bool:
        filters = podium.retrieve(Asked(f"What did Zhao Lijian say {when} about the trial?"), depth=1).query.filters
        assert filters.date_from is not None
        return filters.undated

    # Every page of the seeds has a date.
    assert not undated("in March 2021")
    days = podium.archive.exchange_days.copy()
    days[0] = 0
    monkeypatch.setattr(podium.archive, "exchange_days", days)
    assert undated("in March 2021")
    assert not undated("in early March 2021") and not undated("on 18 March 2021")
