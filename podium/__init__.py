"""Ask an archive of press conferences from Python.

>>> import tempfile
>>> from pathlib import Path
>>> from podium import Filters, Podium, Settings, build
>>> settings = Settings(archive=Path(tempfile.mkdtemp()) / "archive")
>>> done = build(settings, [Path("seeds")])
>>> done.transcripts
5
>>> answer = Podium(settings).ask("Is the trial of the two Canadians linked to the Alaska talks?")
>>> print(answer.quotes[0].credit)
Zhao Lijian, 18 March 2021, to FSN

Who said it, when and to whom are filters; every field of `Asked` may be given by name.

>>> answer = Podium(settings).ask("What of Xinjiang?", k=3, filters=Filters(spokespeople=("Wang Wenbin",)))
>>> sorted({quote.credit.spokesperson for quote in answer.quotes})
['Wang Wenbin']
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.pipeline import Podium, build
    from rag.question.asked import Asked
    from rag.question.filters import Filters
    from rag.settings import Settings

__all__ = ["Asked", "Filters", "Podium", "Settings", "build"]


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: `podium --help` needs neither numpy nor FAISS.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rag import pipeline, settings
    from rag.question import asked, filters

    return next(getattr(module, name) for module in (pipeline, settings, asked, filters) if hasattr(module, name))
