import datetime
import tomllib
from importlib import resources

import pytest

from rag.archive.words import words_of
from rag.language.glossary import same_meaning
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.question.filters import NO_FILTERS, Filters
from rag.question.followups import leans_back, stand_alone
from rag.question.mentions import find_outlets, find_spokespeople
from rag.question.query import Query, asks_over_time, understand

PEOPLE = ("Geng Shuang", "Hua Chunying", "Lu Kang", "Wang Wenbin", "Zhao Lijian")
OUTLETS = ("AFP", "CCTV", "NPR", "Reuters", "TASS", "The Globe and Mail", "The Paper", "The Wall Street Journal")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What did Hua Chunying say about it?", ["Hua Chunying"]),
        ("hua chunying on the white house", ["Hua Chunying"]),
        ("What did Zaho Lijian say?", ["Zhao Lijian"]),
        ("Lijian Zhao on the trial", ["Zhao Lijian"]),
        ("What did spokesperson Geng say?", ["Geng Shuang"]),
        ("Did Hua say anything?", ["Hua Chunying"]),
        ("What was Lu Kang's take on Brexit?", ["Lu Kang"]),
        ("What did Hua Chunying and Geng Shuang say?", ["Hua Chunying", "Geng Shuang"]),
        ("What did the spokeswoman say?", ["Hua Chunying"]),
        ("What did Geng Shuang say about Zhao Lijian's tweet?", ["Geng Shuang"]),
        ("What did Wang Yi say about Huawei?", []),
        ("How did the spokesman answer?", []),
        ("Was the lukang project halted?", []),
    ],
)
def test_spokespeople_are_found_where_they_speak(text: str, names: list[str]) -> None:
    assert [mention.name for mention in find_spokespeople(text, PEOPLE)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("What did TASS bring up?", ["TASS"]),
        ("what did tass ask about?", ["TASS"]),
        ("What was AFP told about the rocket?", ["AFP"]),
        ("National Public Radio asked for specifics", ["NPR"]),
        ("What did the Globe and Mail ask about Meng?", ["The Globe and Mail"]),
        ("What was the answer to Reuters on this?", ["Reuters"]),
        ("When Myanmar freed the two jailed Reuters reporters, what was said?", []),
        ("Why did Beijing throw out three Wall Street Journal correspondents?", []),
        ("What about CCTV's licence in Britain?", []),
        ("Is the paper raised in the talks binding?", []),
    ],
)
def test_outlets_are_found_where_they_ask(text: str, names: list[str]) -> None:
    assert [mention.name for mention in find_outlets(text, OUTLETS)] == names


def understood(podium: Podium, question: str, history: tuple[str, ...] = (), given: Filters | None = None) -> Query:
    asked = Asked(question, filters=given or NO_FILTERS, history=history, today=datetime.date(2021, 8, 1))
    return understand(asked, podium.archive)


@pytest.mark.parametrize(
    ("follow_up", "alone", "words"),
    [
        ("And what about Wang Wenbin?", "What did Wang Wenbin say about Xinjiang?", "said by Wang Wenbin"),
        ("And Wenbin", "What did Wang Wenbin say about Xinjiang?", "said by Wang Wenbin"),
        ("What about Japan?", "What did Zhao Lijian say about Xinjiang? What about Japan?", ""),
        (
            "And in March 2021?",
            "What did Zhao Lijian say about Xinjiang? And in March 2021?",
            "said by Zhao Lijian, in March 2021",
        ),
        (
            "And about cotton in March 2021?",
            "What did Zhao Lijian say about Xinjiang? And about cotton in March 2021?",
            "said in March 2021",
        ),
    ],
)
def test_a_follow_up_asks_the_same_of_another_or_of_other_days(
    podium: Podium, follow_up: str, alone: str, words: str
) -> None:
    before = "What did Zhao Lijian say about Xinjiang?"
    query = understood(podium, follow_up, (before,))
    assert (query.standalone, query.in_words, query.question) == (alone, words, follow_up)
    # Who was asked after is who is spoken of from then on.
    if "Wenbin" in follow_up:
        assert understood(podium, "And in March 2021?", (before, follow_up)).filters.spokespeople == ("Wang Wenbin",)
    # Nobody is named before, so nobody is asked instead.
    assert understood(podium, follow_up, ("What was said about Xinjiang?",)).standalone.startswith("What was said")


@pytest.mark.parametrize(
    ("before", "alone"),
    [
        ("What did the White House say about prices?", "What did Jerome Powell say about prices?"),
        ("What is the White House's view of prices?", "What is Jerome Powell's view of prices?"),
        ("What did the White House officials say about prices?", ""),
        ("What did White House Chief Jane Roe say about prices?", ""),
    ],
)
def test_nobody_is_asked_instead_of_half_of_who_spoke(several: Podium, before: str, alone: str) -> None:
    assert understood(several, "And Powell?", (before,)).standalone == (alone or f"{before} And Powell?")


