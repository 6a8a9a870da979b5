"""Labels of those who answer -> who they are: full names and offices, from the title, the head and the words said."""

import datetime
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language.institutions import called, office_holder
from rag.language.names import folded, known_person
from rag.reading.offices import HONORIFICS, OFFICES, holds_office, is_office, name_case, plain, slip_of, titled
from rag.transcript import Speaker

_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_INITIAL = re.compile(r"[A-Z]\.?$")
_PAUSE = re.compile(r"[.,;:?!()\u2014\u201c\u201d\"-]$")
# ", the Press Secretary", " MP - Minister for Immigration,"
_BEHIND = re.compile(
    r"(?:,? (?:MP|MHR|QC|AM|AO|AC|SC|KC)\b)*(?:,\s++|\s{2,}+|\s[-\u2013]\s|\n\s*+)(?:(?:the|our|its|a) )?"
    r"(?P<office>[^,.;:()\n]{3,80}?)(?=\s{2}|[,.;:()\n]|$)"
)
_OPENING = 2000
# "for Water and Ports, Dr. "
_DUTIES = re.compile(
    r"(?:for|of|to) [A-Z][^.;:()\n]{2,80}?,? (?=(?:the Hon|Mr|Mrs|Ms|Dr|Prof|Professor|Sir|Dame|Senator)\b)"
)
_PERSON = r"(?P<who>[A-Z][\w.-]+(?: (?:(?:of|for|the|and) ){0,2}[A-Z][\w.-]*){2,9}?)"
# "Remarks to the press by Minister Jo Roe,"
_OCCASION_OF = re.compile(
    r"\b(?i:conference|q ?& ?a|briefing|remarks|statement|interview|doorst[eo]p|answers|speech|address|gaggle"
    r"|availability|session)"
    rf"(?: \w+){{0,3}}? (?:of|by|with|from) (?:the |our )?{_PERSON}(?=['\u2019]s\b|[,(:]| [a-z\u2013-]| \d|$)"
)
# "Minister Jo Roe's doorstop", "President Jo Roe holds"
_WHOSE = re.compile(
    rf"{_PERSON}(?:['\u2019]s? |:| (?:holds?|gives?|takes?|answers?|delivers?|speaks?|meets?|addresses|hosts?)\b)"
)
_SHORT = {
    "PM": "Prime Minister",
    "DPM": "Deputy Prime Minister",
    "FM": "Foreign Minister",
    "CEO": "Chief Executive Officer",
    "CFO": "Chief Financial Officer",
    "COO": "Chief Operating Officer",
}
# fmt: off
_NO_NAME = frozenset((
    "a", "about", "after", "also", "am", "an", "and", "are", "as", "ask", "asked", "at", "because", "before", "both",
    "briefing", "but", "by", "call", "can", "conference", "did", "do", "does", "doorstop", "for", "from", "had", "has",
    "he", "hello", "here", "hi", "how", "i", "if", "in", "interview", "is", "it", "joint", "let", "like", "member",
    "my", "no", "not", "now", "of", "oh", "okay", "on", "or", "our", "over", "question", "remarks", "she", "since",
    "so", "statement", "subject", "subjects", "thank", "thanks", "that", "their", "then", "they", "this", "to",
    "today", "transcript", "under", "until", "was", "we", "well", "were", "what", "when", "where", "which", "while",
    "who", "why", "will", "with", "yes", "you", "your", "former", "colleague", "friend", "brother", "president-elect",
    "e&oe", "proof", "only", "copy", "question-time", "australian", "american", "russian", "greens", "labor", "liberal",
))
# fmt: on


@dataclass(frozen=True, slots=True)
class Sources:
    """Where names stand, the surest first: the people whom the file lists, its title, the lines above, the words.

    `publisher` is the office that a file says it is from, `institution` the one that is understood.
    """

    listed: Sequence[str]
    title: str
    head: str
    body: str
    date: datetime.date | None = None
    institution: str | None = None
    publisher: str | None = None


