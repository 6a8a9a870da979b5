"""Institutions, offices and people of several institutions: who is made a speaker, and who is a mere topic."""

import json
from pathlib import Path
from typing import Any

import pytest

from rag.language import institutions
from rag.pipeline import Podium
from rag.question import officials
from rag.question.asked import Asked
from rag.question.filters import Filters
from rag.question.query import understand
from rag.question.speaking import speaks

LINES = [json.loads(line) for line in Path(__file__).with_name("institutions.jsonl").read_text("utf-8").splitlines()]


def understood(question: str, podium: Podium) -> dict[str, Any]:
    filters = understand(Asked(question), podium.archive).filters
    found = {name: getattr(filters, name) for name in Filters.__dataclass_fields__ if name != "undated"}
    return {
        name: sorted(value) if isinstance(value, tuple) else value.isoformat() for name, value in found.items() if value
    }


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["question"][:60])
def test_institutions_offices_and_reporters_filter_where_they_speak_or_ask(
    line: dict[str, Any], several: Podium
) -> None:
    assert understood(line["question"], several) == line["filters"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What did Putin, in Sochi, say about gas?", "Putin"),
        ("whose votes did they lose, according to Putin?", "Putin"),
        ("Was there a thaw, in Putin's eyes?", "Putin"),
        ("Is it still needed? Putin in Bishkek", "Putin"),
        ("Is policy too loose? Putin to Reuters after the January 2019 meeting", "Putin"),
        ("trump or clinton? putin asked in kyrgyzstan", "putin"),
        ("Putin: which states would send people?", "Putin"),
        ("putin on collective punishment", "putin"),
        ("What was Putin asked about pensions?", "Putin"),
        ("How far did they climb, Putin said in July", "Putin"),
    ],
)
def test_a_sentence_makes_somebody_speak(text: str, name: str) -> None:
    start = text.index(name)
    assert speaks(text, start, start + len(name))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How did they read Putin's reservist call-up?", "Putin"),
        ("What did they make of Putin's stance on gas?", "Putin"),
        ("Putin on gas prices: the American answer?", "Putin"),
        ("Putin says rates are low to help: what is the rebuttal?", "Putin"),
        ("Did Putin and Xi agree to attend?", "Putin"),
        ("Putin to visit Beijing in June", "Putin"),
        ("By when did Putin fly home?", "Putin"),
        ("Is it true, as said US officer Shriver?", "US"),
        ("According to Putin, gas is cheap. Any response?", "Putin"),
    ],
)
def test_a_sentence_makes_somebody_its_topic(text: str, name: str) -> None:
    start = text.index(name)
    assert not speaks(text, start, start + len(name))


def test_an_archive_of_one_institution_takes_no_filter_from_its_name(podium: Podium) -> None:
    for line in LINES:
        assert "institutions" not in understood(line["question"], podium)
    assert understood("What did China say about the trial?", podium) == {}


def test_a_last_name_is_everybodys_who_has_it_and_a_given_name_tells_them_apart() -> None:
    people = ["Megan Smith", "Stephen Smith", "Mr. Price"]
    found = {
        text: officials.find_officials(text, people, [])
        for text in (
            "What did Smith say?",
            "What did Megan Smith say?",
            "What did Will Smith say?",
            "how did price rises hurt growth?",
        )
    }
    assert [[each.name for each in mentions] for mentions in found.values()] == [people[:2], people[:1], [], []]


OFFICES = {
    "chair(?:man|woman)?": "What did the chairwoman say about jobs?",
    "(?:.* )?press secretary": "What did the White House spokeswoman say about jobs?",
    "(?:.* )?spokes(?:person|man|woman)": "What did the foreign ministry spokesman say about jobs?",
    "president(?: of .*)?": "What did the Turkish president say about jobs?",
    "prime minister(?: of .*)?": "What did the premier say about jobs?",
    "leader of the opposition.*": "What did the opposition leader say about jobs?",
    "(?:minister for foreign affairs|foreign minister)": "What did the Australian foreign minister say about jobs?",
}
TABLE = institutions._table()


@pytest.fixture
def fresh_patterns() -> Any:
    yield
    officials._offices.cache_clear()


@pytest.mark.parametrize("office", TABLE["offices"], ids=lambda office: office["held"])
def test_each_way_of_naming_an_office_is_needed(
    office: dict[str, str], several: Podium, fresh_patterns: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = understood(OFFICES[office["held"]], several)
    monkeypatch.setitem(TABLE, "offices", [each for each in TABLE["offices"] if each is not office])
    officials._offices.cache_clear()
    assert understood(OFFICES[office["held"]], several) != before


@pytest.mark.parametrize(
    ("name", "field", "word"),
    [
        (name, field, word)
        for name, known in TABLE["institutions"].items()
        for field in ("called", "state")
        for word in known.get(field, ())
    ],
)
def test_each_name_of_an_institution_or_of_its_state_is_needed(
    name: str, field: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"What did the {word} say about jobs?"
    assert [each.name for each in officials.find_institutions(asked, (name,))] == [name]
    monkeypatch.setitem(
        TABLE["institutions"][name], field, [each for each in TABLE["institutions"][name][field] if each != word]
    )
    assert officials.find_institutions(asked, (name,)) == []
