"""Turns -> exchanges, with the words that are nobody's kept apart and every oddity noted."""

import datetime
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rag.reading.askers import find_asker
from rag.reading.labels import Label
from rag.reading.parts import Turn
from rag.reading.stage import BRACKETS, CLOSING, LEFT, SAID_IN_BRACKETS, STAGE_NOTE
from rag.transcript import Exchange, ExchangeKind, Oddity, Span, Speaker

_A_FEW_WORDS, _CALL = 200, 150
_INTERJECTION = ("interjection", "A journalist's words, in brackets inside the answer.")
_SETTLED = frozenset(("question", "follow-up", "journalist", "answer"))


@dataclass(frozen=True, slots=True)
class _Said:
    """A stretch of an answer: its place, its line, and the label or name of who says it."""

    start: int
    end: int
    line: int
    person: str | None


@dataclass(slots=True)
class _Draft:
    kind: ExchangeKind
    line: int
    label: Label | None = None
    outlet: str | None = None
    person: str | None = None
    reporter: str | None = None
    follows: "_Draft | None" = None
    question: tuple[int, int] | None = None
    answers: list[_Said] = field(default_factory=list)
    interjections: list[tuple[int, int]] = field(default_factory=list)
    further: list[int] = field(default_factory=list)
    called: str = ""

    def tell_asker(self, words: str) -> None:
        """Note who asks, from the label, the words of the question so far and those that called for it."""
        asker = find_asker(self.label, words, self.called)
        self.outlet, self.reporter = asker.outlet, asker.reporter


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a transcript before its exchanges: `who` are the speakers behind its labels, `spokesperson`
    says what no label gives to another."""

    transcript_id: str
    date: datetime.date | None
    spokesperson: Speaker | None
    who: Mapping[str, Speaker | None]


@dataclass(slots=True)
class Assembly:
    """What the turns came to: the exchanges, the words outside them, and what was odd."""

    exchanges: tuple[Exchange, ...]
    remainder: tuple[Span, ...]
    oddities: tuple[Oddity, ...]


def assemble(turns: Sequence[Turn], text: str, told: Told, *, together: bool = False) -> Assembly:
    """The exchanges of one transcript, in the order of its text.

    Where several make their statements `together`, a few words of another's are part of the statement before them.
    """
    work = _Work(text, _A_FEW_WORDS if together else 0)
    habit = _journalists_ask(turns)
    for turn in turns:
        work.take(turn, habit)
    work.part_closing_words()
    work.carry_outlets()
    numbers = {id(draft): number for number, draft in enumerate(work.drafts, 1)}
    exchanges = tuple(_exchange(draft, numbers, told) for draft in work.drafts)
    main = {person for person, speaker in told.who.items() if speaker and speaker == told.spokesperson}
    work.note_doubtful_questions(main if together else ())
    return Assembly(
        exchanges,
        tuple(Span(told.transcript_id, *place) for place in sorted(work.remainder)),
        tuple(sorted(work.oddities, key=lambda oddity: oddity.line)),
    )


def _exchange(draft: "_Draft", numbers: Mapping[int, int], told: "Told") -> Exchange:
    def span(place: tuple[int, int]) -> Span:
        return Span(told.transcript_id, *place)

    alone = told.spokesperson
    speakers = tuple(alone if said.person is None else told.who.get(said.person, alone) for said in draft.answers)
    words = Counter[str]()
    for said, speaker in zip(draft.answers, speakers, strict=True):
        words[speaker.name if speaker else ""] += said.end - said.start
    return Exchange(
        transcript_id=told.transcript_id,
        number=numbers[id(draft)],
        kind=draft.kind,
        outlet=draft.outlet,
        label=draft.label.printed if draft.label else None,
        spokesperson=(words.most_common(1)[0][0] or None) if words else alone.name if alone else None,
        date=told.date,
        question=None if draft.question is None else span(draft.question),
        answer=tuple(span((said.start, said.end)) for said in draft.answers),
        interjections=tuple(map(span, draft.interjections)),
        follows=numbers.get(id(draft.follows)),
        speakers=speakers,
        reporter=draft.reporter,
    )


def _journalists_ask(turns: Sequence[Turn]) -> bool:
    """Whether `Journalist:` is this page's label for questions, and not for a word thrown in."""
    return sum(turn.role == "journalist" for turn in turns) > sum(turn.role == "question" for turn in turns)


