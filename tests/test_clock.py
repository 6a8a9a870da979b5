import pytest
from conferences import of

from rag.clock import second_at, source_at

CAPTIONS = """WEBVTT - Briefing of the Moon Office, 3 May 2024

00:01.000 --> 00:04.000
<v Jo Roe>Good day.

00:05.000 --> 00:09.000
<v Ann Doe>Will it be

00:09.000 --> 00:12.000
so soon?

01:00:05.500 --> 01:00:09.000
<v Jo Roe>It will.

01:00:30.000 --> 01:00:40.000
And it will be good.
"""


def test_captions_keep_the_second_at_which_words_were_said() -> None:
    transcript = of(CAPTIONS, "moon.vtt").transcript
    assert (transcript.title, str(transcript.date)) == ("Briefing of the Moon Office, 3 May 2024", "2024-05-03")
    asked = next(each for each in transcript.exchanges if each.question)
    assert asked.question is not None
    assert asked.question.cut(transcript.text) == "Will it be so soon?"
    assert [span.cut(transcript.text) for span in asked.answer] == ["It will.", "And it will be good."]
    places = [asked.question.start, *(span.start for span in asked.answer)]
    assert [second_at(transcript.text, place) for place in places] == [5, 3605, 3630]


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("https://example.org/moon", "https://example.org/moon?t=3605"),
        ("https://example.org/watch?v=a#top", "https://example.org/watch?v=a&t=3605#top"),
        ("https://example.org/moon.mp4", "https://example.org/moon.mp4#t=3605"),
        ("moon.vtt", "moon.vtt at 1:00:05"),
    ],
)
def test_a_source_is_cited_with_the_second(source: str, at: str) -> None:
    text = "[1:00:05]\n\nJo Roe: It will [as said]."
    assert source_at(source, text, len(text)) == at
    assert source_at(source, "It is [0:00:01] so.", 19) == source


def test_the_address_of_a_recording_may_stand_in_front_matter() -> None:
    front = "---\nurl: https://example.org/moon\ntitle: Press briefing\ndate: 2024-05-03\n---\n"
    transcript = of(front + CAPTIONS.partition("\n")[2], "moon.srt").transcript
    assert (transcript.sources, str(transcript.date)) == (("https://example.org/moon",), "2024-05-03")
