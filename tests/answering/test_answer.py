"""The answer's own file: what importing it loads."""

import subprocess
import sys

from conftest import ROOT

from rag.pipeline import Podium


def test_answering_needs_no_html_parser() -> None:
    code = "import sys, rag.answering.answer; print(sorted({'html.parser', 'rag.reading.markup'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


def test_quotes_that_a_budget_leaves_none_of_are_no_answer(podium: Podium) -> None:
    answer = podium.ask("What of Xinjiang?", max_tokens=1)
    assert not answer.answered and answer.quotes == answer.nearest == ()
    assert "max_tokens 1" in answer.text
