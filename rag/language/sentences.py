"""Paragraph -> the spans of its sentences. A small splitter for the English of press conferences.

A full stop ends a sentence unless it belongs to an abbreviation, an initial or a number; after one that can do
both ("in the U.S. The two sides …") the next word decides.
"""

import re

from rag.transcript import Span

# "…", "?!”", "。"
_STOP = re.compile(r"(?:[.!?…]+|[。！？]+)[\"”’'»)\]]*")
# " (However", " “They"
_NEXT_WORD = re.compile(r"\s++[\"“‘'«(\[]*(\w+)")
_LAST_WORD = re.compile(r"([^\s\"“”‘(\[—–]{1,40})$")
_LONGEST_WORD = 40
# "U.S.", "p.m."
_INITIALS = re.compile(r"(?:[A-Za-z]\.)+$")

# Never the end of a sentence when a word follows.
_TITLES = frozenset("mr mrs ms dr prof gen col lt capt sgt adm gov sen rep hon rev st ft mt messrs amb".split())
_SHORT = frozenset(["vs", "cf", "viz", "eg", "ie", "approx", "dept", "univ"])
# The end of a sentence only when what follows begins one.
_EITHER = frozenset(
    "inc ltd co corp jr sr etc al no nos art vol pp jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_NUMBERED = frozenset(["no", "nos", "art", "vol", "pp"])
_STARTERS = frozenset(
    """
    the a an we it this that these those in i as but and so they he she you if on for at our his her its their there
    what when where why how who with by to from since after before during while although however moreover first
    second third meanwhile therefore thus let some all both no not facing regarding concerning china chinese
    """.split()
)


def split_sentences(text: str, span: Span) -> list[Span]:
    """The sentences of `span` in `text`, in order: together they are the span less the white space between them.

    >>> text = "The U.S. side called. No. 2 is that we agree."
    >>> [sentence.cut(text) for sentence in split_sentences(text, Span("t", 0, 45))]
    ['The U.S. side called.', 'No. 2 is that we agree.']
    """
    words = span.cut(text)
    cuts = [match.end() for match in _STOP.finditer(words) if _ends_sentence(words, match)]
    spans = []
    start = 0
    for end in [*cuts, len(words)]:
        piece = words[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            spans.append(Span(span.transcript_id, span.start + left, span.start + right))
        start = end
    return spans


def _ends_sentence(words: str, stop: re.Match[str]) -> bool:
    mark = stop.group()
    if mark[0] in "。！？":
        return True
    following = _NEXT_WORD.match(words, stop.end())
    if following is None:
        return False
    after = following.group(1)
    if not (after[0].isupper() or after[0].isdigit() or after[0] == "_"):
        return False
    if not mark.startswith("."):
        # "Well… he said" goes on.
        return not mark.startswith("…") or after[0].isupper()
    return _full_stop_ends(words[max(0, stop.start() - _LONGEST_WORD) : stop.start()], mark, after)


def _full_stop_ends(before: str, mark: str, after: str) -> bool:
    found = _LAST_WORD.search(before)
    word = found.group(1) if found else ""
    bare = word.lower().rstrip(".")
    if bare in _TITLES or bare in _SHORT:
        return False
    if bare in _NUMBERED:
        return not after[0].isdigit() and after.lower() in _STARTERS
    if len(mark) > 1:
        return True
    if bare in _EITHER or ("." in word and _INITIALS.fullmatch(word + ".")):
        return after.lower() in _STARTERS
    # `J. Roe`, but "so do I. They …"
    single_initial = len(word) == 1 and word.isupper() and word != "I"
    return not single_initial or after.lower() in _STARTERS
