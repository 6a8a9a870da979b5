"""`podium eval …`: every command of the offline evaluation. Prints tables on stdout and talk on stderr.

Libraries that only evaluation needs are imported inside the commands, so that `podium --help` stays quick and
podium runs without them.
"""

from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from podium.command import ArchiveOption, talk
from rag.errors import PodiumError

if TYPE_CHECKING:
    from eval.pooling import Unjudged
    from eval.results import Evaluation
    from rag.archive.archive import Archive

LIBRARIES = ("ir_measures", "matplotlib")

QuestionsArgument = Annotated[list[Path], typer.Argument(metavar="QUESTIONS...", help="Question sets, .jsonl.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The folder to write to [out/ and the set's name].")]
SplitOption = Annotated[
    Literal["learn", "tune", "check", "all"], typer.Option(help="Which part of the set, by conference.")
]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")]


class _RunByDefault(typer.core.TyperGroup):
    """`podium eval QUESTIONS` is `podium eval run QUESTIONS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # `podium eval set.jsonl` -> `podium eval run set.jsonl`
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_RunByDefault, no_args_is_help=True)


@app.callback()
def need_libraries() -> None:
    """Measure an archive against question sets, offline."""
    # Looked for, not imported: that would take seconds.
    missing = [name for name in LIBRARIES if util.find_spec(name) is None]
    if missing:
        raise PodiumError(
            f"evaluation needs {' and '.join(missing)}, which podium alone does not install.",
            key="eval",
            remedy="Install them with: pip install 'podium[eval]'",
        )


@app.command()
def run(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    out: OutOption = None,
    split: SplitOption = "all",
    variation: Annotated[str, typer.Option(help="What to measure: a row of `podium eval ablate`.")] = "fused",
    markdown: MarkdownOption = False,
) -> None:
    """Ask every question of the sets; print the measures, and write them with a report."""
    from podium.measuring import BESIDE, evaluate_sets

    systems = tuple(dict.fromkeys((variation, *BESIDE)))
    evaluations, grades = evaluate_sets(questions, archive, split, systems)
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
    from podium.measuring import evaluate_sets

    evaluations, _ = evaluate_sets(questions, archive, split, tuple(VARIATIONS))
    _print_differences(evaluations, markdown)


@app.command()
def calibrate(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    write: Annotated[
        Path | None, typer.Option(help="Where to write the calibration: rag/answering/selection.toml.")
    ] = None,
) -> None:
    """Fit on the tune part how likely a quote is to answer, and print how that does: held back, there, and on check."""
    from eval.calibration import HEADER, as_toml, fit, held_back, report, weigh_questions
    from eval.questions import read_questions, select
    from podium.measuring import open_podium

    asked = read_questions(questions)
    podium = open_podium(archive)
    tune, check = (weigh_questions(podium, select(asked, half)) for half in ("tune", "check"))
    calibration = fit(tune)
    print(as_toml(calibration))
    print(HEADER)
    # What a share of the questions teaches tells whether more of them would help.
    for share in (0.25, 0.5, 1.0):
        print(report(held_back(tune, share), f"tune, held back; of the others {share:.0%}"))
    for name, weighed in (("tune", tune), ("check", check)):
        print(report([(calibration, each) for each in weighed], name))
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
    from eval.results import Topic, evaluate_rankings
    from eval.trec import check_ids, check_topics, read_qrels, read_run
    from podium.measuring import bad_choice, judged

    if (qrels is None) == (not questions):
        raise bad_choice("qrels", str(qrels), "Give either --qrels, or --questions with --archive.")
    rankings = read_run(run_file)
    if qrels is not None:
        grades = read_qrels(qrels)
        topics = [Topic(name, name, "topic") for name in grades]
    else:
        topics, grades, opened = judged(questions or [], archive)
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
    from eval.beir import document_of, read_beir, transcripts_of
    from eval.results import Topic
    from podium.measuring import indexed, rank

    collection = read_beir(folder, split)
    topics = [Topic(name, words, "query") for name, words in collection.queries.items()]
    with indexed(transcripts_of(collection.documents), archive) as podium:
        evaluations = rank(podium, topics, collection.grades, document_of, f"{folder.name}/{split}")
    _finish(evaluations, collection.grades, out or Path("out") / folder.name, markdown)


@app.command()
def sanity(
    archive: ArchiveOption = None,
    count: Annotated[int, typer.Option(min=1, help="At most so many questions.")] = 300,
    out: OutOption = None,
    markdown: MarkdownOption = False,
) -> None:
    """Reporters' own questions against the answers alone: an automatic check, apart from any hand-made set."""
    from eval.sanity import automatic_topics, hidden_transcripts
    from podium.measuring import indexed, opened_archive, rank

    opened = opened_archive(archive)
    topics = automatic_topics(opened, count)
    grades = {topic.id: {topic.id: 2} for topic in topics}
    with indexed(hidden_transcripts(opened), None, opened) as podium:
        evaluations = rank(podium, topics, grades, str, "automatic: reporters' questions, hidden from the index")
    _finish(evaluations, grades, out or Path("out") / "sanity", markdown)


