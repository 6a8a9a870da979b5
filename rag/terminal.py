"""What the command line shows: answers, ingests and readings, drawn with rich."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from rag.answer import Answer
from rag.api.shapes import permalink
from rag.ingest import Ingested
from rag.query import say_date
from rag.quotes import Quote
from rag.reading import Reading
from rag.sources import Progress as Advance
from rag.transcript import Exchange

WIDEST = 92
_LISTED = 10


def show_answer(answer: Answer, base_url: str, out: Console) -> None:
    """The quotes, each with who, when, to whom, the question asked and the link; or the refusal."""
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
    out.print(Text(f"{held}, answered in {spent:.0f} ms once open", style="dim"))


def _show_quote(number: int, quote: Quote, base_url: str, out: Console, *, dim: bool) -> None:
    words = Text(f"“{quote.text}”", style="dim" if dim else "bold")
    _block(out, words, first=f"[{number}] ")
    date = "undated" if quote.date is None else say_date(quote.date)
    to = f", to {quote.outlet}" if quote.outlet else ""
    _block(out, Text(f"— {quote.spokesperson or 'the spokesperson'}, {date}{to}", style="cyan"))
    if quote.question:
        _block(out, Text(f"Asked: {_shortened(quote.question)}", style="dim"))
    if quote.also_said:
        _block(out, Text(f"Also said: {_repeats(quote)}", style="dim"))
    if quote.source.startswith("http"):
        _block(out, Text(quote.source, style="blue"))
    _block(out, Text(permalink(base_url, quote.exchange_id, quote.span), style="blue"))


def _repeats(quote: Quote) -> str:
    dates = ["undated" if each.date is None else say_date(each.date) for each in quote.also_said]
    return ", ".join(dict.fromkeys(dates))


def _block(out: Console, text: Text, first: str = "") -> None:
    """A paragraph at an indent of four; unwrapped where the output is piped."""
    if out.soft_wrap:
        out.print(Text(first or "    ") + text)
        return
    width = min(out.width, WIDEST) - 4
    lines = text.wrap(out, width)
    for at, line in enumerate(lines):
        out.print(Text(first if at == 0 and first else "    ") + line)


def _shortened(question: str, limit: int = 200) -> str:
    folded = " ".join(question.split())
    if len(folded) <= limit:
        return folded
    return "…" + folded[-limit:].partition(" ")[2]


@contextmanager
def progress_bars(talk: Console) -> Iterator[Advance]:
    """A progress function that draws a bar a stage, with counts and the time left; silent where stderr is piped."""
    bars = Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=min(30, shutil.get_terminal_size().columns // 3)),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=talk,
        disable=not talk.is_terminal,
    )
    stages: dict[str, int] = {}

    def advance(stage: str, done: int, total: int) -> None:
        if stage not in stages:
            stages[stage] = bars.add_task(stage, total=total)
        bars.update(stages[stage], completed=done, total=total)  # type: ignore[arg-type]

    with bars:
        yield advance


def show_ingested(done: Ingested, talk: Console, *, dry_run: bool) -> None:
    """What became of the files, and what the archive holds now; the files that couldn't be read at the end."""
    gathered = done.gathered
    counts = (
        f"{len(gathered.added)} added, {len(gathered.changed)} changed, {len(gathered.removed)} removed, "
        f"{gathered.unchanged} unchanged"
    )
    if dry_run:
        talk.print(f"Would ingest: {counts}. Nothing was written.")
    elif done.generation is None:
        talk.print(f"Nothing to do: {counts}.")
    else:
        talk.print(f"{counts}.")
        talk.print(
            f"Generation {done.generation}: {done.transcripts} transcripts, {done.exchanges} exchanges, "
            f"{done.passages} passages; {done.vectors_made} vectors made, {done.vectors_kept} kept."
        )
    odd = [(file, oddity) for file in gathered.files for oddity in file.oddities]
    if odd and done.generation is not None:
        talk.print(f"{len(odd)} oddities while reading; `podium inspect FILE` shows them with their lines.")
    for error in gathered.failed:
        talk.print(f"Not read: {error}", style="red", markup=False, soft_wrap=True)


def show_reading(file: str, reading: Reading, out: Console) -> None:
    """What the reader made of a file: metadata with where it came from, exchanges, oddities."""
    transcript = reading.transcript
    out.print(Text(file, style="bold"))
    for noun, value in (
        ("title", transcript.title),
        ("date", "unknown" if transcript.date is None else transcript.date.isoformat()),
        ("spokesperson", transcript.spokesperson or "unknown"),
        ("source", ", ".join(transcript.sources)),
        ("id", transcript.id),
    ):
        origin = f"  ({reading.origins[noun]})" if noun in reading.origins else ""
        out.print(Text(f"  {noun:<13}{value}") + Text(origin, style="dim"))
    for exchange in transcript.exchanges:
        out.print(Padding(_exchange_line(exchange, transcript.text), (0, 0, 0, 2)))
    for oddity in reading.oddities[: _LISTED * 10]:
        place = f"line {oddity.line}" if oddity.line else "file"
        out.print(Text(f"  {place}: {oddity.message} ({oddity.kind})", style="yellow"))
    if not reading.oddities:
        out.print(Text("  nothing odd", style="dim"))
    out.print()


def _exchange_line(exchange: Exchange, text: str) -> Text:
    who = exchange.outlet or exchange.label or exchange.kind
    asked = "" if exchange.question is None else _shortened(exchange.question.cut(text), 60)
    said = " ".join(exchange.answer[0].cut(text).split())[:60] if exchange.answer else "(no answer)"
    line = Text(f"{exchange.number:>3}  ", style="dim")
    return line + Text(f"{who:<24} ", style="cyan") + Text(f"{asked} → {said}")