class _Work:
    """The drafts so far, and the words that fell outside them."""

    def __init__(self, text: str, few: int) -> None:
        self.text = text
        self._few = few
        self.drafts: list[_Draft] = []
        self.remainder: list[tuple[int, int]] = []
        self.oddities: list[Oddity] = []
        self._asking = False
        self._replying = False
        self._after_row = False
        self._muted = False
        self._person: str | None = None
        self._before_notes: set[int] = set()

    def take(self, turn: Turn, journalists_ask: bool) -> None:
        if turn.doubt:
            self.oddities.append(Oddity(turn.paragraph.line, *turn.doubt))
        self._muted = turn.role == "unclear" or (self._muted and turn.role not in _SETTLED)
        if self._muted:
            self._leave_words(turn.paragraph.start, turn.paragraph.end, turn.paragraph.line, "unclear-words")
            self._asking, self._after_row = False, True
            return
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
        draft = _Draft("question", turn.paragraph.line, label)
        if turn.role == "follow-up":
            before = next((draft for draft in reversed(self.drafts) if draft.kind == "question"), None)
            draft.follows = before
            draft.outlet = (label.name if label else None) or (before.outlet if before else None)
            if before is not None and "?" not in turn.text and self._asked_back(before):
                message = "A follow-up that asks nothing: it replies to what the spokesperson asked back."
                self.oddities.append(Oddity(turn.paragraph.line, "follow-up-replies", message))
        else:
            draft.called = self._called()
            draft.tell_asker(turn.text)
        if turn.start > turn.paragraph.start and not label:
            self._leave_words(turn.paragraph.start, turn.start, turn.paragraph.line, "note")
            self._before_notes.add(len(self.drafts))
        elif label:
            lead = self.text[turn.paragraph.start : turn.start].rfind(label.printed)
            if lead > 3:
                self._leave_words(turn.paragraph.start, turn.paragraph.start + lead, turn.paragraph.line, "note")
        draft.question = self._trimmed(turn.start, turn.paragraph.end)
        self._person = None
        self.drafts.append(draft)
        self._asking, self._replying, self._after_row = True, False, False

    def _journalist(self, turn: Turn, journalists_ask: bool) -> None:
        draft = self.drafts[-1] if self.drafts else None
        if draft is None or not draft.answers or draft.kind != "question" or self._after_row:
            self._ask(turn)
            return
        if "?" in turn.text and (journalists_ask or not self._asked_back(draft)):
            self._ask(turn)
            return
        place = self._trimmed(turn.start, turn.paragraph.end)
        if place:
            draft.interjections.append(place)
        self._replying = True

    def _asked_back(self, draft: _Draft) -> bool:
        return bool(draft.answers) and self._words_of(draft.answers[-1]).rstrip("\"'”’)").endswith("?")

    def _called(self) -> str:
        """The last words before a question, with which a host may call for it: `Let's go to Jo at Radio Nowhere.`"""
        said = self.drafts[-1].answers[-1:] if self.drafts else []
        return self._words_of(said[0])[-_CALL:] if said else ""

    def _words_of(self, said: _Said) -> str:
        return self.text[said.start : said.end]

    def _comes_again(self, draft: _Draft, turn: Turn) -> bool:
        answering = draft.kind == "question" and not self._replying and bool(draft.answers)
        return answering and draft.answers[-1].person == turn.person

    def _answer(self, turn: Turn) -> None:
        draft = self.drafts[-1] if self.drafts else None
        apart = draft is not None and draft.kind != "question" and draft.person != turn.person
        apart = apart and len(turn.text) >= self._few
        if draft is None or self._after_row or (apart and draft.person and turn.person):
            draft = _Draft("announcement", turn.paragraph.line)
            self.drafts.append(draft)
        elif self._comes_again(draft, turn):
            message = "The spokesperson's label comes again inside one answer."
            self.oddities.append(Oddity(turn.paragraph.line, "repeated-label", message))
        self._person = turn.person
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
            alone = draft.question is None
            start = (draft.question or place)[0]
            draft.question = start, place[1]
            if draft.outlet is None and draft.follows is None:
                draft.tell_asker(self.text[slice(*draft.question)])
            while self.remainder and self.remainder[-1][0] >= start:
                self.remainder.pop()
            if not alone:
                draft.further.append(turn.paragraph.line)

    def _speak(self, draft: _Draft, turn: Turn) -> None:
        self._asking, self._replying, self._after_row = False, False, False
        for start, end in self._words(draft, turn.start, turn.paragraph.end, turn.paragraph.line):
            place = self._trimmed(start, end)
            if place:
                draft.answers.append(_Said(*place, turn.paragraph.line, self._person))

    def _words(self, draft: _Draft, start: int, end: int, line: int) -> list[tuple[int, int]]:
        """The stretches of an answer's paragraph that the spokesperson speaks: all but the stage notes in brackets."""
        spoken = []
        for note in BRACKETS.finditer(self.text, start, end):
            said = SAID_IN_BRACKETS.match(note["words"])
            alone = note[0] == self.text[start:end].strip()
            if not said and not STAGE_NOTE.fullmatch(note["words"].rstrip(".") if alone else note["words"]):
                continue
            spoken.append((start, note.start()))
            start = note.end()
            if said:
                draft.interjections.append((note.start("words") + said.end(), note.end("words")))
                self.oddities.append(Oddity(line, *_INTERJECTION))
            else:
                self._leave_words(note.start(), note.end(), line, "stage-note")
        return [*spoken, (start, end)]

    def _leave(self, turn: Turn) -> None:
        said = BRACKETS.match(turn.text)
        reply = SAID_IN_BRACKETS.match(said["words"]) if said else None
        if said and reply and self.drafts and self.drafts[-1].answers:
            start = turn.start + said.start("words") + reply.end()
            self.drafts[-1].interjections.append((start, turn.start + said.end("words")))
            self.oddities.append(Oddity(turn.paragraph.line, *_INTERJECTION))
            return
        kind = {"row": "row-of-signs", "stage": "stage-note", "note": "note", "caption": "caption"}[turn.role]
        self._leave_words(turn.paragraph.start, turn.paragraph.end, turn.paragraph.line, kind)
        if turn.role == "note":
            self._before_notes.add(len(self.drafts))
        if turn.role in ("row", "note") and not (self._asking and not self.drafts[-1].answers):
            self._after_row = True

    def _leave_words(self, start: int, end: int, line: int, kind: str) -> None:
        place = self._trimmed(start, end)
        if not place:
            return
        self.remainder.append(place)
        shown = " ".join(self.text[slice(*place)].split())
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        self.oddities.append(Oddity(line, kind, f"{LEFT[kind]}: '{shown}'"))

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
            last = number + 1 == len(self.drafts) or number + 1 in self._before_notes
            if draft.kind != "question" or not last:
                continue
            places = range(1, len(draft.answers))
            first = next((place for place in places if CLOSING.search(self._words_of(draft.answers[place]))), None)
            if first is not None and not any(said[0] > draft.answers[first].start for said in draft.interjections):
                closing = _Draft("announcement", draft.answers[first].line, person=draft.person)
                closing.answers, draft.answers = draft.answers[first:], draft.answers[:first]
                drafts.append(closing)
        self.drafts = drafts

    def carry_outlets(self) -> None:
        """A reporter who says the outlet once asks for it each time."""
        outlets: dict[str | None, set[str]] = {}
        for draft in self.drafts:
            if draft.reporter and draft.outlet:
                outlets.setdefault(draft.reporter, set()).add(draft.outlet)
        for draft in self.drafts:
            theirs = outlets.get(draft.reporter, set())
            if draft.outlet is None and len(theirs) == 1:
                draft.outlet = next(iter(theirs))

    def note_doubtful_questions(self, main: Collection[str]) -> None:
        """Note the questions that lack words or an answer, and their further paragraphs, which may be that answer.

        Where every turn has a label, they are the question's if the `main` speaker, by those labels, answers below.
        """
        message = "A paragraph without a label goes on with the question before it."
        for draft in self.drafts:
            if not any(said.person in main for said in draft.answers):
                self.oddities += [Oddity(line, "unlabelled-paragraph", message) for line in draft.further]
            if draft.kind == "question" and not draft.answers:
                self.oddities.append(
                    Oddity(draft.line, "question-without-answer", "Nothing answers this question on the page.")
                )
            if draft.question is None and draft.kind == "question":
                self.oddities.append(
                    Oddity(draft.line, "label-without-question", "A question's label with no words behind it.")
                )
