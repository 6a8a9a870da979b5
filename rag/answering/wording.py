"""Text -> words and clauses, with what each word does to the meaning: joins, negates, relates, names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Words that carry no claim of their own.
GLUE = _words(
    "a an the of in on at to as and that which who whom whose has have had having do does did doing this these those "
    "it its they their theirs them themselves he his him she her hers there here so then also is are was were be been "
    "being am itself himself herself we our ours us i my me mine ourselves you your yours"
)
PREPOSITIONS = _words("to of in on at as")
BEING = _words("is are was were be been being am")
FIRST_PERSON = _words("we our ours us i my me mine ourselves you your yours")
# Words that change what is claimed about all that follows them in a clause: a sentence that leaves one out says
# something else.
_TURNING = _words(
    "not no never nor neither none nothing nobody nowhere without hardly barely scarcely unless if whether should "
    "must shall may might could would can will only except instead rather unlike contrary false fake untrue alleged "
    "allegedly socalled reportedly supposedly purported rumour rumor rumours rumors claim claims claimed allege "
    "alleges accuse accuses accused accusing lie lies lied lying slander slanders smear smears smearing fabricate "
    "fabricated fabrication disinformation pretend pretends deny denies denied refuse refuses refused reject rejects "
    "rejected oppose opposes opposed fail fails failed stop stops stopped cease ban prevent avoid hope hopes wish "
    "wishes want wants think thinks thought believe believes believed report reports reported suggest suggests "
    "suggested ask asks asked urge urges urged call calls called demand demands say says said saying tell tells told "
    "attempt attempts attempted try tries tried plan plans planned intend intends seek seeks sought almost nearly "
    "former potential potentially possible possibly perhaps maybe likely half some few most all every always any "
    "each both many several part partly different than less more least too little expect expects expected threaten "
    "threatens threatened propose proposes proposed allow let help condemn condemns condemned support supports "
    "supported against"
)
# Words that, further on, take back what a clause has said.
_TURNING_BACK = _words(
    "not no never lie lies false fake untrue wrong fabrication fabricated rumour rumor rumours rumors slander smear "
    "nonsense baseless groundless unfounded absurd ridiculous disinformation myth if unless until except but only "
    "provided however though although whether"
)
_RELATING = _words("by from against than or but before after until since between because despite except over under")
_BOUNDING = _words(
    "for with by from against before after until since between because despite over under or but into "
    "through during without about among toward towards while when where within upon"
)
_IRREGULAR = {
    past: base
    for base, pasts in {
        "make": "made", "take": "took taken", "give": "gave given", "hold": "held", "keep": "kept", "meet": "met",
        "stand": "stood", "build": "built", "bring": "brought", "seek": "sought", "see": "saw seen", "go": "went gone",
        "come": "came", "know": "knew known", "say": "said", "tell": "told", "get": "got", "become": "became",
        "begin": "began begun", "fall": "fell fallen", "grow": "grew grown", "lead": "led", "lose": "lost",
        "win": "won", "pay": "paid", "send": "sent", "speak": "spoke spoken", "write": "wrote written",
        "break": "broke broken", "choose": "chose chosen", "show": "shown", "think": "thought", "feel": "felt",
        "leave": "left", "rise": "rose risen", "spend": "spent", "will": "would", "can": "could", "may": "might",
    }.items()
    for past in pasts.split()
}  # fmt: skip
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:[.'][^\W\d_]+)*|[^\w\s]")
_CONTRACTED = (
    (re.compile(r"\b(so)-called\b", re.I), r"\1called"),
    (re.compile(r"\bcannot\b", re.I), "can not"),
    (re.compile(r"\bcan't\b", re.I), "can not"),
    (re.compile(r"\bwon't\b", re.I), "will not"),
    (re.compile(r"n't\b", re.I), " not"),
    (re.compile(r"'(?:re|ve|ll|d|m)\b", re.I), ""),
)
_SPLIT = re.compile(
    r"(?<=[;:—–])|(?<=,)(?=\s+(?:and|but|while|whereas|so)\s(?!that\b))"
    r"|(?=\sand\s(?:we|it|they|he|she|i|will|is|are|has|have|do|does|shall|must|should|can)\b)",
    re.IGNORECASE,
)
_UNSPLIT = re.compile(r"\W*(?:that|what|whether|to say|the (?:claim|idea|notion))\b", re.IGNORECASE)
_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"')\]]*(?=\s+[\"'(]?[A-Z0-9])|$)", re.DOTALL)
_PREFACE = re.compile(
    r"^\W*(?:and |but )?(?:i|we)(?: also| just)?(?: want to| would like to| must| have to| wish to)?"
    r"(?: once)?(?: again)? (?:stress|point out|emphasi[sz]e|reiterate|say|note|add|tell you)(?: here)?(?: once)?"
    r"(?: again)? that ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark: `raw` as written, `word` folded; `apart` where punctuation stands before it."""

    raw: str
    word: str
    apart: bool
    first: bool

    @property
    def mark(self) -> bool:
        """Whether it is punctuation."""
        return not self.raw[0].isalnum()

    @property
    def glue(self) -> bool:
        """Whether it claims nothing by itself."""
        return self.mark or (self.word in GLUE and not self.name)

    @property
    def name(self) -> bool:
        """Whether it is written like a name."""
        letters = self.raw.replace(".", "")
        if len(letters) > 1 and letters.isupper():
            return True
        return self.raw[0].isupper() and not self.first and self.word not in GLUE

    @property
    def number(self) -> bool:
        """Whether it is written in digits."""
        return self.raw[0].isdigit()

    @property
    def being(self) -> bool:
        """Whether it is a form of to be."""
        return self.word in BEING

    @property
    def first_person(self) -> bool:
        """Whether it speaks for the speaker or to the listener."""
        return self.word in FIRST_PERSON and not self.name

    @property
    def turns(self) -> bool:
        """Whether what follows would be another claim without it."""
        return self.word in _TURNING and not self.name

    @property
    def turns_back(self) -> bool:
        """Whether it takes back what stands before it."""
        return self.word in _TURNING_BACK

    @property
    def relates(self) -> bool:
        """Whether it says who stands how to whom."""
        return self.word in _RELATING

    @property
    def bounds(self) -> bool:
        """Whether a phrase begins with it."""
        return self.word in _BOUNDING


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch that makes its claim by itself; `starts` are the tokens that a claim may begin with.

    Its first `preface` tokens only announce it, as in "I want to stress that …".
    """

    tokens: tuple[Token, ...]
    starts: tuple[int, ...]
    question: bool
    preface: int

    def after_last_boundary(self, start: int) -> tuple[Token, ...]:
        """The tokens before `start` that belong to the same claim."""
        bounds = [at for at in range(start) if self.tokens[at].raw == ","]
        announced = self.preface if start >= self.preface else 0
        return self.tokens[max([*bounds, announced]) : start]


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words of a text and its question marks and commas, in order."""
    for pattern, plain in _CONTRACTED:
        text = pattern.sub(plain, text)
    tokens: list[Token] = []
    apart = False
    for raw in _TOKEN.findall(text):
        if not raw[0].isalnum():
            if raw in "?,":
                tokens.append(Token(raw, raw, False, False))
            apart = apart or raw not in "-'\""
            continue
        # A word after a hyphen or a quotation mark is not the first of a sentence.
        first = not any(not token.mark for token in tokens)
        tokens.append(Token(raw, fold(raw), apart, first))
        apart = False
    return tuple(tokens)


