"""A PDF with a text layer -> its text, page after page. Only importer of pypdf."""

import io

from rag.errors import UnreadableTranscript

SIGNATURE = b"%PDF-"
_MOST_PAGES = 2_000


def pdf_text(raw: bytes, name: str) -> str:
    """The words of a PDF; UnreadableTranscript for one that is encrypted, damaged, or a picture of its pages."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise _unreadable(name, "is a PDF, and pypdf is not installed", "pip install 'podium[pdf]'.") from error
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _unreadable(name, "is an encrypted PDF", "Save it again without a password.")
        pages = [page.extract_text() for page, _ in zip(reader.pages, range(_MOST_PAGES), strict=False)]
    except UnreadableTranscript:
        raise
    # pypdf lets errors of every kind through on damaged files.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise _unreadable(name, f"is a damaged PDF ({type(error).__name__})", "Save it again.") from error
    text = "\n".join(pages)
    if len(text.split()) < 20 * bool(pages) or not text.strip():
        raise _unreadable(name, "is a PDF without text, a picture of its pages", "Give a version with a text layer.")
    return text


def _unreadable(name: str, what: str, remedy: str) -> UnreadableTranscript:
    return UnreadableTranscript(f"{name} {what}.", key=name, remedy=remedy)
