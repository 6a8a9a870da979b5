"""A draft of prose as the parts of a message: what passed the checks, what stands in, what is said about it."""

from collections.abc import AsyncIterator, Iterator

from rag.answering.writer import Draft, Passed, stretches_of
from rag.api.completions import Part, escape, quote_part, remark
from rag.api.shapes import AnswerSent


async def prose_parts(draft: Draft, sent: AnswerSent) -> AsyncIterator[Part]:
    """The parts of a draft as they pass; the quotes where the writer fails or stops, and that it did."""
    if sent.understood.in_words:
        yield remark(f"Looking at what was {sent.understood.in_words}.")
    quotes = {quote.number: quote for quote in sent.quotes}
    after_quote = True
    async for passed in draft.sentences():
        if passed.stands_in is not None:
            yield quote_part(quotes[passed.stands_in])
        else:
            yield _sentence_part(passed, joint="\n\n" if after_quote else " ")
        after_quote = passed.stands_in is not None
    for part in _afterword(draft, sent):
        yield part


def _sentence_part(passed: Passed, joint: str) -> Part:
    stretches = [(_spaced(words), numbers) for words, numbers in stretches_of(passed.sentence)]
    return Part(stretches, joint)


def _spaced(words: str) -> str:
    """Escaped, the white space at the ends kept as one space."""
    inner = escape(words)
    left = " " if words[:1].isspace() else ""
    right = " " if words[-1:].isspace() and inner else ""
    return f"{left}{inner}{right}"


def _afterword(draft: Draft, sent: AnswerSent) -> Iterator[Part]:
    quotes = {quote.number: quote for quote in sent.quotes}
    if not draft.kept and not draft.replaced:
        why = draft.failure or "nothing that the writer wrote was borne out by the quotes"
        yield remark(f"Prose was not available: {why}. These are the quotes.")
        yield from map(quote_part, sent.quotes)
    elif draft.failure:
        yield remark(f"The rest is quotes: {draft.failure}.")
        yield from (quote_part(quotes[number]) for number in draft.left)
    if draft.replaced or draft.dropped:
        yield remark(
            f"Of the writer's sentences, {draft.kept} passed the check against the quotes, {draft.replaced} gave way "
            f"to the quote itself, {draft.dropped} were left out."
        )
