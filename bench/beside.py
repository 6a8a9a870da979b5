"""LlamaIndex and txtai beside podium: the same weights, the same passages, the same questions, in one run.

    make beside
    python bench/beside.py [ARCHIVE] [QUESTIONS.jsonl]

The archive is one made with PODIUM_ENCODER=all-MiniLM-L6-v2; each library encodes its passages with the same weights
and keeps them as it does by default. Every question of the set is put to each in turn, the first to be asked changing,
and each finds five passages on one thread; podium finds five exchanges, by its whole retrieval. Prints the median
milliseconds a question, how much of them is encoding the question, how many times podium's that is, and for context how
often an exchange that answers is among the five (Hit@5) and nDCG@5. Status 77 where a library is missing.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median

import numpy as np

from embeddings.encoder import UNTUNED_MODEL, packaged_weights
from eval.gold import resolve_held
from eval.questions import read_questions
from rag.archive.passages import embedded_text
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

K = 5
LIBRARIES = ("llama_index.core", "txtai")
# A question's exchanges, best first.
Find = Callable[[str], list[str]]


def llama_index(texts: list[str], owners: list[str]) -> tuple[Find, Find]:
    """Its retriever over its own in-memory store, and its encoder alone."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    model = HuggingFaceEmbedding(str(packaged_weights()), device="cpu")
    passages = [TextNode(text=text, metadata={}, id_=str(row)) for row, text in enumerate(texts)]
    retriever = VectorStoreIndex(passages, embed_model=model).as_retriever(similarity_top_k=K)

    def find(question: str) -> list[str]:
        return [owners[int(found.node.node_id)] for found in retriever.retrieve(question)]

    def encode(question: str) -> list[str]:
        model.get_query_embedding(question)
        return []

    return find, encode


def txtai(texts: list[str], owners: list[str]) -> tuple[Find, Find]:
    """Its embeddings database with its default index, and its encoder alone."""
    from txtai import Embeddings

    database = Embeddings(path=str(packaged_weights()), gpu=False)
    database.index(texts)

    def find(question: str) -> list[str]:
        return [owners[row] for row, _ in database.search(question, K)]

    def encode(question: str) -> list[str]:
        database.transform(question)
        return []

    return find, encode


def ours(podium: Podium) -> dict[str, Find]:
    """podium's retrieval, and its encoder alone."""
    exchanges = podium.archive.exchanges

    def find(question: str) -> list[str]:
        found = podium.retrieve(Asked(question), depth=K)
        return [exchanges[candidate.place].id for candidate in found.candidates]

    def encode(question: str) -> list[str]:
        podium.encoder.encode_queries([question])
        return []

    return {"podium": find, "podium, encoding": encode}


def gain(found: list[str], right: dict[str, int]) -> float:
    """nDCG@5 over exchanges, each counted where it comes first."""
    grades = [right.get(each, 0) for each in dict.fromkeys(found)]
    best = sorted(right.values(), reverse=True)[:K]

    def discounted(grades: list[int]) -> float:
        # log2(rank + 1)
        return float(sum(np.array(grades) / np.log2(np.arange(len(grades)) + 2)))

    return discounted(grades) / discounted(best)


def main() -> int:
    """Print the table."""
    if missing := [name for name in LIBRARIES if find_spec(name.partition(".")[0]) is None]:
        print(
            f"bench/beside.py: {', '.join(missing)} missing; `make beside` installs them in an environment of their own"
        )
        return 77
    import torch

    # As many as podium takes for a question; more of them wait for each other on a machine that has other work.
    torch.set_num_threads(1)
    archive = Path(sys.argv[1] if len(sys.argv) > 1 else "archive")
    podium = Podium(Settings(archive=archive, encoder=UNTUNED_MODEL))
    held = podium.archive
    questions = read_questions([Path(sys.argv[2] if len(sys.argv) > 2 else "eval/questions/seeds.jsonl")])
    questions = [each for each in questions if not each.history]
    right = {each: gold.exchanges for each, gold in resolve_held(questions, held).items() if gold.exchanges}
    passages = [held.passage(row) for row in range(len(held.passage_exchange))]
    texts = [embedded_text(held.text(each.span.transcript_id), each) for each in passages]
    ways = ours(podium)
    for name, make in (("LlamaIndex", llama_index), ("txtai", txtai)):
        ways[name], ways[f"{name}, encoding"] = make(texts, [each.exchange_id for each in passages])
    for way in ways.values():
        way(questions[0].question)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    gains: defaultdict[str, list[float]] = defaultdict(list)
    for at, question in enumerate(questions):
        names = list(ways)
        # In turn, and each of them first as often as the others.
        for name in names[at % len(names) :] + names[: at % len(names)]:
            began = time.perf_counter()
            found = ways[name](question.question)
            spent[name].append((time.perf_counter() - began) * 1000)
            if question.id in right:
                gains[name].append(gain(found, right[question.id]))
    libraries = ", ".join(f"{name} {version(name)}" for name in ("llama-index-core", "txtai", "sentence-transformers"))
    print(f"{len(passages)} passages, {len(questions)} questions, {len(right)} with an answer; {libraries}")
    print(f"{'':<12}{'ms':>8}{'encoding':>10}{'x podium':>10}{'Hit@5':>8}{'nDCG@5':>8}")
    for name in ("podium", "LlamaIndex", "txtai"):
        took = median(spent[name])
        encoding = median(spent[f"{name}, encoding"])
        hits = fmean(gained > 0 for gained in gains[name])
        times = took / median(spent["podium"])
        print(f"{name:<12}{took:>8.1f}{encoding:>10.1f}{times:>10.1f}{hits:>8.2f}{fmean(gains[name]):>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
