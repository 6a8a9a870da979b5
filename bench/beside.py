"""LlamaIndex and txtai beside podium: the same weights, the same passages, the same questions, in one run.

    make beside
    python bench/beside.py [ARCHIVE] [QUESTIONS.jsonl]

The archive is one made with PODIUM_ENCODER=all-MiniLM-L6-v2; each library encodes its passages with the same weights
and keeps them as it does by default. Every question of the set is put to each in turn, the first to be asked changing,
and each finds five passages on one thread; podium finds five exchanges, by its whole retrieval. Prints the median
milliseconds a question, how much of them is encoding the question, and how many times podium's that is. Status 77 where
a library is missing.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from embeddings.encoder import UNTUNED_MODEL, packaged_weights
from eval.questions import read_questions
from rag.archive.passages import embedded_text
from rag.pipeline import Podium
from rag.question.asked import Asked
from rag.settings import Settings

K = 5
LIBRARIES = ("llama_index.core", "txtai")
Ask = Callable[[str], object]


def llama_index(texts: list[str]) -> tuple[Ask, Ask]:
    """Its retriever over its own in-memory store, and its encoder alone."""
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    model = HuggingFaceEmbedding(str(packaged_weights()), device="cpu")
    passages = [TextNode(text=text, metadata={}, id_=str(row)) for row, text in enumerate(texts)]
    retriever = VectorStoreIndex(passages, embed_model=model).as_retriever(similarity_top_k=K)
    return retriever.retrieve, model.get_query_embedding


def txtai(texts: list[str]) -> tuple[Ask, Ask]:
    """Its embeddings database with its default index, and its encoder alone."""
    from txtai import Embeddings

    database = Embeddings(path=str(packaged_weights()), gpu=False)
    database.index(texts)
    return lambda question: database.search(question, K), database.transform


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
    passages = [held.passage(row) for row in range(len(held.passage_exchange))]
    texts = [embedded_text(held.text(each.span.transcript_id), each) for each in passages]
    ways: dict[str, Ask] = {
        "podium": lambda question: podium.retrieve(Asked(question), depth=K),
        "podium, encoding": lambda question: podium.encoder.encode_queries([question]),
    }
    for name, make in (("LlamaIndex", llama_index), ("txtai", txtai)):
        ways[name], ways[f"{name}, encoding"] = make(texts)
    for way in ways.values():
        way(questions[0].question)
    spent: defaultdict[str, list[float]] = defaultdict(list)
    for at, question in enumerate(questions):
        names = list(ways)
        # In turn, and each of them first as often as the others.
        for name in names[at % len(names) :] + names[: at % len(names)]:
            began = time.perf_counter()
            ways[name](question.question)
            spent[name].append((time.perf_counter() - began) * 1000)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("llama-index-core", "txtai", "sentence-transformers"))
    print(f"{len(passages)} passages, {len(questions)} questions; {libraries}")
    print(f"{'':<12}{'ms':>8}{'encoding':>10}{'x podium':>10}")
    for name in ("podium", "LlamaIndex", "txtai"):
        took = median(spent[name])
        encoding = median(spent[f"{name}, encoding"])
        times = took / median(spent["podium"])
        print(f"{name:<12}{took:>8.1f}{encoding:>10.1f}{times:>10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
