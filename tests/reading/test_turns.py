import pytest
from conferences import TITLE, assert_nothing_is_lost, conference, kinds, of, told, words

from rag.reading.reading import Reading


def test_a_follow_up_belongs_to_the_outlet_and_the_exchange_before_it() -> None:
    reading = conference(
        "Bloomberg News: One?",
        "Zhao Lijian: Yes.",
        "Follow-up:\xa0Two?",
        "Zhao Lijian: No.",
        "AFP: Three?",
        "Zhao Lijian: So.",
    )
    first, second, third = reading.transcript.exchanges
    assert (first.outlet, first.label, first.follows) == ("Bloomberg", "Bloomberg News", None)
    assert (second.outlet, second.label, second.follows) == ("Bloomberg", "Follow-up", 1)
    assert (third.outlet, third.follows) == ("AFP", None)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Q:", "A:"),
        ("Q :", "A :"),
        ("Q\uff1a", "A\uff1a"),
        ("Q:\xa0", "A:\xa0"),
        ("Question:", "Answer:"),
        ("Q1:", "A1:"),
        ("Q. ", "A. "),
        ("Journalist:", "Spokesperson:"),
    ],
)
def test_every_style_of_labels_gives_the_same_exchanges(asked: str, answered: str) -> None:
    reading = conference(
        f"{asked}As I asked?",
        f"{answered}As I said.",
        "Second paragraph.",
        f"{asked} And then?",
        f"{answered} Then not.",
    )
    assert [entry[1:] for entry in told(reading)] == [
        ("As I asked?", ["As I said.", "Second paragraph."]),
        ("And then?", ["Then not."]),
    ]
    assert {exchange.spokesperson for exchange in reading.transcript.exchanges} == {"Zhao Lijian"}
    assert {exchange.outlet for exchange in reading.transcript.exchanges} == {None}


def test_words_before_a_colon_are_no_new_speaker() -> None:
    inside = [
        "First, on the economy: it grows.",
        "The facts are: two.",
        "Fact 1: it is so.",
        "Taiwan: a part of China.",
        "I want to say this: no.",
        "At 10:00 a.m. we meet.",
        "CNN: a channel we all know.",
    ]
    reading = conference("Reuters: One?", "Zhao Lijian: Yes.", *inside, "AFP: Two?", "Zhao Lijian: No.")
    assert told(reading) == [("Reuters", "One?", ["Yes.", *inside]), ("AFP", "Two?", ["No."])]


def test_a_speakers_name_inside_a_paragraph_is_no_new_speaker() -> None:
    asked = "A report quotes you. Zhao Lijian: we surrender. Is that right? A: no? Q: yes?"
    assert told(conference(f"Reuters: {asked}", "Zhao Lijian: It is not.")) == [("Reuters", asked, ["It is not."])]


def test_an_outlet_in_no_table_is_believed_where_a_question_belongs_and_reported() -> None:
    reading = conference(
        "Radio Nowhere: One?",
        "Zhao Lijian: Yes.",
        "Taiwan: it is a part of China.",
        "Moon Post: Two?",
        "Zhao Lijian: No.",
    )
    assert told(reading) == [
        ("Radio Nowhere", "One?", ["Yes.", "Taiwan: it is a part of China."]),
        ("Moon Post", "Two?", ["No."]),
    ]
    assert {(oddity.line, oddity.kind) for oddity in reading.oddities} == {
        (3, "unknown-outlet"),
        (7, "unknown-label"),
        (9, "unknown-outlet"),
    }


def test_a_spokesperson_in_no_table_is_known_from_the_title_or_from_the_turns() -> None:
    titled = of(
        "Foreign Ministry Spokesperson Wu Xin's Remarks on May 3, 2024\n\n"
        "Reuters: One?\n\nWu Xin: Yes.\n\nAFP: Two?\n\nWu Xin: No.\n"
    )
    assert titled.transcript.id == "2024-05-03-wu-xin"
    assert [exchange.spokesperson for exchange in titled.transcript.exchanges] == ["Wu Xin", "Wu Xin"]
    untitled = of("Press briefing, 3 May 2024\n\nReuters: One?\n\nWu Xin: Yes.\n\nAFP: Two?\n\nWu Xin: No.\n")
    assert untitled.transcript.spokesperson == "Wu Xin"
    assert [entry[0] for entry in told(untitled)] == ["Reuters", "AFP"]
    assert "unknown-speaker" in kinds(untitled)


