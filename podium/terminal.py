"""What the command line shows: answers, ingests and readings, drawn with rich."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unicodedata import category

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from podium.command import talk
from rag.answering.answer import Answer
from rag.answering.quotes import Quote
from rag.api.citing import permalink
from rag.api.completions import short_question
from rag.credit import say_date
from rag.intake.paths import shown
from rag.transcript import Exchange, Transcript

if TYPE_CHECKING:
    from rag.api.verdict import DifferenceSent, VerdictSent
    from rag.intake.ingest import Ingested
    from rag.intake.sources import Progress as Advance
    from rag.reading.reading import Reading

WIDEST = 92
_LISTED = 20
_PLACES = 3
_ODDITIES = 100
_NAMED = 8


def show_answer(answer: Answer, base_url: str, out: Console, opening: float) -> None:
    """The quotes, each with who, when, to whom, the question asked and where it can be read; or the refusal.

    `base_url` is that of a server that runs, or empty. Ends with where the time went: `opening` is the seconds before
    the question could be asked.
    """
    if answer.query.in_words:
        out.print(Text(f"Looking at what was {answer.query.in_words}.", style="dim"))
    quotes = answer.quotes
    if not answer.answered:
        out.print(Text(answer.text, style="bold"))
        quotes = answer.nearest
        if quotes:
            out.print(Text("\nThe closest it has:", style="dim"))
    for number, quote in enumerate(quotes, start=1):
        out.print()
        _show_quote(number, quote, base_url, out, dim=not answer.answered)
    out.print()
    spent = answer.timings_ms.get("total", 0.0)
    held = f"{answer.coverage.exchanges} exchanges of {answer.coverage.transcripts} transcripts"
    took = f"{opening:.1f} s to load the encoder and open the archive, {spent:.0f} ms to answer"
    out.print(Text(f"{held}; {took}", style="dim"))
    if quotes and not base_url:
        out.print(Text("podium serve shows each quote in its place.", style="dim"))


def _show_quote(number: int, quote: Quote, base_url: str, out: Console, *, dim: bool) -> None:
    start, end = quote.focus.start - quote.span.start, quote.focus.end - quote.span.start
    words = Text("“", style="dim" if dim else "")
    for piece, style in ((quote.text[:start], ""), (quote.text[start:end], "bold"), (quote.text[end:], "")):
        words.append(_folded(piece), style="dim" if dim else style)
    words.append("”")
    _block(out, words, first=f"[{number}] ")
    _block(out, Text(f"— {quote.credit}", style="cyan"))
    if quote.question:
        _block(out, Text(f"Asked: {short_question(quote.question)}", style="dim"))
    if quote.also_said:
        _block(out, Text(f"{quote.also_said}.", style="dim"))
    # Where it was read, and then the place in podium's own pages; of a file without an address only that.
    if quote.source.startswith("http"):
        show_line(out, quote.source)
    if base_url or not quote.source.startswith("http"):
        show_line(
            out, permalink(base_url, quote.exchange_id, quote.span, quote.text) if base_url else quote.exchange_id
        )


def show_verdict(verdict: "VerdictSent", out: Console) -> None:
    """Whether words were said, and the first few places where they stand, with what differs there."""
    out.print(Text(verdict.in_words, style="bold"))
    for found in verdict.found[:_PLACES]:
        out.print()
        words = [each.said if each.same else _differing(each) for each in found.differences]
        _block(out, Text(f"“{' '.join(words) if found.changed else found.text}”"))
        _block(out, Text(f"— {found.credit}", style="cyan"))
        show_line(out, found.url)


def _differing(difference: "DifferenceSent") -> str:
    """`[-given-]{+said+}`, either of which may be missing."""
    given, said = difference.given, difference.said
    return f"[-{given}-]" * bool(given) + f"{{+{said}+}}" * bool(said)


def _folded(words: str) -> str:
    """Words without the lines that their file broke them into; paragraphs stay."""
    return re.sub(r"\s+", lambda space: "\n\n" if space[0].count("\n") > 1 else " ", words)


def _block(out: Console, text: Text, first: str = "") -> None:
    """A paragraph at an indent of four; unwrapped where the output is piped."""
    if out.soft_wrap:
        out.print(Text(first or "    ") + text)
        return
    width = min(out.width, WIDEST) - 4
    lines = text.wrap(out, width)
    # The number stands in the indent of the first line.
    for at, line in enumerate(lines):
        out.print(Text(first if at == 0 and first else "    ") + line)


def show_line(out: Console, link: str) -> None:
    """A link at the same indent, never broken over lines."""
    out.print(Text(f"    {link}", style="blue"), soft_wrap=True)


@contextmanager
def progress_bars() -> Iterator["Advance"]:
    """A progress function that draws a bar a stage, with counts and the time left; silent where stderr is piped."""
    bars = Progress(
        TextColumn("{task.description:<20}"),
        BarColumn(bar_width=min(30, talk.width // 3)),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=talk,
        disable=not talk.is_terminal,
    )
    stages: dict[str, TaskID] = {}

    def advance(stage: str, done: int, total: int) -> None:
        if stage not in stages:
            stages[stage] = bars.add_task(stage, total=total)
        bars.update(stages[stage], completed=done, total=total)

    with bars:
        yield advance


def show_ingested(done: "Ingested", *, dry_run: bool) -> None:
    """What became of the files, and what the archive holds now; the files that couldn't be read at the end."""
    gathered = done.gathered
    counts = (
        f"{len(gathered.added)} added, {len(gathered.changed)} changed, {len(gathered.removed)} removed, "
        f"{gathered.unchanged} unchanged"
    )
    if dry_run:
        talk.print(f"Would ingest: {counts}. Nothing was written.")
        for change, paths in (("+", gathered.added), ("~", gathered.changed), ("-", gathered.removed)):
            _show_list([f"  {change} {shown(path)}" for path in paths])
    elif done.generation is None:
        talk.print(f"Nothing to do: {counts}.")
    else:
        talk.print(f"{counts}.")
        talk.print(
            f"Generation {done.generation}: {done.transcripts} transcripts, {done.exchanges} exchanges, "
            f"{done.passages} passages; {done.vectors_made} vectors made, {done.vectors_kept} kept."
        )
        _show_oddities(done)
    _show_list([f"Not read: {error}" for error in gathered.failed], style="red")