def name_speakers(labels: Mapping[str, str], sources: Sources) -> dict[str, Speaker]:
    """Label as printed -> speaker; `labels` gives each label the key that it shares with others of the same person.

    >>> at = Sources((), "Press Briefing by Press Secretary Jen Psaki", "", "")
    >>> name_speakers({"MS. PSAKI": "psaki"}, at)
    {'MS. PSAKI': Speaker(name='Jen Psaki', office='Press Secretary')}
    """
    printed: dict[str, list[str]] = {}
    for label, key in labels.items():
        printed.setdefault(key, []).append(label)
    spelling = _spelling(sources)
    taken = [titled(label) for label in labels]
    others = {name.bare.rpartition(" ")[2].casefold() for name in taken}
    others |= {f"{name.office} {name.bare.rpartition(' ')[2]}".casefold() for name in taken}
    named = {key: _speaker(theirs, sources, spelling, others) for key, theirs in printed.items()}
    return {label: named[key] for label, key in labels.items()}


def _speaker(labels: Sequence[str], sources: Sources, spelling: Mapping[str, str], others: Collection[str]) -> Speaker:
    # Labels come most frequent first: a slip of the pen is no fuller name.
    labels = [labels[0], *(label for label in labels[1:] if not slip_of(label, labels[0]))]
    labels.sort(key=lambda label: not titled(label).bare)
    taken = [titled(label) for label in labels]
    own = taken[0].bare.casefold()
    if re.match(r"[a-z]\. ", own):
        own = own.rpartition(" ")[2]
    whole = [each for each in taken if each.bare.casefold().endswith(own) or each.bare.casefold().startswith(f"{own} ")]
    longest = max(whole, key=lambda each: len([word for word in each.bare.split() if not _INITIAL.match(word)]))
    offices = [_plain_case(each.office) for each in taken if each.office]
    known = next((name for label in labels if (name := known_person(label))), None)
    if known:
        return Speaker(known, _office_of(known, sources) or max(offices, key=len, default=None))
    if not taken[0].bare or _spelled_out(labels[0], f"{sources.title}\n{sources.head}"):
        return _holder(offices[0] if offices else _plain_case(labels[0]), labels[0], sources, spelling, others)
    name = _spelled(longest.bare, spelling)
    if len(name.split()) == 1:
        given = _given(name, sources, max(offices, key=len, default=None))
        name = next((who for label in labels if (who := called(label))), None) or (f"{given} {name}" if given else name)
    if len(name.split()) == 1:
        shown = f"{_plain_case(longest.honorific or max(offices, key=len, default=''))} {name}".strip()
        return Speaker(shown, max(offices, key=len, default=None))
    name = next((listed for listed in sources.listed if slip_of(name, listed)), name)
    held = max(offices, key=len, default=None)
    found = _office_of(name, sources)
    return Speaker(name, held if held and len(held.split()) > 1 else found or held)


def _holder(office: str, label: str, sources: Sources, spelling: Mapping[str, str], others: Collection[str]) -> Speaker:
    """Who an office without a name is: whom the title or the head calls so, else who held it on that day."""
    office = _spelled_out(label, f"{sources.title}\n{sources.head}") or office
    for text in (sources.title, sources.head, sources.body):
        name = _named_after(office, text, sources, spelling)
        # `The President` is nobody who has a label with that office: `President Roe`.
        if name and f"{office} {name.split()[-1]}".casefold() not in others:
            return Speaker(name, office)
    named = _named_before(office, f"{sources.title}\n{sources.head}\n{sources.body[:_OPENING]}")
    if named and f"{office} {named.split()[-1]}".casefold() not in others:
        return Speaker(named, office)
    listed = [name for name in sources.listed if len(name.split()) > 1 and name.split()[-1].casefold() not in others]
    if len(listed) == 1 and (sources.publisher or "").casefold() == office.casefold():
        return Speaker(listed[0], office)
    held = office_holder(office, sources.institution, sources.date)
    return Speaker(held, office) if held else Speaker(office if is_office(office) else _plain_case(label))


def _spelled_out(initials: str, head: str) -> str | None:
    """The office that a title or a head spells out, whose initials a label is.

    >>> _spelled_out("SFT", "Remarks by the Secretary for Finance and the Treasury, Mr Jo Roe")
    'Secretary for Finance and the Treasury'
    """
    if not re.fullmatch(r"[A-Z]{2,6}", initials):
        return None
    between = r"(?: (?:for|of|the|and|to|&)){0,3} "
    found = re.search(rf"\b{between.join(letter + '[a-z]+' for letter in initials)}\b", head)
    return found[0] if found and is_office(found[0]) else None


