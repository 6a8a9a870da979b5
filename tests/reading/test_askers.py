import importlib
import re

import pytest

from rag.reading.askers import Asker, find_asker
from rag.reading.labels import Label


@pytest.mark.parametrize(
    ("words", "outlet"),
    [
        ("Hi, Jo Roe for Moneyrate.com.  What of it?", "Moneyrate.com"),
        ("Good afternoon. My name is Jo Roe, I represent the Moon news agency. Why?", "Moon"),
        ("Hello, Mr President. My name is Jo Roe, Moon newspaper, Elsewhere Region. I will start small.", "Moon"),
        ("My name is Jo Roe, I am from the Family, House, Garden publication. Why?", "Family, House, Garden"),
        ("Jo Roe,Moon Tsushin, Nowhere. Why?", "Moon Tsushin"),
        ("My name is Jo Roe, and I am from RIA Novosti.", "RIA Novosti"),
        ("Thank you for this. Jo Roe, editor-in-chief of House and Garden newspaper. Why?", "House and Garden"),
        ("President Doe, Jo Roe with the Moon Publishing out of Elsewhere. Why?", "Moon Publishing"),
        ("Moon Women's Community, Jo Roe. Why?", "Moon Women's Community"),
        ("Moon.info, I am Jo Roe, good afternoon. Why?", "Moon.info"),
        ("I am Jo from Moon Ideas television channel. Why?", "Moon Ideas"),
        ("Komsomolskaya Pravda website, radio and newspaper. Why?", "Komsomolskaya Pravda"),
        ("Jo Roe with the L.A. Times.  Why?", "Los Angeles Times"),
        ("My name is Jo Roe with the Lunar newspaper Moon.  Why?", None),
        ("I am from Elsewhere, like you. Why?", None),
        ("Good afternoon, Mr President. Why?", None),
        ("Jo Roe, Editor of things that matter. Why?", None),
    ],
)
def test_a_reporter_whom_the_label_names_says_whose_in_many_ways(words: str, outlet: str | None) -> None:
    assert find_asker(Label("Jo Roe", "speaker", None, 0), words) == Asker("Jo Roe", outlet)


@pytest.mark.parametrize(
    ("words", "asker"),
    [
        ("Jo Roe with Radio Nowhere.", Asker("Jo Roe", "Radio Nowhere")),
        ("Mr. President, Jo Roe from Breitbart News.  And a majority says so.", Asker("Jo Roe", "Breitbart News")),
        ("Hi, my name is Jo Roe, Radio Nowhere.  Why?", Asker("Jo Roe", "Radio Nowhere")),
        ("Associated Press, Jo Roe. Why?", Asker("Jo Roe", "AP")),
        ("Associated Press, Jo Roe and others say so. Why?", Asker()),
        ("Associated Press, Madam Secretary. Why?", Asker(None, "AP")),
        ("Associated Press, Prime Minister Roe. Why?", Asker(None, "AP")),
        ("Associated Press, Good Morning. Why?", Asker(None, "AP")),
        ("Senator Roe of Elsewhere, who is no friend, says so.  Is it?", Asker()),
        ("Secretary Roe with Prime Minister.  Will they meet?", Asker()),
        ("Jo Roe, Nowhere.  Why?", Asker()),
    ],
)
def test_under_a_bare_q_only_an_introduction_or_a_known_outlet_is_believed(words: str, asker: Asker) -> None:
    assert find_asker(Label("Q", "question", None, 0), words) == asker


@pytest.mark.parametrize(
    ("called", "outlet"),
    [
        ("Thank you. Let\u2019s go to Jo Roe at Reuters.", "Reuters"),
        ("Jo Roe, FT.", "Financial Times"),
        ("Let's go to Ann at Reuters.", None),
        ("Let's go to Jo at the back.", None),
        ("Thanks, Jo, Reuters. Jo Roe of AFP.", "AFP"),
    ],
)
def test_a_host_who_calls_a_reporter_may_say_for_whom(called: str, outlet: str | None) -> None:
    assert find_asker(Label("JO ROE", "speaker", None, 0), "Why?", called) == Asker("Jo Roe", outlet)
    own = find_asker(Label("JO ROE", "speaker", None, 0), "The New York Times. Why?", called)
    assert own == Asker("Jo Roe", "The New York Times")


@pytest.mark.parametrize(
    ("label", "outlet"),
    [
        ("NEW LUNAR HERALD", "New Lunar Herald"),
        ("STATE RADIO OF THE MOON", "State Radio of the Moon"),
        ("THE LUNAR AGE", "The Lunar Age"),
        ("MBC RADIO", "MBC Radio"),
    ],
)
def test_an_outlet_in_capitals_is_written_as_it_is_elsewhere(label: str, outlet: str) -> None:
    assert find_asker(Label(label, "outlet", None, 0), "Why?") == Asker(None, outlet)


def test_no_pattern_is_made_for_each_reporter(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    compiled = importlib.import_module("re._compiler").compile

    def counted(*told: object) -> re.Pattern[str]:
        made.append(told)
        return compiled(*told)

    monkeypatch.setattr("re._compiler.compile", counted)
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        label = Label(f"Jo{letter.lower()} {letter}oe", "speaker", None, 0)
        assert find_asker(label, f"Jo{letter.lower()} {letter}oe from Radio Nowhere. Why?").outlet == "Radio Nowhere"
    assert len(made) < 5
