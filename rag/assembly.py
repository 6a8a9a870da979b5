"""Turns -> exchanges, with the words that are nobody's kept apart and every oddity noted."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.names import outlet_name
from rag.transcript import Exchange, ExchangeKind, Span
from rag.turns import Turn

_BRACKETS = re.compile(r"[(\[（【]\s*(?P<words>[^()\[\]（）【】]{2,300}?)\s*[)\]）】]")
_SAID = re.compile(r"(?:the |a )?(?:journalists?|reporters?)\s*[:：]\s*", re.IGNORECASE)
_STAGE = re.compile(
    r"(?:the |all |some )?(?:journalists?|reporters?|spokes\w+|audience|everyone|room)\b(?! 's).*"
    r"|(?:laugh|smil|nod|applau|chuckl|paus|inaudib|cross-?talk|off[- ]?mi|unintelligib|interrupt|shak|shrug|sigh)\w*.{0,60}"
    r"|(?:turning|pointing|gesturing|looking|showing|holding up|reading|speaking|switching|playing)\b.{1,80}"
    r"|in (?:chinese|english|french|russian|spanish|arabic|japanese)|(?:a )?(?:video|photo|picture)s? (?:is|are|was|were)? ?(?:shown|played).{0,40}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:regular |our |mfa |daily )press conference\b.{0,160}\b(?:adjourn|recess|resum|will (?:be held|start|begin)|be held|cancel)"
    r"|\bno (?:regular )?press conference|\b(?:adjourn|recess|resum)\w*.{0,120}\bpress conference"
    r"|(?:press )?(?:briefing|conference) will be held\b.{0,120}(?:hall|lanting|[ap]\.?m\b)"
    r"|will hold a (?:press )?(?:briefing|conference)\b.{0,160}(?:hall|lanting|here|tomorrow|[ap]\.?m\b)"
    r"|(?:tomorrow|[ap]\.?m\b).{0,80}will hold a (?:press )?(?:briefing|conference)"
    r"|thank you (?:all )?(?:very much )?for (?:attending|coming|joining|your (?:attendance|participation))"
    r"|\b(?:my|our|the) last (?:regular )?press conference|(?:that'?s|this is|that is) all for today|^see you (?:all )?(?:tomorrow|next|on |in )",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something a reader of the archive should know: the line (from 1; 0 is the whole file), a word for it, a sentence."""

    line: int
    kind: str
    message: str


