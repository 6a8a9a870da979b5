import json

import pytest
from conferences import of, told

from rag.errors import UnreadableTranscript
from rag.reading.reading import Reading, read

TURNS = [
    ("Ann Doe", "Why?"),
    ("Jo Roe", "Because."),
    ("Ann Doe", "And when?"),
    ("Jo Roe", "Soon."),
    ("Jo Roe", "Or not."),
]


def people(reading: Reading) -> list[tuple[str | None, set[str]]]:
    return [(each.reporter, set(each.credited)) for each in reading.transcript.exchanges]


def test_rows_are_turns_with_their_speakers() -> None:
    rows = [
        {"speaker": who, "text": words, "title": "Briefing by Jo Roe", "date": "2024-05-03"} for who, words in TURNS
    ]
    reading = of("\n".join(map(json.dumps, rows)), "a.jsonl")
    assert people(reading) == [("Ann Doe", {"Jo Roe"})] * 2
    assert told(reading)[1][1:] == ("And when?", ["Soon.", "Or not."])
    assert (reading.transcript.title, str(reading.transcript.date)) == ("Briefing by Jo Roe", "2024-05-03")


def test_a_table_may_name_its_columns_otherwise() -> None:
    text = "Who,Words\n" + "".join(f'{who},"{words}"\n' for who, words in TURNS)
    reading = read(text.encode(), "a.csv", columns={"speaker": "Who", "text": "Words"})
    assert len(reading.transcript.exchanges) == 2
    with pytest.raises(UnreadableTranscript, match="no column speaker and no column text; it has: Who") as refused:
        read(text.encode(), "a.csv")
    assert "--columns" in refused.value.remedy


@pytest.mark.parametrize("line", ["[1]", "{", "nothing"])
def test_a_line_that_is_no_row_is_named(line: str) -> None:
    with pytest.raises(UnreadableTranscript, match="line 2"):
        read(f'{{"speaker": "Jo Roe", "text": "So."}}\n{line}\n'.encode(), "a.jsonl")


def test_captions_name_their_speakers() -> None:
    cues = [
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann Doe>Why?</v>",
        "00:02.000 --> 00:03.000\n<v Jo Roe>Because it <i>is</i>",
        "00:03.000 --> 00:04.000\nso.",
        "00:04.000 --> 00:05.000\n<v Ann Doe>When?",
        "00:05.000 --> 00:06.000\n<v Jo Roe>Now.",
    ]
    reading = of("\n\n".join(cues), "a.vtt")
    assert [entry[1:] for entry in told(reading)] == [("Why?", ["Because it is so."]), ("When?", ["Now."])]
    subrip = "1\n00:00:01,000 --> 00:00:02,000\nANN DOE: Why?\n\n2\n00:00:02,000 --> 00:00:03,000\nJO ROE: So it is.\n"
    assert told(of(subrip * 2, "a.srt"))[0][1:] == ("Why?", ["So it is."])


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines, as plain as they come."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = f"BT /F1 12 Tf 72 720 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 6\n0000000000 65535 f \n{table}{trailer}".encode()


def test_the_text_layer_of_a_pdf_is_read_and_a_pdf_without_one_refused() -> None:
    pytest.importorskip("pypdf", reason="needs the extra pdf")
    lines = (
        "Press Briefing by Jo Roe, 3 May 2024",
        "MR. ROE: Hello to all of you.",
        "Q  Will it be so, and when will it be?",
    )
    reading = read(pdf(*lines, "MR. ROE: Yes, it will be.", "Q  When?", "MR. ROE: Soon."), "a.pdf")
    assert [entry[0] for entry in told(reading)] == [None, "Q", "Q"]
    for raw, why in ((pdf(), "without text"), (b"%PDF-1.7\n" + b"x" * 99, "damaged PDF|without text")):
        with pytest.raises(UnreadableTranscript, match=why):
            read(raw, "a.pdf")
