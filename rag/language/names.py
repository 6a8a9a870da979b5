"""Outlets and people: the names they are printed under, and the one name podium uses for each."""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources

# "Foreign Ministry Spokesperson "
_OFFICE = re.compile(
    r"^(?:(?:(?:chinese |china's )?(?:foreign ministry|fm|mfa|ministry of foreign affairs)|deputy|vice|assistant)\s++)*"
    r"(?:spokes(?:person|man|woman)|mr|ms|mrs|dr|shri|smt|ambassador|minister|foreign minister|consul[- ]general"
    r"|director(?:[- ]general)?|secretary|chargé d'affaires)\b\.?\s*+",
    re.IGNORECASE,
)
# "Mao Ning, Deputy Spokesperson"
_SPOKES = re.compile(r"\bspokes(?:person|man|woman)$", re.IGNORECASE)
# "Xinhua reporter"
_REPORTER = re.compile(r" (?:reporter|journalist|correspondent)s?$", re.IGNORECASE)

_NO_LETTERS = str.maketrans("", "", " .-()[]")
# "AFP & Reuters", "CCTV and CGTN"
_JOINT = re.compile(r"[&/,]\s*+| and ")


def folded(words: str) -> str:
    """The words with white space and curly apostrophes made plain: `CCTV\\xa0News` is `CCTV News`."""
    return " ".join(words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def _key(label: str) -> str:
    # `The Pa-per` -> `paper`
    return folded(label).casefold().removeprefix("the ").translate(_NO_LETTERS)


@cache
def _table(section: str) -> dict[str, str]:
    return {_key(other): name for name, others in _sections()[section].items() for other in (name, *others)}


@lru_cache(maxsize=4096)
def known_outlet(label: str) -> str | None:
    """The outlet's one name, or None for a label that the table doesn't have; of two outlets that ask together, both.

    >>> known_outlet("Bloomberg News"), known_outlet("Agence France-Presse"), known_outlet("The facts are")
    ('Bloomberg', 'AFP', None)
    """
    table = _table("outlets")
    name = table.get(_key(label)) or table.get(_key(_REPORTER.sub("", folded(label))))
    if name:
        return name
    # `Li Wei, CCTV`
    after_comma = table.get(_key(label.rsplit(",", 1)[-1])) if "," in label else None
    if after_comma and len(_JOINT.split(label)) == 2:
        return after_comma
    joint = [table.get(_key(part)) for part in _JOINT.split(label)]
    return " & ".join(part for part in joint if part) if len(joint) > 1 and all(joint) else None


def outlet_name(label: str) -> str:
    """The outlet's one name; for an outlet that the table doesn't have, the label as printed.

    >>> outlet_name("Tass"), outlet_name("Radio Nowhere")
    ('TASS', 'Radio Nowhere')
    """
    return known_outlet(label) or folded(label)


def without_office(label: str) -> str:
    """The label without its office or form of address, empty when nothing else is left.

    >>> without_office("Foreign Ministry Spokesperson Mao Ning"), without_office("Mao Ning, Deputy Spokesperson")
    ('Mao Ning', 'Mao Ning')
    >>> without_office("Spokesperson")
    ''
    """
    name, comma, rest = folded(label).partition(",")
    return _OFFICE.sub("", name if comma and _SPOKES.search(rest) else folded(label))


def holds_office(label: str) -> bool:
    """Whether the label names an office: `Spokesperson`, `Ambassador Qin`."""
    return _OFFICE.match(folded(label)) is not None or _SPOKES.search(label.partition(",")[2]) is not None


@lru_cache(maxsize=4096)
def known_person(label: str) -> str | None:
    """The person's one name, with or without an office before it, or None.

    >>> known_person("Spokesperson Zhao Lijian"), known_person("Reuters")
    ('Zhao Lijian', None)
    """
    return _table("people").get(_key(without_office(label)))


def person_in(words: str) -> str | None:
    """The first person of the table who is named anywhere in the words."""
    people = "|".join(sorted(map(re.escape, _sections()["people"]), key=len, reverse=True))
    found = re.search(rf"(?<!\w)(?:{people})(?!\w)", folded(words))
    return found.group() if found else None


def names_of(outlet: str) -> tuple[str, ...]:
    """Every name that an outlet is printed under, its one name first.

    >>> names_of("AFP")
    ('AFP', 'Agence France-Presse', 'Agence France Presse')
    """
    return (outlet, *_sections()["outlets"].get(outlet, ()))


# Of the last generations that a server has had, and of no more.
@lru_cache(maxsize=8)
def known_names(section: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Every one name of "outlets" or "people", those of the table and `others`."""
    return tuple(sorted({*_sections()[section], *others}))


def spokeswomen() -> frozenset[str]:
    """The people of the table whom "the spokeswoman" may mean."""
    return frozenset(_sections()["spokeswomen"]["names"])


@cache
def _sections() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("rag.language").joinpath("names.toml").read_text("utf-8"))
