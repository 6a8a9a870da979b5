"""What chat frontends ask on their own account, for titles, tags and the like, answered by rule.

Open WebUI's prompts are known by their whole shape, since a question with a file attached begins as they do. They are
read with plain string search, in time that grows with their length and no faster.
"""

import json
from collections.abc import Callable

LONGEST = 200_000
_LONGEST_TITLE = 50
_TASK = "### Task:"
_COMPLETES = f"{_TASK}\nYou are an autocompletion system."
_FEELS = "Your task is to reflect the speaker's likely facial expression through a fitting emoji."
_CALLS = "Available Tools: "
_MERGES = 'You have been provided with a set of responses from various models to the latest user query: "'


def answer_housekeeping(prompt: str, instructions: str = "") -> str | None:
    """What a housekeeping prompt wants; None where it is a question like any other.

    >>> print(answer_housekeeping(
    ...     '### Task:\\nSuggest a title.\\n### Output:\\nJSON format: { "title": "…" }\\n'
    ...     '<chat_history>\\nUSER: Was the trial held?\\nASSISTANT: Yes.\\n</chat_history>'
    ... ))
    {"title": "Was the trial held"}
    """
    if len(prompt) > LONGEST:
        return None
    prompt = prompt.strip()
    if prompt.startswith(_COMPLETES) and prompt.endswith("#### Output:"):
        return _json("text", "")
    if prompt.startswith(_FEELS):
        return "🎙️"
    if instructions.startswith(_CALLS) and '"tool_calls": []' in instructions:
        return _json("tool_calls", [])
    if prompt.startswith(_TASK) and prompt.endswith("</chat_history>"):
        return _about_a_chat(prompt)
    return None


def asked_in(prompt: str) -> str:
    """The question in Open WebUI's template for attached files or for merging answers; any other prompt as it is.

    >>> asked_in("### Task:\\nUse the context.\\n<context>\\na page\\n</context>\\n\\nWas the trial held?")
    'Was the trial held?'
    """
    if prompt.startswith(_MERGES):
        return prompt.removeprefix(_MERGES).partition('"\n\nYour task is to synthesize')[0]
    if prompt.startswith(_TASK) and "<context>" in prompt:
        _, closed, behind = prompt.rpartition("</context>")
        asked = behind.replace("<user_query>", "").replace("</user_query>", "").strip()
        return asked if closed and asked else prompt
    return prompt


def _about_a_chat(prompt: str) -> str | None:
    """The JSON object that the prompt's output section shows, filled from the chat that ends it."""
    told, _, chat = prompt.partition("<chat_history>")
    form = told.rpartition("### Output:")[2]
    # `JSON format: { "title": "…" }`
    for key, fill in _FILLED.items():
        if f'"{key}":' in form:
            return _json(key, fill(chat))
    return None


def _title(chat: str) -> str:
    """The first question of the conversation, cut between words."""
    words = " ".join(_first_question(chat).split()) or "Press conferences"
    if len(words) <= _LONGEST_TITLE:
        return words.rstrip("?!. ")
    return words[:_LONGEST_TITLE].rpartition(" ")[0] + "…"


def _first_question(chat: str) -> str:
    """What stands behind the first `USER:`, up to the answer."""
    _, _, asked = chat.partition("USER: ")
    return asked.partition("\nASSISTANT: ")[0].removesuffix("</chat_history>")[:1000]


def _follow_ups(chat: str) -> list[str]:
    """What podium can be asked next: about change over time, and about the day of the first quote."""
    # `Zhao Lijian to Reuters, 18 March 2021: “It is not linked…`
    before, quoted, _ = chat.rpartition("\nASSISTANT: ")[2].partition(": “")
    day = before.rpartition("\n")[2].rpartition(", ")[2]
    return ["How has that changed over time?", f"What else was said on {day}?"] if quoted and day != "undated" else []


_FILLED: dict[str, Callable[[str], object]] = {
    "title": _title,
    "tags": lambda _: ["Press conferences"],
    "follow_ups": _follow_ups,
    "queries": lambda _: [],
    "prompt": lambda _: "",
}


def _json(key: str, value: object) -> str:
    return json.dumps({key: value}, ensure_ascii=False)
