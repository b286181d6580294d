"""The signals and activities that rules may use."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import duckdb

from leadscore.canonical import TABLES
from leadscore.models import (
    ACCOUNT_FACTS,
    account_columns,
    account_signals,
    described,
    name_of,
)
from leadscore.settings import MAPPINGS, Settings
from leadscore.warehouse import connect, fetch_column

ATTRIBUTE = "attribute."
ACCOUNT = "account."
SEGMENT = "segment."

# What stands before the columns of a raw table that are signals by their own names.
COLUMNS_OF = {ATTRIBUTE: "crm_leads", ACCOUNT: "crm_accounts"}

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
    "region": ("state",),
    "city": ("city",),
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

# Signals that look something up: the file of mappings, the column of their values, and
# of which kind its rows must be.
LOOKED_UP = {
    "seniority": ("job_titles.csv", "value", "seniority"),
    "department": ("job_titles.csv", "value", "department"),
    "email_domain_type": ("email_domains.csv", "domain_type", None),
    "country": ("countries.csv", "country_code", None),
    "country_tier": ("countries.csv", "tier", None),
    "region": ("countries.csv", "region", None),
    "industry": ("industries.csv", "industry", None),
    "industry_fit": ("industries.csv", "fit", None),
    "size_band": ("size_bands.csv", "size_band", None),
    "revenue_band": ("revenue_bands.csv", "revenue_band", None),
    "lead_source": ("lead_sources.csv", "lead_source", None),
    "lead_source_quality": ("lead_sources.csv", "quality", None),
    "relationship": ("relationship_domains.csv", "relationship", None),
    "status": ("statuses.csv", "meaning", "lead_status"),
}

# Values that models give, whatever the mappings say.
GIVEN = {
    "email_domain_type": ("business", "role"),
    "has_phone": ("yes", "no"),
    "do_not_contact": ("yes", "no"),
    "is_converted": ("yes", "no"),
    "opportunity": ("won", "open", "lost"),
    "name_quality": ["ok", "no_capitals", "keyboard_run", "test_word", "one_test_word"],
    "company_quality": ["ok", "keyboard_run", "test_word"],
    "relationship": [
        "customer",
        "competitor",
        "partner",
        "employee",
        "student",
        "test",
    ],
}

# Signals that are as the CRM has them where no mapping knows better.
ALSO_AS_DELIVERED = {"status"}

# Texts among the signals that accounts alone have; the others are numbers.
ACCOUNT_TEXTS = {"best_grade"}

MISSING = "(missing)"

MANY_VALUES = 20  # are not listed

# What mappings say where models give no value, or one of their own.
NOT_GIVEN = {"seniority": {"none"}, "department": {"none"}, "relationship": {"own"}}


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
        signals: The signals of signals.csv, by name.
        activities: What each activity means, by name.
        columns: By what stands before them, the columns of the CRM that are signals by
            their own names; None: not known, so any will do.
        outcomes: Names of the signals, also of such columns, that are outcomes.
        values: The values that are known of a signal; of others any may come.
    """

    signals: dict[str, Signal]
    activities: dict[str, str]
    columns: Mapping[str, frozenset[str] | None]
    outcomes: frozenset[str]
    values: dict[str, frozenset[str]] = field(default_factory=dict)

    def knows_signal(self, name: str) -> bool:
        """Whether there is such a signal, or such a column of the CRM."""
        prefix = prefix_of(name)
        if prefix and self.columns[prefix] is None:
            return name != prefix
        return name in self.signal_names()

    def signal_names(self) -> list[str]:
        """Every signal, columns of the CRM included."""
        return list(dict.fromkeys([*self.signals, *self.column_names()]))

    def nearest_signal(self, name: str) -> str:
        """Return ", did you mean ...?" for a signal that is not known, or nothing."""
        # The account's industry is there as industry, which knows the lead's own too.
        plain = name.removeprefix(prefix_of(name))
        wanted = plain if plain in self.signals else name
        return nearest(wanted, self.signal_names())

    def column_names(self) -> list[str]:
        """The known columns of the CRM, as rules call them."""
        return [
            prefix + name
            for prefix, names in self.columns.items()
            for name in sorted(names or ())
        ]

    def with_segments(self, segments: Mapping[str, set[str | None]]) -> Vocabulary:
        """Return what rules may name where there are segments too.

        Args:
            segments: The signals that each segment asks, by its name.
        """
        signals = {
            SEGMENT + name: Signal(
                SEGMENT + name, "", not asked.isdisjoint(self.outcomes), False
            )
            for name, asked in segments.items()
        }
        outcomes = {name for name, signal in signals.items() if signal.is_outcome}
        return replace(
            self,
            signals=self.signals | signals,
            outcomes=self.outcomes | outcomes,
            values=self.values | dict.fromkeys(signals, frozenset({"yes", "no"})),
        )

    def of_accounts(self) -> Vocabulary:
        """Return what rules may name where accounts are scored, not leads."""
        meanings = described(name_of(ACCOUNT_FACTS)).columns
        signals = {
            name: Signal(
                name,
                meanings[name],
                name in self.outcomes,
                self.is_number(name)
                if name in self.signals
                else name not in ACCOUNT_TEXTS,
            )
            for name in account_signals()
        }
        none: frozenset[str] = frozenset()
        return replace(self, signals=signals, columns={**self.columns, ATTRIBUTE: none})

    def holds_number(self, name: str) -> bool:
        """Whether the signal may be a number; a column may be anything."""
        return name not in self.signals or self.signals[name].is_number

    def is_number(self, name: str) -> bool:
        """Whether the signal is a number in every lead."""
        return name in self.signals and self.signals[name].is_number

    def doubt(self, signal: str, value: str) -> str | None:
        """Return why no lead may have a value of a signal; None: nothing is known."""
        known = self.values.get(signal, frozenset())
        if value in known or value == MISSING:
            return None
        if not known or signal in ALSO_AS_DELIVERED:
            # Any value may come: so only what is nearly a known one is odd.
            hint = nearest(value, {*known, MISSING}, cutoff=0.8)
            return f"{value!r} may be no value of {signal}{hint}" if hint else None
        listed = ", ".join(sorted(known))
        if len(known) > MANY_VALUES:
            listed = f"those of mappings/{LOOKED_UP[signal][0]}"
        hint = nearest(value, {*known, MISSING}) or "."
        return f"{signal} is never {value!r}{hint} Its values are {listed}."


