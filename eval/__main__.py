"""`python -m eval QUESTIONS` is `podium eval QUESTIONS`."""

import sys

from podium.cli import main

if __name__ == "__main__":
    sys.argv[:1] = ["podium", "eval"]
    main()
