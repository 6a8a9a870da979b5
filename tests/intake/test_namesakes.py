from dataclasses import replace

from rag.intake.namesakes import full_names, name_alike, named_in
from rag.reading.reading import read
from rag.transcript import Transcript


def briefing(who: str, title: str = "Press Briefing, 3 May 2024") -> Transcript:
    turns = f"{who}: Hello.\n\nQ  One?\n\n{who}: Yes.\n\nQ  Two?\n\n{who}: No.\n"
    return read(f"{title}\n\n{turns}".encode(), "a.txt", institution="Ministry of Water").transcript


def credited(transcript: Transcript) -> set[str]:
    return {name for exchange in transcript.exchanges for name in exchange.credited}


def alike(*transcripts: Transcript) -> list[Transcript]:
    known = full_names(named_in(transcripts))
    return [name_alike(transcript, known) for transcript in transcripts]


def test_a_title_and_a_last_name_become_the_full_name_of_the_same_institution() -> None:
    short, whole = briefing("DR. ROE"), briefing("DR. ROE", "Press Briefing by Jo Roe, 4 May 2024")
    assert (credited(short), credited(whole)) == ({"Dr. Roe"}, {"Jo Roe"})
    assert [credited(each) for each in alike(short, whole)] == [{"Jo Roe"}] * 2
    assert alike(short, whole)[0].spokesperson == "Jo Roe"


def test_two_people_of_one_last_name_or_another_institution_change_nothing() -> None:
    short = briefing("DR. ROE")
    jo, bo = (briefing("DR. ROE", f"Press Briefing by {name} Roe, 4 May 2024") for name in ("Jo", "Bo"))
    assert credited(alike(short, jo, bo)[0]) == {"Dr. Roe"}
    assert credited(alike(short, replace(jo, institution="Ministry of Fire"))[0]) == {"Dr. Roe"}