def test_a_family_name_in_small_letters_may_be_another_word(several: Podium) -> None:
    before = "What did the White House say about prices?"
    assert understood(several, "And powell?", (before,)).standalone == f"{before} And powell?"
    assert understood(several, "And jerome powell?", (before,)).filters.spokespeople == ("Jerome Powell",)


def test_no_institution_is_put_behind_a_title(several: Podium) -> None:
    alone = understood(several, "And the White House?", ("What did Powell say?",)).standalone
    assert alone == "What did White House say?"
    before = "What did spokesman Powell say about prices?"
    assert understood(several, "And the White House?", (before,)).standalone.startswith(before)


def test_what_was_understood_is_shown_in_words(podium: Podium) -> None:
    query = understood(podium, "What did Zaho Lijian tell AFP in January 2021 about Japan?")
    assert query.in_words == "said by Zhao Lijian, asked by AFP, in January 2021"
    assert query.filters.spokespeople == ("Zhao Lijian",) and query.filters.outlets == ("AFP",)


@pytest.mark.parametrize(
    "question",
    [
        "Will Japan send officials to the 2022 Winter Olympics?",
        "Since 2013, how many times have they met?",
        "How many Uyghurs were there in 2018?",
        "How far had carbon intensity fallen by 2018?",
        "How many cases were caught in Q2 2019?",
        "How many had left hospital by 18 March 2020?",
        "Will the generals meet on 6 June 2020?",
    ],
)
def test_years_of_the_topic_are_no_filters(podium: Podium, question: str) -> None:
    assert understood(podium, question).filters == Filters()


def test_a_given_filter_goes_before_what_the_words_say(podium: Podium) -> None:
    given = Filters(spokespeople=("Wang Wenbin",))
    query = understood(podium, "What did Zhao Lijian say in July 2021?", given=given)
    assert query.filters.spokespeople == ("Wang Wenbin",)
    assert query.filters.date_from == datetime.date(2021, 7, 1)


def test_a_given_outlet_may_go_by_any_of_its_names(podium: Podium) -> None:
    given = Filters(outlets=("National Public Radio",), spokespeople=("Spokesperson Zhao Lijian",))
    filters = understood(podium, "What of Xinjiang?", given=given).filters
    assert filters.outlets == ("NPR",) and filters.spokespeople == ("Zhao Lijian",)


def test_understanding_can_be_switched_off(podium: Podium) -> None:
    query = understand(Asked("What did Zhao Lijian say in July 2021?", understand=False), podium.archive)
    assert query.filters == Filters() and query.in_words == ""


def test_a_filter_from_the_words_reaches_the_search(podium: Podium) -> None:
    answer = podium.ask("What did Wang Wenbin say about Xinjiang?", k=20)
    assert {quote.credit.spokesperson for quote in (*answer.quotes, *answer.nearest)} == {"Wang Wenbin"}
    nothing = podium.ask("What did Mao Ning say about Xinjiang?")
    assert not nothing.answered and "said by Mao Ning" in nothing.text and not nothing.nearest


@pytest.mark.parametrize(
    "text", ["and what about Japan?", "What did he say about the second one?", "why?", "Is it true?"]
)
def test_replies_lean_back(text: str) -> None:
    assert leans_back(text)


@pytest.mark.parametrize(
    "text",
    ["What does China think of Brexit?", "Does China accept that it must leave?", "Did Hong Kong change its law?"],
)
def test_questions_that_stand_alone_do_not(text: str) -> None:
    assert not leans_back(text)


def test_a_follow_up_stands_behind_what_it_follows() -> None:
    history = ["What of the trial?", "Did he say when it opens?"]
    assert stand_alone("And what about Japan?", history)[1] == " ".join([*history, "And what about Japan?"])


def test_a_new_topic_is_not_dragged_back(podium: Podium) -> None:
    history = ("What about the trial of Michael Kovrig?", "And of Michael Spavor?", "What did he say about it?") * 4
    fresh = "Has Chinese vaccine aid reached developing countries?"
    with_history, without = (podium.ask(fresh, history=turns) for turns in (history, ()))
    assert with_history.quotes[0].exchange_id == without.quotes[0].exchange_id
    assert not any("Kovrig" in quote.text or "Spavor" in quote.text for quote in with_history.quotes)


