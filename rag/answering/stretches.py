"""Sentences of a speech, with how well each answers -> the stretch to quote, and the focus: what in it answers.

One sentence alone is often not to be understood ("It is not linked."): a stretch is grown to where it can be read, up
to about MOST_WORDS words, over the ends of short paragraphs, a short answer whole.
"""

import re
from collections.abc import Sequence

MOST_WORDS = 80
# So many sentences may be in focus, each scoring this share of the best.
MOST_IN_FOCUS = 3
FOCUS_SHARE = 0.9

# What a sentence begins with that points back at the one before; a small letter goes on with it.
_LEANS_BACK = re.compile(
    r"\W*(?:(?-i:[a-z])|(?:it|its|this|that|these|those|they|their|them|he|his|she|her|him|such|both|neither|so|but|and"
    r"|or|yet|however|therefore|thus|hence|besides|moreover|meanwhile|instead|otherwise|also|nor|then|second(?:ly)?"
    r"|third(?:ly)?|in addition|as such|as a result|at the same time|on the other hand|for example|that's|it's)\b)",
    re.IGNORECASE,
)
# Words that only hand on the floor, and so answer nothing.
# "Well, go ahead." "Thank you very much. Next question, please." not "Go ahead with the treaty" not "Sure."
_HANDS_ON = re.compile(
    r"(?!\W*(?:sure|ok(?:ay)?|all right|alright|good|sorry)\W*\Z)"
    r"\W*(?:(?:well|so|oh|hi|hello|look|please|ok(?:ay)?|sure|good|all right|alright|go (?:ahead|on)|sorry|thanks?"
    r"|thank you|(?:so|very) much|next|question|you are welcome|good (?:morning|afternoon|evening))(?:\W+|\Z))+",
    re.IGNORECASE,
)


def says_nothing(words: str) -> bool:
    """Whether an answer only hands on the floor.

    >>> says_nothing("Well, go ahead."), says_nothing("No.")
    (True, False)
    """
    return _HANDS_ON.fullmatch(words) is not None


def focus_of(scores: Sequence[float]) -> tuple[int, int]:
    """First and last of the sentences that answer: the best one, grown by neighbours that score nearly as high.

    >>> focus_of([0.1, 0.6, 0.58, 0.2])
    (1, 2)
    """
    first = last = max(range(len(scores)), key=lambda at: (scores[at], -at))
    enough = max(FOCUS_SHARE * scores[first], 0)
    while last - first + 1 < MOST_IN_FOCUS:
        left = scores[first - 1] if first else -1.0
        right = scores[last + 1] if last + 1 < len(scores) else -1.0
        if max(left, right) < enough:
            break
        if left > right:
            first -= 1
        else:
            last += 1
    return first, last


def stretch_of(sentences: Sequence[str], scores: Sequence[float], focus: tuple[int, int]) -> tuple[int, int]:
    """First and last of the sentences to quote around the focus, as many as MOST_WORDS allow, the better side first.

    What the focus leans on comes before anything else. One sentence is quoted whole however long it is.

    >>> stretch_of(["We held talks.", "It is not linked to them.", "Next."], [0.1, 0.9, 0.1], (1, 1))
    (0, 2)
    """
    words = [len(sentence.split()) for sentence in sentences]
    first, last = focus
    spent = sum(words[first : last + 1])

    def fits(at: int) -> bool:
        return 0 <= at < len(words) and spent + words[at] <= MOST_WORDS

    # "It is not linked" is not to be understood without what "it" is.
    while fits(first - 1) and _LEANS_BACK.match(sentences[first]):
        first -= 1
        spent += words[first]
    while fits(first - 1) or fits(last + 1):
        if fits(first - 1) and (not fits(last + 1) or scores[first - 1] >= scores[last + 1]):
            first -= 1
            spent += words[first]
        else:
            last += 1
            spent += words[last]
    # A stretch that begins with "But …" would lean on what is not quoted.
    while first < focus[0] and _LEANS_BACK.match(sentences[first]):
        first += 1
    while last > focus[1] and _breaks_off(sentences[last]) and not _breaks_off(sentences[focus[1]]):
        last -= 1
    return first, last


def _breaks_off(sentence: str) -> bool:
    """Whether a sentence ends with its page and not with itself: "a larger increase in the"."""
    end = sentence.rstrip()[-1:]
    return end.isalnum() or end in ",–—-"
