"""Labelled paragraphs -> turns: who speaks in each, decided from the label, its neighbours and the print."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from rag.reading.cast import Cast, Line, Part, find_cast
from rag.reading.habits import Habits
from rag.reading.labels import Label, LabelKind, find_label
from rag.reading.layout import Paragraph
from rag.reading.offices import names_outlet
from rag.reading.parts import SPOKEN, Role, Turn
from rag.reading.unlabelled import (
    ask_in_bold,
    bold_questions,
    find_bare_answers,
    find_bare_questions,
    find_questions_between,
)

_ROW = re.compile(r"[^\w()]{1,200}$")
# "(Laughter.)", "[He points]."
_STAGE = re.compile(r"[(\[（【][^()\[\]（）]{1,400}[)\]）】]\.?$")
_AFTER = r"(?:the|today's|this) (?:\w+ ){0,3}(?:press conference|briefing)"
# "After the press conference, a reporter asked:", "One journalist asked a question after today's briefing."
_NOTE = re.compile(
    rf"(?P<note>(?:(?:after|following|at the end of) {_AFTER}.{{0,80}}?(?:question|ask|inquir)"
    r"|(?:the|a|an|one|two|three|several|some) .{0,60}?(?:questions?|journalists?|reporters?|inquir\w+)"
    rf"[^.?!]{{0,60}}?after {_AFTER})[^.?!:：]{{0,60}}[:：.]?)\s*+",
    re.IGNORECASE,
)
# "On May 4, Spokesperson Hua Chunying hosted a regular press conference.", "The transcript is as follows:"
_HOSTED = re.compile(
    r"(?:on .{0,40}, )?(?:.{0,30}spokes\w+|.{0,20}ministry).{0,40} (?:hosted|held|chaired|presided over|gave) .{0,40}"
    r"(?:press conference|briefing)[^?!]{0,80}$"
    r"|.{0,60}(?:transcript|full text|q&a)[^.?!]{0,60}(?:is|are)? ?as follows\W*$"
    r"|(?:the )?following (?:is|are) the .{0,30}(?:transcript|full text).{0,80}$",
    re.IGNORECASE,
)
# "Q. ", "A3、 "
_FULL_STOP = re.compile(r"(?P<label>[QA])\d{0,3}\s*+[.、)]\s++")
_ASKED = re.compile(r"\b(?:raised|asked|posed|following|put to|questions? and answers?)\b", re.IGNORECASE)
# "My question is to the Prime Minister"
_PUTS = re.compile(r"\b[Mm]y (?:supplementary )?question is (?:again )?(?:directed |addressed )?(?:to|for)\b")
_BEGINNING = 200
_ROLES: dict[LabelKind, Role] = {
    "question": "question",
    "outlet": "question",
    "answer": "answer",
    "person": "answer",
    "follow-up": "follow-up",
    "journalist": "journalist",
    "speaker": "unclear",
    "unknown": "text",
}


def find_turns(
    body: Sequence[Paragraph], people: Collection[str], habits: Habits, named: Mapping[str, Part], talk: bool
) -> tuple[list[Turn], Cast]:
    """The part that each paragraph of the body plays, and the cast; `named` are last names that the head gives,
    with what it says of each, and a `talk` is no speech."""
    turns = [_first_look(paragraph, people, habits) for paragraph in body]
    if all(turn.label is None for turn in turns):
        turns = [_full_stop_label(turn) for turn in turns]
    cast = find_cast(_lines(turns), named)
    _play(turns, cast, habits)
    if habits.strict:
        find_questions_between(turns)
        return turns, cast
    prints_bold = bold_questions(turns) or ask_in_bold(turns, talk)
    _settle_speakers(turns)
    _settle_others(turns)
    _settle_unknown(turns, prints_bold)
    _settle_outlets(turns, prints_bold)
    _settle_captions(turns)
    find_bare_questions(turns, prints_bold)
    find_bare_answers(turns, prints_bold)
    return turns, cast


def _lines(turns: Sequence[Turn]) -> list[Line]:
    """The labelled turns, each with all that is said up to the next one."""
    lines: list[Line] = []
    for turn in turns:
        words, asks = len(turn.text.split()), "?" in turn.text
        ends = turn.text.rstrip("\"'\u201d\u2019) ").endswith("?")
        if turn.label:
            lines.append(Line(turn.label, words, asks, _PUTS.search(turn.text[:_BEGINNING]) is not None, ends))
        elif lines and turn.role == "text":
            lines[-1] = replace(lines[-1], words=lines[-1].words + words, asks=lines[-1].asks or asks, ends=ends)
    return lines


def _play(turns: Sequence[Turn], cast: Cast, habits: Habits) -> None:
    """Give the speakers whom only this file's habits tell the part that its cast has for them."""
    for turn in turns:
        if turn.role == "journalist" and habits.names:
            turn.role = "question"
        if turn.label is None or turn.label.kind != "speaker":
            continue
        part = cast.part(turn.label.printed)
        if part == "unclear":
            turn.doubt = ("unclear-turn", f"Whether '{turn.label.printed}' asks or answers is not clear; left out.")
        else:
            turn.role = "question" if part == "asks" else "answer"
            turn.person = turn.label.printed if part == "answers" else None
            if turn.label.printed in habits.between:
                message = f"'{turn.label.printed}' is taken for a speaker: it stands between two labels of another."
                turn.doubt = ("unknown-speaker", message)


