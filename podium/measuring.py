"""What the commands of evaluation have in common: an archive opened or made, its rankings, and their measures."""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.prompt import Prompt

from eval.gold import resolve
from eval.judging import GRADES, Graded, Judgements, grade_of, judge, read_judged, write_judged
from eval.questions import Question, Split, read_questions, select
from eval.results import Evaluation, Topic, evaluate, evaluate_rankings, read_evaluation, topics_of
from eval.runs import SHIPPED, VARIATIONS, rank_topics, run_questions
from eval.trec import best_first, check_ids, read_run
from podium.command import talk
from podium.terminal import progress_bars
from rag.answering.quotes import Quote
from rag.archive.archive import Archive, open_archive
from rag.errors import BadInput
from rag.intake.ingest import publish_transcripts
from rag.loading import load_encoder
from rag.pipeline import Podium
from rag.settings import read_settings
from rag.transcript import Transcript

BESIDE = ("bm25", "dense")


def open_podium(archive: Path | None) -> Podium:
    return Podium(read_settings(archive=archive))


def opened_archive(archive: Path | None) -> Archive:
    return open_archive(read_settings(archive=archive).archive)


def evaluate_sets(
    paths: Sequence[Path], archive: Path | None, split: Split, variations: Sequence[str]
) -> tuple[list[Evaluation], dict[str, dict[str, int]]]:
    """An evaluation for each named variation, and the grades by exchange; everything is checked before it starts."""
    unknown = [name for name in variations if name not in VARIATIONS]
    if unknown:
        raise bad_choice("variation", unknown[0], f"Take one of: {', '.join(VARIATIONS)}.")
    questions = select(read_questions(paths), split)
    with talk.status("Opening the archive…"):
        podium = open_podium(archive)
        gold = resolve(questions, podium.archive)
    sets = ", ".join(path.name for path in paths)
    about = _described(podium.archive, podium.encoder.name, questions=sets, split=split)
    evaluations = []
    for name in variations:
        with progress_bars() as progress:
            results = run_questions(podium, questions, VARIATIONS[name], progress=progress)
        evaluations.append(evaluate(name, about, questions, gold, results, podium.archive))
    return evaluations, {each: gold[each].exchanges for each in gold}


def judged(paths: Sequence[Path], archive: Path | None) -> tuple[list[Topic], dict[str, dict[str, int]], Archive]:
    """The answerable questions of the sets, and their grades in an archive."""
    questions = read_questions(paths)
    opened = opened_archive(archive)
    gold = resolve(questions, opened)
    return topics_of(questions), {each.id: gold[each.id].exchanges for each in questions}, opened


@contextmanager
def indexed(transcripts: Iterable[Transcript], folder: Path | None, before: Archive | None = None) -> Iterator[Podium]:
    """A podium over transcripts that no file stands behind; in a folder of its own that goes, unless one is named."""
    with tempfile.TemporaryDirectory(prefix="podium-") as passing:
        settings = read_settings(archive=folder or Path(passing) / "archive")
        encoder = load_encoder(settings)
        # An index that was kept is used again.
        if not (settings.archive / "CURRENT").exists():
            with progress_bars() as progress:
                publish_transcripts(settings.archive, list(transcripts), encoder, before, progress)
        yield Podium(settings, encoder)


def rank(
    podium: Podium,
    topics: Sequence[Topic],
    grades: dict[str, dict[str, int]],
    name_of: Callable[[str], str],
    what: str,
) -> list[Evaluation]:
    """The shipped ranking and those beside it over bare topics, each exchange under the name its grades know it by."""
    evaluations = []
    for name in (SHIPPED, *BESIDE):
        with progress_bars() as progress:
            ranked = rank_topics(podium, {topic.id: topic.text for topic in topics}, VARIATIONS[name], progress)
        rankings = {
            topic: {name_of(exchange): score for exchange, score in ranking.items()}
            for topic, ranking in ranked.items()
        }
        about = _described(podium.archive, podium.encoder.name, questions=what)
        evaluations.append(evaluate_rankings(name, about, topics, grades, rankings))
    return evaluations


def ranking_of(path: Path, asked: Collection[str], archive: Archive) -> dict[str, list[tuple[str, str]]]:
    """Question id -> (exchange id, passage id) best first, from an evaluation's folder or a TREC run."""
    if path.is_dir():
        return {each.id: [(name, of) for name, of, _ in each.ranking] for each in read_evaluation(path).asked}
    rankings = read_run(path)
    check_ids(rankings, asked, archive.places.__contains__, path)
    # A run ranks exchanges, and names no passage of them.
    return {topic: [(name, "") for name, _ in best_first(ranking)] for topic, ranking in rankings.items()}


def shown_quotes(paths: Sequence[Path], judgements: Path, archive: Path | None) -> list[Graded]:
    """What podium answers the judged questions of these sets with, and what readers said of it."""
    judged = read_judged(judgements)
    questions = [question for question in read_questions(paths) if question.id in judged]
    podium = open_podium(archive)
    with progress_bars() as progress:
        results = run_questions(podium, questions, VARIATIONS[SHIPPED], progress=progress)
    return [_graded(question, each.quotes, judged) for question, each in zip(questions, results, strict=True)]


def judge_quotes(shown: Sequence[Graded], judgements: Path) -> list[Graded]:
    """Ask for the verdicts that are missing; each is kept at once."""
    judged = read_judged(judgements)
    for question_id, verdict in judge(shown, ask_grade):
        mine = judged[question_id]
        judged[question_id] = mine.model_copy(update={"quotes": [*mine.quotes, verdict]})
        write_judged(judgements, judged)
    return [_graded(each.question, each.quotes, judged) for each in shown]


def _graded(question: Question, quotes: tuple[Quote, ...], judged: Mapping[str, Judgements]) -> Graded:
    return Graded(question, quotes, tuple(grade_of(quote, judged[question.id]) for quote in quotes))


def ask_grade(question: Question, quote: Quote) -> int | None:
    """Show a question and a quote as a reader would see it, and ask for a grade; None to stop."""
    show_question(question)
    talk.print(f"{quote.credit}: “{quote.text}”", markup=False)
    key = ask_key({str(grade): meaning for grade, meaning in GRADES.items()} | {"q": "stop here"})
    return None if key == "q" else int(key)


def show_question(question: Question) -> None:
    """A question, and what was asked before it."""
    for turn in question.history:
        talk.print(f"before: {turn}", style="dim", markup=False)
    talk.print(f"\n{question.question}", style="bold", markup=False)


def ask_key(meanings: Mapping[str, str]) -> str:
    """Ask until the answer is one of these keys."""
    told = ", ".join(f"{key} {meaning}" for key, meaning in meanings.items())
    return Prompt.ask(told, console=talk, choices=list(meanings), show_choices=False, case_sensitive=False)


def _described(archive: Archive, encoder: str, **more: str) -> dict[str, str]:
    """What was run on what, for the head of a report."""
    coverage = archive.coverage
    held = f"{coverage.transcripts} transcripts, {coverage.exchanges} exchanges"
    return more | {"archive": held, "generation": archive.name, "encoder": encoder}


def bad_choice(key: str, value: str, remedy: str) -> BadInput:
    return BadInput(f"{key} is {value!r}.", key=key, remedy=remedy)
