"""Credit: who said it, when and to whom, in words. The only file that says a date."""

import datetime
from dataclasses import dataclass

from rag.transcript import Exchange

MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Credit:
    """Who said it, when, and to whom, each None where it isn't known; `institution` where an archive has several.

    `uncertain` says that the transcript doesn't tell well enough who speaks.

    >>> credit = Credit("Zhao Lijian", datetime.date(2021, 3, 18), "Reuters")
    >>> credit.title, str(credit)
    ('Zhao Lijian to Reuters, 18 March 2021', 'Zhao Lijian, 18 March 2021, to Reuters')
    """

    spokesperson: str | None
    date: datetime.date | None
    outlet: str | None
    office: str | None = None
    institution: str | None = None
    uncertain: bool = False

    @property
    def speaker(self) -> str:
        """The name, or what stands for it."""
        return self.spokesperson or ("A speaker not clear" if self.uncertain else "The spokesperson")

    @property
    def title(self) -> str:
        """All of it, as the title of a source."""
        to = f" to {self.outlet}" if self.outlet else ""
        return f"{self.speaker}{to}{self._of}, {say_date(self.date)}"

    def __str__(self) -> str:
        to = f", to {self.outlet}" if self.outlet else ""
        return f"{self.speaker}{self._of}, {say_date(self.date)}{to}"

    @property
    def _of(self) -> str:
        return f", {self.institution}" if self.institution else ""


def credit_of(
    exchange: Exchange, start: int | None = None, *, institution: str | None = None, uncertain: bool = False
) -> Credit:
    """The credit of the words of an exchange's answer at `start`, of its main speaker's where none is given."""
    speaker = exchange.speaker_at(start) if start is not None else None
    name, office = (speaker.name, speaker.office) if speaker else (None, None)
    # The exchange as a whole is its main speaker's, in whatever office.
    if start is None:
        name = exchange.spokesperson
    return Credit(name, exchange.date, exchange.outlet, office, institution, uncertain)


def say_date(date: datetime.date | None) -> str:
    """`18 March 2021`, in English whatever the locale; `undated` for None."""
    return "undated" if date is None else f"{date.day} {MONTHS[date.month - 1]} {date.year}"
