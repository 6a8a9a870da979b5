"""The answer's own file: what importing it loads."""

import subprocess
import sys

from conftest import ROOT


def test_answering_needs_no_html_parser() -> None:
    code = "import sys, rag.answering.answer; print(sorted({'html.parser', 'rag.reading.markup'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
