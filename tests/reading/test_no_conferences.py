"""What is no press conference, or a strange one: it is refused or told of, and nobody is given another's words."""

import io
import zipfile

import pytest
from conferences import kinds, of, told

from rag.errors import UnreadableTranscript
from rag.reading.reading import Reading, read

MEMBERS = "Adams Baker Clark Davis Evans Frank Ghosh Hills Irons Jones Klein Lopez Mason Nolan Owens Price Quinn Stone"


def zipped(size: int) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w:t>" + b"a" * size)
    return raw.getvalue()


def encrypted() -> bytes:
    pypdf = pytest.importorskip("pypdf", reason="needs the extra pdf")
    writer, raw = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-40")
    writer.write(raw)
    return raw.getvalue()


CONTENTS = "Contents\n\n" + "\n".join(
    f"{day}. Press conference of {day} May 2024 ..... {3 * day}" for day in range(1, 30)
)
INDEX = "".join(f"<li><a href='/{day}'>Press conference of Jo Roe, May {day}, 2024</a></li>" for day in range(1, 30))
GERMAN = (
    "Pressekonferenz mit Minister Roe\n\n3. Mai 2024\n\n"
    "Frage: Was sagen Sie zu der Brücke über den Fluss, die gestern geschlossen wurde?\n\n"
    "Roe: Wir haben die Brücke geprüft und werden sie in den kommenden Wochen wieder öffnen, das ist unser Ziel.\n\n"
)


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("contents.txt", CONTENTS.encode(), "no transcript: it has no question"),
        ("index.html", f"<html><h1>Press conferences</h1><ul>{INDEX}</ul></html>".encode(), "no transcript: it has no"),
        ("interview.txt", (GERMAN * 4).encode(), "not in English"),
        ("bomb.docx", zipped(60_000_000), "a zip archive"),
        ("bomb.txt", zipped(60_000_000), "a zip archive"),
    ],
)
def test_what_is_no_transcript_is_refused_with_what_it_is(name: str, raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableTranscript, match=why) as refused:
        read(raw, name)
    assert refused.value.remedy


def test_an_encrypted_pdf_is_refused_with_the_remedy() -> None:
    with pytest.raises(UnreadableTranscript, match=r"encrypted PDF\. Save it again without a password"):
        read(encrypted(), "a.pdf")


def credited(reading: Reading) -> set[str]:
    return {name for exchange in reading.transcript.exchanges for name in exchange.credited}


def test_a_press_release_is_remarks_of_nobody() -> None:
    reading = of(
        "Statement by the Ministry on the Bridge\n\n3 May 2024\n\nThe Ministry today opened the new bridge over the"
        ' river. "This is a great day for all of us," said Minister Jo Roe. It took three years to build.\n\nReporters'
        " asked about the cost. It was not given. The Ministry will publish a report, and thanks all who worked on it."
    )
    assert {exchange.kind for exchange in reading.transcript.exchanges} == {"remarks"}
    assert credited(reading) == set() and "no-spokesperson" in kinds(reading)


def test_a_speech_is_remarks_though_it_asks() -> None:
    reading = of(
        "Remarks by President Jo Roe at the Bridge\n\nMay 3, 2024\n\nIt is good to be here with all of you.\n\nWho"
        " would have thought that we would build it?  I did.  And you ask: was it worth it?  It was.\n\nThank you."
    )
    assert [exchange.kind for exchange in reading.transcript.exchanges] == ["remarks"]


def test_of_a_hearing_with_many_members_each_keeps_their_own_words() -> None:
    turns = ["Statements at the Hearing of Secretary Jo Roe by the Committee on Bridges, 3 May 2024"]
    for number, name in enumerate(MEMBERS.split(), 1):
        turns += [
            f"SENATOR {name.upper()}:  Thank you, Mr. Chairman. This is for the Secretary, and it is what the people of"
            f" my town want to know: what of the bridge at mile {number}?",
            f"SECRETARY ROE:  Senator, that is one of the things that we have looked at with care; it is whole to"
            f" the mile {number}, and it will be for the years to come.",
        ]
    reading = of("\n\n".join(turns))
    for exchange in reading.transcript.exchanges:
        for span, speaker in zip(exchange.answer, exchange.speakers, strict=True):
            words = span.cut(reading.transcript.text)
            assert speaker is None or (speaker.name == "Jo Roe") == words.startswith("Senator, that"), words


def test_labels_in_the_middle_of_lines_give_nobody_the_words_of_another() -> None:
    reading = of(
        "Press briefing by Jo Roe, 3 May 2024\n\nQuestion: Will the bridge open? Answer: It will. Question: When?"
        " Answer: In May, and the Minister said: we are ready. Question: And the cost? Answer: It is known."
    )
    assert [entry[1:] for entry in told(reading)] == [
        ("Will the bridge open?", ["It will."]),
        ("When?", ["In May, and the Minister said: we are ready."]),
        ("And the cost?", ["It is known."]),
    ]
