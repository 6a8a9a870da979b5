"""Transcripts as other houses print them: each names its speakers in a way of its own, and none is in any table."""

import pytest
from conferences import kinds, of

from rag.reading.reading import Reading

ALLIANCE = """
Press conference by Alliance Secretary General Lars Holm, 15 February 2023

Karin Vale (Alliance Spokesperson): Good afternoon. The Secretary General will make a statement.

Alliance Secretary General Lars Holm: Good afternoon. We agreed to do more.

And we agreed to do it sooner.

Karin Vale: Thank you. We start with Reuters.

Ann Stone (Reuters): Will there be a new target?

Lars Holm: We will decide in the summer.

Karin Vale: Next, the Moon Post.

Olha Riss (Moon Post): When will the planes come?

Lars Holm: Nothing is ruled out. Thank you.
"""
WEEKLY = """
Transcript of Weekly Media Briefing by the Official Spokesperson (May 09, 2024)

Shri Rohan Mehta, Official Spokesperson: Good afternoon, everyone.

Sidhant (WION): Any reaction to what they said?

Shri Rohan Mehta, Official Spokesperson: I have seen the reports.

Yeshi Negi, Business Moon: How many have come back?

Shri Rohan Mehta, Official Spokesperson: About two hundred.

Moon Newspapers, Murano: When is the next round?

Shri Rohan Mehta, Official Spokesperson: In due course.
"""
CALL = """
Northern Lamps Third Quarter Earnings Call Transcript, 2 November 2023

Operator: Good day. I turn it over to Ruth Abel, Vice President of Investor Relations.

Ruth Abel: Thank you. With me are Omar Field, our Chief Executive Officer, and Lucy Tan, our Chief Financial Officer.

Omar Field: Thank you, Ruth. We sold more lamps than ever.

Lucy Tan: Net sales were 410 million.

Operator: The first question comes from Ted Grange of Baird.

Ted Grange: Can you talk about price and volume, please?

Lucy Tan: Price was eight points of it.

Ted Grange: And the second half?

Omar Field: About the same.

Operator: The next question comes from Nina Sol.

Nina Sol: What do dealers hold?

Omar Field: Less than they want to.
"""
ALONE = """
Transcript of a press conference with the Prime Minister, 14 October 2009

Prime Minister

Good afternoon. Nobody will be left to cope alone.

Question

You said in June that the defences were ready. Were they?

Prime Minister

They were ready for what we were told to expect.

We were told wrong.

Question

Will there be an inquiry?

Prime Minister

There will be a review.

Chief Medical Officer

Nobody should drink the water before it is boiled.
"""
MATCH = """
PRESS CONFERENCE BY THE COACH OF THE REDS, July 9, 2018

THE MODERATOR:  We will take questions for Coach Silvestri.

Q.  Coach, how do you stop their attack?
MARCO SILVESTRI:  We have to be patient.

Q.  Is the captain fit?
MARCO SILVESTRI:  He trained this morning.
We will see.
"""
NOON = """
Daily Press Briefing by the Office of the Spokesperson, 12 March 2024

The following is a near-verbatim transcript of today's noon briefing by Tomas Berg, Spokesman for the Secretary-General.

Spokesman:  Good afternoon, everybody.

Question:  Good afternoon, Tomas.  Teresa Wright, Moon News.  Does he plan to go there himself?

Spokesman:  We have nothing to announce.

Question (CNA):  Is 40 enough?

Spokesman:  Of course not.
"""


def asked(reading: Reading) -> list[tuple[str | None, str | None, set[str]]]:
    exchanges = reading.transcript.exchanges
    return [(each.reporter, each.outlet, set(each.credited)) for each in exchanges if each.kind == "question"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            ALLIANCE,
            [("Ann Stone", "Reuters", {"Lars Holm", "Karin Vale"}), ("Olha Riss", "Moon Post", {"Lars Holm"})],
            id="names, with offices and outlets in brackets",
        ),
        pytest.param(
            WEEKLY,
            [
                ("Sidhant", "WION", {"Rohan Mehta"}),
                ("Yeshi Negi", "Business Moon", {"Rohan Mehta"}),
                ("Murano", "Moon Newspapers", {"Rohan Mehta"}),
            ],
            id="outlets behind a comma, or before it",
        ),
        pytest.param(
            CALL,
            [
                ("Ted Grange", None, {"Lucy Tan"}),
                ("Ted Grange", None, {"Omar Field", "Operator"}),
                ("Nina Sol", None, {"Omar Field"}),
            ],
            id="names alone, introduced in the opening words",
        ),
        pytest.param(
            ALONE,
            [(None, None, {"Prime Minister"}), (None, None, {"Prime Minister", "Chief Medical Officer"})],
            id="labels on lines of their own",
        ),
        pytest.param(MATCH, [(None, None, {"Marco Silvestri"})] * 2, id="Q with a full stop"),
        pytest.param(
            NOON,
            [("Teresa Wright", "Moon News", {"Tomas Berg"}), (None, "CNA", {"Tomas Berg"})],
            id="an office for a name that stands above",
        ),
    ],
)
def test_who_asks_and_who_answers_is_told_from_how_the_file_prints_it(
    text: str, expected: list[tuple[str | None, str | None, set[str]]]
) -> None:
    reading = of(text)
    assert asked(reading) == expected
    assert "uncertain" not in kinds(reading)
    for each in reading.transcript.exchanges:
        said = " ".join(span.cut(reading.transcript.text) for span in each.answer)
        assert "?" not in said


