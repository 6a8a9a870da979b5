"""A line of a page -> whether it is the site's own: print, share, copyright, the way to this page."""

import re

# "Suggest to a friend", "Share on Twitter", "Font size: big", "Source: Xinhua", "© 2021"
_FURNITURE = re.compile(
    r"^[^\w©]*+(?:suggest to a? ?friend|print(?: this page)?|close(?: window)?|back(?: to top)?|to the top|top|more"
    r"|home|share(?:(?: this| to| on)\b.{0,40})?|related (?:news|articles?|links?|stories|reading)|appendix"
    r"|recommend(?: to a friend)?|e-?mail(?: this)?|copyright\s*+(?:©|\(c\)|\d).*|©.*|all rights reserved.*"
    r"|contact us(?:\W*address\b.*)?|(?:tel|fax|address|e-?mail)\s*+[:：].*"
    r"|(?:further information|(?:media )?contact|inquiries|enquiries)\s*+[:：].*"
    r"|(?:source|from|editor|author)\s*+[:：].{0,80}"
    r"|(?:font|text) ?size\b.*|(?:big|large|l) ?(?:middle|medium|m) ?(?:small|s)|(?:view|read)s?\s*+[:：]\s*+\d+"
    r"|site ?map|search|(?:previous|next)(?: page| article)?|click here.{0,40}|scan the qr code.*|.{0,40}\bICP备.*"
    r")[\s<>»|\])…:：]*$",
    re.IGNORECASE,
)
# "You are here: Home", "Home > News", "Ministry >> Spokespersons >> Remarks"
CRUMBS = re.compile(
    r"^\s*+(?:you are here\b|current (?:location|position)\b|home\b.{0,5}[>»/→])"
    r"|\A(?>[^<\n]*?\S\s*+[>»→]\s*+\S)[^<\n]*[>»→]\s*+\S|\bhome\s*+[>»]",
    re.IGNORECASE,
)


def site_line(words: str) -> bool:
    """Whether a line is the site's own; a tag that stands in what was said is no way to a page.

    >>> site_line("Print"), site_line("HOME > News > Today"), site_line("We print it.")
    (True, True, False)
    """
    return len(words) < 300 and bool(_FURNITURE.match(words) or CRUMBS.search(words[:200]))
