"""The signals and activities that rules may use."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import duckdb

from leadscore.canonical import TABLES
from leadscore.settings import Settings
from leadscore.warehouse import connect

ATTRIBUTE = "attribute."

# Activities that come from other activities, not from a row of activities.csv.
DERIVED_ACTIVITIES = {
    "website_visited": "Came to the website; once per visit",
    "returned_after_silence": "Was active again after many silent days "
    "(mappings/thresholds.csv)",
}

# Signals made of a CRM column: an outcome there makes outcomes of them.
SIGNALS_OF_COLUMNS = {
    "job_title": ("seniority", "department"),
    "country": ("country", "country_tier", "region"),
    "lead_source": ("lead_source", "lead_source_quality"),
    "partner_id": ("partner_id",),
    "status": ("status",),
    "converted_at": ("is_converted",),
    "account_type": ("relationship",),
    "lifecycle_stage": ("relationship",),
    "industry": ("industry", "industry_fit"),
    "employee_count": ("employee_count", "size_band"),
    "annual_revenue": ("annual_revenue", "revenue_band"),
    "bant_budget": ("budget",),
    "bant_authority": ("authority",),
    "bant_need": ("need",),
    "bant_timeline": ("timeline",),
}


@dataclass(frozen=True)
class Signal:
    """A fact that rules may price; an outcome may only exclude or hold back."""

    name: str
    description: str
    is_outcome: bool
    is_number: bool


@dataclass(frozen=True)
class Vocabulary:
    """What rule files may name.

    Attributes:
        signals: Signals by name, without attributes.
        activities: What each activity means, by name.
        attributes: Columns of CRM leads that no source map names; None: not known,
            so any will do.
        outcomes: Names of the signals, also `attribute.<column>`, that are outcomes.
    """

    signals: dict[str, Signal]
    activities: dict[str, str]
    attributes: frozenset[str] | None
    outcomes: frozenset[str]

    def knows_signal(self, name: str) -> bool:
        """Whether there is such a signal, or such a column among the attributes."""
        if name.startswith(ATTRIBUTE) and self.attributes is None:
            return name != ATTRIBUTE
        return name in self.signal_names()

    def signal_names(self) -> list[str]:
        """Every signal, attributes included."""
        attributes = (ATTRIBUTE + name for name in sorted(self.attributes or ()))
        return [*self.signals, *attributes]

    def holds_number(self, name: str) -> bool:
        """Whether the signal may be a number; an attribute may be anything."""
        return name not in self.signals or self.signals[name].is_number


def load_vocabulary(settings: Settings, *folders: Path) -> Vocabulary:
    """Return what rules may name in a world.

    Args:
        settings: The world; without a warehouse, attributes are not known.
        folders: Folders of mapping files; the first that has a file counts.
    """
    signals = {
        row["signal"]: Signal(
            row["signal"],
            row["description"],
            row["is_outcome"].lower() == "true",
            row["kind"] == "number",
        )
        for row in _mapping("signals.csv", folders)
    }
    meanings: dict[str, dict[str, None]] = {}
    for row in _mapping("activities.csv", folders):
        meanings.setdefault(row["activity"], {})[row["description"]] = None
    activities = {name: "; ".join(texts) for name, texts in meanings.items()}
    attributes, outcome_columns = _source_columns(settings)
    outcomes = {name for name, signal in signals.items() if signal.is_outcome}
    for column in outcome_columns:
        outcomes |= {ATTRIBUTE + column, *SIGNALS_OF_COLUMNS.get(column, ())}
    return Vocabulary(
        signals, activities | DERIVED_ACTIVITIES, attributes, frozenset(outcomes)
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean ...?" for a name that is not known, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f", did you mean {close[0]}?" if close else ""


def _mapping(name: str, folders: Iterable[Path]) -> list[dict[str, str]]:
    path = next(folder / name for folder in folders if (folder / name).exists())
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _source_columns(settings: Settings) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Return the attributes of CRM leads, and the columns that are outcomes."""
    if not settings.warehouse.exists():
        return None, frozenset()
    with connect(settings, read_only=True) as warehouse:
        try:
            rows = warehouse.execute(
                "select table_name, column_name, is_outcome from raw.source_columns"
            ).fetchall()
            loaded = warehouse.execute(
                "select count(*) from raw.batches where table_name = 'crm_leads'"
            ).fetchone()
        except duckdb.CatalogException:  # a warehouse in which nothing was loaded
            return None, frozenset()
    named = TABLES["crm_leads"].columns
    attributes = frozenset(
        row[1] for row in rows if row[0] == "crm_leads" and row[1] not in named
    )
    outcomes = frozenset(row[1] for row in rows if row[2])
    known = attributes if rows and loaded and loaded[0] else None
    return known, outcomes
