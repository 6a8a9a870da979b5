"""A sentence about a quote -> the claim in it, without who said it, when, to whom and asked about what.

The frame is checked as it is taken off: only the quote's own speaker, date, outlet and question fit.
"""

import re
from functools import lru_cache

from rag.answering.quotes import Quote
from rag.answering.wording import say_the_same, tokens_of
from rag.credit import say_date

_VERBS = (
    "said|says|stated|states|told|replied|replies|responded|responds|answered|answers|added|adds|noted|notes|stressed|"
    "stresses|emphasi[sz]ed|reiterated|explained|remarked|commented|pointed out|went on to say|continued"
)
_AUXILIARIES = frozenset(["will", "would", "can", "could", "may", "might", "shall", "should"])
_ASKED = re.compile(
    r"^(?:when |after being |being )?asked (?:by (?:the )?(?P<by>[^,]{1,60}?) )?"
    r"(?:about|whether|if|why|how|what|when|who|where|to comment on)\b(?P<about>[^,:\"]{1,300}), ",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def _patterns(quote: Quote) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The frames before and after a claim that fit the quote."""
    who, when = _who(quote), _when(quote)
    outlet = re.escape(quote.credit.outlet) if quote.credit.outlet else r"a reporter"
    to = rf"(?:the |a )?(?:{outlet}|a reporter|reporters|journalists)"
    asked = rf"(?:,? (?:to|when asked by|asked by|in (?:reply|response|answer) to)(?: a question (?:from|by))? {to})"
    date = rf"(?:,? {when},?)"
    end = r"(?::|,)?(?: that)?(?=[ \"])"
    told = rf"(?:{_VERBS})(?: {to}(?=\W))?{asked}?{date}?{asked}?"
    lead = re.compile(
        rf"^(?:{when},? )?(?:(?:asked by|in (?:reply|response|answer) to|replying to|answering) {to},? )?"
        rf"(?:{who}{date}?{asked}?{date}? (?:also |then |again |further )?{told}{end}"
        rf"|according to {who}{date}?,|{who}{date}{asked}?:|{who}{asked}{date}?:) ?",
        re.IGNORECASE,
    )
    trail = re.compile(
        rf",?\"?,? (?:{who} {told}|(?:{_VERBS}) {who}{asked}?{date}?|according to {who}{date}?)[., ]*$", re.IGNORECASE
    )
    return lead, trail


def unframed(said: str, quote: Quote) -> tuple[str, str]:
    """The claim in a sentence; and why the frame doesn't fit the quote, "" where it does."""
    lead, trail = _patterns(quote)
    said = re.sub(r"^(?:and|while|but) ", "", said, flags=re.IGNORECASE)
    asked = _ASKED.match(said)
    if asked is not None:
        if asked["by"] and asked["by"].casefold() != (quote.credit.outlet or "a reporter").casefold():
            return said, "another outlet asked it"
        if not _was_asked(asked["about"], quote.question or ""):
            return said, "the reporter did not ask about that"
        said = said[asked.end() :]
    rest = lead.sub("", said, count=1)
    if rest == said:
        cut = trail.sub("", said, count=1)
        rest = cut + '"' if cut.count('"') % 2 else cut
    return rest.strip(), ""


def _was_asked(about: str, question: str) -> bool:
    """Whether the words of `about` stand in the reporter's question in that order."""
    # "Will it be …?" and "whether it will be" ask the same.
    asked = [token for token in tokens_of(question) if not token.glue and token.word not in _AUXILIARIES]
    at = 0
    for token in tokens_of(about):
        if token.glue or token.word in _AUXILIARIES:
            continue
        found = next((place for place in range(at, len(asked)) if say_the_same(asked[place], token)), None)
        if found is None:
            return False
        at = found + 1
    return True


def _who(quote: Quote) -> str:
    """`Zhao Lijian`, `Foreign Ministry Spokesperson Zhao Lijian`, `the spokesperson`, `he`."""
    role = r"(?:the )?(?:foreign ministry )?" if "foreign ministry" in quote.title.casefold() else r"(?:the )?"
    title = rf"{role}(?:spokesperson|spokesman|spokeswoman)"
    pronoun = r"(?:he|she|they)"
    if not quote.credit.spokesperson:
        return rf"(?:{title}|{pronoun})"
    full = quote.credit.spokesperson
    names = full.split()
    name = rf"(?:(?:mr|ms|mrs)\.? )?(?:{re.escape(full)}|{re.escape(names[0])}|{re.escape(names[-1])})"
    return rf"(?:(?:{title} )?{name}(?:, {title},)?|{title}|{pronoun})"


def _when(quote: Quote) -> str:
    """`on 18 March 2021`, `on March 18, 2021`, `in March 2021`."""
    if quote.credit.date is None:
        return r"(?!)"
    day, month, year = say_date(quote.credit.date).split()
    whole = rf"(?:{day} {month}(?:,? {year})?|{month} {day}(?:,? {year})?|{quote.credit.date.isoformat()})(?!\w)"
    return rf"(?:(?:on )?{whole}|in {month}(?: {year})?|in {year})"
