"""Seconds to read the pages of the material, without embedding: python bench/reading.py [FOLDER]

Prints the median of three rounds; status 1 where it is over the limit, 77 where there are no pages to read.
"""

import os
import statistics
import sys
import time
from pathlib import Path

from rag.reading.reading import read_file

LIMIT = 5.0
ROUNDS = 3
MATERIAL = Path(os.environ.get("PODIUM_MATERIAL", Path(__file__).parents[2] / "shared"))


def main() -> int:
    """Read every page, `ROUNDS` times over."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else MATERIAL / "archive" / "html"
    pages = sorted(folder.glob("*.*ht*"))
    if not pages:
        print(f"reading: no pages at {folder}; name a folder, or set PODIUM_MATERIAL")
        return 77
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        exchanges = sum(len(read_file(page).transcript.exchanges) for page in pages)
        seconds.append(time.perf_counter() - started)
    median = statistics.median(seconds)
    print(f"reading: {median:.2f} s for {len(pages)} pages ({exchanges} exchanges); the limit is {LIMIT:.0f} s")
    return int(median > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
