import pytest
from conferences import kinds, of, told

from rag.reading.reading import Reading

WHITE_HOUSE = "Press Briefing by Press Secretary Jen Psaki and Secretary of Commerce Gina Raimondo, July 22, 2021"


def briefing(title: str, *paragraphs: str) -> Reading:
    return of("\n\n".join((title, *paragraphs)) + "\n")


def names_of(reading: Reading) -> list[list[tuple[str, str | None] | None]]:
    """Of each exchange: name and office of who says each span of the answer."""
    return [
        [(speaker.name, speaker.office) if speaker else None for speaker in exchange.speakers]
        for exchange in reading.transcript.exchanges
    ]


def test_a_bare_q_asks_and_each_official_keeps_the_words_that_are_theirs() -> None:
    reading = briefing(
        WHITE_HOUSE,
        "MS. PSAKI:  Good afternoon.",
        "Q    Thanks, Jen.  Will it pass?",
        "MS. PSAKI:  We think so.",
        "SECRETARY RAIMONDO:  And we work on it.",
        "Every day.",
        "Q    When?",
        "MS. PSAKI:  Soon.",
    )
    psaki, raimondo = ("Jen Psaki", "Press Secretary"), ("Gina Raimondo", "Secretary of Commerce")
    assert told(reading)[1] == (
        "Q",
        "Thanks, Jen.  Will it pass?",
        ["We think so.", "And we work on it.", "Every day."],
    )
    assert names_of(reading) == [[psaki], [psaki, raimondo, raimondo], [psaki]]
    assert reading.transcript.spokesperson == "Jen Psaki"


def test_reporters_are_known_by_who_is_asked_next_where_labels_end_in_a_full_stop() -> None:
    reading = briefing(
        "Transcript of Chair Roe's Press Conference, March 18, 2015",
        *("CHAIR ROE.  Good afternoon.", "SAM LEE.  Sam Lee, CNBC.  Is it so?", "CHAIR ROE.  It is."),
        *(
            "ANN DOE.  Ann Doe from the Moon Post.  I wonder why.",
            "CHAIR ROE.  Because.",
            "MAY FAY.  Let us go to Sam.",
        ),
        *("SAM LEE.  And then?", "CHAIR ROE.  Then not.", "ANN DOE.  Why not?", "CHAIR ROE.  I said so."),
    )
    exchanges = reading.transcript.exchanges[1:]
    assert [(each.reporter, each.outlet) for each in exchanges] == [
        ("Sam Lee", "CNBC"),
        ("Ann Doe", "Moon Post"),
        ("Sam Lee", "CNBC"),
        ("Ann Doe", "Moon Post"),
    ]
    assert {name for each in exchanges for name in each.credited} <= {"Chair Roe", "May Fay"}


def test_an_office_without_a_name_is_the_person_whom_the_head_calls_so_else_the_office() -> None:
    words = ("PRIME MINISTER: Good day.", "JOURNALIST: One?", "PRIME MINISTER: Yes.", "JOURNALIST: Two?", "PM: No.")
    named = briefing("TRANSCRIPT OF THE PRIME MINISTER  THE HON JO DOE MP  PRESS CONFERENCE, 2 December 2004", *words)
    nameless = briefing("TRANSCRIPT OF THE PRESS CONFERENCE, 2 December 2004", *words)
    assert names_of(named)[1] == [("Jo Doe", "Prime Minister")]
    assert names_of(nameless)[1] == [("Prime Minister", None)]


def test_whose_part_is_not_clear_is_left_out_and_the_words_after_them_answer_nobodys_question() -> None:
    reading = briefing(
        "Press conference, 3 May 2024",
        *("MR. ROE: Hello.", "Q    One?", "MR. ROE: Yes.", "Q    Two?", "MR. ROE: No."),
        "ANN DOE: " + "It is as it is and it will be as it was. " * 30,
        "MR. ROE: Thank you.",
    )
    assert {"unclear-turn", "unclear-words"} <= kinds(reading)
    assert not any("as it was" in "".join(answer) for _, _, answer in told(reading))
    assert told(reading)[2] == ("Q", "Two?", ["No."])


def test_labels_that_tell_nothing_make_an_uncertain_transcript_that_credits_nobody() -> None:
    reading = briefing(
        "An interview of 3 May 2024",
        *("BOB ROE: We met at the lake.", "ANN DOE: We did.", "BOB ROE: It was cold.", "ANN DOE: It was."),
        *("BOB ROE: We swam, did we?", "ANN DOE: And then we left."),
    )
    assert reading.transcript.uncertain
    assert "uncertain" in kinds(reading)
    assert not any(exchange.credited for exchange in reading.transcript.exchanges)


@pytest.mark.parametrize("slip", ["JOURNALSIT", "JOURNALST"])
def test_a_slip_in_a_label_makes_no_new_speaker(slip: str) -> None:
    reading = briefing(
        "Doorstop with Jo Roe, 3 May 2024",
        *(
            "ROE: Hello.",
            "JOURNALIST: One?",
            "ROE: Yes.",
            f"{slip}: Two?",
            "ROE: No.",
            "JOURNALIST: Three?",
            "ROE: So.",
        ),
    )
    assert [exchange.kind for exchange in reading.transcript.exchanges] == ["announcement", *["question"] * 3]
    assert {name for exchange in reading.transcript.exchanges for name in exchange.credited} == {"Jo Roe"}


