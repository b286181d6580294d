"""The columns of the rule files and what they may hold; types are the seeds' own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import yaml

from leadscore.settings import PROJECT

SEEDS = PROJECT / "dbt_project" / "seeds"

# The columns that name a row once.
KEYS = {
    "rulesets": ("ruleset",),
    "signal_rules": ("ruleset", "rule_id"),
    "activity_rules": ("ruleset", "rule_id"),
    "resets": ("ruleset", "activity", "rule_group"),
    "caps": ("ruleset", "scope", "name"),
    "exclusions": ("ruleset", "signal", "value_text"),
    "grades": ("ruleset", "position"),
    "levels": ("ruleset", "level"),
    "qualification": ("ruleset", "row_order"),
    "manual_adjustments": ("ruleset", "adjustment_id"),
}

# Columns that may be empty; all others may not.
OPTIONAL = {
    "rulesets": {"description"},
    "signal_rules": {
        *("value_text", "min_value", "max_value", "if_signal", "if_value"),
        *("grade_thirds", "rationale"),
    },
    "activity_rules": {
        *("if_signal", "if_value", "per_count", "max_units", "window_days"),
        *("decay_days", "max_points", "rationale"),
    },
    "caps": {"min_points", "max_points"},
    "levels": {"min_behavioral_points"},
    "qualification": {
        *("min_grade", "min_points", "min_behavioral_points", "if_activity"),
        *("within_days", "if_signal", "if_value"),
        *("priority", "queue", "action", "sla_hours"),
    },
    "manual_adjustments": {"to_date"},
}

# Columns that hold one of a few words, in whatever file they stand.
ALLOWED = {
    "status": ("champion", "challenger", "draft"),
    "dimension": ("demographic", "firmographic", "behavioral", "negative"),
    "per": ("day", "week", "month", "quarter", "ever"),
    "decay": ("none", "linear", "half_life"),
    "scope": ("rule_group", "dimension", "fit", "total"),
    "effect": ("excluded", "no_queue"),
    "level": ("1", "2", "3", "4"),
}


@dataclass(frozen=True)
class Column:
    """What the cells of a column may hold."""

    name: str
    sql_type: str
    kind: str  # the same without digits: varchar, integer, decimal, boolean or date
    decimals: int
    is_required: bool
    allowed: tuple[str, ...]


@lru_cache
def columns_of() -> dict[str, dict[str, Column]]:
    """Return the columns of every rule file by name, without `.csv`."""
    return {name: _columns(name) for name in KEYS}


def _columns(file: str) -> dict[str, Column]:
    text = (SEEDS / "rules" / f"{file}.yml").read_text(encoding="utf-8")
    types = yaml.safe_load(text)["seeds"][0]["config"]["column_types"]
    return {name: _column(file, name, kind) for name, kind in types.items()}


def _column(file: str, name: str, sql_type: str) -> Column:
    scale = re.fullmatch(r"decimal\(\d+,\s*(\d+)\)", sql_type)
    return Column(
        name=name,
        sql_type=sql_type,
        kind=sql_type.partition("(")[0],
        decimals=int(scale[1]) if scale else 0,
        is_required=name not in OPTIONAL.get(file, set()),
        allowed=ALLOWED.get(name, ()),
    )