def _show_oddities(done: "Ingested") -> None:
    """How many oddities of each kind are in the files that this ingest has read."""
    fresh = {*done.gathered.added, *done.gathered.changed}
    kinds = Counter(oddity.kind for file in done.gathered.files if str(file.path) in fresh for oddity in file.oddities)
    if not kinds:
        return
    by_kind = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    talk.print(f"Odd in what was read: {by_kind}.", soft_wrap=True)
    talk.print(f"`podium inspect FILE` shows the lines; {done.report} has it all.", markup=False, soft_wrap=True)


def _show_list(lines: list[str], style: str = "") -> None:
    for line in lines[:_LISTED]:
        talk.print(line, style=style, markup=False, soft_wrap=True)
    if len(lines) > _LISTED:
        talk.print(f"  … and {len(lines) - _LISTED} more", style=style)


def show_reading(file: str, reading: "Reading", out: Console) -> None:
    """What the reader made of a file: metadata with where it came from, exchanges, oddities."""
    transcript = reading.transcript
    out.print(Text(file, style="bold"), soft_wrap=True)
    about = Table.grid(padding=(0, 2), pad_edge=True)
    about.add_column(style="dim", no_wrap=True)
    about.add_column(ratio=3)
    about.add_column(style="dim", ratio=1)
    for noun, value in (
        ("title", transcript.title),
        ("date", "unknown" if transcript.date is None else say_date(transcript.date)),
        ("institution", transcript.institution or "unknown"),
        ("spokesperson", transcript.spokesperson or "unknown"),
        ("source", ", ".join(transcript.sources)),
        ("id", transcript.id),
    ):
        about.add_row(noun, _plain(value), _plain(reading.origins.get(noun, "")))
    # `utf-16: its byte order mark` -> what it is, and how that is known
    about.add_row("encoding", *(_plain(part.strip()) for part in reading.origins["encoding"].partition(":")[::2]))
    for noun, value in (
        ("in it", _extent(reading)),
        ("answers", _who_answers(transcript)),
        ("asks", _who_asks(transcript)),
    ):
        about.add_row(noun, _plain(value), "")
    about.add_row("left aside", _plain(_left_aside(reading)), "the title, dates, the site's own lines")
    out.print(about)
    if transcript.uncertain:
        out.print(Text("  Not sure who asks and who answers: nobody is credited with these words.", style="yellow"))
    out.print(_exchange_table(transcript))
    _show_reading_oddities(reading, out)
    out.print()


