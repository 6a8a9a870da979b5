from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from conftest import SET

from embeddings.encoder import Stretches
from embeddings.selector import Relevance, Selector
from eval.questions import read_questions
from rag.answering.relevance import PASSAGES, UNREAD, read_likeliest
from rag.answering.selection import (
    SAID_SHARE,
    Evidence,
    absent_from,
    best_of,
    cover_of,
    select,
    shipped_calibration,
    wanted_of,
)
from rag.loading import load_selector
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

STRONG = Evidence(
    score=0.6,
    sentence=0.6,
    lead=0.1,
    cover=0.9,
    absent=0.0,
    follows=0.0,
    filtered=0.0,
    changes=0.0,
    read=3.0,
    said=2.0,
    ahead=3.0,
)
# A near miss: as near to the question in every score of the search, and read as no answer.
UNSAID = replace(STRONG, read=-6.0, said=-6.0, ahead=-1.0)


def test_what_is_read_as_no_answer_is_refused_however_near_it_stands() -> None:
    calibration = shipped_calibration(selector=True)
    assert calibration.archive.chance(STRONG) > calibration.answers > calibration.near > 0
    assert calibration.archive.chance(UNSAID) < calibration.answers
    assert calibration.archive.chance(replace(STRONG, absent=0.5)) < calibration.archive.chance(STRONG)


@pytest.mark.parametrize("selector", [True, False])
def test_what_stands_out_is_the_likelier_quote(selector: bool) -> None:
    quote = shipped_calibration(selector=selector).quote
    for name, weaker in (("score", 0.4), ("lead", 0.0), ("cover", 0.2)):
        assert quote.chance(replace(STRONG, **{name: weaker})) < quote.chance(STRONG), name


def test_the_best_evidence_is_the_most_of_all_but_of_what_is_absent() -> None:
    other = replace(STRONG, score=0.7, absent=0.3, read=-1.0)
    assert best_of([STRONG, other]) == replace(STRONG, score=0.7)


def test_a_name_that_stands_in_an_exchange_under_no_name_is_absent(podium: Podium) -> None:
    found = podium.retrieve(Asked("Whose are the Senkakus?"), depth=1)
    place = found.candidates[0].place

    def absent(question: str) -> float:
        return absent_from(wanted_of(question, found.archive), place, found.archive)

    assert absent("What of the Senkakus?") == absent("What of the Senkakuz?") == absent("What did China do?") == 0
    assert absent("what of the rainforests?") == 0
    assert absent("What of the Falklands?") == 1


def test_a_word_is_covered_under_any_name(podium: Podium) -> None:
    archive = podium.archive

    def cover(question: str) -> float:
        return cover_of(wanted_of(question, archive), "The Diaoyu Dao is China's inherent territory.")

    assert cover("What of the Senkakus?") == cover("What of the inherrent?") == 1
    assert cover("What of the Falklands?") == cover("what of the rainforests?") == 0
    assert 0 < cover("What of the territory of the Falklands?") < 1
    assert cover("What did they do?") == 1


def test_the_best_candidate_leads_and_the_others_follow(podium: Podium) -> None:
    found = podium.retrieve(Asked("Is the trial of the two Canadians linked to the Alaska talks?"), depth=20)
    best, second, *others = select(found, podium.calibration, 4, None).weighed
    assert best.evidence.lead == pytest.approx(-second.evidence.lead) and best.evidence.lead > 0 and len(others) == 2
    assert best.confidence > second.confidence
    assert best.span.start <= best.focus.start < best.focus.end <= best.span.end


def test_the_selector_reads_a_few_passages(podium: Podium) -> None:
    found = podium.retrieve(Asked("Is the trial of the two Canadians linked to the Alaska talks?"), depth=20)
    plain, read = (select(found, podium.calibration, 15, selector) for selector in (None, podium.selector))
    assert {each.evidence.read for each in plain.weighed} == {0.0}
    unread = [each for each in read.weighed if each.evidence.read == UNREAD]
    assert len(read.weighed) - len(unread) <= PASSAGES and unread
    assert read.weighed[0].evidence.read > max(each.evidence.read for each in read.weighed[1:])
    assert read.chance > podium.calibration.answers


class LastSentence(Selector):
    """Reads the last sentence of every passage as its answer."""

    def __init__(self) -> None:
        pass

    def relevance(self, question: str, passages: Sequence[tuple[str, Stretches]]) -> list[Relevance]:
        return [Relevance(0.0, np.array([-30.0] * (len(bounds) - 1) + [30.0])) for _, bounds in passages]


def test_what_is_read_as_the_answer_draws_the_focus_to_it(podium: Podium) -> None:
    moved = 0
    for question in read_questions([SET])[:12]:
        found = podium.retrieve(Asked(question.question), depth=5)
        archive, selector = found.archive, LastSentence()
        readings = read_likeliest(found, selector)
        for each in select(found, podium.calibration, 5, selector).weighed:
            rows = archive.exchange_sentences(each.candidate.place)
            cosines = archive.sentence_vectors.scores(found.vector, np.arange(rows.start, rows.stop))
            said = readings.of_sentences(each.candidate.place) > 0
            start, end = archive.sentence_places[rows][int((cosines + SAID_SHARE / (1 - SAID_SHARE) * said).argmax())]
            assert each.focus.start <= start < end <= each.focus.end
            moved += bool(said.any()) and not said[int(cosines.argmax())]
    assert moved > 5


def test_without_a_selector_podium_answers_by_the_plain_cut(podium: Podium) -> None:
    settings = podium.settings.model_copy(update={"selector": "off"})
    plain = Podium(settings, encoder=podium.encoder)
    assert plain.selector is None and plain.calibration == shipped_calibration(selector=False)
    assert plain.ask("Is the trial of the two Canadians linked to the Alaska talks?").answered


def test_the_selector_serves_no_other_encoder() -> None:
    assert load_selector(Settings(encoder="all-MiniLM-L6-v2")) is None
    assert load_selector(Settings()) is not None


def test_a_deflection_is_an_answer(podium: Podium) -> None:
    answer = podium.ask("What did China say about a call between President Biden and Xi Jinping in January 2021?")
    assert answer.answered
