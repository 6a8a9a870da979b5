"""2,000 transcripts that something has happened to: each is read or refused, soon, and nobody is misquoted."""

import html
import random
import re
import time
from collections import Counter
from collections.abc import Callable

from conferences import assert_nothing_is_lost
from serving import SEEDS, Measured, say

from rag.errors import UnreadableTranscript
from rag.reading.reading import Reading, read

COUNT, SECONDS = 2000, 20.0
MARKUP = (
    "<script>",
    "</p>",
    "<div",
    "<!--",
    "&#x202e;",
    "<table><tr>",
    "]]>",
    "<p>Zhao Lijian: Yes.</p><p>",
    "\n---\n",
    "<b>",
    "\x00",
)
Mutation = Callable[[bytes, random.Random], bytes]


def flipped(raw: bytes, by: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(by.choice((1, 8, 200))):
        changed[by.randrange(len(changed))] ^= 1 << by.randrange(8)
    return bytes(changed)


def repeated(raw: bytes, by: random.Random) -> bytes:
    start = by.randrange(len(raw))
    part = raw[start : start + by.choice((1, 2, 30, 4000))]
    return raw[:start] + part * by.choice((2, 50, 4000 // len(part) + 2)) + raw[start:]


def cut(raw: bytes, by: random.Random) -> bytes:
    return raw[: by.randrange(len(raw))] if by.random() < 0.5 else raw[by.randrange(len(raw)) :]


def marked_up(raw: bytes, by: random.Random) -> bytes:
    for _ in range(by.choice((1, 5, 60))):
        at = by.randrange(len(raw))
        raw = raw[:at] + by.choice(MARKUP).encode() * by.choice((1, 1, 300)) + raw[at:]
    return raw


MUTATIONS: tuple[Mutation, ...] = (flipped, repeated, cut, marked_up)


def sources() -> dict[str, bytes]:
    """The seeds as they are, and each as a page."""
    texts = {file.name: file.read_text("utf-8") for file in sorted(SEEDS.glob("*.txt"))}
    pages = {
        name.replace(".txt", ".html"): "<!doctype html><html><body>{}</body></html>".format(
            "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip())
        )
        for name, text in texts.items()
    }
    return {name: text.encode() for name, text in (texts | pages).items()}


def asked_lines(reading: Reading) -> frozenset[str]:
    """The paragraphs that reporters say in a transcript as it was, their labels with them."""
    asked = [
        exchange.question.cut(reading.transcript.text) for exchange in reading.transcript.exchanges if exchange.question
    ]
    lines = reading.transcript.text.splitlines()
    return frozenset(line for line in lines if any(words and words.splitlines()[0] in line for words in asked))


def misquoted(reading: Reading, asked: frozenset[str]) -> list[str]:
    """Paragraphs of reporters, whole with their label, that now stand in somebody's answer."""
    text = reading.transcript.text
    told = [span.cut(text) for exchange in reading.transcript.exchanges for span in exchange.answer]
    said = {line.strip() for words in told for line in words.splitlines()}
    return [line for line in asked if re.match(r"[^:]{2,30}:", line) and line.strip() in said]


def run() -> Measured:
    """Each mutation of each source in turn, the same ones every time."""
    made = sources()
    asked = {name: asked_lines(read(raw, name)) for name, raw in made.items()}
    ended = Counter[str]()
    wrong: list[str] = []
    slowest = 0.0
    for number in range(COUNT):
        by = random.Random(number)
        name = sorted(made)[number % len(made)]
        raw = made[name]
        for mutation in by.sample(MUTATIONS, by.choice((1, 1, 2))):
            raw = mutation(raw, by) or b"x"
        began = time.process_time()
        try:
            reading = read(raw, name)
        except UnreadableTranscript:
            ended["refused"] += 1
        except Exception as error:
            wrong.append(f"{number} ({name}): {type(error).__name__}: {error}")
        else:
            ended["read"] += 1
            wrong += [f"{number} ({name}): misquoted {line[:60]!r}" for line in misquoted(reading, asked[name])]
            wrong += lost(reading, number, name)
        slowest = max(slowest, time.process_time() - began)
        if number % 400 == 399:
            say(f"mutations: {number + 1} of {COUNT}, {len(wrong)} wrong")
    for line in wrong[:20]:
        say(line)
    figure = (
        f"{ended['read']} read, {ended['refused']} refused with a reason, {len(wrong)} wrong; slowest {slowest:.1f} s"
    )
    return Measured(figure, not wrong and slowest < SECONDS)


def lost(reading: Reading, number: int, name: str) -> list[str]:
    try:
        assert_nothing_is_lost(reading)
    except AssertionError as error:
        return [f"{number} ({name}): words are lost: {str(error)[:80]!r}"]
    return []
