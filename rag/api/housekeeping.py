"""What chat frontends ask on their own account, for titles, tags and the like, answered by rule.

Open WebUI's prompts begin with `### Task:` and want one JSON object; a search of the archive would answer neither.
"""

import json
import re

_WANTED = re.compile(r"\{\s*\\?\"(title|tags|follow_ups|queries|prompt|text)\\?\"")
_EXCHANGE = re.compile(r"^(?:USER|user):\s*(.+)$", re.MULTILINE)
_HISTORY = re.compile(r"<chat_history>(.*?)</chat_history>", re.DOTALL)
_LONGEST_TITLE = 50
_EMPTY: dict[str, object] = {"tags": ["Press conferences"], "follow_ups": [], "queries": [], "prompt": "", "text": ""}


def answer_housekeeping(question: str) -> str | None:
    """The JSON object that a housekeeping prompt wants; None where it is a question like any other.

    >>> answer_housekeeping('### Task:\\nSuggest follow-ups.\\nJSON format: { "follow_ups": ["…"] }')
    '{"follow_ups": []}'
    """
    if not question.lstrip().startswith("### Task:"):
        return None
    wanted = _WANTED.search(question)
    key = wanted.group(1) if wanted else "title"
    value = _title(question) if key == "title" else _EMPTY[key]
    return json.dumps({key: value}, ensure_ascii=False)


def _title(prompt: str) -> str:
    """The first question of the conversation, cut between words."""
    history = _HISTORY.search(prompt)
    asked = _EXCHANGE.search(history.group(1) if history else prompt)
    words = " ".join(asked.group(1).split()) if asked else "Press conferences"
    if len(words) <= _LONGEST_TITLE:
        return words.rstrip("?!. ")
    return words[:_LONGEST_TITLE].rpartition(" ")[0] + "…"
