from rag.pipeline import Podium
from rag.query import Filters
from rag.refusal import Evidence, shipped_calibration, weigh

STRONG = Evidence(score=0.7, margin=0.3, lead=0.2, cover=0.9, outside=0.0, agreed=1.0)


def test_each_piece_of_evidence_weighs_in_its_direction() -> None:
    calibration = shipped_calibration()
    assert calibration.confidence(STRONG) > 0.9 > calibration.threshold > 0
    assert calibration.confidence(None) == 0
    for weaker in (
        Evidence(0.5, 0.3, 0.2, 0.9, 0.0, 1.0),
        Evidence(0.7, 0.1, 0.2, 0.9, 0.0, 1.0),
        Evidence(0.7, 0.3, 0.0, 0.9, 0.0, 1.0),
        Evidence(0.7, 0.3, 0.2, 0.2, 0.0, 1.0),
        Evidence(0.7, 0.3, 0.2, 0.9, 0.3, 1.0),
        Evidence(0.7, 0.3, 0.2, 0.9, 0.0, 0.0),
    ):
        assert calibration.confidence(weaker) < calibration.confidence(STRONG)


def test_a_better_candidate_outside_the_filters_is_noticed(podium: Podium) -> None:
    question = "Is the trial of the two Canadians linked to the Alaska talks?"
    inside = podium.retrieve(question, filters=Filters(spokespeople=("Zhao Lijian",)))
    outside = podium.retrieve(question, filters=Filters(spokespeople=("Wang Wenbin",)))
    right = weigh(inside.query, inside.vector, inside.candidates, inside.archive)
    wrong = weigh(outside.query, outside.vector, outside.candidates, outside.archive)
    assert right is not None and wrong is not None
    assert right.outside == 0 < wrong.outside and wrong.cover < right.cover
    confidence = shipped_calibration().confidence
    assert confidence(wrong) < confidence(right)


def test_a_deflection_is_an_answer(podium: Podium) -> None:
    answer = podium.ask("What did China say about a call between President Biden and Xi Jinping in January 2021?")
    assert answer.answered
