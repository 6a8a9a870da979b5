"""A sentence somebody wrote x the quotes it marks -> whether the quotes say so.

The rule is strict so that it can be explained: a sentence may frame a quote (who said it, when, to whom, asked
about what) and may shorten it. It may say nothing in other words. So every word but the frame and the glue stands
in the marked quote, in the quote's order; what is left out is a modifier, a phrase or the end, never a name, a
number, a negation, a condition or who did it to whom. Words in quotation marks stand in the quote as they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answering.framing import unframed
from rag.answering.quotes import Quote
from rag.answering.wording import PREPOSITIONS, Clause, Token, clauses_of, say_the_same, tokens_of
from rag.language.sentences import split_sentences
from rag.transcript import Span

MARK = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_MARKUP = re.compile(r"https?:|www\.|\]\(|</?\w|&#?\w+;|`|!\[|\bmailto:", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]*)\"|(?<!\w)'([^'\n]{2,}?)'(?!\w)")
_TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\u00a0": " "})
_LONGEST_MODIFIER = 4
_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may stand; `reason` says why not, `numbers` are the quotes that it marks."""

    passed: bool
    numbers: tuple[int, ...]
    reason: str = ""


def check_sentence(sentence: str, quotes: Mapping[int, Quote]) -> Verdict:
    """The verdict on a sentence that marks `quotes` by their numbers, as in `… [1]` or `… [1][2]`."""
    numbers = marks_of(sentence)
    if not numbers:
        return Verdict(False, (), "it marks no quote")
    unknown = [number for number in numbers if number not in quotes]
    if unknown:
        return Verdict(False, tuple(n for n in numbers if n in quotes), f"there is no quote {unknown[0]}")
    if len(sentence) > _LONGEST:
        return Verdict(False, numbers, "it is too long")
    if _MARKUP.search(MARK.sub("", sentence)):
        return Verdict(False, numbers, "it holds a link or markup")
    for words, marked in _marked_stretches(sentence):
        reason = _why_not(words, [quotes[number] for number in marked])
        if reason:
            return Verdict(False, numbers, reason)
    return Verdict(True, numbers)


def marks_of(sentence: str) -> tuple[int, ...]:
    """The numbers that a sentence marks, each once, in order.

    >>> marks_of("They agreed [2, 1] and left [2].")
    (2, 1)
    """
    found = [int(number[:9]) for mark in MARK.findall(sentence) for number in mark.replace(" ", "").split(",")]
    return tuple(dict.fromkeys(found))


def folded(text: str) -> str:
    """Text with plain quotation marks and single spaces."""
    return " ".join(text.translate(_TYPOGRAPHY).split())


def _marked_stretches(sentence: str) -> list[tuple[str, list[int]]]:
    """`A said x [1], B said y [2][3].` -> [("A said x", [1]), (", B said y", [2, 3])]."""
    stretches: list[tuple[str, list[int]]] = []
    at = 0
    for mark in MARK.finditer(sentence):
        words = sentence[at : mark.start()]
        numbers = [int(number[:9]) for number in mark.group(1).replace(" ", "").split(",")]
        if stretches and not words.strip(" ,;"):
            stretches[-1][1].extend(numbers)
        else:
            stretches.append((words, numbers))
        at = mark.end()
    rest = sentence[at:]
    if rest.strip(' .,;:!?"”’)'):
        stretches.append((rest, stretches[-1][1]))
    return stretches


def _why_not(words: str, quotes: Sequence[Quote]) -> str:
    """Why each of the marked quotes doesn't say these words; "" where each of them does."""
    return next((reason for reason in (_why_not_in(words, quote) for quote in quotes) if reason), "")


def _why_not_in(words: str, quote: Quote) -> str:
    said, source = folded(words).strip(" ,;"), folded(quote.text)
    reason = _misquoted(said, source)
    if reason:
        return reason
    body, reason = unframed(said, quote)
    if reason or _is_whole(body, source):
        return reason
    return _unsupported(body, source)


def _misquoted(said: str, source: str) -> str:
    if said.count('"') % 2:
        return "a quotation is not closed"
    for match in _QUOTED.finditer(said):
        quoted = (match.group(1) or match.group(2) or "").strip().rstrip(".,;")
        if quoted and not re.search(rf"(?<!\w){re.escape(quoted)}(?!\w)", source):
            return "the words in quotation marks are not the quote's"
    return ""


def _is_whole(body: str, source: str) -> bool:
    """Whether it is whole sentences of the quote, one after the other, letter by letter."""
    sentences = [span.cut(source) for span in split_sentences(source, Span("quote", 0, len(source)))]
    plain = body.strip('" ').rstrip(".")
    runs = ((first, last) for first in range(len(sentences)) for last in range(first + 1, len(sentences) + 1))
    return any(plain == " ".join(sentences[first:last]).strip('" ').rstrip(".") for first, last in runs)


