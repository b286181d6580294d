"""What a run scores: which days, from which inputs, under which build id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from leadscore.dbt_runner import hash_of, hash_of_files, lay_out_seeds, relative
from leadscore.errors import LeadscoreError
from leadscore.experiments import find_experiments
from leadscore.loading.row_sql import escaped
from leadscore.models import KEPT_RULES, LEAD_SCORE_HISTORY
from leadscore.settings import ACCOUNT_SCORECARD, DBT_PROJECT, Settings
from leadscore.warehouse import connect

# The raw tables that say what somebody did.
ACTIVITY_TABLES = ["crm_activities", "email_events", "web_events"]


@dataclass(frozen=True)
class Run:
    """What one run of score_leads scores, frozen when it begins.

    Attributes:
        as_of_date: The day that is published.
        from_date: The first day scored in the same pass.
        build_id: Hash of everything the build depends on.
        scorecard: The scorecard that lead_scores shows.
        inputs: Hash of batches, people forgotten, mappings and models.
        events_built: Whether events and identities are as these inputs say.
        time_zone: The company's, in which its days are cut.
        seeds: The folder of rules and mappings, seen from the dbt project.
        because: Why it is that scorecard.
        compared_date: The day whose points those of as_of_date are compared with;
            as_of_date itself if there is none.
        experiment: The id of the scorecard's experiment that is on at as_of_date, or
            nothing.
    """

    as_of_date: date
    from_date: date
    build_id: str
    scorecard: str
    inputs: str
    events_built: bool
    time_zone: str
    seeds: str
    because: str
    compared_date: date
    experiment: str = ""


def current_run(settings: Settings) -> Run:
    """Return the run that the warehouse is in.

    Raises:
        LeadscoreError: If none has begun.
    """
    with connect(settings) as connection:
        row = connection.execute("from raw.run").fetchone()
    if row is None:
        raise LeadscoreError(
            "Nothing has been scored here yet, or somebody was forgotten since: run "
            "the task `rules` and those after it."
        )
    return Run(*row)


def plan(settings: Settings, day: date) -> Run:
    """Return the run that scoring the day now would be, without beginning it."""
    return _plan(settings, day, lay_out_seeds(settings))


def begin(settings: Settings, day: date, seeds: Path) -> Run:
    """Freeze the run that scoring the day now is, with its batches; return it."""
    run = _plan(settings, day, seeds)
    with connect(settings) as connection:
        connection.begin()
        connection.execute("delete from raw.run")
        connection.execute("delete from raw.run_batches")
        connection.execute(
            f"insert into raw.run values ({', '.join('?' * len(vars(run)))})",
            list(vars(run).values()),
        )
        connection.execute(
            "insert into raw.run_batches "
            "select batch_id from raw.batches where status = 'accepted'"
        )
        connection.commit()
    return run


def _plan(settings: Settings, day: date, seeds: Path) -> Run:
    with connect(settings) as connection:
        batches = connection.execute(
            "select file, table_name, sha256 from raw.batches "
            "where status = 'accepted' order by all"
        ).fetchall()
        known = connection.execute(
            "select inputs, events_built from raw.run"
        ).fetchone()
        key = connection.execute("select id_key from raw.world").fetchone()
        forgotten = connection.execute(
            "select kind, hash from raw.forgotten order by all"
        ).fetchall()
        scored = _days_in(connection, LEAD_SCORE_HISTORY)
        kept = kept_days(connection)
        has_activity = connection.execute(
            "select count(*) > 0 from raw.batches where status = 'accepted' "
            "and rows_loaded > 0 and list_contains(?, table_name)",
            [ACTIVITY_TABLES],
        ).fetchone() == (True,)
        first = _first_day(connection)
        judged = connection.execute("from judged.cut_offs order by all").fetchall()
        foretold = connection.execute(
            "select model from raw.probability_models where is_in_force order by model"
        ).fetchall()
        experiments = find_experiments(connection)
    if not batches:
        raise LeadscoreError(
            f"No extract has been accepted yet in {settings.data}: put files under "
            f"{settings.extracts}/<source>/<day>/ and run the ingest DAGs first."
        )
    start = max(first or day, day - timedelta(days=settings.history_days - 1))
    missing = [d for d in _days(min(start, day), day) if d not in scored]
    from_date = min([day, *missing, settings.score_from or day])
    scorecard, because = _scorecard(settings, seeds, has_activity)
    on = (x.name for x in experiments if x.scorecard == scorecard and x.is_on(day))
    experiment = next(on, "")
    sources = (DBT_PROJECT / "models", DBT_PROJECT / "macros", seeds / "mappings")
    inputs = hash_of(
        batches, key, forgotten, settings.time_zone, hash_of_files(*sources)
    )
    history = sorted(d for d in {*scored, *_days(from_date, day)} if d <= day)
    return Run(
        as_of_date=day,
        from_date=from_date,
        build_id=hash_of(
            *(day, inputs, hash_of_files(seeds), scorecard, history, judged, foretold),
            experiment,
        ),
        scorecard=scorecard,
        inputs=inputs,
        events_built=known == (inputs, True),
        time_zone=settings.time_zone,
        seeds=relative(seeds),
        because=because,
        compared_date=compared_date(kept, from_date, day),
        experiment=experiment,
    )


def compared_date(kept: set[date], from_date: date, day: date) -> date:
    """Return the day that a scored day is compared with.

    It is the one that an earlier run scored last before this run's first, so that
    changes follow each other without a gap; or else the day before, if this run scores
    it too.

    Args:
        kept: The days of which the models keep what was counted.
        from_date: The first day of the run.
        day: Its last.
    """
    earlier = max((d for d in kept if d < day), default=from_date)
    return earlier if earlier < from_date else max(from_date, day - timedelta(days=1))


def kept_days(connection: duckdb.DuckDBPyConnection) -> set[date]:
    """Return the days of which the models keep what was counted."""
    return _days_in(connection, KEPT_RULES)


def _days_in(connection: duckdb.DuckDBPyConnection, table: str) -> set[date]:
    """Return the scored days of which a table has rows."""
    try:
        rows = connection.execute(f"select distinct as_of_date from {table}").fetchall()
    except duckdb.CatalogException:  # nothing was ever scored
        return set()
    return {row[0] for row in rows}


def _first_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the first day on which there can be a lead."""
    row = connection.execute(
        """
        select min(day) from (
            select least(extract_date, cast(created_at as date)) as day
            from raw.crm_leads
            union all
            select cast(occurred_at as date) from raw.email_events
        )
        """
    ).fetchone()
    return row[0] if row else None


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _scorecard(settings: Settings, seeds: Path, has_activity: bool) -> tuple[str, str]:
    """Return the scorecard that is shown, and why it is that one.

    It is the first champion's, and fit_only's for a CRM alone that says of nobody what
    they did. Accepted batches and settings decide: the same ones, the same scorecard.
    """
    if settings.scorecard == ACCOUNT_SCORECARD:
        raise LeadscoreError(
            f"LEADSCORE_SCORECARD is {ACCOUNT_SCORECARD}, whose rulesets score "
            f"accounts and no leads: name another scorecard of rulesets.csv."
        )
    if settings.scorecard:
        return settings.scorecard, f"LEADSCORE_SCORECARD says {settings.scorecard}"
    path = seeds / "rules" / "rulesets.csv"
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select scorecard, status from read_csv(?, header=true, all_varchar=true)",
            [escaped(path)],
        ).fetchall()
    # By the first row of each, so that another champion of one changes no order.
    champions = [
        scorecard
        for scorecard in dict.fromkeys(scorecard for scorecard, _ in rows)
        if (scorecard, "champion") in rows and scorecard != ACCOUNT_SCORECARD
    ]
    if not champions:
        raise LeadscoreError(f"{path}: no ruleset is a champion: give one that status.")
    if (
        settings.sources_of_every_day == ["crm"]
        and not has_activity
        and "fit_only" in champions
    ):
        return "fit_only", (
            "crm is the only source and brought no activities, so what leads do cannot "
            "count"
        )
    first = str(champions[0])
    return first, f"{first} is the first scorecard with a champion in rulesets.csv"
