"""A question's label and first words -> the reporter who asks and the outlet: `Sidhant (WION)`, `Jo Doe, CNBC.`"""

import re
from dataclasses import dataclass

from rag.language.names import folded, known_outlet, outlet_name
from rag.reading.labels import Label
from rag.reading.offices import (
    FLOOR,
    NUMBERED,
    REPORTER,
    looks_like_a_name,
    name_case,
    names_outlet,
    of_an_outlet,
    titled,
)
from rag.reading.styles import in_capitals

# "Steve Liesman", "Jean-Luc van. Damme"
_NAME = r"[A-Z][\w'\u2019.-]++(?: [A-Z][\w'\u2019.-]*+){1,3}"
# "CGTN", "Lenta.ru", "L.A."
_WORD = r"(?:(?:[A-Z]\.){2,4}(?= [A-Z])|[A-Z0-9][\w&'\u2019-]*+(?:\.(?i:com|net|org|ru|info|tv)\b)?+)"
# "The Wall Street Journal", "Gazeta.ru", "Voice of America"
_OUTLET = rf"(?:the )?{_WORD}(?: (?:{_WORD}|(?:of|and|de|in?|the)\b|&))*+"
_KINDS = r"(?:channel|company|network|newspaper|magazine|publication|website|agency|station|television|radio)"
# " TV channel", " private radio station and website"
_MEDIUM = rf"(?: (?:TV|television|radio|online|news|private|ethnic))* {_KINDS}(?:(?:,| and) {_KINDS})*\b"
# " newspaper", " here", ", "
_END = rf"(?=[.,;:!]| ?\(|{_MEDIUM}(?! [A-Z])| out of\b| in [A-Z]| here\b|$)"
# "Good morning, Mr President. ", "Thanks, Jay. "
_OPENING = (
    r"\A(?:(?:Hi|Hello|Thank you|Thanks|Good (?:morning|afternoon|evening)|Ye(?:s|ah)|Ok(?:ay)?|Mr\.? President|Great"
    r"|(?:Mr\.? |Madam |Madame )?(?:Secretary|Minister|Governor|Prime|Chancellor|Chief|Commissioner|Ambassador|Director"
    r"|Chair|General|Admiral|Coach|Sir|Spokesperson|Taoiseach)(?: General| Minister)?(?=,))"
    r"[^.!]{0,60}[.!,] ){0,2}"
)
# "Thank you. I'm Edward Lawrence from Fox Business.", "Hi, Jay. Steve Liesman, CNBC.", "Rossiya TV channel."
_SELF = (
    re.compile(
        rf"{_OPENING}(?P<says>(?i:(?:and )?(?:I['\u2019]?m|I am|my name is|this is|it['\u2019]s|it is)) )?"
        rf"(?P<reporter>{_NAME})"
        r"(?P<joint>,? (?:from|with|of|at|for)|,|, (?:a )?(?:reporter|correspondent|columnist) (?:for|at|of))"
        rf" (?P<outlet>{_OUTLET}){_END}"
    ),
    re.compile(
        rf"{_OPENING}(?:(?:I am |I['\u2019]m )?from (?:the )?)?(?P<outlet>{_OUTLET})"
        rf"(?P<medium>{_MEDIUM})?\.(?= |$)"
    ),
)
# "Good morning. Smith, from Kyodo, "
_LAST_NAME = re.compile(
    rf"{_OPENING}(?P<reporter>[A-Z][a-z][\w-]++)(?:,? (?:from|with)|,) (?:the )?(?P<outlet>{_OUTLET}){_END}"
)
# "Roe from Radio Nowhere", at every place of a text; "Radio Nowhere, I'm Jo Roe"
_AFTER_A_NAME = re.compile(
    rf"\b(?=(?P<name>[\w.'\u2019-]+?),?(?: here)?(?:,| from| with| of| at| for)\s?(?P<outlet>{_OUTLET}){_END})"
)
_BEFORE_A_NAME = re.compile(
    rf"{_OPENING}(?P<outlet>{_OUTLET}),(?: {_WORD},)? (?:I am |I['\u2019]m )?"
    r"(?P<name>[\w.'\u2019-]+ [\w'\u2019-]*\w)"
)
# How reporters who are named by their label say whom they are of.
_REPRESENTS = re.compile(
    r"\b(?:represent(?:ing)?|(?:editor-in-chief|journalist|correspondent|reporter|columnist|representative)"
    rf" (?:of|for|at|with|from)) (?:the )?(?P<outlet>{_OUTLET}){_END}"
)
# "I am from the Zvezda TV channel", "I'm with Kyodo, "
_IS_FROM = re.compile(
    r"\bI(?: a|['\u2019])m (?:from|with) (?:the )?"
    rf"(?P<outlet>{_OUTLET}(?:, {_OUTLET}){{0,3}}(?={_MEDIUM})|{_OUTLET}(?=[.,;]))(?P<medium>{_MEDIUM})?"
)
_NO_OUTLET = re.compile(r"(?:Mr|Madam|Chair\w*|President|I|Thank|Good|Hello|Hi|Editor)\b")
_NO_NAME = re.compile(r"\b(?:Thank\w*|Great|Sure|Hi|Hello|Good|Yes|No|Okay|Sorry|And|But|So|Well)\b")
# "MR. SMITH (Reuters)"
_OF = re.compile(r"\((?!As \w|By \w|Via |In [A-Z]|Off |Speaking |Through )([A-Z][^()]*?)(?:, [a-z][^()]*)?\)$")
_VOWEL = re.compile("[AEIOUY]")
# Short words that are no initials.
_SHORT = frozenset(("THE", "NEW", "OF", "AND", "FOR", "DAY", "SUN", "SKY", "AGE", "RED"))
# "(via interpreter) "
_NOTED = re.compile(r"\([^()]{1,60}\)\s*+")
_LOOKED_AT = 240


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks and for whom, each None where neither the label nor the first words say so."""

    reporter: str | None = None
    outlet: str | None = None


def find_asker(label: Label | None, words: str, called: str = "") -> Asker:
    """The asker of a question, from its label, the brackets in it, what the reporter says first, or the words that
    called for the question.

    >>> label = Label("STEVE LIESMAN", "speaker", None, 0)
    >>> find_asker(label, "Steve Liesman, CNBC.  Mr. Chairman, why?")
    Asker(reporter='Steve Liesman', outlet='CNBC')
    >>> find_asker(Label("Sidhant (WION)", "speaker", None, 0), "Why?")
    Asker(reporter='Sidhant', outlet='WION')
    >>> find_asker(Label("JO ROE", "speaker", None, 0), "Why?", "Let's go to Jo at Reuters.").outlet
    'Reuters'
    """
    named = _by_label(label)
    opening = folded(_NOTED.sub("", words[:_LOOKED_AT], count=1) if words.startswith("(") else words[:_LOOKED_AT])
    found = _SELF[0].match(opening)
    if found and (named.reporter is None or _same(named.reporter, found["reporter"])):
        outlet = _outlet(found["outlet"], named.reporter is not None or _introduces(found))
        first = None if known_outlet(found["outlet"]) else known_outlet(found["reporter"])
        if first and named == Asker():
            # "Associated Press, Jo Roe."
            behind = found["joint"] == "," and _introduces(found) and re.fullmatch(_NAME, found["outlet"])
            return Asker(found["outlet"] if _is_a_name(found["outlet"]) else None, first) if behind else named
        return Asker(named.reporter or found["reporter"], named.outlet or outlet) if outlet else named
    last = None if named.reporter or named.outlet else _LAST_NAME.match(opening)
    if last and known_outlet(last["outlet"]) and not _NO_NAME.search(last["reporter"]):
        return Asker(last["reporter"], known_outlet(last["outlet"]))
    if named.reporter and named.outlet is None:
        outlet = _said_by(named.reporter, opening)
        if outlet:
            return Asker(named.reporter, outlet)
    alone = None if named.outlet else _SELF[1].match(opening)
    own = alone and (known_outlet(alone["outlet"]) or (alone["outlet"] if alone["medium"] else None))
    if named.reporter and named.outlet is None:
        own = own or _called_for(named.reporter, folded(called))
    return Asker(named.reporter, named.outlet or own)


def _introduces(found: re.Match[str]) -> bool:
    """Whether a name and what follows it are an introduction and nothing else: `Jo Doe with Radio Nowhere.`"""
    joins = found["joint"].strip(", ") in ("from", "with", "for") or (found["joint"] == "," and " " in found["outlet"])
    alone = joins and found.string[found.end() :][:1] == "."
    return bool(found["says"] or alone) and _is_a_name(found["reporter"]) and "." not in found["reporter"]


def _is_a_name(words: str) -> bool:
    """Whether the words are no form of address, office or greeting: `Madam Secretary`, `Good Morning`."""
    office = titled(words)
    return not (office.office or office.honorific or _NO_NAME.search(words))


def _said_by(reporter: str, opening: str) -> str | None:
    """The outlet that a reporter whose name is known names in the first words."""
    first, *_, last = reporter.casefold().split()
    after = (found for found in _AFTER_A_NAME.finditer(opening) if found["name"].casefold() in (first, last))
    for found in (next(after, None), _REPRESENTS.search(opening)):
        outlet = _outlet(found["outlet"], named=True) if found else None
        if outlet:
            return outlet
    place, said = _IS_FROM.search(opening), _BEFORE_A_NAME.match(opening)
    if place:
        return _outlet(place["outlet"], named=place["medium"] is not None)
    if said is None or said["name"].casefold() != f"{first} {last}":
        return None
    return _outlet(said["outlet"], named=bool(re.search(r"[ .]", said["outlet"])))


def _called_for(reporter: str, called: str) -> str | None:
    """The outlet, if it is a known one, that stands behind a reporter's name in the words that call for them."""
    names = reporter.casefold().split()
    found = (each for each in _AFTER_A_NAME.finditer(called) if each["name"].casefold() in (names[0], names[-1]))
    # The last one is the call.
    return next((known for each in reversed([*found]) if (known := _outlet(each["outlet"], named=False))), None)


