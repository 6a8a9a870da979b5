"""Questions and answers that lack their label -> their parts, by the print and by the labels around them."""

import re
from collections.abc import Sequence
from itertools import dropwhile, pairwise

from rag.reading.parts import BOLD, SPOKEN, Role, Turn

_SENTENCE = re.compile(r"[.?!\u2026]['\"\u201d\u2019)\]]*$")
_FEWEST, _ASKING = 3, 0.6
# "Thank you, Minister", "your deputy"
_SPEAKS_TO = re.compile(r"\b(?:[Yy]ou|[Yy]ours?|[Tt]hanks|(?:Mr|Ms|Mrs|Madam)\.? [A-Z]\w+)\b")
_ADDRESSES = re.compile(
    r"(?:Thank|Thanks|Hi|Hello|Good (?:morning|afternoon|evening))\b"
    r"|(?:Mr|Ms|Mrs|Madam|(?:Prime )?Minister|President|Secretary|Governor|Chancellor|Spokes\w+)\b[^?!]{0,30},"
)
_UNCLEAR = ("unclear-turn", "Between an answer and a question without a label: whose it is, the page doesn't say.")
_UNTOLD = ("question-without-label", "A question without a label; whose it is, the page doesn't say.")


def bold_questions(turns: Sequence[Turn]) -> bool:
    """Whether the page prints its questions bold and its answers not, so that the print is evidence."""
    asked = [turn.paragraph.bold for turn in turns if turn.label and turn.role == "question"]
    answered = [turn.paragraph.bold for turn in turns if turn.label and turn.role == "answer"]
    if len(asked) < 2 or not answered or None in asked:
        return False
    bold = sum((share or 0) >= BOLD for share in asked)
    plain = sum((share or 0) < BOLD for share in answered)
    return bold >= 0.8 * len(asked) and plain >= 0.8 * len(answered)


def ask_in_bold(turns: Sequence[Turn], talk: bool) -> bool:
    """On a page without a label, take bold sentences for questions, if several of them ask above plain ones. In a
    speech, which is no `talk` with the press, they are its headings."""
    if not talk or any(turn.label for turn in turns):
        return False
    bold = [turn for turn in turns if _is_bold_sentence(turn)]
    asking = [turn for turn in bold if "?" in turn.text]
    if len(asking) < _FEWEST or len(bold) > len(turns) / 2:
        return False
    first = next(number for number, turn in enumerate(turns) if turn is asking[0])
    while first and _is_bold_sentence(turns[first - 1]):
        first -= 1
    theirs = {id(turn) for turn in turns[first:]} & set(map(id, bold))
    for before, turn in pairwise(turns):
        if id(turn) in theirs and id(before) not in theirs:
            turn.role = "question"
            turn.doubt = _UNTOLD
    return True


def _is_bold_sentence(turn: Turn) -> bool:
    return turn.role == "text" and turn.is_bold and _SENTENCE.search(turn.text) is not None


def find_questions_between(turns: Sequence[Turn]) -> None:
    """Where only those who answer have labels, the questions are the paragraphs without one before the next label."""
    if any(turn.role in ("question", "follow-up", "journalist") for turn in turns):
        return
    between = [turn for turn, after in pairwise(turns) if turn.role == "text" and after.role == "answer"]
    asking = sum("?" in turn.text for turn in between)
    if len(between) < _FEWEST or asking < _ASKING * len(between):
        return
    for turn in between:
        turn.role, turn.doubt = "question", _UNTOLD
    _doubt_beginnings(turns)


def _doubt_beginnings(turns: Sequence[Turn]) -> None:
    """Leave out the paragraphs above a question without a label, from one that speaks to the one who answered: the
    question may begin there. Where other questions have a label, only an address at the beginning counts."""
    labelled = any(turn.role == "question" and turn.label for turn in turns)
    speaks = _ADDRESSES.match if labelled else _SPEAKS_TO.search
    spoken: list[Turn] = []
    for turn in turns:
        if turn.doubt is _UNTOLD:
            for before in dropwhile(lambda before: not speaks(before.text), spoken):
                before.role, before.doubt = "unclear", _UNCLEAR
        spoken = [*spoken, turn] if turn.role == "text" else []


def find_bare_questions(turns: Sequence[Turn], prints_bold: bool) -> None:
    """A question that lacks its label: it stands between two answers' labels, and asks or is bold like the others."""
    before: Role = "text"
    for number, turn in enumerate(turns):
        if turn.role != "text":
            before = turn.role if turn.role in SPOKEN else before
            continue
        noted = number > 0 and turns[number - 1].role == "note"
        following = turns[number + 1] if number + 1 < len(turns) else None
        answered = following is not None and following.role == "answer"
        bold = prints_bold and turn.is_bold and turn.asks
        asks = turn.text.rstrip("\"'”’)").endswith("?") and not prints_bold
        if (before in ("answer", "text") and answered and (bold or asks or noted)) or (noted and "?" in turn.text):
            turn.role = "question"
            before = "question"
            turn.doubt = _UNTOLD
    if not prints_bold:
        _doubt_beginnings(turns)


def find_bare_answers(turns: Sequence[Turn], prints_bold: bool) -> None:
    """An answer that lacks its label: plain paragraphs after a question, with no answer's label before the next one."""
    number = 0
    while number < len(turns):
        if turns[number].role not in ("question", "follow-up", "journalist"):
            number += 1
            continue
        end = number + 1
        while end < len(turns) and turns[end].role in ("text", "stage", "caption"):
            end += 1
        answered = end < len(turns) and turns[end].role == "answer"
        bare = [turn for turn in turns[number + 1 : end] if turn.role == "text"]
        if bare and not answered:
            _believe_answer(turns[number], bare, prints_bold)
        number = end


def _believe_answer(question: Turn, bare: Sequence[Turn], prints_bold: bool) -> None:
    if prints_bold:
        first = next((place for place, turn in enumerate(bare) if not turn.is_bold), len(bare))
    else:
        asking = [place for place, turn in enumerate(bare) if turn.text.rstrip().endswith("?")]
        first = asking[0] + 1 if asking and "?" not in question.text and asking[0] + 1 < len(bare) else 0
    for turn in bare[first : first + 1]:
        turn.role = "answer"
        turn.doubt = (
            "answer-without-label",
            "An answer without a label: plain paragraphs that follow a question.",
        )
