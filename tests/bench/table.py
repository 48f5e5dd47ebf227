"""The table of figures: each a ratio of mailroom to a reference that ran beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    mailroom: float
    reference: float
    unit: str
    ratio: float
    target: str = ""
    """What the ratio should be: ">= 0.8", "<= 1.1"; empty: shown for information."""

    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if not self.target:
            return None
        sense, bound = self.target.split()
        return self.ratio >= float(bound) if sense == ">=" else self.ratio <= float(bound)


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def share(value: float) -> str:
    """A part of a whole, in percent."""
    return f"{100 * value:.0f} %"


def lines(figures: Iterable[Figure]) -> list[str]:
    """The table as Markdown."""
    found = [
        "| figure | mailroom | reference | unit | ratio | target | met |",
        "|---|---:|---:|---|---:|---|---|",
    ]
    for figure in figures:
        met = {True: "yes", False: "NO", None: ""}[figure.met()]
        ratio = f"{figure.ratio:.3g}" if figure.ratio < 100 else f"{figure.ratio:.0f}"
        values = f"{_number(figure.mailroom)} | {_number(figure.reference)} | {figure.unit}"
        found.append(f"| {figure.name} | {values} | {ratio} | {figure.target} | {met} |")
    return found