def test_a_second_name_behind_a_question_answers_unless_it_only_goes_on_with_the_sentence() -> None:
    def page(between: str) -> Reading:
        main = "Question: One?\n\nWu Xin: Yes.\n\n"
        return of(f"Press briefing, 3 May 2024\n\n{main}Question: On homes.\n\n{between}\n\n{main}")

    assert page("Bo Lim: They rise.").transcript.exchanges[1].spokesperson == "Bo Lim"
    assert page("House Prices: they rise.").transcript.exchanges[1].spokesperson == "Wu Xin"


def test_two_spokespeople_keep_their_own_words() -> None:
    reading = conference(
        "Hua Chunying: Good afternoon.",
        "Zhao Lijian: Thank you.",
        "Reuters: One?",
        "Zhao Lijian: Yes.",
        "Hua Chunying: And no.",
        "It is so.",
    )
    assert [(exchange.kind, exchange.spokesperson, exchange.follows) for exchange in reading.transcript.exchanges] == [
        ("announcement", "Hua Chunying", None),
        ("announcement", "Zhao Lijian", None),
        ("question", "Hua Chunying", None),
    ]
    asked = reading.transcript.exchanges[-1]
    assert [speaker and speaker.name for speaker in asked.speakers] == ["Zhao Lijian", "Hua Chunying", "Hua Chunying"]
    assert [asked.speaker_at(span.start) for span in asked.answer] == list(asked.speakers)


def test_an_ask_back_and_its_reply_stay_inside_one_exchange() -> None:
    reading = conference(
        "Q: What of the report?",
        "A: Which one?",
        "Journalist: The one of today.",
        "A: I have not read it.",
        "Q: Next?",
        "A: Yes.",
    )
    first, second = reading.transcript.exchanges
    assert words(reading, first) == ("What of the report?", ["Which one?", "I have not read it."])
    assert [span.cut(reading.transcript.text) for span in first.interjections] == ["The one of today."]
    assert second.question is not None


def test_a_journalist_who_asks_something_new_has_an_exchange_of_their_own() -> None:
    reading = conference("Q: One?", "A: Yes.", "Reporter: Something else?", "A: No.")
    assert [entry[:2] for entry in told(reading)] == [("Q", "One?"), ("Reporter", "Something else?")]


def test_questions_raised_after_the_conference_are_questions() -> None:
    reading = conference(
        "Reuters: One?",
        "Zhao Lijian: Yes.",
        "After the press conference, the following question was raised: What about X?",
        "Zhao Lijian: Nothing.",
        "A journalist asked the following questions after the press conference:",
        "AFP: And Y?",
        "Zhao Lijian: Nor that.",
        "Q: And Z?",
        "A: Nor that.",
    )
    assert told(reading) == [
        ("Reuters", "One?", ["Yes."]),
        (None, "What about X?", ["Nothing."]),
        ("AFP", "And Y?", ["Nor that."]),
        ("Q", "And Z?", ["Nor that."]),
    ]
    assert len(reading.remainder) == 2
    assert_nothing_is_lost(reading)


def test_an_answer_without_a_label_is_found_and_reported() -> None:
    reading = conference("Q: One?", "It is so.", "And so on.", "Q: Two?", "A: Yes.")
    assert told(reading) == [("Q", "One?", ["It is so.", "And so on."]), ("Q", "Two?", ["Yes."])]
    assert ("answer-without-label", 5) in {(oddity.kind, oddity.line) for oddity in reading.oddities}


