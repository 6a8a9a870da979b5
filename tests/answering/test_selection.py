from dataclasses import replace

import numpy as np
import pytest

from rag.answering.relevance import PASSAGES, UNREAD
from rag.answering.selection import Evidence, best_of, covered, select, shipped_calibration, wanted_of
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
UNSAID = replace(STRONG, read=-3.0, said=-3.0, ahead=-1.0)


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


def test_a_word_is_covered_under_any_name_and_a_name_that_is_not_there_is_absent(podium: Podium) -> None:
    found = podium.retrieve(Asked("Whose are the Senkakus?"), depth=1)
    place = found.candidates[0].place

    def shares(question: str) -> tuple[float, float]:
        return covered(wanted_of(question, found.archive), place, found.archive)

    assert shares("What of the Senkakus?") == (1.0, 0.0)
    assert shares("What of the Senkakuz?") == (1.0, 0.0)
    assert shares("What of the inherrent?")[0] == 1.0
    assert shares("What of the Falklands?") == (0.0, 1.0)
    assert shares("what of the rainforests?") == (0.0, 0.0)
    assert shares("What did China do?") == (1.0, 0.0)


def test_the_best_candidate_leads_and_the_others_follow(podium: Podium) -> None:
    found = podium.retrieve(Asked("Is the trial of the two Canadians linked to the Alaska talks?"), depth=20)
    best, second, *others = select(found, podium.calibration, 4, None).weighed
    assert best.evidence.lead == pytest.approx(-second.evidence.lead) and best.evidence.lead > 0 and len(others) == 2
    assert best.confidence > second.confidence
    assert max(best.sentences) == pytest.approx(best.candidate.sentence)


def test_the_selector_reads_a_few_passages_and_moves_sentences(podium: Podium) -> None:
    found = podium.retrieve(Asked("Is the trial of the two Canadians linked to the Alaska talks?"), depth=20)
    plain, read = (select(found, podium.calibration, 15, selector) for selector in (None, podium.selector))
    assert {each.evidence.read for each in plain.weighed} == {0.0}
    unread = [each for each in read.weighed if each.evidence.read == UNREAD]
    assert len(read.weighed) - len(unread) <= PASSAGES and unread
    assert read.weighed[0].evidence.read > max(each.evidence.read for each in read.weighed[1:])
    assert read.chance > podium.calibration.answers
    assert not np.allclose(read.weighed[0].sentences, plain.weighed[0].sentences)


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
