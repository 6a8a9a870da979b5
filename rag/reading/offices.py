"""A label -> the name, the office and the form of address in it: `SECRETARY RAIMONDO`, `MR. CARNEY`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from rag.language.names import folded, known_outlet

# fmt: off
HONORIFICS = frozenset((
    "mr", "ms", "mrs", "miss", "dr", "doctor", "sir", "dame", "lord", "lady", "prof", "professor", "hon", "honourable",
    "honorable", "the", "rev", "madam", "right", "rt", "shri", "smt",
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
    "cabinet", "agent", "detective", "inspector", "sergeant", "judge", "prosecutor", "taoiseach", "tánaiste",
    "cardinal", "bishop", "archbishop", "sec", "usec", "asec", "dg",
    "adm", "brig", "capt", "col", "gen", "gov", "lt", "sgt", "maj", "ceo", "cfo", "coo", "coach", "head", "pope",
))
# fmt: on
# "Question", "UNIDENTIFIED MALE", "Reporter #2", "Supplementary question", "Journalist (Radio Nowhere)"
FLOOR = re.compile(
    r"(?:(?:an?|the|unidentified|unknown|another|other|several|some|same|supplementary|follow-?up|follow|up|(?:fe)?male"
    r"|media|press|reporter(?:'?s'?)|journalist(?:'?s'?))[\s-]++)*"
    r"(?:questions?|follow-?ups?|supplementary|unidentified|unknown"
    r"|questioner|interviewer|journalists?|reporters?|media|press|correspondents?|audience(?: member)?"
    r"|participants?|person|man|woman|(?:fe)?male|voices?|speaker(?! *\d)|remark|reply|host"
    r"|presenter|compere|caller|anchor|student|from the floor)\s*+#?\d*(?: ?\([^()]{1,60}\))?$",
    re.IGNORECASE,
)
# "Reporter Jo Roe"
REPORTER = re.compile(r"(?:reporter|journalist|correspondent) (?=[A-Z])", re.IGNORECASE)
# "Speaker 2"
NUMBERED = re.compile(r"(?:unknown |unidentified )?speaker #?\d+$", re.IGNORECASE)
# fmt: off
_SMALL_WORDS = frozenset((
    "of", "the", "de", "del", "della", "da", "do", "di", "la", "le", "el", "al", "du", "des", "der", "die", "das",
    "van", "von", "for", "and", "&", "in", "at", "e", "y", "et",
))
# fmt: on
# "First of all", "Fact check 1", "Lie No. 3", "iv.", "https"
_ENUMERATOR = re.compile(
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final|one|two|three|four|five)(?:ly)?"
    r"(?:\s++of all)?$"
    r"|(?:fact|lie|myth|truth|reality|fallacy|allegation|rumou?r|claim|point|note|example|no)s?(?:\s*+check)?\.?"
    r"\s*+(?:no\.?)?\s*+[\divx]*$"
    r"|[\divx]+[.)]?$|https?$|tel|fax|e-?mail|address|source|attachment|annex|website|editor",
    re.IGNORECASE,
)
# "Mr. ", "Hon. ", "D. "
_SHORTENED = re.compile(
    r"(?<=\b[A-Z])\.(?= )|(?<=\b[A-Z][a-z])\.(?= )|(?<=\b[A-Z][a-z]{2})\.(?= )|(?<=\b[A-Z][a-z]{3})\.(?= )"
)
# "The Prime Minister (Jo Roe)", "Chair (Ms Ann Doe)"
_NAME_BEHIND = re.compile(r" \((?:(?:Mrs?|Ms|Dr|Prof)\.? )?([A-Z][\w.'\u2019-]+(?: [A-Z][\w.'\u2019-]+){1,2})\)$")
_HOSTS = frozenset(("operator", "moderator", "host", "mc", "interpreter", "translator", "facilitator", "staff", "aide"))
_DASH = re.compile(r"(?<! ) +(?:-{1,2}|[\u2013\u2014|]) +")
_SLIPS = 2
_ASKERS = ("journalist", "question", "reporter")
# "D-NY", "R"
_PARTY = re.compile(r"[A-Z]{1,3}(?:-[A-Z][A-Za-z]{1,3})?$(?<=\b[DRI])|[A-Z]-[A-Z][A-Za-z.]{1,8}$")
# "Jo Roe/Radio Nowhere"
_SLASH = re.compile(r"(?<=[\w.]{2}) ?/ ?(?=[A-Z])")
# "Steve Liesman, CNBC", "Darya Knorre (Interfax)"
_PERSON_OF = re.compile(r"(?P<person>[^(),]{3,50}?) ?[(,] ?(?P<outlet>[^(),]{2,40})\)?(?:, [^,]{2,30})?$")
_OUTLET_WORD = re.compile(
    r"\b(?:freelance|news\w*|press|times|post|radio|tv|television|daily|media|shimbun|herald|tribune|gazette|journal"
    r"|chronicle|telegraph|broadcasting|magazine|weekly|bulletin|inquirer|globe|mail|express|channel)\b",
    re.IGNORECASE,
)
# fmt: off
# Words of offices that stand in the names of outlets too: `Associated Press`, `Congolese national radio`.
_IN_OUTLETS = frozenset((
    "press", "national", "foreign", "affairs", "state", "house", "white", "federal", "health", "general", "security",
    "defense", "defence", "air", "chinese", "first", "special", "parliamentary", "executive", "office", "principal",
))
# fmt: on
_RANKS = frozenset(("general", "principal", "executive"))
_REPORTERS = frozenset(("correspondent", "reporter", "journalist", "editor", "presenter", "host", "columnist"))
# What a label ends with that is an office as a whole: `CHIEF MEDICAL OFFICER`.
# fmt: off
_HOLDERS = frozenset((
    "officer", "secretary", "minister", "director", "commissioner", "adviser", "advisor", "official", "spokesperson",
    "spokesman", "spokeswoman", "president", "governor", "chancellor",
))
# fmt: on
_LETTERS = ("MP", "MHR", "QC", "AM", "AO", "AC", "SC", "OBE", "CBE", "KC", "USN", "USA", "USMC", "MBE", "JR", "SR")


@dataclass(frozen=True, slots=True)
class Titled:
    """A label taken apart: the name without titles, the office, and the form of address."""

    bare: str
    office: str | None
    honorific: str | None


@lru_cache(maxsize=4096)
def titled(label: str) -> Titled:
    """A label taken apart.

    >>> titled("SECRETARY RAIMONDO"), titled("MR. CARNEY").honorific
    (Titled(bare='RAIMONDO', office='SECRETARY', honorific=None), 'MR.')
    >>> titled("BILL ROE, LEADER OF THE OPPOSITION").office, titled("THE PRESIDENT").bare
    ('LEADER OF THE OPPOSITION', '')
    >>> titled("Jo Roe -- Chief Executive Officer").office, titled("Moon Base Commander Ann Doe").bare
    ('Chief Executive Officer', 'Ann Doe')
    >>> titled("President of Russia Vladimir Putin")
    Titled(bare='Vladimir Putin', office='President of Russia', honorific=None)
    """
    words = _DASH.sub(", ", re.sub(r" ?\([^()]*\)", "", folded(label))).replace(".", ". ").split()
    behind_office = _NAME_BEHIND.search(label) if words and all(_office_word(word) for word in words) else None
    if behind_office and not _office_words(behind_office[1]):
        words += behind_office[1].split()
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
    if office and words and plain(words[-1]) in _HOLDERS:
        office, words = [*office, *words], []
    if not office and len(words) > 1 and (plain(words[-1]) in _HOLDERS or _office_words(" ".join(words[-2:-1]))):
        office, words = (words, []) if plain(words[-1]) in _HOLDERS | {"general"} else ([], words)
    if not office:
        last = max((at for at, word in enumerate(words[:-1], 1) if plain(word) in OFFICES), default=0)
        office, words = words[:last], words[last:]
    if office and words and _joins(words[0]):
        office, words = [*office, *words], []
    words = _once(words)
    told = behind.strip() if comma and _office_words(behind) else " ".join(office)
    return Titled(" ".join(words), told or None, honorific)


def plain(word: str) -> str:
    """A word in small letters, without the marks around it."""
    return word.strip(".,;:()'\u2019\"").casefold()


def hosts(label: str) -> bool:
    """Whether a label is that of somebody who only leads through the conference: `Operator`, `THE MODERATOR`."""
    return not titled(label).bare and plain(label.rpartition(" ")[2]) in _HOSTS


def of_an_outlet(label: str) -> tuple[str, str] | None:
    """The person and the outlet of a label that gives both.

    >>> of_an_outlet("Sidhant (WION)"), of_an_outlet("Ann Doe, Radio Nowhere"), of_an_outlet("Jo Roe, Minister")
    (('Sidhant', 'WION'), ('Ann Doe', 'Radio Nowhere'), None)
    """
    found = _PERSON_OF.match(_SLASH.sub(", ", _DASH.sub(", ", folded(label)), count=1))
    if not found:
        return None
    person, outlet = found["person"], found["outlet"]
    if titled(person).office or _PARTY.match(outlet):
        return None
    held = any(part in OFFICES - _IN_OUTLETS for word in outlet.split() for part in plain(word).split("-"))
    if held or not _capital(outlet.split()[0]) or outlet.upper() in _LETTERS:
        return None
    other_way = names_outlet(person) and not names_outlet(outlet)
    return (outlet, person) if other_way else (person, outlet)


def names_outlet(words: str) -> bool:
    """Whether words are a known outlet, or hold a word of an outlet: `The Moon Post`."""
    initials = words.partition(" ")[0]
    network = 1 < len(initials) < 6 and initials.isalpha() and initials.isupper() and not words.isupper()
    return bool(known_outlet(words) or network or _OUTLET_WORD.search(words))


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
    return bool(FLOOR.match(key) or REPORTER.match(key)) or any(
        len(key) > 5 and OSA.distance(key, asker, score_cutoff=_SLIPS) <= _SLIPS for asker in _ASKERS
    )


def _office_word(word: str) -> bool:
    return plain(word) in OFFICES or plain(word) == "the"


def _once(words: list[str]) -> list[str]:
    """A name up to where it comes again, as where a page says more of it when it is pointed at."""
    again = next((at for at, word in enumerate(words) if not word.endswith(".") and word in words[:at]), len(words))
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


def holds_office(words: str) -> bool:
    """Whether an office is told that is no outlet's name, or a reporter's: `Chief`, but no `National`."""
    told = {part for word in words.split() for part in plain(word).split("-")}
    return bool(told & (OFFICES - _IN_OUTLETS | _RANKS)) and not told & _REPORTERS


def name_case(word: str) -> str:
    """A name in capitals as it is written elsewhere: `JEAN-PIERRE`, `O'CONNOR`, `McCLELLAND`."""
    if not word.isupper() and not re.match(r"(?:Mc|Mac)[A-Z]+$", word):
        return word
    cased = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word.lower())
    return re.sub(r"\bMc([a-z])", lambda part: "Mc" + part[1].upper(), cased)


def looks_like_a_name(words: str) -> bool:
    """Whether the words could be the name of an outlet or a person: few, capitalised, no sentence.

    >>> looks_like_a_name("Radio Nowhere"), looks_like_a_name("Here's some advice"), looks_like_a_name("First")
    (True, False, False)
    """
    words = _SHORTENED.sub("", words)
    parts = words.split()
    if not 1 <= len(parts) <= 8 or len(words) > 60 or _ENUMERATOR.match(words):
        return False
    if re.search(r"[!?;\"“”…]|\.\s++[A-Z][a-z]{3,}|,.*,", words):
        return False
    return all(part.casefold() in _SMALL_WORDS or _capital(part) for part in parts) and _capital(parts[0])


def _capital(word: str) -> bool:
    bare = word.lstrip("('&-")
    return not bare or bare[0].isupper() or bare[0].isdigit() or any(char.isupper() for char in bare[1:])