def test_a_list_of_who_speaks_is_no_turn() -> None:
    reading = of(
        "Transcript of Press Briefing, March 21, 2024\n\nSPEAKER:  Ms. Carla Nunn, Director of Communications\n\n"
        "MS. NUNN:  Good morning.\n\nQUESTIONER:  Is it done?\n\nMS. NUNN:  No.\n\nQUESTIONER:  When?\n\n"
        "MS. NUNN:  In May.\n"
    )
    assert asked(reading) == [(None, None, {"Carla Nunn"})] * 2


def test_the_day_may_stand_above_the_title() -> None:
    reading = of(
        "THE OFFICE\n\nFor Immediate Release      May 6, 1997\n\nPRESS BRIEFING\nBY JO ROE\n\nThe Briefing Room\n\n"
        "MR. ROE:  Good day.\n\nQ    Is it so?\n\nMR. ROE:  It is.\n\nQ    Why?\n\nMR. ROE:  Because.\n"
    )
    assert str(reading.transcript.date) == "1997-05-06"


def test_labels_in_the_middle_of_a_line_part_its_turns() -> None:
    reading = of(
        "Press conference of Minister Jo Roe, 4 June 2024\n\nMinister Roe: We open the port. Question: When is it? "
        "Minister Roe: In July. Question: And what does it cost? Minister Roe: Ten million.\n"
    )
    assert [each.question is not None for each in reading.transcript.exchanges] == [False, True, True]
    for each in reading.transcript.exchanges:
        assert "?" not in " ".join(span.cut(reading.transcript.text) for span in each.answer)


def test_who_is_asked_in_an_interview_of_two_is_known_and_in_a_talk_of_equals_not() -> None:
    talk = "Interview, 3 May 2024\n\n" + "ANN DOE: Is it so?\n\nJO ROE: It is, and it will be.\n\n" * 3
    assert asked(of(talk)) == [("Ann Doe", None, {"Jo Roe"})] * 3
    equals = of(talk.replace("It is, and it will be.", "Is it? I think that it is."))
    assert equals.transcript.uncertain
    assert not any(each.credited for each in equals.transcript.exchanges)
    assert equals.transcript.spokesperson is None


BACK = (
    ("The ferry failed again, and people are angry.", "It is not so, is it?"),
    ("You said that it would never fail again. That was a lie.", "Was it? I said it would be repaired."),
    ("And your deputy took money for it.", "Did he? I have not seen that. We will look into it, and tell you."),
    ("Thank you.", "Thank you."),
)


@pytest.mark.parametrize(
    ("title", "credited"),
    [
        ("Transcript of an interview with Minister Jo Roe", {"Jo Roe"}),
        ("Transcript of an interview with Jo Roe, Minister for Ports", {"Jo Roe"}),
        ("Transcript of an interview with Jo Roe by Ann Doe", {"Jo Roe"}),
        ("Transcript: Ann Doe interviews Jo Roe on the ferry", {"Jo Roe"}),
        ("Transcript of an interview with Jo Roe", set()),
    ],
)
def test_who_is_interviewed_and_asks_back_is_not_taken_for_who_asks(title: str, credited: set[str]) -> None:
    said = "".join(f"ANN DOE: {states}\n\nJO ROE: {asks}\n\n" for states, asks in BACK)
    reading = of(f"{title}, 3 May 2024\n\n{said}")
    assert asked(reading) == [("Ann Doe", None, credited)] * 4
    assert reading.transcript.uncertain == (not credited)


def test_a_hearing_of_many_members_is_english_and_each_answers_for_themselves() -> None:
    members = ["SMITH", "JONES", "BROWN", "CLARK", "LEWIS", "WALKER", "HALL", "ALLEN", "YOUNG", "WRIGHT"]
    turns = [f"SENATOR {name}: How many ships came through my port?\n\nMS. ROE: About ten.\n\n" for name in members]
    reading = of("Hearing on ports, June 4, 2024\n\nCHAIR DOE: We come to order.\n\n" + "".join(turns))
    said = {name for each in reading.transcript.exchanges for name in each.credited}
    assert any("Roe" in name for name in said)
    for each in reading.transcript.exchanges:
        for span, speaker in zip(each.answer, each.speakers, strict=True):
            words = span.cut(reading.transcript.text)
            assert speaker is None or ("Roe" in speaker.name) == (words == "About ten.")


@pytest.mark.parametrize("title", ["Jo Roe interviews with reporters", "Interview with Moon Radio by Jo Roe"])
def test_who_gives_an_interview_is_not_taken_for_who_asks(title: str) -> None:
    said = "ANN DOE: Is it so?\n\nJO ROE: It is, and it will be.\n\n" * 3
    assert asked(of(f"{title}, 3 May 2024\n\n{said}")) == [("Ann Doe", None, {"Jo Roe"})] * 3
