import tomllib
from pathlib import Path

import pytest

from rag.language.names import known_names, known_outlet, known_person, outlet_name, person_in, without_office

TABLE = Path(__file__).parent.parent.parent / "rag" / "language" / "names.toml"


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Bloomberg News", "Bloomberg"),
        ("China Radio International", "CRI"),
        ("Australian Broadcasting Corporation", "ABC Australia"),
        ("Reuters TV", "Reuters"),
        ("Tass", "TASS"),
        ("Agence  France-Presse", "AFP"),
        ("Agence France\xa0Presse", "AFP"),
        ("The Wall Street Journal", "The Wall Street Journal"),
        ("Wall Street Journal", "The Wall Street Journal"),
        ("People\u2019s Daily", "People's Daily"),
        ("Reuters journalist", "Reuters"),
        ("S.C.M.P.", "South China Morning Post"),
        ("ITN&BBC", "ITN & BBC"),
        ("Anita Desai, The Hindu", "The Hindu"),
    ],
)
def test_an_outlet_has_one_name_however_it_is_printed(printed: str, name: str) -> None:
    assert outlet_name(printed) == name


def test_an_outlet_that_nobody_listed_keeps_its_printed_name() -> None:
    assert outlet_name("Radio\xa0Nowhere") == "Radio Nowhere"
    assert known_outlet("Radio Nowhere") is None
    assert known_outlet("Reuters & Radio Nowhere") is None


def test_names_that_differ_only_in_length_stay_two_outlets() -> None:
    assert outlet_name("The Paper") != outlet_name("China Daily Paper")
    assert outlet_name("ABC News") != outlet_name("ABC Australia")


@pytest.mark.parametrize(
    "printed",
    [
        "Zhao Lijian",
        "Spokesperson Zhao Lijian",
        "Mr. Zhao Lijian",
        "ZHAO LIJIAN",
        "Zhao Lijian, Deputy Spokesperson",
        "Zhao\xa0Lijian",
    ],
)
def test_a_person_is_known_with_and_without_an_office(printed: str) -> None:
    assert known_person(printed) == "Zhao Lijian"


def test_an_office_alone_names_nobody() -> None:
    assert without_office("Foreign Ministry Spokesperson") == ""
    assert known_person("Spokesperson") is None
    assert known_person("Reuters") is None


def test_the_first_person_named_is_found_in_a_title() -> None:
    assert person_in("Remarks by Mao Ning, after Wang Wenbin's") == "Mao Ning"
    assert person_in("Remarks on the weather") is None
    assert person_in("Minister Lu Kangping visits") is None


def test_no_printed_name_stands_for_two_outlets_in_the_table() -> None:
    for section in tomllib.loads(TABLE.read_text("utf-8")).values():
        printed = [other.casefold() for name, others in section.items() for other in (name, *others)]
        assert len(printed) == len(set(printed))


def test_the_names_of_archives_that_are_gone_are_not_kept_for_ever() -> None:
    for number in range(20):
        assert f"Radio {number}" in known_names("outlets", (f"Radio {number}",))
    assert known_names.cache_info().currsize < 20
