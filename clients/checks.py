"""What every client is asked, and how it says what it found.

It runs in the clients' own environments, so it uses the standard library only.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable

QUESTION = "What did China say about the trial of the two Canadians?"
FOLLOW_UP = "What about their families?"
WORDS = "China has repeatedly stated its position on the cases involving the Canadian citizens."
ADDRESS = os.environ["PODIUM_ADDRESS"]
KEYED_ADDRESS = os.environ["PODIUM_KEYED_ADDRESS"]
KEY = os.environ["PODIUM_KEY"]
STDIO = json.loads(os.environ["PODIUM_STDIO"])


def run(version: str, *checks: Callable[[], None], **named: Callable[[], None]) -> None:
    """Run each check and print its name and what went wrong, "" where nothing did, as JSON."""
    wrong = {}
    for name, check in ({each.__name__: each for each in checks} | named).items():
        try:
            check()
            wrong[name.replace("_", " ")] = ""
        except Exception as error:
            traceback.print_exc()
            # Whatever a client raises is a finding.
            wrong[name.replace("_", " ")] = f"{type(error).__name__}: {error}"[:300]
    json.dump({"version": version, "checks": wrong}, sys.stdout)


def holds(text: str) -> None:
    """The words stand in a text; the transcript has a space in them that doesn't break."""
    assert WORDS in text.replace("\N{NO-BREAK SPACE}", " "), text


def cites(text: str) -> None:
    """The words stand in the text, with their mark as a link."""
    holds(text)
    assert f"[[1]]({ADDRESS}/read/" in text, text
