"""Experiments between a champion and a challenger, as the decisions tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

BEGUN, STOPPED, READ = "experiment", "experiment stopped", "experiment read"

# A row is never changed: one that was stopped has a second row with its end.
EXPERIMENTS = """
    select
        experiment, scorecard, ruleset, ruleset_before, share, from_date,
        min(until_date)
    from raw.ruleset_decisions
    where decision in (?, ?)
    group by experiment, scorecard, ruleset, ruleset_before, share, from_date
    order by from_date, experiment
"""


@dataclass(frozen=True)
class Experiment:
    """A period in which part of the leads is shown under a challenger.

    Attributes:
        name: Its id: with another one the same leads are split anew.
        scorecard: Whose leads.
        challenger: The ruleset that is tried.
        champion: The ruleset of all others.
        share: The share of the leads that is shown under the challenger.
        from_date: The first day.
        until_date: The last day.
    """

    name: str
    scorecard: str
    challenger: str
    champion: str
    share: float
    from_date: date
    until_date: date

    def is_on(self, first: date, last: date | None = None) -> bool:
        """Return whether it is on, on a day or on any of several."""
        return self.from_date <= (last or first) and first <= self.until_date


def find_experiments(connection: duckdb.DuckDBPyConnection) -> list[Experiment]:
    """Return all experiments of a warehouse, the earliest first."""
    rows = connection.execute(EXPERIMENTS, [BEGUN, STOPPED]).fetchall()
    return [Experiment(*row) for row in rows]
