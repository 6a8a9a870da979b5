"""Who speaks and who asks: names that filter, and the same names as topics."""

import datetime
import json
from pathlib import Path

import pytest

from eval.measures import Counts, count_filters
from eval.questions import RightFilters
from rag.language.names import known_names
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.question.mentions import find_outlets, find_spokespeople
from rag.question.query import understand

PEOPLE = ("Geng Shuang", "Hua Chunying", "Lu Kang", "Wang Wenbin", "Zhao Lijian")
OUTLETS = known_names("outlets", ())


@pytest.mark.parametrize(
    "text",
    [
        "What did Reuters ask about the trial?",
        "what was Reuters told about the trial",
        "What did the reporter from Kyodo want to know?",
        "the Kyodo reporter's question on the professor",
        "Kyodo's question about the Hokkaido professor - what came back?",
        "What reply did Bloomberg get on tariffs?",
        "What answer was given to Bloomberg about tariffs?",
        "How did the spokesman answer Bloomberg's question on tariffs?",
        "Bloomberg question on tariffs, March 2020",
        "In reply to AFP, what did he say on Hong Kong?",
        "What was said in response to a query from AFP on Hong Kong?",
        "questions from The Paper about sanctions",
        "which topics did NHK bring up?",
        "What did the man from the BBC press him on?",
        "When the BBC pressed on the journalist's arrest what was the answer?",
        "what did CNN's correspondent raise about Wuhan",
        "What did they tell CNN about Wuhan?",
        "CNN wanted to know about the lab: answer?",
        "Asked by Yonhap about the missile, what did the ministry say?",
        "How was a Yonhap question on the missile handled?",
        "Did Phoenix TV ask about Taiwan?",
        "what PTI asked on Ladakh",
        "PTI on Ladakh: what did the spokesman reply?",
        "To the Australian's question on the inquiry, what did Zhao reply?",
        "What did he say to The Australian about the inquiry?",
        "How did the ministry deal with the Globe and Mail's query on Meng?",
        "Which matters did Xinhua raise on 18 March 2021?",
        "the answer NPR got about visas",
        "What did Shenzhen TV's journalist inquire about?",
        "What came up in RIA Novosti's question on START?",
        "What did Global Times reporters ask?",
        "what did tass bring up",
        "Has Al Jazeera ever asked about Qatar?",
        "What was the response when Sky News asked about the Uyghurs?",
        "How was the Globe and Mail answered on consular access?",
        "TASS, first week of March 2021: what was said about Navalny?",
        "Did the ministry confirm to the New York Times that it would cancel press cards?",
        "Hua Chunying to Bloomberg: is Beijing going to retaliate?",
        "Bloomberg: why did they lose their jobs?",
        "CNN on satellite pictures of car parks",
    ],
)
def test_an_outlet_that_asks_or_is_answered_is_found(text: str) -> None:
    assert find_outlets(text, OUTLETS)


@pytest.mark.parametrize(
    "text",
    [
        "Bloomberg Businessweek spy chip story: what did the ministry say?",
        "Why did Beijing throw out three Wall Street Journal correspondents?",
        "What of the New York Times report on Xinjiang?",
        "According to Reuters, China bought oil. What did the ministry say?",
        "How did China react to a Reuters report on oil?",
        "What about CCTV's licence in Britain?",
        "the BBC's coverage of Xinjiang",
        "Is the Financial Times editor's visa to be renewed?",
        "How did they answer the Washington Post's claim?",
        "What about the US listing Xinhua and CGTN as foreign missions?",
        "Did China complain about CNN's report on the lab?",
        "What did the ministry say about the AP story that officials hid the virus?",
        "When Myanmar freed the two jailed Reuters reporters, what was said?",
        "Was the BBC's John Sudworth threatened?",
        "What did Pompeo tell Fox News and how did China answer?",
        "In an interview with CNBC Trump said tariffs work; what was the reply?",
        "Global Times editor Hu Xijin tweeted about it: was it official?",
        "What did the ministry say of Trump telling Reuters he would intervene for Meng?",
        "Xinhua, CGTN and others listed as foreign missions: what did China say?",
        "Was CNN asked to leave?",
        "Did the BBC raise its licence fee?",
        "reuters says beijing told the mayor not to go. ministry?",
    ],
)
def test_an_outlet_that_is_the_topic_or_the_source_is_not(text: str) -> None:
    assert find_outlets(text, OUTLETS) == []


def test_outlets_that_are_joined_ask_together() -> None:
    found = find_outlets("What did the ministry say in answer to AP and AFP about the ruling?", OUTLETS)
    assert [mention.name for mention in found] == ["AP", "AFP"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What was Hua Chunying's comeback to the senator?", "Hua Chunying"),
        ("What was Hua's retort on Bolton?", "Hua Chunying"),
        ("what about Geng, was he any softer?", "Geng Shuang"),
        ("and Zhao?", "Zhao Lijian"),
        ("how did Hua explain it", "Hua Chunying"),
        ("what did geng say on the tariffs", "Geng Shuang"),
        ("per Zhao, what caused the clash?", "Zhao Lijian"),
        ("Hua Chun-ying's words on the accusation", "Hua Chunying"),
        ("Was it Geng who announced it?", "Geng Shuang"),
        ("Ms Hua's reaction to the tweet by Zhao Lijian", "Hua Chunying"),
        ("what share of the pills do they use, says geng", "Geng Shuang"),
        ("Hua on who stirred up the unrest", "Hua Chunying"),
    ],
)
def test_a_spokesperson_who_speaks_is_found(text: str, name: str) -> None:
    assert [mention.name for mention in find_spokespeople(text, PEOPLE)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "When did Geng Shuang step down as spokesman?",
        "What about Zhao Lijian's tweet of the soldier?",
        "Who replaced Geng Shuang?",
        "Wang Yi's trip to Paris",
        "Did the spokesman respond to Rubio calling Hua Chunying a liar?",
        "what do the hua people of Laos eat",
        "Where had Zhao Lijian been posted before?",
        "a crowd outside Hong Kong's parliament",
    ],
)
def test_a_spokesperson_who_is_the_topic_is_not(text: str) -> None:
    assert find_spokespeople(text, (*PEOPLE, "Kong Quan")) == []


def test_filters_are_what_readers_would_understand(podium: Podium) -> None:
    """180 questions with the filters that two readers marked in them, each in ways of their own."""
    total, wrong = Counts(), []
    for line in Path(__file__).with_name("filters.jsonl").read_text("utf-8").splitlines():
        asked = json.loads(line)
        right = RightFilters.model_validate_json(json.dumps(asked["filters"])).as_filters()
        query = understand(Asked(asked["question"], today=datetime.date(2021, 12, 31)), podium.archive)
        counts = sum(count_filters(query.filters, right).values(), Counts())
        total += counts
        if counts.wrong or counts.missed:
            wrong.append((asked["question"], query.in_words))
    assert total.precision is not None and total.precision >= 0.95, wrong
    assert total.recall is not None and total.recall >= 0.95, wrong
