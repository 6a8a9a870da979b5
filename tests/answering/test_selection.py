from dataclasses import replace

import pytest

from rag.answering.selection import Evidence, covered, shipped_calibration, weigh
from rag.pipeline import Podium
from rag.question.asked import Asked

STRONG = Evidence(score=0.6, sentence=0.6, lead=0.1, cover=0.9, absent=0.0, follows=0.0, filtered=0.0, changes=0.0)


def test_each_piece_of_evidence_weighs_in_its_direction() -> None:
    calibration = shipped_calibration()
    assert calibration.confidence(STRONG) > calibration.answers > calibration.near > 0
    for name, weaker in (
        ("score", 0.4),
        ("sentence", 0.4),
        ("lead", 0.0),
        ("cover", 0.2),
        ("absent", 0.5),
    ):
        assert calibration.confidence(replace(STRONG, **{name: weaker})) < calibration.confidence(STRONG), name


def test_a_word_is_covered_under_any_name_and_a_name_that_is_not_there_is_absent(podium: Podium) -> None:
    found = podium.retrieve(Asked("Whose are the Senkakus?"), depth=1)
    place = found.candidates[0].place
    assert covered("What of the Senkakus?", place, found.archive) == (1.0, 0.0)
    assert covered("What of the Senkakuz?", place, found.archive) == (1.0, 0.0)
    assert covered("What of the inherrent?", place, found.archive)[0] == 1.0
    assert covered("What of the Falklands?", place, found.archive) == (0.0, 1.0)
    assert covered("what of the rainforests?", place, found.archive) == (0.0, 0.0)
    assert covered("What did China do?", place, found.archive) == (1.0, 0.0)


def test_the_best_candidate_leads_and_the_others_follow(podium: Podium) -> None:
    found = podium.retrieve(Asked("Is the trial of the two Canadians linked to the Alaska talks?"), depth=20)
    best, second, *others = weigh(found, podium.calibration, 4)
    assert best.evidence.lead == pytest.approx(-second.evidence.lead) and best.evidence.lead > 0 and len(others) == 2
    assert best.confidence > second.confidence
    assert max(best.sentences) == pytest.approx(best.candidate.sentence)


def test_a_deflection_is_an_answer(podium: Podium) -> None:
    answer = podium.ask("What did China say about a call between President Biden and Xi Jinping in January 2021?")
    assert answer.answered