def _named_after(office: str, text: str, sources: Sources, spelling: Mapping[str, str]) -> str | None:
    """The name behind an office: `TRANSCRIPT OF THE PRIME MINISTER THE HON JOHN HOWARD MP`, `President Trump`."""
    names = Counter[str]()
    for found in re.finditer(rf"\b{re.escape(office)}\b,?\s++", text, re.IGNORECASE):
        before = text[max(0, found.start() - 60) : found.start()].split()
        if before and plain(before[-1]) in OFFICES - {"federal", "ministry"} | {"former", "shadow"}:
            continue
        words: list[str] = []
        duties = _DUTIES.match(text, found.end())
        start = duties.end() if duties else found.end()
        for word in text[start : start + 80].split():
            if plain(word) in HONORIFICS and not words:
                continue
            if not word[0].isupper() or plain(word) in OFFICES | _NO_NAME or plain(word).upper() in ("MP", "MHR", "QC"):
                break
            words.append(word.strip(",.;:?!)\u2019'").removesuffix("\u2019s").removesuffix("'s"))
            if _PAUSE.search(word) or word.endswith(("\u2019s", "'s")) or len(words) == 3:
                break
        full = [word for word in words if not _INITIAL.match(word)]
        if len(full) > 1:
            names[_spelled(" ".join(full), spelling)] += 2
        elif full and text is not sources.body:
            last = _spelled(full[0], spelling)
            given = _given(last, sources)
            known = called(f"{office} {last}") or (f"{given} {last}" if given else None)
            names[known or ""] += known is not None
    best = names.most_common(2)
    clear = best and (len(best) == 1 or best[0][1] > best[1][1])
    return best[0][0] or None if clear else None


def _named_before(office: str, head: str) -> str | None:
    """The name before an office: `by Jo Roe, Spokesman for the Secretary-General`."""
    names = {
        name[1]
        for name in re.finditer(
            rf"\b([A-Z][\w'\u2019-]++(?: [A-Z][\w.'\u2019-]++){{1,2}}), (?:the )?{re.escape(office)}\b", head
        )
        if plain(name[1].split()[0]) not in OFFICES | HONORIFICS | _NO_NAME
    }
    return names.pop() if len(names) == 1 else None


def person_of(title: str) -> Speaker | None:
    """The one person whom a title gives an office and the occasion: `Remarks by Minister Jo Roe`; None of two.

    >>> person_of("Press remarks by High Representative Jo Roe after the meeting")
    Speaker(name='Jo Roe', office='High Representative')
    >>> person_of("Joint press conference of President Jo Roe and Chancellor Ann Doe") is None
    True
    """
    found = _OCCASION_OF.search(title) or _WHOSE.match(title)
    name = titled(found["who"]) if found else None
    if not found or not name or not name.office or len(name.bare.split()) < 2:
        return None
    rest = [word for word in title[found.end("who") :].split() if word[0].isupper()]
    if any(is_office(word) or plain(word) in HONORIFICS for word in rest):
        return None
    return Speaker(name.bare, _plain_case(name.office))


def introduced(labels: Collection[str], opening: str) -> set[str]:
    """The last names of those labels that the opening words give an office: `Jo Roe, our Chief Executive Officer`."""
    names = {titled(label).bare for label in labels}
    told = Sources((), "", opening, "")
    return {
        name.split()[-1].casefold()
        for name in names
        if len(name.split()) > 1 and holds_office(_office_of(name, told) or "")
    }


def _given(last: str, sources: Sources, office: str | None = None) -> str | None:
    """The given name that stands before a last name, behind their `office` or if one is clearly the most frequent."""
    for text in (sources.title, sources.head) if office else ():
        told = set(re.findall(rf"\b(?i:{re.escape(office or '')}) ([A-Z][\w.-]+) {re.escape(last)}\b", text))
        if len(told) == 1:
            return str(told.pop())
    for name in sources.listed:
        words = name.split()
        if len(words) > 1 and words[-1].casefold() == last.casefold():
            return " ".join(words[:-1])
    for text in (sources.title, sources.head, sources.body):
        votes = Counter[str]()
        for found in re.finditer(rf"\b{re.escape(last)}\b", text, re.IGNORECASE):
            given = _before(text[max(0, found.start() - 60) : found.start()])
            label = text is sources.body and found[0].isupper()
            if given and not label:
                votes[given.title() if given.isupper() else given] += 1
        best = votes.most_common(2)
        if best and (len(best) == 1 or best[0][1] >= 2 * best[1][1]):
            return best[0][0]
    return None