def _first_look(paragraph: Paragraph, people: Collection[str], habits: Habits) -> Turn:
    text = paragraph.text
    nobodys: Role | None = "row" if _ROW.match(text) else "stage" if _STAGE.match(text) else None
    if nobodys is None and len(text) < 400 and not habits.strict and _HOSTED.match(text):
        nobodys = "note"
    if nobodys:
        return Turn(paragraph, nobodys, None, paragraph.start)
    note = None if habits.strict else _NOTE.match(text)
    if note and _ASKED.search(note["note"]):
        return _noted(paragraph, note, people)
    label = find_label(text, people, habits)
    if label is None and habits.strict and text.startswith(">>"):
        doubt = ("unclear-turn", "Somebody else speaks, and the file doesn't say who; left out.")
        return Turn(paragraph, "unclear", None, paragraph.start, doubt=doubt)
    if label is None:
        return Turn(paragraph, "text", None, paragraph.start)
    return Turn(paragraph, _ROLES[label.kind], label, paragraph.start + label.end, label.name)


def _full_stop_label(turn: Turn) -> Turn:
    """The turn of a page whose labels are `Q.` and `A.`, which elsewhere would number the points of an answer."""
    found = _FULL_STOP.match(turn.paragraph.text)
    if turn.role != "text" or not found:
        return turn
    kind: Literal["question", "answer"] = "question" if found["label"] == "Q" else "answer"
    return Turn(turn.paragraph, kind, Label(found["label"], kind, None, found.end()), turn.start + found.end())


def _noted(paragraph: Paragraph, note: re.Match[str], people: Collection[str]) -> Turn:
    """A note that a question was raised after the conference: alone on its line, or with the question behind it."""
    rest = paragraph.text[note.end() :]
    if not rest or (len(rest) < 15 and "?" not in rest):
        return Turn(paragraph, "note", None, paragraph.start)
    label = find_label(rest, people)
    start = paragraph.start + note.end()
    if label and label.kind != "unknown":
        return Turn(paragraph, "question", label, start + label.end)
    return Turn(paragraph, "question", None, start)


def _labelled(turns: Sequence[Turn]) -> list[int]:
    return [number for number, turn in enumerate(turns) if turn.label]


def _next_role(turns: Sequence[Turn]) -> list[Role | None]:
    """For each turn, the part that the next settled label after it plays; None where none follows."""
    following: list[Role | None] = [None] * len(turns)
    role: Role | None = None
    for number in range(len(turns) - 1, -1, -1):
        following[number] = role
        if turns[number].role in SPOKEN:
            role = turns[number].role
    return following


def _settle_speakers(turns: Sequence[Turn]) -> None:
    """Find the spokespeople whom no table names: labels that come again and again, each time after another's."""
    order = _labelled(turns)
    unknown = Counter(label.printed for turn in turns if (label := turn.label) and label.kind == "unknown")
    known = any(turn.role == "answer" for turn in turns)
    for printed, times in unknown.most_common(5):
        after, before = [], []
        for place, number in enumerate(order):
            label = turns[number].label
            if label and label.printed == printed:
                before.append(turns[order[place - 1]] if place else None)
                after.append(turns[order[place + 1]] if place + 1 < len(order) else None)
        follows_question = sum(
            turn is not None and turn.role in ("question", "follow-up", "journalist") for turn in before
        )
        leads_to_answer = sum(turn is not None and turn.role == "answer" for turn in after)
        apart = all(turn is None or turn.label is None or turn.label.printed != printed for turn in before)
        alone = not known and apart and times >= 2 and times >= max(unknown.values()) and leads_to_answer == 0
        if (alone and follows_question + times >= 3) or (
            follows_question >= max(1, 0.8 * times) and leads_to_answer == 0 and (times >= 2 or not known)
        ):
            known = True
            theirs = [turn for turn in turns if turn.label and turn.label.printed == printed]
            for turn in theirs:
                turn.role, turn.person = "answer", printed
            theirs[0].doubt = ("unknown-speaker", f"'{printed}' is taken for a spokesperson: the name is in no table.")


