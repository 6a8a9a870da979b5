"""How often the words of a quote were said in the whole archive, when, and in which exchanges."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conftest import serve

from rag.archive.sayings import nearly_same
from rag.pipeline import Podium, build
from rag.settings import Settings

HEAD = "Foreign Ministry Spokesperson Hua Chunying's Regular Press Conference on {}\n\n"
STOCK = "The zebra treaty is {} in the interest of both peoples."
DAYS = ("May 4, 2020", "June 8, 2020", "June 9, 2020", "March 2, 2021")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = tmp_path_factory.mktemp("made")
    for at, day in enumerate(DAYS):
        words = STOCK.format("firmly" if at % 2 else "strongly")
        asked = "AFP: What of the zebra treaty?" if at == 3 else f"AFP: A question of {at} other things?"
        filler = f"Hua Chunying: This is answer number {at} to quite another matter, about {'ab' * at}lorry drivers. "
        (files / f"{at}.txt").write_text(HEAD.format(day) + f"{asked}\n\n{filler}{words}\n", "utf-8")
    build(Settings(archive=files / "archive"), sorted(files.glob("*.txt")))
    return files / "archive"


@pytest.fixture(scope="module")
def asked(archive: Path) -> Podium:
    return Podium(Settings(archive=archive))


def test_a_quote_tells_how_often_its_words_were_said_first_and_last(asked: Podium) -> None:
    answer = asked.ask("What of the zebra treaty?")
    quote = (answer.quotes or answer.nearest)[0]
    repeats = quote.also_said
    assert repeats is not None and repeats.times == 4
    assert (repeats.first, repeats.last) == (datetime.date(2020, 5, 4), datetime.date(2021, 3, 2))
    assert repeats.by_month == {(2020, 5): 1, (2020, 6): 2, (2021, 3): 1}
    assert quote.exchange_id not in [each.exchange_id for each in repeats.others]
    assert [each.date for each in repeats.others] == sorted(each.date for each in repeats.others if each.date)
    assert str(repeats) == "Said 4 times in nearly the same words, from 4 May 2020 to 2 March 2021"
    own = repeats.words.cut(asked.archive.text(quote.span.transcript_id))
    assert quote.span.start <= repeats.words.start < repeats.words.end <= quote.span.end
    for each in repeats.others:
        exchange = asked.archive.exchange(each.exchange_id)
        text = asked.archive.text(exchange.transcript_id)
        sentences = asked.archive.sentence_places[
            asked.archive.exchange_sentences(asked.archive.places[each.exchange_id])
        ]
        assert any(nearly_same(words(own), words(text[start:end])) for start, end in sentences)


def words(text: str) -> frozenset[str]:
    return frozenset(text.casefold().rstrip(".").split())


def test_words_said_once_have_none(podium: Podium) -> None:
    answer = podium.ask("Is the trial of the two Canadians linked to the Alaska talks?")
    assert [quote.also_said for quote in answer.quotes] == [None] * len(answer.quotes)


@pytest.fixture(scope="module")
def address(asked: Podium) -> Iterator[str]:
    yield from serve(asked, asked.settings)


def test_the_page_and_the_answer_tell_it(address: str, asked: Podium) -> None:
    sent = httpx.get(f"{address}/query", params={"q": "What of the zebra treaty?"}).json()
    said = (sent["quotes"] or sent["nearest"])[0]["also_said"]
    assert said["times"] == 4 and said["by_month"]["2020-06"] == 2 and len(said["exchanges"]) == 3
    page = httpx.get(address, params={"q": "What of the zebra treaty?"}).text
    assert said["in_words"] in page and 'class="strip"' in page
    for each in said["exchanges"]:
        assert f'href="/read/{each["exchange_id"].replace("/", "#")}"' in page
