"""Bytes -> str: the byte order mark, then UTF-8, then what the page declares, then a guess that is reported."""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from rag.errors import UnreadableTranscript

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\xd0\xcf\x11\xe0", "an Office file"),
    (b"\x7fELF", "a program"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3\x00", "a database"),
)
# "charset=gb2312", "<?xml version='1.0' encoding='GBK"
_DECLARED = re.compile(
    rb"""(?:charset\s*+=\s*+["']?|<\?xml[^<>]*encoding=["'])\s*+([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE
)
# GB 2312 and GBK are parts of GB 18030; what calls itself Latin-1 on the web is cp1252.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
_HIGH = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 200_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text without its byte order mark, the encoding's name, how it was found, and whether it was sure."""

    text: str
    encoding: str
    how: str
    sure: bool = True


def decode(raw: bytes, name: str) -> Decoded:
    """The text of a file's bytes; UnreadableTranscript when they are no text at all."""
    if not raw.strip(b" \t\r\n\x00"):
        raise _unreadable(name, "is empty", "Save the page again, with its text.")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _marked(raw[len(mark) :], encoding)
    _refuse_binary(raw, name)
    for attempt in (_utf8, _wide, _declared, _damaged_utf8, _mostly_latin, _guessed):
        decoded = attempt(raw)
        if decoded is not None:
            return decoded
    raise _unreadable(name, "is no text in any known encoding", "Save it again as UTF-8.")


def _unreadable(name: str, what: str, remedy: str) -> UnreadableTranscript:
    return UnreadableTranscript(f"{name} {what}.", key=name, remedy=remedy)


def _marked(rest: bytes, encoding: str) -> Decoded:
    how = "its byte order mark"
    try:
        return Decoded(rest.decode(encoding), encoding, how)
    except UnicodeDecodeError:
        return Decoded(rest.decode(encoding, "replace"), encoding, f"{how}, with damaged characters", sure=False)


def _refuse_binary(raw: bytes, name: str) -> None:
    for signature, what in _SIGNATURES:
        if raw.startswith(signature):
            raise _unreadable(
                name, f"is {what}, whatever its name says", "Give the transcript itself, as .txt or .html."
            )
    sample = raw[:_SAMPLE]
    controls = sum(sample.count(byte) for byte in range(32) if byte not in b"\t\n\r\x0c\x1b\x00")
    if controls > len(sample) / 100 + 2:
        raise _unreadable(name, "is binary, no text", "Give the transcript itself, as .txt or .html.")


def _utf8(raw: bytes) -> Decoded | None:
    if raw[:_SAMPLE].count(0) > len(raw[:_SAMPLE]) / 10:
        return None
    try:
        return Decoded(raw.decode("utf-8"), "utf-8", "it is valid UTF-8")
    except UnicodeDecodeError:
        return None


def _wide(raw: bytes) -> Decoded | None:
    """UTF-16 without a mark: in Latin text every second byte is zero."""
    sample = raw[:_SAMPLE]
    if sample.count(0) <= len(sample) / 10:
        return None
    encoding = "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    try:
        return Decoded(raw.decode(encoding), encoding, "a guess from its zero bytes", sure=False)
    except UnicodeDecodeError:
        return None


def _declared(raw: bytes) -> Decoded | None:
    found = _DECLARED.search(raw[:4096])
    if not found:
        return None
    try:
        stated = codecs.lookup(found[1].decode("ascii")).name
        encoding = _WIDER.get(stated, stated)
        return Decoded(raw.decode(encoding), encoding, "the page's own declaration")
    except (LookupError, UnicodeError):
        return None


def _damaged_utf8(raw: bytes) -> Decoded | None:
    """UTF-8 with a few bad bytes, as a cut or a bad copy leaves it: more good characters than bad ones."""
    text = raw.decode("utf-8", "replace")
    bad = text.count("\N{REPLACEMENT CHARACTER}")
    good = sum(not char.isascii() for char in text) - bad
    if good <= bad * 2 and not (bad == 1 and text.endswith("\N{REPLACEMENT CHARACTER}")):
        return None
    return Decoded(text, "utf-8", f"UTF-8 with {bad} damaged characters", sure=False)


def _mostly_latin(raw: bytes) -> Decoded | None:
    """A Western text in one-byte letters, which statistics get wrong: accents stand alone among plain letters."""
    runs = _HIGH.findall(raw[:_SAMPLE])
    if sum(len(run) == 1 for run in runs) < len(runs) * 0.9:
        return None
    try:
        return Decoded(
            raw.decode("cp1252"),
            "cp1252",
            "a guess: its accents stand one by one among plain letters",
            sure=False,
        )
    except UnicodeDecodeError:
        return None


def _guessed(raw: bytes) -> Decoded | None:
    best = from_bytes(raw[:_SAMPLE]).best()
    if best is None:
        return None
    encoding = _WIDER.get(best.encoding, best.encoding)
    try:
        text = raw.decode(encoding, "replace")
    except LookupError:
        return None
    return Decoded(text, encoding, "a guess from its bytes", sure=False)