def _settle_others(turns: Sequence[Turn]) -> None:
    """Where a name in no table answers, believe another full name just behind a question and before the next one."""
    if not any(turn.role == "answer" and turn.label and turn.label.kind in ("unknown", "speaker") for turn in turns):
        return
    following = _next_role(turns)
    for number in range(1, len(turns)):
        turn = turns[number]
        printed = turn.label.printed if turn.label and turn.label.kind == "unknown" else ""
        words = printed.split()
        between = turn.role == "text" and turns[number - 1].role == following[number] == "question"
        named = len(words) in (2, 3) and all(word[0].isupper() for word in words) and not names_outlet(printed)
        # `House Prices: they rise` is words of the question.
        speaks = not turn.text[:1].islower() and not turn.text.rstrip("\"'\u201d\u2019) ").endswith("?")
        if between and named and speaks:
            turn.role, turn.person = "answer", printed
            turn.doubt = ("unknown-speaker", f"'{printed}' is taken for who answers: the name is in no table.")


def _settle_unknown(turns: Sequence[Turn], prints_bold: bool) -> None:
    """Believe an unknown label as an outlet's where a question belongs and an answer's label comes next."""
    state: Role = "text"
    group: list[int] = []
    for number, turn in enumerate(turns):
        if turn.role == "text" and turn.label:
            group.append(number)
        elif turn.role in SPOKEN:
            asking = state in ("question", "follow-up")
            _settle_group(turns, group, prints_bold, turn.role == "answer" and not asking)
            group, state = [], turn.role
    _settle_group(turns, group, prints_bold, answered=False)


def _settle_group(turns: Sequence[Turn], group: Sequence[int], prints_bold: bool, answered: bool) -> None:
    """Of the unknown labels between two settled ones, believe the bold ones; without bold print, the one that asks."""
    believed = {number for number in group if prints_bold and turns[number].is_bold and turns[number].asks}
    if answered and group and not prints_bold:
        asking = [number for number in group if "?" in turns[number].text]
        believed.add(asking[0] if asking else group[-1])
    for number in group:
        turn = turns[number]
        printed = turn.label.printed if turn.label else ""
        if number in believed:
            turn.role = "question"
            turn.doubt = ("unknown-outlet", f"'{printed}' is taken for an outlet: the name is in no table.")
        else:
            turn.doubt = (
                "unknown-label",
                f"'{printed}' is taken for words before a colon, not for a speaker.",
            )
            turn.label, turn.start = None, turn.paragraph.start


def _settle_outlets(turns: Sequence[Turn], prints_bold: bool) -> None:
    """Take back an outlet's name that opens no question: inside an answer, asking nothing, answered by nobody."""
    following = _next_role(turns)
    for number, turn in enumerate(turns):
        if turn.role != "question" or not turn.label or turn.label.kind != "outlet":
            continue
        answered = following[number] in ("answer", "journalist")
        bold = turn.is_bold
        asks = "?" in turn.text or bold or number + 1 == len(turns)
        if (prints_bold and not bold and not answered) or not (answered or asks):
            turn.doubt = (
                "unknown-label",
                f"'{turn.label.printed}' opens no question here; taken for words of the answer.",
            )
            turn.role, turn.label, turn.start = "text", None, turn.paragraph.start


def _settle_captions(turns: Sequence[Turn]) -> None:
    """A centred line without a full stop, in a body that is not centred, stands under a picture."""
    if sum(turn.paragraph.centred for turn in turns) > len(turns) / 4:
        return
    for turn in turns:
        if (
            turn.role == "text"
            and turn.paragraph.centred
            and not turn.text.endswith((".", "?", "!"))
            and len(turn.text) < 300
        ):
            turn.role = "caption"