def test_a_question_that_seems_to_stand_alone_is_searched_for_near_the_conversation(podium: Podium) -> None:
    """ "Will Ottawa protest?" names something, and yet it is about the trial that was spoken of."""
    history = ("What was said about the trial of Michael Kovrig and Michael Spavor?",)
    alone, behind, leaning = (
        podium.retrieve(Asked(question, history=turns), depth=20)
        for question, turns in (("Will Ottawa protest?", ()), ("Will Ottawa protest?", history), ("Will it?", history))
    )
    assert not behind.query.leans and behind.query.standalone == "Will Ottawa protest?" and leaning.query.leans
    trial = podium.encoder.encode_queries([history[0]])[0]
    near = [float(found.vector @ trial) for found in (alone, behind, leaning)]
    assert near == sorted(near) and near[1] > near[0] + 0.1
    own = podium.encoder.encode_queries(["Will Ottawa protest?"])[0]
    assert float(behind.vector @ own) > 0.7


def test_who_speaks_carries_on_and_when_does_not(podium: Podium) -> None:
    history = ("What did Zhao Lijian say about the Tokyo Olympics in July 2021?",)
    query = understood(podium, "And what did he say about cyber attacks?", history)
    assert query.filters == Filters(spokespeople=("Zhao Lijian",))
    assert query.conversation == f"{history[0]} And what did he say about cyber attacks?"
    assert understood(podium, "And the athletes, when do they go?", history).filters == Filters()


def test_a_long_turn_before_does_not_drown_the_question(podium: Podium) -> None:
    query = understood(podium, "And what about Japan?", ("What of the trial? " * 100,))
    assert len(query.conversation) < 400 and query.conversation.endswith("And what about Japan?")


def test_words_of_diplomacy_meet_their_other_names() -> None:
    assert "DPRK" in same_meaning("the talks with North Korea")
    assert "Diaoyu Dao" in same_meaning("whose are the Senkakus?")
    assert "Iran nuclear deal" in same_meaning("JCPOA talks")
    assert "Japan" in same_meaning("What did Tokyo do?")
    assert "Michael Kovrig and Michael Spavor" in same_meaning("the two Michaels")
    assert same_meaning("so what is it to us?") == []


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("What of Ankara's purchase?", "Turkey"),
        ("the ivory coast", "Cote d'Ivoire"),
        ("What did Foggy Bottom say?", "State Department"),
        ("U.S. tariffs", "United States"),
        ("Whose is Second Thomas Shoal?", "Ren'ai Jiao"),
        ("the Galwan clash", "Line of Actual Control"),
        ("the 17+1 summit", "China-CEEC cooperation"),
        ("the Huawei CFO", "Meng Wanzhou"),
        ("Did the defence secretary visit?", "Defense Minister"),
        ("wildfires", "forest fire"),
        ("Who criticised it?", "criticize"),
        ("the Congolese army", "Republic of the Congo"),
    ],
)
def test_other_names_are_known(text: str, other: str) -> None:
    assert other in same_meaning(text)


@pytest.mark.parametrize(
    "text",
    [
        "What may happen to male workers in a nice place?",
        "Who can it be, and is it for us?",
        "the Washington Post on Latin Americans in the Indian Ocean",
        "Volt Typhoon and hostage diplomacy",
    ],
)
def test_ordinary_words_and_names_within_names_mean_nothing_else(text: str) -> None:
    assert not {"Maldives", "United States", "India", "hurricane", "kidnapped"} & set(same_meaning(text))


def test_the_glossary_says_nothing_twice() -> None:
    table = tomllib.loads(resources.files("rag.language").joinpath("glossary.toml").read_text("utf-8"))
    lines = [*table["groups"], *([name, *others] for name, others in table["places"].items())]
    assert all(name and name == " ".join(name.split()) for line in lines for name in line)
    assert all(len(line) == len(set(line)) for line in lines)
    assert len(lines) == len({frozenset(line) for line in lines})


def test_the_glossary_reaches_the_search(podium: Podium) -> None:
    assert "Diaoyu Dao" in podium.ask("Whose are the Senkakus?").quotes[0].context


def test_a_typo_survives(podium: Podium) -> None:
    assert podium.archive.words.nearest(*words_of("olympcs")) == "olymp"
    assert "Pangong" in podium.ask("When did troops leave Pangnog lake?").quotes[0].text


def test_change_over_time_comes_from_different_days_in_order(podium: Podium) -> None:
    answer = podium.ask("How did China's position on Xinjiang change over time?", k=5)
    dates = [quote.credit.date for quote in answer.quotes or answer.nearest]
    assert len(dates) >= 2 and dates == sorted(set(dates))  # type: ignore[type-var]


@pytest.mark.parametrize(
    "text", ["Does he back the shift to solar power?", "Did they agree on a timeline?", "What of the traces of a drug?"]
)
def test_what_changes_elsewhere_is_no_change_of_words(text: str) -> None:
    assert not asks_over_time(text)