def load_vocabulary(settings: Settings, *folders: Path) -> Vocabulary:
    """Return what rules may name in a world.

    Args:
        settings: The world; without a warehouse, columns of the CRM are not known.
        folders: Folders of mapping files; the first that has a file counts. Signals of
            ours that its signals.csv lacks are there too, as in what is laid out.
    """
    signals = {
        row.get("signal", ""): Signal(
            row.get("signal", ""),
            row.get("description") or "",
            (row.get("is_outcome") or "").lower() == "true",
            row.get("kind") == "number",
        )
        for row in _mapping("signals.csv", [MAPPINGS])
        + _mapping("signals.csv", folders)
    }
    meanings: dict[str, dict[str, None]] = {}
    for row in _mapping("activities.csv", folders):
        meanings.setdefault(row["activity"], {})[row["description"]] = None
    activities = {name: "; ".join(texts) for name, texts in meanings.items()}
    columns, outcome_columns = _source_columns(settings)
    outcomes = {name for name, signal in signals.items() if signal.is_outcome}
    # What makes an outcome is one itself: a customer is called so in account_type.
    outcome_columns |= {
        ACCOUNT + column
        for column in account_columns()
        if not outcomes.isdisjoint(SIGNALS_OF_COLUMNS.get(column, ()))
    }
    for name in outcome_columns:
        column = name.removeprefix(prefix_of(name))
        outcomes |= {name, *SIGNALS_OF_COLUMNS.get(column, ())}
    return Vocabulary(
        signals,
        activities | DERIVED_ACTIVITIES,
        columns,
        frozenset(outcomes),
        _values(folders),
    )


def kept_as(table: str) -> str:
    """Return where a raw table keeps columns that no map names, as rules know them."""
    for prefix, of_table in COLUMNS_OF.items():
        if table == of_table:
            return f"Kept in attributes, as signals {prefix}<column>"
    return "Kept in properties"


def prefix_of(name: str) -> str:
    """Return what says that a signal is a column of the CRM; empty if it is none."""
    return next((prefix for prefix in COLUMNS_OF if name.startswith(prefix)), "")


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return ", did you mean ...?" for a name that is not known, or nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f", did you mean {close[0]}?" if close else ""


def mapping_path(name: str, folders: Iterable[Path]) -> Path:
    """Return where a mapping lies: in the first of the folders that has it."""
    return next(folder / name for folder in folders if (folder / name).exists())


def as_spelled(value: str) -> str:
    """Return a value as rules spell it; the macro signal_value does too."""
    return value.strip().lower().replace("|", "/")


def _mapping(name: str, folders: Iterable[Path]) -> list[dict[str, str]]:
    with mapping_path(name, folders).open(
        encoding="utf-8-sig", errors="replace", newline=""
    ) as file:
        return list(csv.DictReader(file))


def _values(folders: Iterable[Path]) -> dict[str, frozenset[str]]:
    """Return the values of signals as rules spell them: int_signal_values does too."""
    files = {file: _mapping(file, folders) for file, _, _ in LOOKED_UP.values()}
    values = {signal: set(given) for signal, given in GIVEN.items()}
    for signal, (file, column, kind) in LOOKED_UP.items():
        values.setdefault(signal, set()).update(
            as_spelled(row.get(column) or "")
            for row in files[file]
            if kind in (None, row.get("kind"), *(row.get("field") or "").split("|"))
        )
        values[signal] -= {"", *NOT_GIVEN.get(signal, ())}
    return {signal: frozenset(found) for signal, found in values.items()}


def _source_columns(
    settings: Settings,
) -> tuple[dict[str, frozenset[str] | None], set[str]]:
    """Return the columns of the CRM that rules may name, and all that are outcomes."""
    unknown: dict[str, frozenset[str] | None] = dict.fromkeys(COLUMNS_OF)
    if not settings.warehouse.exists():
        return unknown, set()
    with connect(settings, read_only=True) as warehouse:
        try:
            # By name: an older warehouse does not tell which columns are kept.
            rows = warehouse.execute(
                "select table_name, column_name, is_outcome, is_kept from ("
                "    from raw.source_columns"
                "    union all by name select null::boolean as is_kept where false"
                ")"
            ).fetchall()
            loaded = fetch_column(
                warehouse, "select distinct table_name from raw.batches"
            )
        except duckdb.CatalogException:  # a warehouse in which nothing was loaded
            return unknown, set()
    ours = {ATTRIBUTE: (), ACCOUNT: account_columns()}
    known = {
        prefix: frozenset(ours[prefix]).union(
            column
            for of_table, column, _, is_kept in rows
            if of_table == table and (is_kept or column not in TABLES[table].columns)
        )
        for prefix, table in COLUMNS_OF.items()
        if rows and table in loaded
    }
    outcomes = {
        prefix + column
        for of_table, column, is_outcome, _ in rows
        for prefix, table in COLUMNS_OF.items()
        if is_outcome and of_table == table
    }
    return unknown | known, outcomes