def _by_label(label: Label | None) -> Asker:
    if label is None:
        return Asker()
    if label.kind in ("question", "journalist") or FLOOR.match(label.printed) or NUMBERED.match(label.printed):
        return _in_brackets(label.printed)
    both = of_an_outlet(label.printed)
    if both and (label.kind != "outlet" or len(both[0].split()) > 1) and not known_outlet(both[0]):
        return Asker(_cased(both[0]), _outlet_cased(both[1], label.printed))
    name = REPORTER.sub("", re.sub(r" ?\([^()]*\)", "", label.printed))
    if label.kind in ("outlet", "unknown") or names_outlet(name):
        return Asker(outlet=label.name or _outlet_cased(label.printed, label.printed))
    person = len(name.split()) > 1 and looks_like_a_name(name)
    return Asker(reporter=_cased(name) if person else None)


def _in_brackets(printed: str) -> Asker:
    """Who asks behind a `Q (CNA)` or `Question (Ann Doe, CNN)`."""
    found = _OF.search(printed)
    both = of_an_outlet(found[1]) if found else None
    return Asker(both[0], outlet_name(both[1])) if both else Asker(outlet=outlet_name(found[1]) if found else None)


def _cased(name: str) -> str:
    return " ".join(name_case(word) for word in name.split()) if in_capitals(name) else name


