import re

from conferences import ROOT, TITLE, assert_nothing_is_lost, conference, of, told
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import UnreadableTranscript

LETTERS = st.text(alphabet="abcdefg hij,.\u2019\xa0\U0001f600", min_size=1, max_size=40).filter(str.strip)


PARAGRAPHS = st.one_of(
    LETTERS,
    st.builds(
        "{}{}".format,
        st.sampled_from(
            [
                "Q: ",
                "A: ",
                "Q:",
                "A\uff1a",
                "Reuters: ",
                "AFP : ",
                "Follow-up: ",
                "Journalist: ",
                "Zhao Lijian: ",
                "Hua Chunying:\xa0",
                "Moon Post: ",
                "First: ",
                "Q:",
                "Fact 1: ",
            ]
        ),
        LETTERS,
    ),
    st.builds(
        "{}{}?".format,
        st.sampled_from(["Q: ", "Reuters: ", "Follow-up: ", "Reporter: ", "Moon Post: ", ""]),
        LETTERS,
    ),
    st.sampled_from(
        [
            "***",
            "(Laughs)",
            "(Journalist: No.)",
            "Print",
            "2021-03-18",
            "After the press conference, the following question was raised:",
            "See you tomorrow.",
            "A:",
            "Q:",
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARAGRAPHS, max_size=14), st.sampled_from(["\n\n", "\r\n\r\n", "\n", "\r"]), st.booleans())
def test_nothing_is_lost_whatever_the_paragraphs_are(paragraphs: list[str], between: str, titled: bool) -> None:
    body = ["Q: Begin?", "A: Yes.", *paragraphs]
    text = between.join([TITLE, *body] if titled else body)
    try:
        reading = of(text)
    except UnreadableTranscript as refused:
        # Made-up letters are sometimes many, and then no English.
        assert "not in English" in str(refused)
        return
    assert reading.transcript.text == text
    assert_nothing_is_lost(reading)
    assert [exchange.number for exchange in reading.transcript.exchanges] == list(
        range(1, len(reading.transcript.exchanges) + 1)
    )
    reported = sum(
        oddity.kind in {"stage-note", "row-of-signs", "note", "caption", "unclear-words"} for oddity in reading.oddities
    )
    assert reported >= len(reading.remainder)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LETTERS, st.lists(LETTERS, min_size=1, max_size=4)), min_size=1, max_size=8))
def test_made_up_conferences_come_back_as_they_were_made(made: list[tuple[str, list[str]]]) -> None:
    paragraphs = []
    for asked, answered in made:
        paragraphs += [
            f"Reuters: Why is the {asked.strip()}?",
            f"Zhao Lijian: It is the {answered[0].strip()}",
            *(f"It is the {part.strip()}" for part in answered[1:]),
        ]
    expected = [
        ("Reuters", f"Why is the {asked.strip()}?", [f"It is the {part.strip()}" for part in answered])
        for asked, answered in made
    ]
    assert told(conference(*paragraphs)) == expected


def test_every_kind_of_oddity_is_in_the_documentation() -> None:
    told_of = set(re.findall(r"`([a-z-]+)`", (ROOT / "docs" / "reading.md").read_text("utf-8")))
    made = set()
    for file in ("reading", "heading", "assembly", "turns"):
        source = (ROOT / "rag" / "reading" / f"{file}.py").read_text("utf-8")
        made |= set(re.findall(r"Oddity\(\s*[\w.]+,\s*\"([a-z-]+)\"", source))
        made |= set(re.findall(r"\(\s*\"([a-z]+(?:-[a-z]+)+)\",\s*f?\"", source))
        made |= set(re.findall(r"^    \"([a-z-]+)\": \"A ", source, re.MULTILINE))
    assert len(made) > 20
    assert made <= told_of
