"""How long until a streamed answer begins, beside how long /query takes for the same question.

    podium serve &
    python bench/chat.py http://127.0.0.1:8080 60

Both are asked in turn, so that whatever else the machine does falls on both alike. Prints the two medians and the
ratio of the streamed answer's first byte to the whole of /query, which is to stay under 1.3. Status 77 where no server
answers.
"""

import sys
import time
from statistics import median

import httpx

QUESTIONS = (
    "What did China say about the trial of the two Canadians?",
    "What was said about Hong Kong's election?",
    "What was said about the Winter Olympics?",
    "What was said about vaccines?",
)


def whole(client: httpx.Client, question: str) -> float:
    """Seconds until the whole answer of /query is here."""
    began = time.perf_counter()
    client.post("/query", json={"question": question}).raise_for_status()
    return time.perf_counter() - began


def first_byte(client: httpx.Client, question: str) -> float:
    """Seconds until the first byte of a streamed completion is here."""
    sent = {"model": "podium", "stream": True, "messages": [{"role": "user", "content": question}]}
    began = time.perf_counter()
    with client.stream("POST", "/v1/chat/completions", json=sent) as answer:
        answer.raise_for_status()
        pieces = answer.iter_raw()
        next(pieces)
        taken = time.perf_counter() - began
        for _ in pieces:
            pass
    return taken


def main() -> None:
    """Measure the server at the given address."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with httpx.Client(base_url=url, timeout=60) as client:
        for question in QUESTIONS:
            whole(client, question), first_byte(client, question)
        times = [
            (whole(client, question), first_byte(client, question))
            for question in (QUESTIONS[at % len(QUESTIONS)] for at in range(rounds))
        ]
    query, stream = (median(column) * 1000 for column in zip(*times, strict=True))
    print(f"/query {query:.1f} ms, first byte of a streamed answer {stream:.1f} ms, ratio {stream / query:.2f}")


if __name__ == "__main__":
    try:
        main()
    except httpx.ConnectError:
        print("chat: no server answers; start one with podium serve, or give its address")
        sys.exit(77)