def _outlet_cased(outlet: str, label: str) -> str:
    """The outlet's one name; of a label in capitals, as it is written elsewhere, but for what may be initials.

    >>> _outlet_cased("CNN PHILIPPINES", "TRISH TERADO (CNN PHILIPPINES)"), _outlet_cased("NEW MOON", "NEW MOON")
    ('CNN Philippines', 'New Moon')
    """
    if known_outlet(outlet) or not in_capitals(label):
        return outlet_name(outlet)
    words = folded(outlet).split()
    initials = {word for word in words if len(word) <= 3 or not word.isalpha() or not _VOWEL.search(word)} - _SHORT
    cased = " ".join(word if word in initials else name_case(word) for word in words)
    return cased.replace(" Of ", " of ").replace(" And ", " and ").replace(" The ", " the ")


def _same(one: str, other: str) -> bool:
    return one.casefold().endswith(other.rstrip(".").rpartition(" ")[2].casefold())


def _outlet(words: str, named: bool) -> str | None:
    """What follows a reporter's name, if it is an outlet: a known one, or any where the label has `named` who asks."""
    bare = re.sub(r"^(?:the|The) ", "", words)
    known = known_outlet(words) or known_outlet(bare)
    return known or (bare if named and len(bare) > 1 and not _NO_OUTLET.match(bare) else None)