def clauses_of(text: str) -> list[Clause]:
    """The clauses of a text, in order."""
    clauses = []
    for sentence in _SENTENCE.findall(text):
        preface = _PREFACE.match(sentence)
        rest = sentence[preface.end() :] if preface else sentence
        parts = [rest] if _UNSPLIT.match(rest) else _SPLIT.split(rest)
        asks = sentence.rstrip("\"')] ").endswith("?")
        announced = preface.group() if preface else ""
        clauses.append(_clause(announced, parts[0], asks))
        clauses.extend(_clause("", part, asks) for part in parts[1:])
    return [clause for clause in clauses if clause.starts]


def _clause(announced: str, text: str, question: bool) -> Clause:
    preface = len(tokens_of(announced))
    tokens = tokens_of(announced + text)
    told = [at for at, token in enumerate(tokens) if not token.glue]
    first = next((at for at in told if at >= preface), None)
    starts = [at for at in told if at in (told[0], first) or _follows_comma(tokens, at)]
    return Clause(tokens, tuple(starts), question, preface)


def _follows_comma(tokens: Sequence[Token], at: int) -> bool:
    """Whether only glue stands between a comma and the token."""
    while at and tokens[at - 1].glue:
        at -= 1
        if tokens[at].raw == ",":
            return True
    return False


def say_the_same(one: Token, other: Token) -> bool:
    """Whether two words are the same but for their inflection; names and numbers to the letter."""
    if one.number or other.number:
        return one.word == other.word
    if one.name and other.name:
        return one.word == other.word
    if one.name or other.name:
        # The first word of a sentence may be a name that can't be told by its capital.
        return one.word == other.word and (other if one.name else one).first
    return bool(_forms(one.word) & _forms(other.word))


def fold(raw: str) -> str:
    """`U.S.'s` -> `us`; `1,200.5` -> `1200.5`."""
    if raw[0].isdigit():
        return raw.replace(",", "")
    return re.sub(r"'s?$", "", raw.lower()).replace(".", "").replace("'", "")


@lru_cache(maxsize=4096)
def _forms(word: str) -> frozenset[str]:
    """The forms that a word may be an inflection of: urging -> urging, urg, urge."""
    forms = {word, _IRREGULAR.get(word, word)}
    for ending, bases in (("ies", ("y",)), ("ied", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ed", ("", "e")),
                          ("ing", ("", "e"))):  # fmt: skip
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3:
            forms.update(stem + base for base in bases)
            if len(stem) > 3 and stem[-1] == stem[-2] and ending in ("ed", "ing"):
                forms.add(stem[:-1])
    return frozenset(forms)
