"""The answer's own file: what importing it loads."""

import copy
import subprocess
import sys
from dataclasses import replace

from conftest import ROOT

from rag.answering.answer import Answer
from rag.pipeline import Podium


def test_answering_needs_no_html_parser() -> None:
    code = "import sys, rag.answering.answer; print(sorted({'html.parser', 'rag.reading.markup'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


def test_quotes_that_a_budget_leaves_none_of_are_no_answer(podium: Podium) -> None:
    answer = podium.ask("What of Xinjiang?", max_tokens=1)
    assert not answer.answered and answer.quotes == answer.nearest == ()
    assert "max_tokens 1" in answer.text


def test_quotes_stand_beside_the_surest_by_their_own_confidence_each_from_another_exchange(podium: Podium) -> None:
    def asked(further: float) -> Answer:
        other = copy.copy(podium)
        other.calibration = replace(podium.calibration, answers=0.0, further=further)
        return other.ask("What did China say about Xinjiang?", k=5)

    surest, second, *others = every = asked(0.0).quotes
    assert len({quote.exchange_id for quote in every}) == len(every)
    assert surest.confidence >= second.confidence > max(each.confidence for each in others)
    assert asked(second.confidence).quotes == (surest, second)
    assert asked(1.0).quotes == (surest,)