@dataclass(slots=True)
class _Draft:
    kind: ExchangeKind
    line: int
    label: str | None = None
    outlet: str | None = None
    person: str | None = None
    follows: int | None = None
    question: tuple[int, int] | None = None
    answers: list[tuple[int, int]] = field(default_factory=list)
    interjections: list[tuple[int, int]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Assembly:
    """What the turns came to: the exchanges, the words outside them, and what was odd."""

    exchanges: tuple[Exchange, ...]
    remainder: tuple[Span, ...]
    oddities: tuple[Oddity, ...]


def assemble(
    turns: Sequence[Turn], text: str, transcript_id: str, spokesperson: str | None, date: datetime.date | None
) -> Assembly:
    """The exchanges of one transcript, in the order of its text."""
    work = _Work(text)
    habit = _journalists_ask(turns)
    for turn in turns:
        work.take(turn, habit)
    work.part_closing_words()
    exchanges = []
    for number, draft in enumerate(work.drafts, 1):

        def span(place: tuple[int, int]) -> Span:
            return Span(transcript_id, *place)

        exchanges.append(
            Exchange(
                transcript_id=transcript_id,
                number=number,
                kind=draft.kind,
                outlet=draft.outlet,
                label=draft.label,
                spokesperson=draft.person or spokesperson,
                date=date,
                question=None if draft.question is None else span(draft.question),
                answer=tuple(map(span, draft.answers)),
                interjections=tuple(map(span, draft.interjections)),
                follows=draft.follows,
            )
        )
    work.note_unanswered()
    return Assembly(
        tuple(exchanges),
        tuple(Span(transcript_id, *place) for place in sorted(work.remainder)),
        tuple(sorted(work.oddities, key=lambda oddity: oddity.line)),
    )


def _journalists_ask(turns: Sequence[Turn]) -> bool:
    """Whether `Journalist:` is this page's label for questions, and not for a word thrown in."""
    return sum(turn.role == "journalist" for turn in turns) > sum(turn.role == "question" for turn in turns)


class _Work:
    """The drafts so far, and the words that fell outside them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.drafts: list[_Draft] = []
        self.remainder: list[tuple[int, int]] = []
        self.oddities: list[Oddity] = []
        self._asking = False
        self._replying = False
        self._after_row = False
        self._noted: set[int] = set()

    def take(self, turn: Turn, journalists_ask: bool) -> None:
        if turn.doubt:
            self.oddities.append(Oddity(turn.paragraph.line, *turn.doubt))
        match turn.role:
            case "row" | "stage" | "note" | "caption":
                self._leave(turn)
            case "question" | "follow-up":
                self._ask(turn)
            case "journalist":
                self._journalist(turn, journalists_ask)
            case "answer":
                self._answer(turn)
            case _:
                self._unlabelled(turn)

    def _ask(self, turn: Turn) -> None:
        label = turn.label
        draft = _Draft("question", turn.paragraph.line, label.printed if label else None)
        if turn.role == "follow-up":
            before = next(
                (number for number in range(len(self.drafts), 0, -1) if self.drafts[number - 1].kind == "question"),
                None,
            )
            draft.follows = before
            draft.outlet = (label.name if label else None) or (self.drafts[before - 1].outlet if before else None)
        elif label and label.kind in ("outlet", "unknown"):
            draft.outlet = label.name or outlet_name(label.printed)
        if turn.start > turn.paragraph.start and not label:
            self._leave_words(turn.paragraph.start, turn.start, turn.paragraph.line, "note")
        elif label:
            lead = self.text[turn.paragraph.start : turn.start].rfind(label.printed)
            if lead > 3:
                self._leave_words(turn.paragraph.start, turn.paragraph.start + lead, turn.paragraph.line, "note")
        draft.question = self._trimmed(turn.start, turn.paragraph.end)
        self.drafts.append(draft)
        self._asking, self._replying, self._after_row = True, False, False

    def _journalist(self, turn: Turn, journalists_ask: bool) -> None:
        draft = self.drafts[-1] if self.drafts else None
        if draft is None or not draft.answers or draft.kind != "question" or self._after_row:
            self._ask(turn)
            return
        asked_back = self.text[slice(*draft.answers[-1])].rstrip("\"'”’)").endswith("?")
        if "?" in turn.text and (journalists_ask or not asked_back):
            self._ask(turn)
            return
        place = self._trimmed(turn.start, turn.paragraph.end)
        if place:
            draft.interjections.append(place)
        self._replying = True

    def _answer(self, turn: Turn) -> None:
        draft = self.drafts[-1] if self.drafts else None
        if draft is None or self._after_row or (draft.person and turn.person and draft.person != turn.person):
            kind: ExchangeKind = (
                "remarks" if draft and draft.kind == "question" and not self._after_row else "announcement"
            )
            draft = _Draft(kind, turn.paragraph.line, follows=len(self.drafts) if kind == "remarks" else None)
            if kind == "remarks":
                self.oddities.append(
                    Oddity(
                        turn.paragraph.line,
                        "second-speaker",
                        f"{turn.person} adds to the answer; kept as remarks of their own.",
                    )
                )
            self.drafts.append(draft)
        elif draft.answers and not self._replying and not draft.interjections:
            self.oddities.append(
                Oddity(
                    turn.paragraph.line,
                    "repeated-label",
                    "The spokesperson's label comes again inside one answer.",
                )
            )
        draft.person = draft.person or turn.person
        self._speak(draft, turn)

    def _unlabelled(self, turn: Turn) -> None:
        draft = self.drafts[-1] if self.drafts else None
        if draft is None or (self._after_row and not self._asking):
            draft = _Draft("announcement", turn.paragraph.line)
            self.drafts.append(draft)
        elif self._asking and not draft.answers:
            self._ask_on(draft, turn)
            return
        self._speak(draft, turn)

    def _ask_on(self, draft: _Draft, turn: Turn) -> None:
        """One more paragraph of a question."""
        place = self._trimmed(turn.paragraph.start, turn.paragraph.end)
        if place:
            draft.question = (draft.question or place)[0], place[1]
            self.oddities.append(
                Oddity(
                    turn.paragraph.line,
                    "unlabelled-paragraph",
                    "A paragraph without a label goes on with the question before it.",
                )
            )

    def _speak(self, draft: _Draft, turn: Turn) -> None:
        self._asking, self._replying, self._after_row = False, False, False
        for start, end in self._words(draft, turn.start, turn.paragraph.end, turn.paragraph.line):
            place = self._trimmed(start, end)
            if place:
                draft.answers.append(place)
                draft.lines.append(turn.paragraph.line)

    def _words(self, draft: _Draft, start: int, end: int, line: int) -> list[tuple[int, int]]:
        """The stretches of an answer's paragraph that the spokesperson speaks: all but the stage notes in brackets."""
        spoken = []
        for note in _BRACKETS.finditer(self.text, start, end):
            said = _SAID.match(note["words"])
            if not said and not _STAGE.fullmatch(note["words"]):
                continue
            spoken.append((start, note.start()))
            start = note.end()
            if said:
                draft.interjections.append((note.start("words") + said.end(), note.end("words")))
                self.oddities.append(
                    Oddity(line, "interjection", "A journalist's words in brackets inside the answer.")
                )
            else:
                self._leave_words(note.start(), note.end(), line, "stage-note")
        return [*spoken, (start, end)]

    def _leave(self, turn: Turn) -> None:
        said = _BRACKETS.match(turn.text)
        reply = _SAID.match(said["words"]) if said else None
        if said and reply and self.drafts and self.drafts[-1].answers:
            start = turn.start + said.start("words") + reply.end()
            self.drafts[-1].interjections.append((start, turn.start + said.end("words")))
            self.oddities.append(
                Oddity(turn.paragraph.line, "interjection", "A journalist's words in brackets inside the answer.")
            )
            return
        kind = {"row": "row-of-signs", "stage": "stage-note", "note": "note", "caption": "caption"}[turn.role]
        self._leave_words(turn.paragraph.start, turn.paragraph.end, turn.paragraph.line, kind)
        if turn.role in ("row", "note") and not (self._asking and not self.drafts[-1].answers):
            self._after_row = True

    def _leave_words(self, start: int, end: int, line: int, kind: str) -> None:
        place = self._trimmed(start, end)
        if not place:
            return
        self.remainder.append(place)
        shown = " ".join(self.text[slice(*place)].split())
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        self.oddities.append(Oddity(line, kind, f"{_LEFT[kind]}: '{shown}'"))

    def _trimmed(self, start: int, end: int) -> tuple[int, int] | None:
        words = self.text[start:end]
        bare = words.strip()
        if not bare:
            return None
        start += len(words) - len(words.lstrip())
        return start, start + len(bare)

    def part_closing_words(self) -> None:
        """Words of farewell and schedule that end the last answer become an announcement of their own."""
        drafts: list[_Draft] = []
        for number, draft in enumerate(self.drafts):
            drafts.append(draft)
            last = number + 1 == len(self.drafts) or self.drafts[number + 1].line in self._noted
            if draft.kind != "question" or not last:
                continue
            first = next(
                (
                    place
                    for place in range(1, len(draft.answers))
                    if _CLOSING.search(self.text[slice(*draft.answers[place])])
                ),
                None,
            )
            if first is not None:
                closing = _Draft("announcement", draft.lines[first], person=draft.person)
                closing.answers, draft.answers = draft.answers[first:], draft.answers[:first]
                closing.lines, draft.lines = draft.lines[first:], draft.lines[:first]
                drafts.append(closing)
        self.drafts = drafts

    def note_unanswered(self) -> None:
        for draft in self.drafts:
            if draft.kind == "question" and not draft.answers:
                self.oddities.append(
                    Oddity(draft.line, "question-without-answer", "Nothing answers this question on the page.")
                )
            if draft.question is None and draft.kind == "question":
                self.oddities.append(
                    Oddity(draft.line, "label-without-question", "A question's label with no words behind it.")
                )


_LEFT = {
    "row-of-signs": "Outside every exchange, a row of signs",
    "stage-note": "Outside every exchange, a note about what happened in the room",
    "note": "Outside every exchange, a note of the page's editor",
    "caption": "Outside every exchange, a line under a picture",
}
