"""`podium eval …`: every command of the offline evaluation. Prints tables on stdout and talk on stderr.

Libraries that only evaluation needs are imported inside the commands, so that `podium --help` stays quick and
podium runs without them.
"""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from rag.errors import PodiumError

if TYPE_CHECKING:
    from eval.pooling import Unjudged
    from eval.questions import Split
    from eval.results import Evaluation, Topic
    from rag.archive.archive import Archive
    from rag.pipeline import Podium
    from rag.transcript import Transcript

LIBRARIES = ("ir_measures", "matplotlib")
SHIPPED, BESIDE = "fused", ("bm25", "dense")

talk = Console(stderr=True, highlight=False)

QuestionsArgument = Annotated[list[Path], typer.Argument(metavar="QUESTIONS...", help="Question sets, .jsonl.")]
ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="The archive's folder [PODIUM_ARCHIVE].")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The folder to write to [out/ and the set's name].")]
SplitOption = Annotated[Literal["tune", "check", "all"], typer.Option(help="Which half of the set, by conference.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")]


class _RunByDefault(typer.core.TyperGroup):
    """`podium eval QUESTIONS` is `podium eval run QUESTIONS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_RunByDefault, no_args_is_help=True, help="Measure an archive against question sets, offline.")


@app.command()
def run(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    out: OutOption = None,
    split: SplitOption = "all",
    variation: Annotated[str, typer.Option(help="What to measure: a row of `podium eval ablate`.")] = SHIPPED,
    markdown: MarkdownOption = False,
) -> None:
    """Ask every question of the sets; print the measures, and write them with a report."""
    systems = tuple(dict.fromkeys((variation, *BESIDE)))
    evaluations, grades = _evaluate(questions, archive, split, systems)
    _finish(evaluations, grades, out or Path("out") / _name(questions, split), markdown)


@app.command()
def ablate(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    split: SplitOption = "all",
    markdown: MarkdownOption = False,
) -> None:
    """One row for every variation of the retrieval, and the difference that each makes."""
    from eval.runs import VARIATIONS

    evaluations, _ = _evaluate(questions, archive, split, tuple(VARIATIONS))
    _print_differences(evaluations, markdown)


@app.command()
def calibrate(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    write: Annotated[
        Path | None, typer.Option(help="Where to write the calibration: rag/answering/refusal.toml.")
    ] = None,
) -> None:
    """Fit on the tune half when to refuse, and print how that does on both halves."""
    from eval.calibration import as_toml, fit, report, weigh_questions
    from eval.questions import read_questions, select

    asked = read_questions(questions)
    podium = _podium(archive)
    tune, check = (weigh_questions(podium, select(asked, half)) for half in ("tune", "check"))
    calibration = fit(tune)
    print(as_toml(calibration))
    print("| half | questions | answerable | not | AUROC | answerable answered | unanswerable refused |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for name, weighed in (("tune", tune), ("check", check)):
        print(report(calibration, weighed, name))
    if write is not None:
        write.write_text("# Fitted and printed by `podium eval calibrate`.\n" + as_toml(calibration), "utf-8")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A folder that an evaluation wrote.")],
    b: Annotated[Path, typer.Argument(help="Another, of the same questions.")],
    changed: Annotated[int, typer.Option(help="How many of the most changed questions to show.")] = 10,
    markdown: MarkdownOption = False,
) -> None:
    """B against A: differences with intervals and tests, and the questions that changed most."""
    _need_libraries()
    from eval.comparison import compare as compare_evaluations
    from eval.results import read_evaluation
    from eval.tables import changed_text, differences_table

    comparison = compare_evaluations(read_evaluation(a), read_evaluation(b), changed)
    print(differences_table(comparison).text(markdown))
    print(changed_text(comparison), end="")


@app.command()
def score(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="Any system's run, in TREC's format.")],
    qrels: Annotated[Path | None, typer.Option(help="The grades, in TREC's format.")] = None,
    questions: Annotated[
        list[Path] | None, typer.Option(help="Or a question set (repeatable), with an archive.")
    ] = None,
    archive: ArchiveOption = None,
    out: OutOption = None,
    markdown: MarkdownOption = False,
) -> None:
    """Score a run of another system, over exchanges of an archive or over any collection."""
    _need_libraries()
    from eval.results import Topic, evaluate_rankings
    from eval.trec import check_ids, check_topics, read_qrels, read_run

    if (qrels is None) == (not questions):
        raise _bad("qrels", str(qrels), "Give either --qrels, or --questions with --archive.")
    rankings = read_run(run_file)
    if qrels is not None:
        grades = read_qrels(qrels)
        topics = [Topic(name, name, "topic") for name in grades]
    else:
        topics, grades, opened = _judged(questions or [], archive)
        check_ids(rankings, grades, opened.places.__contains__, run_file)
    check_topics(rankings, grades, run_file)
    evaluation = evaluate_rankings(run_file.stem, {"run": run_file.name}, topics, grades, rankings)
    _finish([evaluation], grades, out or Path("out") / run_file.stem, markdown)


@app.command()
def beir(
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl, queries.jsonl and qrels/.")],
    split: Annotated[str, typer.Option(help="Which qrels/ to take.")] = "test",
    archive: Annotated[Path | None, typer.Option(help="Keep the index here; one that is there is used again.")] = None,
    out: OutOption = None,
    markdown: MarkdownOption = False,
) -> None:
    """Run a public collection through podium's own encoder, index and fusion."""
    _need_libraries()
    from eval.beir import document_of, read_beir, transcripts_of
    from eval.results import Topic

    collection = read_beir(folder, split)
    topics = [Topic(name, words, "query") for name, words in collection.queries.items()]
    with _index(transcripts_of(collection.documents), archive) as podium:
        evaluations = _rank(podium, topics, collection.grades, document_of, f"{folder.name}/{split}")
    _finish(evaluations, collection.grades, out or Path("out") / folder.name, markdown)


@app.command()
def sanity(
    archive: ArchiveOption = None,
    count: Annotated[int, typer.Option(min=1, help="At most so many questions.")] = 300,
    out: OutOption = None,
    markdown: MarkdownOption = False,
) -> None:
    """Reporters' own questions against the answers alone: an automatic check, apart from any hand-made set."""
    _need_libraries()
    from eval.sanity import automatic_topics, hidden_transcripts

    opened = _opened(archive)
    topics = automatic_topics(opened, count)
    grades = {topic.id: {topic.id: 2} for topic in topics}
    with _index(hidden_transcripts(opened), None, opened) as podium:
        evaluations = _rank(podium, topics, grades, str, "automatic: reporters' questions, hidden from the index")
    _finish(evaluations, grades, out or Path("out") / "sanity", markdown)


@app.command()
def export(
    questions: QuestionsArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder to write.")],
    archive: ArchiveOption = None,
) -> None:
    """Write an archive and a question set as a BEIR folder, for other systems to run."""
    from eval.beir import write_beir

    topics, grades, opened = _judged(questions, archive)
    write_beir(out, opened, {topic.id: topic.text for topic in topics}, grades)
    print(f"{out}: {len(opened.exchanges)} exchanges, {len(topics)} questions")


@app.command()
def pool(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The set that verdicts are added to.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of evaluations, or TREC runs.")],
    archive: ArchiveOption = None,
    depth: Annotated[int, typer.Option(min=1, help="How far down each run to look.")] = 5,
    only_list: Annotated[bool, typer.Option("--list", help="List what is unjudged; ask nothing.")] = False,
) -> None:
    """Judge what the runs rank high and the set does not know; every verdict is saved at once."""
    from eval.gold import resolve
    from eval.pooling import judge, unjudged, with_verdict
    from eval.questions import read_questions, replace_question

    asked = {question.id: question for question in read_questions([questions])}
    opened = _opened(archive)
    gold = resolve(list(asked.values()), opened)
    rankings = {str(path): _ranking(path, asked, opened) for path in runs}
    left = unjudged(list(asked.values()), gold, rankings, opened, depth)
    if only_list:
        for each in left:
            print(f"{each.question.id}\t{each.exchange_id}\t{', '.join(each.runs)}")
        return
    judged = 0
    for question_id, verdict in judge(left, opened, lambda each: _verdict(each, opened)):
        asked[question_id] = with_verdict(asked[question_id], verdict)
        replace_question(questions, asked[question_id])
        judged += 1
    print(f"{judged} of {len(left)} judged, saved in {questions}")


def _podium(archive: Path | None) -> "Podium":
    from rag.pipeline import Podium
    from rag.settings import read_settings

    return Podium(read_settings(archive=archive))


def _opened(archive: Path | None) -> "Archive":
    from rag.archive.archive import open_archive
    from rag.settings import read_settings

    return open_archive(read_settings(archive=archive).archive)


def _evaluate(
    paths: Sequence[Path], archive: Path | None, split: "Split", variations: Sequence[str]
) -> "tuple[list[Evaluation], dict[str, dict[str, int]]]":
    """An evaluation for each named variation, and the grades by exchange; everything is checked before it starts."""
    _need_libraries()
    from eval.gold import resolve
    from eval.questions import read_questions, select
    from eval.results import describe, evaluate
    from eval.runs import VARIATIONS, run_questions
    from podium.terminal import progress_bars

    unknown = [name for name in variations if name not in VARIATIONS]
    if unknown:
        raise _bad("variation", unknown[0], f"Take one of: {', '.join(VARIATIONS)}.")
    questions = select(read_questions(paths), split)
    with talk.status("Opening the archive…"):
        podium = _podium(archive)
        gold = resolve(questions, podium.archive)
    sets = ", ".join(path.name for path in paths)
    about = describe(podium.archive, podium.encoder.name, questions=sets, split=split)
    evaluations = []
    for name in variations:
        with progress_bars(talk) as progress:
            results = run_questions(podium, questions, VARIATIONS[name], progress=progress)
        evaluations.append(evaluate(name, about, questions, gold, results, podium.archive))
    return evaluations, {each: gold[each].exchanges for each in gold}


def _judged(paths: Sequence[Path], archive: Path | None) -> "tuple[list[Topic], dict[str, dict[str, int]], Archive]":
    """The answerable questions of the sets, and their grades in an archive."""
    from eval.gold import resolve
    from eval.questions import read_questions
    from eval.results import topics_of

    questions = read_questions(paths)
    opened = _opened(archive)
    gold = resolve(questions, opened)
    return topics_of(questions), {each.id: gold[each.id].exchanges for each in questions}, opened


@contextmanager
def _index(
    transcripts: "Iterable[Transcript]", folder: Path | None, before: "Archive | None" = None
) -> "Iterator[Podium]":
    """A podium over transcripts that no file stands behind; in a folder of its own that goes, unless one is named."""
    from podium.terminal import progress_bars
    from rag.intake.ingest import publish_transcripts
    from rag.pipeline import Podium, load_encoder
    from rag.settings import read_settings

    with tempfile.TemporaryDirectory(prefix="podium-") as passing:
        settings = read_settings(archive=folder or Path(passing) / "archive")
        encoder = load_encoder(settings)
        if not (settings.archive / "CURRENT").exists():
            with progress_bars(talk) as progress:
                publish_transcripts(settings.archive, list(transcripts), encoder, before, progress)
        yield Podium(settings, encoder)


def _rank(
    podium: "Podium",
    topics: "Sequence[Topic]",
    grades: dict[str, dict[str, int]],
    name_of: Callable[[str], str],
    what: str,
) -> "list[Evaluation]":
    """The shipped ranking and those beside it over bare topics, each exchange under the name its grades know it by."""
    from eval.results import describe, evaluate_rankings
    from eval.runs import VARIATIONS, rank_topics
    from podium.terminal import progress_bars

    evaluations = []
    for name in (SHIPPED, *BESIDE):
        with progress_bars(talk) as progress:
            ranked = rank_topics(podium, {topic.id: topic.text for topic in topics}, VARIATIONS[name], progress)
        rankings = {
            topic: {name_of(exchange): score for exchange, score in ranking.items()}
            for topic, ranking in ranked.items()
        }
        about = describe(podium.archive, podium.encoder.name, questions=what)
        evaluations.append(evaluate_rankings(name, about, topics, grades, rankings))
    return evaluations


def _ranking(path: Path, asked: Collection[str], archive: "Archive") -> dict[str, list[tuple[str, str]]]:
    """Question id -> (exchange id, passage id) best first, from an evaluation's folder or a TREC run."""
    from eval.results import read_evaluation
    from eval.trec import best_first, check_ids, read_run

    if path.is_dir():
        return {each.id: [(name, of) for name, of, _ in each.ranking] for each in read_evaluation(path).asked}
    rankings = read_run(path)
    check_ids(rankings, asked, archive.places.__contains__, path)
    return {topic: [(name, "") for name, _ in best_first(ranking)] for topic, ranking in rankings.items()}


def _verdict(each: "Unjudged", archive: "Archive") -> str:
    """Show a question and what was found; ask until the answer is a verdict."""
    from eval.pooling import VERDICTS

    exchange = archive.exchange(each.exchange_id)
    for turn in each.question.history:
        talk.print(f"before: {turn}", style="dim", markup=False)
    talk.print(f"\n{each.question.question}", style="bold", markup=False)
    to = f", to {exchange.outlet}" if exchange.outlet else ""
    talk.print(f"{each.exchange_id}: {exchange.spokesperson}{to} (found by {', '.join(each.runs)})", style="cyan")
    if exchange.question is not None:
        talk.print(f"asked: {exchange.question.cut(archive.text(exchange.transcript_id))}", style="dim", markup=False)
    talk.print(f"“{each.quote}”", markup=False)
    meaning = ", ".join(f"{key} {what}" for key, what in VERDICTS.items())
    while True:
        given = str(typer.prompt(meaning, err=True)).strip().lower()
        if given in VERDICTS:
            return given


def _finish(
    evaluations: "Sequence[Evaluation]", grades: dict[str, dict[str, int]], folder: Path, markdown: bool
) -> None:
    """Write an evaluation's folder, then print its tables."""
    from eval.report import report_page
    from eval.results import write_evaluation

    write_evaluation(folder, evaluations[0], grades, report_page(evaluations))
    _print_tables(evaluations, markdown)
    talk.print(f"Wrote {folder / 'report.html'}", soft_wrap=True)


def _print_differences(evaluations: "Sequence[Evaluation]", markdown: bool) -> None:
    """A row an evaluation, then how far the first is above each other."""
    from eval.comparison import compare
    from eval.tables import ablation_table, systems_table

    against = [compare(each, evaluations[0]) for each in evaluations[1:]]
    print(systems_table(evaluations).text(markdown))
    print(ablation_table(against).text(markdown), end="")


def _print_tables(evaluations: "Sequence[Evaluation]", markdown: bool) -> None:
    from eval.tables import evaluation_tables, systems_table

    tables = [systems_table(evaluations), *evaluation_tables(evaluations[0])]
    print("\n".join(table.text(markdown) for table in tables), end="")


def _name(paths: Sequence[Path], split: str) -> str:
    stem = "+".join(path.stem for path in paths)
    return stem if split == "all" else f"{stem}-{split}"


def _bad(key: str, value: str, remedy: str) -> PodiumError:
    from rag.errors import BadInput

    return BadInput(f"{key} is {value!r}.", key=key, value=value, remedy=remedy)


def _need_libraries() -> None:
    missing = [name for name in LIBRARIES if util.find_spec(name) is None]
    if missing:
        raise PodiumError(
            f"evaluation needs {' and '.join(missing)}, which podium alone does not install.",
            key="eval",
            value=missing,
            remedy="Install them with: pip install 'podium[eval]'",
        )
