"""A drafted source map and its text, with what a person must decide in comments."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import yaml

from leadscore.canonical import TABLES, Table
from leadscore.loading.row_sql import identifier
from leadscore.rules.vocabulary import kept_as
from leadscore.source_check.sample import Sample
from leadscore.source_check.values import is_yes_or_no
from leadscore.source_check.words import OUTCOME_PARTS, parts

SHOWN = 40  # of the columns that the map does not name
ALWAYS_OUTCOMES = ("status", "converted_at", "stage", "is_won", "amount", "closed_at")
SNAPSHOTS = ("crm_leads", "crm_accounts", "crm_opportunities", "crm_owners")
# The end of a file's name that will be another one tomorrow.
DATED = r"[-_ .()]*([*?\[].*|\d{4,}.*|\d[\d\W_]*)$"


@dataclass
class Draft:
    """A map in the making.

    Attributes:
        sample: The file.
        table: The raw table that it seems to feed.
        columns: Our columns to theirs, as the map will say it.
        where: Which rows are rows of the table; empty if all are.
        notes: What a person must know or decide, by our column or key.
        dropped: Columns of the file that looked like one of ours, and why not.
        nulls: Texts that seem to mean unknown, and how often they stand there.
        decimal: The decimal sign.
    """

    sample: Sample
    table: str
    columns: dict[str, Any]
    where: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    nulls: Counter[str] = field(default_factory=Counter)
    decimal: str = "."

    @property
    def canonical(self) -> Table:
        """The raw table that the file seems to feed."""
        return TABLES[self.table]

    @property
    def has_rest(self) -> bool:
        """Whether the table keeps what the map does not name."""
        return bool({"attributes", "properties"} & set(self.canonical.columns))

    def values(self, name: str) -> list[str]:
        """Return what is known in a column of the file."""
        return [text for text in self.sample.values(name) if text not in self.nulls]

    def origin(self, column: str) -> str:
        """Return the one column of the file that one of ours is made of, or nothing."""
        told = self.columns.get(column, "")
        return told if isinstance(told, str) else str(told.get("column", ""))

    def drop(self, column: str, why: str) -> None:
        """Leave a column of ours out, and remember why."""
        self.dropped[self.origin(column) or column] = why
        del self.columns[column]
        self.notes.pop(column, None)


def write(draft: Draft) -> str:
    """Return a draft as the text of a source map."""
    sample = draft.sample
    name = sample.path.name.split(".")[0]
    stem = re.sub(DATED, "", name)
    # Else opportunity.csv would be read by the same entry as opportunity_contact.csv.
    pattern = f"{stem}.*" if stem == name else f"{stem}*"
    lines = [
        f"# Drafted from {sample.path.name} by the names of its columns. Go through it "
        "line by line:",
        "# what it doubts it asks behind DECIDE. Then `leadscore sources check` it.",
        "files:",
        f"  - pattern: {_yaml(pattern)}",
        f"    table: {draft.table}",
    ]
    if draft.where:
        lines.append(f"    where: {_yaml(draft.where)} # {draft.notes['where']}")
    delivery = "snapshot" if draft.table in SNAPSHOTS else "changes"
    meaning = {
        "snapshot": "each file brings every row, one that is gone is deleted",
        "changes": "each file brings new rows only",
    }
    lines.append(f"    delivery: {delivery} # DECIDE: {meaning[delivery]}?")
    if draft.canonical.source == "crm" and draft.table != "crm_leads":
        lines.append("    required: false # a day is complete without it")
    if sample.kind == "csv" and sample.delimiter != ",":
        lines.append(f"    delimiter: {json.dumps(sample.delimiter)}")
    if sample.encoding != "utf-8":
        is_guess = sample.encoding == "cp1252"
        doubt = " # DECIDE: are umlauts and accents right?" if is_guess else ""
        lines.append(f"    encoding: {sample.encoding}{doubt}")
    if draft.decimal != ".":
        lines.append(f"    decimal: {_yaml(draft.decimal)}")
    if draft.nulls:
        often = ", ".join(f"{count:,}" for count in draft.nulls.values())
        times = "time" if often == "1" else "times"
        lines.append(
            f"    null_values: {_yaml(list(draft.nulls))} # found {often} {times}"
            f"{sample.seen}; DECIDE: do they mean unknown: {', '.join(draft.nulls)}?"
        )
    lines.append("    columns: # ours: theirs")
    for column, told in draft.columns.items():
        words = draft.notes.get(column, "").split()
        note = f" # {' '.join(words)}" if words else ""
        lines.append(f"      {column}: {_yaml(told)}{note}")
    return "\n".join([*lines, *_rest(draft), *_outcome_lines(draft)]) + "\n"


def doubts(text: str) -> list[str]:
    """Return what a drafted map asks: the line, its key, the question."""
    return [
        f"line {number}, {line.partition(':')[0].strip()}: {question}"
        for number, line in enumerate(text.splitlines(), start=1)
        if (question := line.partition("DECIDE: ")[2])
    ]


def _leftovers(draft: Draft) -> list[str]:
    used = {draft.origin(column) for column in draft.columns}
    sql = " ".join(
        str(told["sql"])
        for told in draft.columns.values()
        if isinstance(told, dict) and "sql" in told and "md5(" not in told["sql"]
    )
    return [
        name
        for name in draft.sample.names
        if name not in used and identifier(name) not in sql
    ]


def _outcomes(draft: Draft) -> list[str]:
    if draft.table not in SNAPSHOTS:
        return []
    found = [column for column in ALWAYS_OUTCOMES if column in draft.columns]
    if draft.has_rest:
        found += [
            name
            for name in _leftovers(draft)
            if parts(name) & OUTCOME_PARTS or {"last", "activity"} <= parts(name)
        ]
    return found


def _rest(draft: Draft) -> list[str]:
    left = _leftovers(draft)
    missing = [
        column
        for column in draft.canonical.columns
        if column not in draft.columns and column not in ("attributes", "properties")
    ]
    lines = []
    if missing:
        lines += _comment(f"Not found: {', '.join(missing)}")
    for name, why in draft.dropped.items():
        lines += _comment(f"Not taken: {name} ({why})")
    if left and draft.has_rest:
        more = f" and {len(left) - SHOWN:,} more" if len(left) > SHOWN else ""
        lines += _comment(f"{kept_as(draft.table)}: {', '.join(left[:SHOWN])}{more}")
    elif left:
        lines.append(f"    ignore: {_yaml(left)}")
    return lines


def _outcome_lines(draft: Draft) -> list[str]:
    outcomes = _outcomes(draft)
    if not outcomes and draft.table != "crm_leads":
        return []
    maybe = _maybe_outcomes(draft, outcomes)
    two = f" Of two values{draft.sample.seen}: {', '.join(maybe)}" if maybe else ""
    return [
        "    # No rule may price what stands here.",
        f"    outcomes: {_yaml(outcomes)} # DECIDE: which columns are written after "
        f"somebody talked to the lead, or after the sale?{two}",
    ]


def _maybe_outcomes(draft: Draft, outcomes: list[str]) -> list[str]:
    """Return the columns of yes and no that nobody named: one may be the sale."""
    if not draft.has_rest:
        return []
    return [
        name
        for name in _leftovers(draft)
        if name not in outcomes and is_yes_or_no(draft.values(name))
    ]


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, 88, initial_indent="    # ", subsequent_indent="    #   "
    )


def _yaml(value: object) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10**6
    )
    return text.removesuffix("\n...\n").rstrip("\n")