def test_bold_names_ask_though_the_page_gives_each_another_label() -> None:
    turns = [
        ("President of Nowhere Jo Roe", "Good afternoon."),
        ("Ann Doe", "Why?"),
        ("Jo Roe", "Because."),
        ("Prime Minister of Elsewhere Bo Fay Bo Fay", "I agree with the President."),
        ("Sam Lee", "And when?"),
        ("Jo Roe", "Soon."),
        ("Question", "How?"),
        ("Jo Roe", "So."),
    ]
    page = "".join(f"<p><b>{label}:</b> {words}</p>" for label, words in turns)
    reading = of(f"<html><h1>News conference of Jo Roe, 3 May 2024</h1>{page}</html>", "bold.html")
    asked = [each for each in reading.transcript.exchanges if each.kind == "question"]
    assert [each.reporter for each in asked] == ["Ann Doe", "Sam Lee", None]
    assert names_of(reading)[1] == [("Jo Roe", "President of Nowhere"), ("Bo Fay", "Prime Minister of Elsewhere")]


def test_labels_inside_a_paragraph_are_turns_where_the_file_prints_them_in_capitals() -> None:
    reading = briefing(
        "Doorstop with Wayne Roe, 14 November 2003",
        "JOURNALIST: One?  ROE:  Yes.     JOURNALIST:  Two?",
        "ROE:  No.  JOURNALIST: Three?  ROE: It is so.",
    )
    assert told(reading) == [
        ("JOURNALIST", "One?", ["Yes."]),
        ("JOURNALIST", "Two?", ["No."]),
        ("JOURNALIST", "Three?", ["It is so."]),
    ]


def test_a_slip_in_a_full_name_is_mended_by_the_list_of_who_speaks() -> None:
    head = "---\ntitle: Joint press conference of 3 May 2024\ncreators: ['Binskin, Mark', 'Nowhere Labor Party']\n---\n"
    words = ("Mark Binksin: Hello.", "Journalist: One?", "Mark Binksin: Yes.", "Journalist: Two?", "Mark Binksin: No.")
    assert names_of(of(head + "\n\n".join(words), "a.md"))[1] == [("Mark Binskin", None)]


def test_a_given_name_is_the_head_s_and_never_a_slip_in_a_label() -> None:
    reading = briefing(
        "Press Briefing by Michael Froman, July 1, 2009",
        *("MR. FROMAN:  Mike Froman here.", "Q    One?", "MR. FROMAN:  As Mike Froman said.", "Q    Two?"),
        *("ADMIRAL GIROIR:  Three.", "Q    And?", "ADMIRAL GIROIR:  Four.", "Q    So?", "ADMIRAL GIROIR:  Five."),
        *("Q    Then?", "ADMIRAR GIROIR:  Six."),
    )
    credited = {name for exchange in reading.transcript.exchanges for name in exchange.credited}
    assert credited == {"Michael Froman", "Admiral Giroir"}


def test_an_office_is_the_one_listed_who_has_no_label_where_the_file_is_from_that_office() -> None:
    head = "---\ntitle: Doorstop, 3 May 1924\ncreators: ['Doe, Jo', 'Roe, Ann']\nsource: PRIME MINISTER\n---\n"
    words = ("ROE: Hello.", "JOURNALIST: One?", "PM: Yes.", "JOURNALIST: Two?", "PM: No.")
    assert names_of(of(head + "\n\n".join(words), "a.md"))[1] == [("Jo Doe", "Prime Minister")]


def test_words_before_a_name_that_hold_no_office_are_none() -> None:
    reading = briefing(
        "Back to National ALP Back Kim Roe - Doorstop Interview, 27 September 2001",
        *("ROE: Hello.", "JOURNALIST: One?", "ROE: Yes.", "JOURNALIST: Two?", "ROE: No."),
    )
    assert names_of(reading)[1] == [("Kim Roe", None)]


def test_a_turn_that_is_but_a_note_of_the_room_is_nobody_s_words() -> None:
    reading = briefing(
        WHITE_HOUSE, "MS. PSAKI:  Hello.", "Q    One?", "MS. PSAKI:  (Laughs.)", "Q    Two?", "MS. PSAKI:  Yes."
    )
    assert [answer for _, _, answer in told(reading)] == [["Hello."], [], ["Yes."]]
    assert "stage-note" in kinds(reading)


def test_an_introduction_in_the_second_paragraph_of_a_question_counts() -> None:
    turns = [
        ("President of Nowhere Jo Roe", "Good afternoon."),
        ("Ann Doe", "Thank you.</p><p>My name is Ann Doe, Radio Nowhere."),
        ("Jo Roe", "Because."),
        ("Sam Lee", "And when?"),
        ("Jo Roe", "Soon."),
    ]
    page = "".join(f"<p><b>{label}:</b> {words}</p>" for label, words in turns)
    reading = of(f"<html><h1>News conference of Jo Roe, 3 May 2024</h1>{page}</html>", "bold.html")
    assert reading.transcript.exchanges[1].outlet == "Radio Nowhere"


def test_in_a_crowd_of_reporters_one_who_says_much_and_asks_little_still_asks() -> None:
    names = [f"{first} {last}" for first in ("Ann", "Sam", "Eva") for last in ("Doe", "Lee", "Fay", "Kim")]
    turns = [("President of Nowhere Jo Roe", "Good afternoon.")]
    for name in names:
        turns += [(name, "Why?"), ("Jo Roe", "Because I say so, and I say it at length.")]
    turns += [("Bo Long", "I would like to tell you of our town. " * 40), ("Jo Roe", "Please do.")]
    page = "".join(f"<p><b>{label}:</b> {words}</p>" for label, words in turns)
    reading = of(f"<html><h1>News conference of Jo Roe, 3 May 2024</h1>{page}</html>", "bold.html")
    assert reading.transcript.exchanges[-1].reporter == "Bo Long"