def _before(words: str) -> str | None:
    """The given name at the end of some words: `Press Secretary Jen ` has Jen, `the Hon. Kim C ` Kim."""
    if words and not words[-1].isspace():
        return None
    given: list[str] = []
    before = words.split()
    if len(before) > 1 and plain(before[-2]) in ("of", "for"):
        return None
    for word in reversed(before):
        if _INITIAL.match(word) and word != "I":
            continue
        if not word[0].isupper() or _PAUSE.search(word) or plain(word) in HONORIFICS | OFFICES | _NO_NAME:
            break
        given.insert(0, word)
        if len(given) == 1:
            break
    return given[0] if given and len(given[0]) > 1 else None


def _office_of(name: str, sources: Sources) -> str | None:
    """The office that stands before or behind a full name in the title or the head."""
    first, *_, last = name.split()
    full = re.compile(rf"\b{re.escape(first)}\s++(?:[A-Z][\w.]*+\s++){{0,2}}{re.escape(last)}\b", re.IGNORECASE)
    for text in (sources.title, sources.head):
        found = full.search(text)
        if found:
            before = text[max(0, found.start() - 120) : found.start()]
            behind = _BEHIND.match(text, found.end())
            office = _office_before(before)
            if not office and behind and _is_title(behind["office"]):
                office = re.sub(r"(?i)(?: (?:of|for|the|and)){1,4}$", "", folded(behind["office"]))
            office = office or _office_before(before.rstrip().removesuffix(","))
            if office:
                return _plain_case(office)
    return None


def office_beside(text: str, start: int, end: int) -> str | None:
    """The office that stands before or behind a last name: `Minister Jo Roe`, `Jo Roe, Minister for Ports`."""
    words = text[max(0, start - 120) : start].rpartition("\n")[2].split()
    before = (_office_before(" ".join(words[: len(words) - given])) for given in range(min(3, len(words))))
    behind = _BEHIND.match(text, end)
    return next(filter(None, before), None) or (behind["office"] if behind and _is_title(behind["office"]) else None)


def _is_title(words: str) -> bool:
    """Whether words that stand behind a name are the office alone: `Leader of the Opposition`, but no sentence."""
    parts = words.split()
    small = ("of", "for", "the", "and", "to", "on", "&")
    return plain(parts[0]).split("-")[0] in OFFICES and all(part[0].isupper() or part in small for part in parts)


def _office_before(words: str) -> str | None:
    office: list[str] = []
    for word in reversed(words.split()):
        joins = plain(word) in ("of", "for", "to", "the", "&") and bool(office)
        if plain(word) == "the" and not office:
            continue
        if _PAUSE.search(word) or plain(word) in HONORIFICS - {"the"}:
            if office or plain(word) not in HONORIFICS:
                break
            continue
        if not joins and (plain(word) in _NO_NAME or not word[0].isupper()):
            break
        office.insert(0, word)
    while office and plain(office[0]) not in OFFICES:
        office.pop(0)
    # What holds an office stands last, or before its `of`: `Secretary of State`, but `National` names none.
    heads = [*office[-1:], *(before for before, word in pairwise(office) if plain(word) in ("of", "for", "to"))]
    return " ".join(office) if any(is_office(head) for head in heads) else None


def _spelling(sources: Sources) -> dict[str, str]:
    """How the file writes its words where it doesn't print them in capitals: `mcdonough` -> `McDonough`."""
    found: dict[str, Counter[str]] = {}
    said = Counter[str]()
    for text in (*sources.listed, sources.title, sources.head, sources.body):
        said.update(_WORD.findall(text))
    for word, times in said.items():
        if word[0].isupper() and not word.isupper():
            found.setdefault(word.casefold(), Counter())[name_case(word)] += times
    return {key: words.most_common(1)[0][0] for key, words in found.items()}


def _spelled(name: str, spelling: Mapping[str, str]) -> str:
    return " ".join(spelling.get(word.casefold(), name_case(word)) for word in name.split())


def _plain_case(words: str | None) -> str:
    """An office as it is written in a sentence: `LEADER OF THE OPPOSITION`, `PM`."""
    words = folded(words or "")
    if words in _SHORT:
        return _SHORT[words]
    if not any(char.islower() for char in words):
        words = " ".join(
            word.lower() if word.lower() in ("of", "the", "for", "and", "to") else name_case(word)
            for word in words.split()
        )
    return words.removeprefix("the ").removeprefix("The ")
