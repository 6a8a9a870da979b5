"""A label -> the name, the office and the form of address in it: `SECRETARY RAIMONDO`, `MR. CARNEY`."""

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from rag.language.names import folded

# fmt: off
HONORIFICS = frozenset((
    "mr", "ms", "mrs", "miss", "dr", "doctor", "sir", "dame", "lord", "lady", "prof", "professor", "hon", "honourable",
    "honorable", "the", "rev", "madam",
))
OFFICES = frozenset((
    "acting", "administrator", "admiral", "advisor", "adviser", "affairs", "air", "aide", "ambassador", "assistant",
    "associate", "attorney", "brigadier", "captain", "chair", "chairman", "chairwoman", "chairperson", "chancellor",
    "chief", "colonel", "commander", "commissioner", "congressman", "congresswoman", "coordinator", "counsel",
    "counselor", "counsellor", "dcm", "deputy", "director", "dpm", "executive", "first", "foreign", "fm", "general",
    "governor", "host", "justice", "king", "leader", "lieutenant", "major", "marshal", "mayor", "minister", "ministry",
    "moderator", "national", "office", "official", "officer", "operator", "opposition", "pm", "premier", "president",
    "presidential", "press", "prime", "prince", "princess", "principal", "queen", "rear", "rep", "representative",
    "secretary", "secretary-general", "security", "sen", "senator", "senior", "shadow", "sheriff", "solicitor",
    "speaker", "special", "spokesman", "spokesperson", "spokeswoman", "staff", "state", "superintendent", "surgeon",
    "treasurer", "under", "undersecretary", "vice", "administration", "parliamentary", "envoy", "house", "white",
    "federal", "interpreter", "translator", "facilitator", "mc", "health", "defense", "defence", "chinese", "consul",
))
# fmt: on
FLOOR = re.compile(
    r"(?:(?:an?|the|unidentified|unknown|male|female|another)\s++)*(?:questions?|questioner|journalists?|reporters?|media"
    r"|press|correspondents?|audience(?: member)?|participants?|voices?|speaker|remark|reply|from the floor)\s*+\d*$",
    re.IGNORECASE,
)
_SLIPS = 2
_ASKERS = ("journalist", "question", "reporter")
_LETTERS = ("MP", "MHR", "QC", "AM", "AO", "AC", "SC", "OBE", "CBE", "KC", "USN", "USA", "USMC", "MBE", "JR", "SR")


@dataclass(frozen=True, slots=True)
class Titled:
    """A label taken apart: the name without titles, the office, and the form of address."""

    bare: str
    office: str | None
    honorific: str | None


def titled(label: str) -> Titled:
    """A label taken apart.

    >>> titled("SECRETARY RAIMONDO"), titled("MR. CARNEY").honorific
    (Titled(bare='RAIMONDO', office='SECRETARY', honorific=None), 'MR.')
    >>> titled("BILL ROE, LEADER OF THE OPPOSITION").office, titled("THE PRESIDENT").bare
    ('LEADER OF THE OPPOSITION', '')
    >>> titled("President of Russia Vladimir Putin")
    Titled(bare='Vladimir Putin', office='President of Russia', honorific=None)
    """
    words = re.sub(r" ?\([^()]*\)", "", folded(label)).replace(".", ". ").split()
    name, comma, behind = " ".join(words).partition(",")
    words = name.split()
    office: list[str] = []
    honorific: str | None = None
    while words and (plain(words[0]) in HONORIFICS or plain(words[0]) in OFFICES or (office and _joins(words[0]))):
        if honorific and len(words) == 1:
            break
        word = words.pop(0)
        if plain(word) in HONORIFICS and not office:
            honorific = word if plain(word) != "the" else honorific
            continue
        office.append(word)
        if _joins(word) and words:
            office += [words.pop(0) for _ in range(1 + (plain(words[0]) == "the")) if words]
    while words and words[-1].strip(".").upper() in _LETTERS:
        words.pop()
    words = _once(words)
    told = behind.strip() if comma and _office_words(behind) else " ".join(office)
    return Titled(" ".join(words), told or None, honorific)


def plain(word: str) -> str:
    """A word in small letters, without the marks around it."""
    return word.strip(".,;:()'\u2019\"").casefold()


def slip_of(printed: str, other: str) -> bool:
    """Whether one label is another with a slip of the pen: one or two letters, the last name's first one kept.

    >>> slip_of("PRIME MINSITER", "PRIME MINISTER"), slip_of("MR. DAN", "MR. DON")
    (True, False)
    """
    name, meant = titled(printed).bare or printed, titled(other).bare or other
    slips = min(_SLIPS, (len(name) - 3) // 3)
    near = slips > 0 and printed != other and OSA.distance(printed, other, score_cutoff=slips) <= slips
    return near and name.split()[-1][0] == meant.split()[-1][0]


def from_the_floor(key: str) -> bool:
    """Whether a label in small letters is that of the floor, or a slip of it: `journalsit`."""
    return bool(FLOOR.match(key)) or any(
        len(key) > 5 and OSA.distance(key, asker, score_cutoff=_SLIPS) <= _SLIPS for asker in _ASKERS
    )


def _once(words: list[str]) -> list[str]:
    """A name up to where it comes again, as where a page says more of it when it is pointed at."""
    again = next((at for at, word in enumerate(words) if word in words[:at]), len(words))
    return words[:again]


def _joins(word: str) -> bool:
    """Whether an office goes on after this word: `of Russia`, `for Water`."""
    return plain(word) in ("of", "for", "to", "and")


def _office_words(words: str) -> bool:
    return any(plain(word) in OFFICES for word in words.split())


def is_office(words: str) -> bool:
    """Whether words name an office: few, and one of them a word of office."""
    return len(words.split()) <= 12 and any(
        part in OFFICES for word in words.split() for part in plain(word).split("-")
    )


def name_case(word: str) -> str:
    """A name in capitals as it is written elsewhere: `JEAN-PIERRE`, `O'CONNOR`, `McCLELLAND`."""
    if not word.isupper() and not re.match(r"(?:Mc|Mac)[A-Z]+$", word):
        return word
    cased = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word.lower())
    return re.sub(r"\bMc([a-z])", lambda part: "Mc" + part[1].upper(), cased)
