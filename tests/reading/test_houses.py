"""Transcripts as the houses of the world print them, made up: each turn is marked with who asks or answers in it."""

import itertools
import re
from dataclasses import dataclass

import pytest
from conferences import HERE, kinds, of

from rag.reading.reading import Reading

TOPICS = "ferry|harbour wall|tunnel|flood plain|grain deal|lighthouse|night train|census|tariff|border post|gas pipe"
ASKED = (
    "Can you say when the {} will be settled?",
    "I wanted to ask you about the {}.  Is there anything new on it?",
    'Your own deputy said of the {}: "It cannot last."  Was that wrong?',
    "What about the {}, please.",
)
ANSWERED = (
    "On the {} we have said what we have to say, and that has not changed since the spring.",
    "Well, the {} is one of three things: the cost, the time and the people who live there.  All of them matter.",
    "Why did we take up the {}?  Because it was the right thing to do, and because people asked us to.",
    "No, the {} was never part of it.",
    "I have seen the reports on the {}.  Let me be plain: they are wrong.",
)
MARK = re.compile(r"⟦([^⟧]*)⟧\s?")


@dataclass(frozen=True)
class House:
    """A made-up file, its day, and its marks: `Q`, `Q reporter|outlet`, `A name`, or `-` for words of nobody named.

    With each mark go the first words behind it.
    """

    name: str
    date: str
    text: str
    marks: tuple[tuple[str, str], ...]


def houses() -> list[House]:
    made = []
    for block in re.split(r"^=== ", (HERE / "houses.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, text = block.split("\n", 1)
        topics = itertools.cycle(TOPICS.split("|"))
        said = {"q": itertools.cycle(ASKED), "a": itertools.cycle(ANSWERED)}
        text = re.sub(r"\{([qa])\}", lambda found, said=said, t=topics: next(said[found[1]]).format(next(t)), text)
        marks = tuple((found[1], first_words(text[found.end() :])) for found in MARK.finditer(text))
        name, _, date = head.partition(" ")
        made.append(House(name, date, MARK.sub("", text), marks))
    return made


def first_words(text: str) -> str:
    line = re.split(r"\n|⟦|</?(?:p|br|dd)\b", text)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", line).split()[:6])


def played(reading: Reading, place: int) -> str:
    """What is said at a place of the stored text, as a mark has it; `q` in the middle of a question."""
    for exchange in reading.transcript.exchanges:
        if exchange.question and exchange.question.start <= place < exchange.question.end:
            asker = f"{exchange.reporter or ''}|{exchange.outlet or ''}"
            return ("Q" if exchange.question.start == place else "q") + (f" {asker}" if asker != "|" else "")
        for span, speaker in zip(exchange.answer, exchange.speakers, strict=True):
            if span.start <= place < span.end:
                return f"A {speaker.name}" if speaker else "-"
    return "-"


@pytest.mark.parametrize("house", houses(), ids=lambda house: house.name)
def test_every_turn_of_every_house_is_its_own_speaker_s(house: House) -> None:
    reading = of(house.text, house.name)
    found, place = [], 0
    for _, words in house.marks:
        said = re.compile(r"\s+".join(map(re.escape, words.split()))).search(reading.transcript.text, place)
        assert said, words
        place = said.start()
        found.append((played(reading, place), words))
        place += 1
    assert found == list(house.marks)
    assert str(reading.transcript.date) == house.date
    asked = sum(mark.startswith("Q") for mark, _ in house.marks)
    assert sum(exchange.question is not None for exchange in reading.transcript.exchanges) == asked


def test_words_before_the_first_label_are_reported() -> None:
    openings = [house for house in houses() if house.name.startswith("opening-h")]
    assert len(openings) == 2
    assert all("opening-words" in kinds(of(house.text, house.name)) for house in openings)


def test_a_speaker_whom_only_the_place_tells_is_reported() -> None:
    letter = next(house for house in houses() if house.name == "letter.txt")
    assert "unknown-speaker" in kinds(of(letter.text, letter.name))