def _extent(reading: "Reading") -> str:
    kinds = Counter(exchange.kind for exchange in reading.transcript.exchanges)
    parts = [f"{count} {kind}{'s' if count > 1 and kind != 'remarks' else ''}" for kind, count in kinds.most_common()]
    # What is neither an exchange's nor the page's own.
    left = sum(span.end - span.start for span in reading.remainder)
    share = f"{left} of {len(reading.transcript.text)} characters in no exchange" if left else "nothing left over"
    return f"{', '.join(parts)}; {share}"


def _who_answers(transcript: Transcript) -> str:
    """Everybody who is credited, with office and how often, the most frequent first."""
    said = Counter(
        speaker for exchange in transcript.exchanges for speaker in dict.fromkeys(exchange.speakers) if speaker
    )
    return _the_first(
        [f"{who.name}{f', {who.office}' if who.office else ''} ({times})" for who, times in said.most_common()]
    )


def _who_asks(transcript: Transcript) -> str:
    """The outlets, or the reporters where the file gives no outlet, and how many questions are nobody's."""
    asked = [exchange for exchange in transcript.exchanges if exchange.kind == "question"]
    named = Counter(name for exchange in asked if (name := exchange.outlet or exchange.reporter))
    unnamed = len(asked) - sum(named.values())
    told = [f"{name} ({times})" for name, times in named.most_common()]
    # Before those that may be left out.
    return _the_first([*told[:_NAMED], *([f"{unnamed} unnamed"] if unnamed else []), *told[_NAMED:]])


def _left_aside(reading: "Reading") -> str:
    lines = [_first_words(span.cut(reading.transcript.text)) for span in reading.furniture]
    shown_lines = [f"‘{line[:40]}{'…' if len(line) > 40 else ''}’" for line in dict.fromkeys(lines)]
    return f"{len(lines)} line{'s' if len(lines) != 1 else ''}: {_the_first(shown_lines, 5)}" if lines else "nothing"


def _the_first(names: Sequence[str], most: int = _NAMED + 1) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{'; '.join(names[:most])}{more}" or "nobody"


def _exchange_table(transcript: Transcript) -> Table:
    """A row an exchange: number, who asked, the first words of question and answer."""
    # A column only where somebody else than the main speaker answers.
    others = any(exchange.spokesperson != transcript.spokesperson for exchange in transcript.exchanges)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True, header_style="dim")
    table.add_column("#", justify="right", style="dim", no_wrap=True)
    table.add_column("asked by", style="cyan", no_wrap=True, overflow="ellipsis", max_width=22)
    if others:
        table.add_column("answered by", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("question", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("answer", ratio=1, no_wrap=True, overflow="ellipsis")
    for exchange in transcript.exchanges:
        speaker = exchange.spokesperson if exchange.spokesperson != transcript.spokesperson else ""
        who = [_asker(exchange), _plain(speaker or "")] if others else [_asker(exchange)]
        asked = "" if exchange.question is None else exchange.question.cut(transcript.text)
        said = exchange.answer[0].cut(transcript.text) if exchange.answer else ""
        answer = _plain(_first_words(said)) if said else Text("no answer", style="yellow")
        table.add_row(str(exchange.number), *who, _plain(_first_words(asked)), answer)
    return table


def _asker(exchange: Exchange) -> Text:
    if exchange.kind != "question":
        return Text(f"({exchange.kind})", style="dim")
    name = ", ".join(filter(None, (exchange.reporter, exchange.outlet))) or (
        f"({exchange.label})" if exchange.label else "(no label)"
    )
    return _plain(f"↳ {name}" if exchange.follows else name)


def _show_reading_oddities(reading: "Reading", out: Console) -> None:
    if not reading.oddities:
        out.print(Text("  nothing odd", style="dim"))
        return
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(style="dim", no_wrap=True, justify="right")
    table.add_column(style="yellow", no_wrap=True)
    table.add_column(ratio=1)
    for oddity in reading.oddities[:_ODDITIES]:
        table.add_row(f"line {oddity.line}" if oddity.line else "file", oddity.kind, _plain(oddity.message))
    out.print(table)
    if len(reading.oddities) > _ODDITIES:
        out.print(Text(f"  … and {len(reading.oddities) - _ODDITIES} more; --json has them all", style="yellow"))


def _first_words(text: str) -> str:
    return " ".join(text[:400].split())


def _plain(text: str) -> Text:
    """Text of a transcript, with nothing in it that a terminal would obey."""
    # Cc: escape sequences, carriage returns, bells.
    return Text("".join("\N{REPLACEMENT CHARACTER}" if category(char) == "Cc" else char for char in text))
