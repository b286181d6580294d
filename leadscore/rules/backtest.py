"""Scores past days under two rulesets, and compares what became of the leads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.status import Status

from leadscore.dbt_runner import copy_seed
from leadscore.elsewhere import Elsewhere, refusing_older, scratch_beside
from leadscore.errors import LeadscoreError
from leadscore.judging.comparison import Comparison, compare
from leadscore.judging.cut_offs import CutOffs, Judged
from leadscore.judging.targets import Target, find_target
from leadscore.loading.row_sql import literal
from leadscore.models import RULESET_FINGERPRINTS, name_of
from leadscore.rules.check import require_valid, rules_folder
from leadscore.rules.draft import rule_rows
from leadscore.rules.files import read_rules
from leadscore.settings import Settings

# The same leads on both sides: whom one of them excludes that day comes last there, as
# nobody to sell to.
SIDES = """
    create table cut_off_leads as
    with sides as (
        select 'before' as side, * from {before}.cut_off_leads where ruleset = $before
        union all by name
        select 'after' as side, * from {after}.cut_off_leads where ruleset = $after
    ),
    people as (
        select distinct sides.cut_off, sides.lead_id, names.side
        from sides cross join (values ('before'), ('after')) as names (side)
    )
    select
        cut_off, lead_id, side as ruleset,
        coalesce(sides.total_points::double, '-infinity') as total_points,
        coalesce(sides.grade, 'excluded') as grade,
        coalesce(sides.is_mql, false) as is_mql
    from people left join sides using (cut_off, lead_id, side)
"""
BY_DAY = """
    select cut_off, count(*), count_if(has_succeeded)
    from cut_off_leads inner join cut_off_outcomes using (cut_off, lead_id)
    where ruleset = 'before' and has_succeeded is not null
    group by cut_off order by cut_off
"""


@dataclass(frozen=True)
class Backtest:
    """What a change of rulesets would have done.

    Attributes:
        before: The ruleset that is changed from.
        after: The ruleset that is changed to.
        cut_offs: As of which days, by which target.
        by_day: Leads of each cut-off, and how many succeeded.
        comparison: What became of them under both.
    """

    before: str
    after: str
    cut_offs: CutOffs
    by_day: list[tuple[Any, ...]]
    comparison: Comparison


def backtest(
    settings: Settings,
    before: str,
    after: str,
    target: str | None,
    days: list[date],
    console: Console,
) -> Backtest:
    """Score past days under two rulesets and compare what became of the leads.

    Without a `config` both are rulesets of the world, whatever their status. With one,
    `after` is one of the rules there, and `before` only if the world has none of that
    name: so a changed ruleset can be compared with itself.

    Args:
        settings: The world.
        before: The ruleset that is changed from.
        after: The ruleset that is changed to.
        target: The target; None: the first of targets.csv.
        days: The cut-offs; none: every month's last day whose horizon has ended.
        console: Where progress is shown.

    Raises:
        LeadscoreError: If a ruleset or target is not there, the rules have mistakes,
            or there is no day of which anything can be said.
    """
    chosen = find_target(settings, target, _scorecard(settings, after))
    with (
        tempfile.TemporaryDirectory(prefix="leadscore-") as scratch,
        console.status("Looking for who succeeded ...") as status,
    ):
        folders = _folders(settings, before, after, Path(scratch))
        judged = {
            folder: Judged(settings, Path(scratch, f"judged_{number}.duckdb"), folder)
            for number, folder in enumerate(dict.fromkeys(folders))
        }
        for world in judged.values():
            cut_offs = _scored(world, chosen, days, status)
        status.update("Comparing ...")
        files = [judged[folder].file for folder in folders]
        with _compared(files, [before, after]) as connection:
            by_day = connection.execute(BY_DAY).fetchall()
            comparison = compare(connection, chosen.name)
    return Backtest(before, after, cut_offs, by_day, comparison)


def _scorecard(settings: Settings, ruleset: str) -> str | None:
    rules, _ = read_rules(rules_folder(settings))
    found = [row.scorecard for row in rules.rulesets if row.ruleset == ruleset]
    return found[0] if found else None


def copy_rules(settings: Settings, folder: Path) -> None:
    """Copy the rule files of the settings so that `rule_rows` can read them."""
    folder.mkdir()
    for path in rules_folder(settings).glob("*.csv"):
        copy_seed(path, folder / path.name)


def fingerprints(settings: Settings, rules: Path | None) -> dict[str, str]:
    """Return the fingerprint that a score shows for each ruleset.

    Args:
        settings: The world.
        rules: A folder that `copy_rules` made; None: the rules the world has.
    """

    def given(table: str) -> str | None:
        if not table.startswith("rules."):
            return None
        return rule_rows(rules, name_of(table)) if rules else f"from world.{table}"

    with (
        tempfile.TemporaryDirectory(prefix="leadscore-") as folder,
        scratch_beside(settings, Path(folder)) as connection,
        refusing_older(settings),
    ):
        built = Elsewhere(connection, given).build(name_of(RULESET_FINGERPRINTS))
        return dict(
            connection.execute(
                f"select ruleset, ruleset_fingerprint from {built}"
            ).fetchall()
        )


def _folders(
    settings: Settings, before: str, after: str, scratch: Path
) -> list[Path | None]:
    """Return where the rows of both rulesets are; None: as the world has them."""
    known = fingerprints(settings, None)
    if settings.config is None:
        for ruleset in (before, after):
            _require_there(ruleset, known, "the world")
        return [None, None]
    require_valid(settings)
    draft = scratch / "rules"
    copy_rules(settings, draft)
    drafted = fingerprints(settings, draft)
    _require_there(after, drafted, str(rules_folder(settings)))
    if before not in known:
        _require_there(before, drafted, f"{rules_folder(settings)} or the world")
    # What is the same in both is scored once.
    is_drafted = known.get(before) in (None, drafted.get(before))
    return [draft if is_drafted else None, draft]


def _require_there(ruleset: str, known: dict[str, str], where: str) -> None:
    if ruleset not in known:
        raise LeadscoreError(
            f"There is no ruleset {ruleset!r} in {where}: choose from "
            f"{', '.join(sorted(known))}. If it is a draft in a folder of your own, "
            f"name the folder with --config."
        )


def _scored(
    judged: Judged, target: Target, days: list[date], status: Status
) -> CutOffs:
    (cut_offs,) = judged.plan([target], days or None)
    if not cut_offs.days:
        raise LeadscoreError(
            f"No month's end lies {target.horizon_days} days back (the horizon of the "
            f"target {target.name}): nothing can be judged yet. Wait, or shorten "
            f"horizon_days in mappings/targets.csv."
        )
    rules = "the rules of the folder" if judged.rules else "the rules of the world"
    for done, day in enumerate(judged.score([cut_offs], facts=False), start=1):
        status.update(
            f"Scored {done} of {len(cut_offs.days)} cut-offs, {day}, by {rules} ..."
        )
    return cut_offs


@contextmanager
def _compared(
    files: list[Path], rulesets: list[str]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the tables that `compare` reads."""
    names = {file: f"judged_{number}" for number, file in enumerate(set(files))}
    before, after = (names[file] for file in files)
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for file, name in names.items():
            connection.execute(f"attach {literal(str(file))} as {name} (read_only)")
        connection.execute(
            SIDES.format(before=before, after=after),
            {"before": rulesets[0], "after": rulesets[1]},
        )
        connection.execute(
            f"create view cut_off_outcomes as from {after}.cut_off_outcomes"
        )
        yield connection