@app.command()
def export(
    questions: QuestionsArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder to write.")],
    archive: ArchiveOption = None,
) -> None:
    """Write an archive and a question set as a BEIR folder, for other systems to run."""
    from eval.beir import write_beir
    from podium.measuring import judged

    topics, grades, opened = judged(questions, archive)
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
    from podium.measuring import opened_archive, ranking_of

    asked = {question.id: question for question in read_questions([questions])}
    opened = opened_archive(archive)
    gold = resolve(list(asked.values()), opened)
    rankings = {str(path): ranking_of(path, asked, opened) for path in runs}
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


@app.command()
def quotes(
    questions: QuestionsArgument,
    judgements: Annotated[Path, typer.Option(help="What readers said of quotes, .jsonl.")],
    archive: ArchiveOption = None,
    judge: Annotated[bool, typer.Option("--judge", help="Ask for a verdict on each quote that has none.")] = False,
    markdown: MarkdownOption = False,
) -> None:
    """How many of the quotes shown answer, by readers' judgements; the questions are those that were judged."""
    from eval.judging import confidence_table, judged_table
    from podium.measuring import judge_quotes, shown_quotes

    shown = shown_quotes(questions, judgements, archive)
    if judge:
        shown = judge_quotes(shown, judgements)
    for table in (judged_table(shown), confidence_table(shown)):
        print(table.text(markdown))


def _verdict(each: "Unjudged", archive: "Archive") -> str:
    """Show a question and what was found; ask until the answer is a verdict."""
    from eval.pooling import VERDICTS
    from podium.measuring import ask_key, show_question

    exchange = archive.exchange(each.exchange_id)
    to = f", to {exchange.outlet}" if exchange.outlet else ""
    asked = None if exchange.question is None else exchange.question.cut(archive.text(exchange.transcript_id))
    show_question(each.question)
    talk.print(f"{each.exchange_id}: {exchange.spokesperson}{to} (found by {', '.join(each.runs)})", style="cyan")
    if asked is not None:
        talk.print(f"asked: {asked}", style="dim", markup=False)
    talk.print(f"“{each.quote}”", markup=False)
    return ask_key(VERDICTS)


def _finish(
    evaluations: "Sequence[Evaluation]", grades: dict[str, dict[str, int]], folder: Path, markdown: bool
) -> None:
    """Write an evaluation's folder, then print its tables."""
    from eval.report import report_page
    from eval.results import write_evaluation
    from eval.tables import evaluation_tables, systems_table

    write_evaluation(folder, evaluations[0], grades, report_page(evaluations))
    tables = [systems_table(evaluations), *evaluation_tables(evaluations[0])]
    print("\n".join(table.text(markdown) for table in tables), end="")
    talk.print(f"Wrote {folder / 'report.html'}", soft_wrap=True)


def _print_differences(evaluations: "Sequence[Evaluation]", markdown: bool) -> None:
    """A row an evaluation, then how far the first is above each other."""
    from eval.comparison import compare
    from eval.tables import ablation_table, systems_table

    against = [compare(each, evaluations[0]) for each in evaluations[1:]]
    print(systems_table(evaluations).text(markdown))
    print(ablation_table(against).text(markdown), end="")


def _name(paths: Sequence[Path], split: str) -> str:
    # readers+fresh-tune
    stem = "+".join(path.stem for path in paths)
    return stem if split == "all" else f"{stem}-{split}"