def _unsupported(body: str, source: str) -> str:
    spoken = [token for token in tokens_of(body) if not token.glue]
    if not spoken:
        return "it says nothing that the quote says"
    clauses = clauses_of(source)
    reasons = []
    for at, clause in enumerate(clauses):
        for start in clause.starts:
            if say_the_same(clause.tokens[start], spoken[0]):
                reason = _Alignment(tokens_of(body), clauses).follow(at, start)
                if not reason:
                    return ""
                reasons.append(reason)
    return reasons[0] if reasons else f"the quote does not begin so: {spoken[0].raw!r}"


class _Alignment:
    """Follows a sentence through the clauses of a quote, word by word, and says where they part."""

    def __init__(self, body: Sequence[Token], clauses: Sequence[Clause]) -> None:
        self.body = body
        self.clauses = clauses
        self.questions = any(token.raw == "?" for token in body)

    def follow(self, clause: int, start: int) -> str:
        """Why the sentence is not what the quote says from `start` of a clause on; "" where it is."""
        at = -1
        before = 0
        for place, token in enumerate(self.body):
            if token.glue:
                continue
            glue = self.body[before:place]
            if at < 0:
                step, reason = start, self._enter(clause, start, glue)
            else:
                clause, step, reason = self._step(clause, at, token, glue)
            if reason:
                return reason
            at, before = step, place + 1
        return self._leave(clause, at) or self._persons()

    def _enter(self, clause: int, start: int, glue: Sequence[Token]) -> str:
        entered = self.clauses[clause]
        skipped = entered.tokens[entered.preface if start >= entered.preface else 0 : start]
        if entered.question and not self.questions:
            return "the quote asks it, and the sentence says it"
        turned = next((token for token in skipped if token.turns), None)
        if turned is not None:
            return f"it leaves out {turned.raw!r}"
        return _turned_around(entered.after_last_boundary(start), glue)

    def _step(self, clause: int, at: int, token: Token, glue: Sequence[Token]) -> tuple[int, int, str]:
        tokens = self.clauses[clause].tokens
        for place in range(at + 1, len(tokens)):
            if say_the_same(tokens[place], token):
                return clause, place, _skips(tokens[at : place + 1]) or _turned_around(tokens[at + 1 : place], glue)
        for later in range(clause + 1, len(self.clauses)):
            for start in self.clauses[later].starts:
                if say_the_same(self.clauses[later].tokens[start], token):
                    return later, start, self._leave(clause, at) or self._enter(later, start, glue)
        return clause, at, f"{token.raw!r} is not in the quote there"

    def _leave(self, clause: int, at: int) -> str:
        tokens = self.clauses[clause].tokens
        rest = tokens[at + 1 :]
        if rest and not rest[0].glue and not rest[0].bounds and not rest[0].apart:
            return f"it stops before {rest[0].raw!r}"
        turned = next((token for token in rest if token.turns_back), None)
        return f"it leaves out {turned.raw!r}" if turned is not None else ""

    def _persons(self) -> str:
        spoken = {token.word for token in self.body if token.first_person}
        there = {token.word for each in self.clauses for token in each.tokens if token.first_person}
        return "it speaks for somebody else" if spoken - there else ""


def _turned_around(source: Sequence[Token], glue: Sequence[Token]) -> str:
    """Who did it to whom hangs on a form of to be and on the last preposition: the same in both, or in neither."""
    if any(token.being for token in source) != any(token.being for token in glue) or _leads(source) != _leads(glue):
        return "it turns around who did it to whom"
    return ""


def _leads(tokens: Sequence[Token]) -> str:
    return next((token.word for token in reversed(tokens) if token.word in PREPOSITIONS), "")


def _skips(tokens: Sequence[Token]) -> str:
    """Why the tokens between the first and the last may not be left out; "" where they may."""
    skipped = tokens[1:-1]
    told = [token for token in skipped if not token.glue]
    if not told:
        return ""
    kept = next((token for token in told if token.name or token.number or token.turns or token.relates), None)
    if kept is not None:
        return f"it leaves out {kept.raw!r}"
    if len(told) > _LONGEST_MODIFIER:
        return "it leaves out too much"
    modifies = not skipped[-1].glue and not tokens[-1].apart and not tokens[-1].bounds
    phrase = (skipped[0].glue or skipped[0].bounds or skipped[0].apart) and (skipped[-1].glue or tokens[-1].apart)
    return "" if modifies or phrase else f"it leaves out {told[-1].raw!r}"
