"""Credit: who said it, when and to whom, in words. The only file that says a date."""

import datetime
from dataclasses import dataclass

from rag.transcript import Exchange

MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Credit:
    """Who said it, when, and to whom, each None where it isn't known.

    >>> credit = Credit("Zhao Lijian", datetime.date(2021, 3, 18), "Reuters")
    >>> credit.title, str(credit)
    ('Zhao Lijian to Reuters, 18 March 2021', 'Zhao Lijian, 18 March 2021, to Reuters')
    """

    spokesperson: str | None
    date: datetime.date | None
    outlet: str | None

    @property
    def speaker(self) -> str:
        """The name, or what stands for it."""
        return self.spokesperson or "The spokesperson"

    @property
    def title(self) -> str:
        """All of it, as the title of a source."""
        to = f" to {self.outlet}" if self.outlet else ""
        return f"{self.speaker}{to}, {say_date(self.date)}"

    def __str__(self) -> str:
        to = f", to {self.outlet}" if self.outlet else ""
        return f"{self.speaker}, {say_date(self.date)}{to}"


def credit_of(exchange: Exchange) -> Credit:
    """The credit of an exchange's answer."""
    return Credit(exchange.spokesperson, exchange.date, exchange.outlet)


def say_date(date: datetime.date | None) -> str:
    """`18 March 2021`, in English whatever the locale; `undated` for None."""
    return "undated" if date is None else f"{date.day} {MONTHS[date.month - 1]} {date.year}"
