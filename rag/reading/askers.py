"""A question's label and first words -> the reporter who asks and the outlet: `Sidhant (WION)`, `Jo Doe, CNBC.`"""

import re
from dataclasses import dataclass

from rag.language.names import folded, known_outlet, outlet_name
from rag.reading.habits import in_capitals
from rag.reading.labels import Label, looks_like_a_name
from rag.reading.offices import FLOOR, name_case

_NAME = r"[A-Z][\w'\u2019.-]++(?: [A-Z][\w'\u2019.-]*+){1,3}"
_OUTLET = r"(?:the )?[A-Z0-9][\w&'\u2019-]*+(?: (?:[A-Z0-9][\w&'\u2019-]*+|(?:of|and|de|in?|the)\b|&))*+"
_OPENING = (
    r"\A(?:(?:Hi|Hello|Thank you|Thanks|Good (?:morning|afternoon|evening)|Yes|Mr\.? President|Great)"
    r"[^.!]{0,60}[.!,] )?"
)
_SELF = (
    re.compile(
        rf"{_OPENING}(?:(?:and )?(?:I['\u2019]?m|I am|my name is|this is|it['\u2019]s) )?(?P<reporter>{_NAME})"
        r"(?:,? (?:from|with|of|at)|,|, (?:a )?(?:reporter|correspondent|columnist) (?:for|at|of))"
        rf" (?P<outlet>{_OUTLET})"
        rf"(?=[.,;:!]| (?:magazine|newspaper|channel|radio|television|news agency|here)\b|$)"
    ),
    re.compile(
        rf"{_OPENING}(?:(?:I am |I['\u2019]m )?from (?:the )?)?(?P<outlet>{_OUTLET})"
        r"(?P<medium> (?:magazine|newspaper|(?:TV|television) (?:channel|company)|channel|news agency))?\.(?= |$)"
    ),
)
_PERSON_OF = re.compile(r"(?P<reporter>[^(),]{3,50}?) ?[(,] ?(?P<outlet>[^(),]{2,40})\)?$")
_LOOKED_AT = 240


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks and for whom, each None where neither the label nor the first words say so."""

    reporter: str | None = None
    outlet: str | None = None


def find_asker(label: Label | None, words: str) -> Asker:
    """The asker of a question, from its label, the brackets in it, or what the reporter says first.

    >>> label = Label("STEVE LIESMAN", "speaker", None, 0)
    >>> find_asker(label, "Steve Liesman, CNBC.  Mr. Chairman, why?")
    Asker(reporter='Steve Liesman', outlet='CNBC')
    >>> find_asker(Label("Sidhant (WION)", "speaker", None, 0), "Why?")
    Asker(reporter='Sidhant', outlet='WION')
    """
    named = _by_label(label)
    opening = folded(words[:_LOOKED_AT])
    found = _SELF[0].match(opening)
    if found and (named.reporter is None or _same(named.reporter, found["reporter"])):
        outlet = _outlet(found["outlet"], named.reporter is not None)
        return Asker(named.reporter or found["reporter"], named.outlet or outlet) if outlet else named
    if named.reporter and named.outlet is None:
        last = re.escape(named.reporter.rpartition(" ")[2])
        said = re.search(
            rf"(?i:\b{last}),?(?: here)?(?:,| from| with| of| at) (?P<outlet>{_OUTLET})(?=[.,;:!]|$)", opening
        )
        outlet = _outlet(said["outlet"], named=True) if said else None
        if outlet:
            return Asker(named.reporter, outlet)
    alone = _SELF[1].match(opening)
    if alone and named.outlet is None:
        known = known_outlet(alone["outlet"]) or (alone["outlet"] if alone["medium"] else None)
        return Asker(named.reporter, known)
    return named


def _by_label(label: Label | None) -> Asker:
    if label is None or label.kind in ("question", "journalist") or FLOOR.match(label.printed):
        return Asker()
    if label.kind == "outlet":
        return Asker(outlet=label.name or outlet_name(label.printed))
    both = _PERSON_OF.match(label.printed)
    if both and (known_outlet(both["outlet"]) or in_capitals(both["outlet"])):
        return Asker(_cased(both["reporter"]), outlet_name(both["outlet"]))
    if label.kind == "unknown":
        return Asker(outlet=outlet_name(label.printed))
    person = len(label.printed.split()) > 1 and looks_like_a_name(label.printed)
    return Asker(reporter=_cased(label.printed) if person else None)


def _cased(name: str) -> str:
    return " ".join(name_case(word) for word in name.split()) if in_capitals(name) else name


def _same(one: str, other: str) -> bool:
    return one.casefold().endswith(other.rstrip(".").rpartition(" ")[2].casefold())


def _outlet(words: str, named: bool) -> str | None:
    """What follows a reporter's name, if it is an outlet: a known one, or any where the label has `named` who asks."""
    bare = re.sub(r"^(?:the|The) ", "", words)
    known = known_outlet(words) or known_outlet(bare)
    return known or (
        bare if named and len(bare) > 1 and not re.match(r"(?:Mr|Chair|President|I|Thank)\b", bare) else None
    )
