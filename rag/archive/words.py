"""Text -> the stems of its words. The only file that imports Stemmer."""

import re
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

# "China-US", "U.S.", "don't", "5.2"
_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
# "China's", "states'"
_POSSESSIVE = re.compile(r"['’]s?$")
# Words that carry no topic. Not in it: "no", "not", and names that are also words ("us" is the US more often).
STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be been before being but by can could did do does doing down during
    each for from further had has have having he her here hers him his how i if in into is it its itself just me
    more most my of off on once only or other our out over own same she should so some such than that the their them
    then there these they this those through to too under until up very was we were what when where which while who
    whom why will with would you your
    """.split()
)


def words_of(text: str) -> list[str]:
    """The stems of a text's words, stop words left out: `China's talks` -> `china`, `talk`.

    A hyphened or dotted word gives its parts too, so that `China-US` meets `China` and `U.S.` meets `US`.
    """
    return stem(list(plain_words(text)))


def plain_words(text: str) -> Iterator[str]:
    """A text's words and the parts of its compounds before they are stemmed."""
    for printed in _WORD.findall(text.casefold()):
        word = printed if printed.isalnum() else _unmarked(printed)
        if word and word not in STOP_WORDS:
            yield word
        if "-" in word:
            yield from (part for part in word.split("-") if part and part not in STOP_WORDS)


def _unmarked(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    # u.s -> us, and 5.2 stays
    return word if word[:1].isdigit() else word.replace(".", "")


@lru_cache(maxsize=8192)
def stems_of(name: str) -> tuple[str, ...]:
    """The stems of a name that comes again and again."""
    return tuple(words_of(name))


def stem(words: list[str]) -> list[str]:
    """The stem of each word."""
    # A Stemmer keeps a cache that is not safe between threads, and costs microseconds to make.
    stems: list[str] = Stemmer.Stemmer("english").stemWords(words)
    return stems