def test_a_question_of_several_paragraphs_is_one_span_and_reported() -> None:
    reading = conference("Reuters: First, X?", "Second: what of Y?", "Zhao Lijian: Yes.")
    assert told(reading) == [("Reuters", "First, X?\n\nSecond: what of Y?", ["Yes."])]
    assert "unlabelled-paragraph" in kinds(reading)


def test_where_every_turn_has_a_label_only_a_paragraph_that_may_be_an_answer_is_reported() -> None:
    turns = (
        "Press Briefing by Press Secretary Jo Roe",
        "MR. ROE: Hello.",
        "Q  First, X?",
        "Second, Y?",
        "MR. ROE: Yes.",
        "Q  Why?",
        "MR. ROE: So.",
    )
    assert "unlabelled-paragraph" not in kinds(of("\n\n".join(turns)))
    hosted = of("\n\n".join((*turns, "Q  And Z?", "It is so.", "MS. DOE: Jo Lind at Reuters is next.", "Q  Why?")))
    assert [oddity.line for oddity in hosted.oddities if oddity.kind == "unlabelled-paragraph"] == [17]


def test_a_question_that_nothing_answers_is_reported() -> None:
    reading = conference("Reuters: One?", "Zhao Lijian: Yes.", "AFP: Two?")
    assert reading.transcript.exchanges[1].answer == ()
    assert ("question-without-answer", 7) in {(oddity.kind, oddity.line) for oddity in reading.oddities}


def test_a_question_that_lost_its_label_is_found_between_two_answers() -> None:
    reading = conference("Q: One?", "A: Yes.", "And what about two?", "A: No.")
    assert told(reading) == [("Q", "One?", ["Yes."]), (None, "And what about two?", ["No."])]
    assert "question-without-label" in kinds(reading)


def test_remarks_without_a_question_are_remarks() -> None:
    reading = of(
        "Foreign Ministry Spokesperson Mao Ning's Remarks on the Visit\n2023-06-13 19:00\n\n"
        "China deplores that.\n\nIt does.\n"
    )
    (remarks,) = reading.transcript.exchanges
    assert (remarks.kind, remarks.question, words(reading, remarks)[1]) == (
        "remarks",
        None,
        ["China deplores that.", "It does."],
    )
    assert (reading.transcript.id, reading.origins["date"]) == (
        "2023-06-13-mao-ning",
        "a date line of the page",
    )


def test_bold_print_tells_a_question_from_an_answer() -> None:
    page = (
        "<b>Q: One?</b><p>It is so.<p><b>Q: Two?</b><p>A: Yes.<p><b>Moon Post: Three?</b><p>A: No."
        "<p>Moon: a word of the answer.<p><b>And four?</b><p>A: So."
    )
    reading = of(f"<html><h1>{TITLE}</h1><p>{page}</html>", "bold.html")
    assert told(reading) == [
        ("Q", "One?", ["It is so."]),
        ("Q", "Two?", ["Yes."]),
        ("Moon Post", "Three?", ["No.", "Moon: a word of the answer."]),
        (None, "And four?", ["So."]),
    ]


def test_a_question_of_two_paragraphs_without_a_label_is_nobody_s_in_its_first() -> None:
    reading = of(
        "Press conference by Minister Jo Roe\n12 March 2024\n\n"
        "MINISTER ROE: Good morning. We have decided on the ferry today.\n\n"
        "Thank you, Minister. Everybody in this town knows that your deputy took money for the ferry.\n\n"
        "Will he resign?\n\nMINISTER ROE: No.\n\nWhat about the tunnel?\n\nMINISTER ROE: It will be built.\n\n"
        "We have the money for it.\n\nAnd the lighthouse, is it closed?\n\nMINISTER ROE: It is.\n\n"
        "The harbour wall is a disgrace and your ministry hid it.\n\nWhen will you tell us?\n\nMINISTER ROE: Now.\n"
    )
    said = [paragraph for _, _, answer in told(reading) for paragraph in answer]
    assert said[1:] == ["No.", "It will be built.", "We have the money for it.", "It is.", "Now."]
    assert "unclear-words" in kinds(reading)
    assert_nothing_is_lost(reading)
