"""Write a candidate build, and put an audited one in place by one rename of a link."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from leadscore import extracts, warehouse
from leadscore.errors import LeadscoreError
from leadscore.experiments import BEGUN, find_experiments
from leadscore.judging import probability_shown
from leadscore.loading.row_sql import literal
from leadscore.models import LEAD_SCORE_HISTORY, name_of
from leadscore.settings import Settings

DATABASE = "lead_scores.duckdb"
PARQUET = "parquet"
CRM_IMPORT = "crm_scores.csv"
PUBLICATION = "publication.json"

BUILDS = "builds"
ARCHIVE = "archive"
CURRENT = "current"
CANDIDATE = ".candidate-"

# How its files are written.
AS_PARQUET = "format parquet, compression zstd"
AS_CSV = "format csv, header"

# What readers open, each a link through `current`.
LINKED = (DATABASE, PARQUET, PUBLICATION)

KEPT_BUILDS = 3

# Days of history in the published tables; older ones are Parquet only.
HISTORY = name_of(LEAD_SCORE_HISTORY)
HISTORY_DAYS = 90

# The order of rows in the files, so that the same build gives the same files.
ORDER = {
    "lead_scores": "lead_id",
    "lead_scores_all": "lead_id, ruleset",
    "lead_score_probabilities": "lead_id, ruleset, target",
    "lead_score_factors": "lead_id, ruleset, dimension, rule_group, rule_id, points",
    "lead_score_changes": (
        "as_of_date, lead_id, ruleset, dimension, rule_group, rule_id, cause"
    ),
    HISTORY: "as_of_date, lead_id, ruleset",
    "lead_contacts": "lead_id",
    "lead_next_steps": "lead_id, step",
}

CRM_COLUMNS = (
    "record_id",
    "lead_id",
    "score",
    "grade",
    "stage",
    "priority",
    "queue",
    "top_reasons",
    "as_of_date",
)


def write_candidate(settings: Settings, as_of: date, build_id: str) -> Path:
    """Copy the warehouse's marts into a candidate build that nobody reads yet.

    What a failed run left behind is removed first.

    Raises:
        LeadscoreError: If the marts are not built.
    """
    remove_leftovers(settings.published)
    candidate = candidate_path(settings, build_id)
    (candidate / PARQUET).mkdir(parents=True)
    with warehouse.connect(settings) as connection:
        tables = _marts(connection)
        if "lead_scores" not in tables:
            raise LeadscoreError(
                f"{settings.warehouse} has no table marts.lead_scores: run the marts "
                "step first."
            )
        connection.execute(f"attach {literal(str(candidate / DATABASE))} as candidate")
        row_counts = {
            table: _copy(connection, table, as_of, candidate / PARQUET)
            for table in tables
        }
        _write_crm_import(connection, candidate / CRM_IMPORT)
        publication = {
            "build_id": build_id,
            "as_of_date": as_of.isoformat(),
            "published_at": None,
            "row_counts": row_counts,
            "checks": None,
            "data_as_of": _data_as_of(connection, settings, as_of),
            "fingerprints": {"rulesets": _rulesets(connection, tables)},
            "ruleset_because": _because(connection),
            "experiment": _experiment(connection),
            "probabilities": probability_shown.told(connection),
        }
        connection.execute("detach candidate")
    write_publication(candidate, publication)
    return candidate


def candidate_path(settings: Settings, build_id: str) -> Path:
    """Return where a build lies until it is published."""
    return settings.published / BUILDS / f"{CANDIDATE}{build_id}"


def publish(settings: Settings, candidate: Path) -> Path:
    """Put an audited candidate in place; return the build that is now current.

    Readers see the old build or the new one, whole, whatever fails in between, and a
    repeated call completes what a failed one began. What is current already is left
    alone. A build of an older day than the current one is only archived.

    Raises:
        LeadscoreError: If the candidate is not there or has not passed the audit.
    """
    published = settings.published
    build = candidate.with_name(candidate.name.removeprefix(CANDIDATE))
    current = _current(published)
    if current and current != build:
        _archive(published, current)  # in case a crash prevented it
        if _is_archived_only(published, candidate, build):
            return current
    if current != build:
        publication = read_build(located(candidate))
        _refuse_unless_audited(publication)
        if current and publication["as_of_date"] < read_build(current)["as_of_date"]:
            _archive(published, located(candidate), beside=True)
            shutil.rmtree(located(candidate))
            return current
        _put_in_place(candidate, build)
        _link(published, build)
    _archive(published, build)
    remove_leftovers(published)
    _remove_old_builds(published, build)
    return build


def read_publication(settings: Settings) -> dict[str, Any] | None:
    """Return what publication.json says of the current build; None before the first."""
    current = _current(settings.published)
    return read_build(current) if current else None


@contextmanager
def open_build(build: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a build or candidate, read-only; contacts are seen beside its tables."""
    with duckdb.connect(str(build / DATABASE), read_only=True) as connection:
        yield connection


@contextmanager
def open_publication(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only.

    Raises:
        LeadscoreError: If nothing is published yet.
    """
    require_publication(settings)
    path = str(settings.published / DATABASE)
    with duckdb.connect(path, read_only=True) as connection:
        yield connection


def require_publication(settings: Settings) -> dict[str, Any]:
    """Return what publication.json says of the current build.

    Raises:
        LeadscoreError: If nothing is published yet.
    """
    publication = read_publication(settings)
    if publication is None:
        raise LeadscoreError(
            f"Nothing is published in {settings.published} yet: run `make score` first."
        )
    return publication


def shown_ruleset(published: duckdb.DuckDBPyConnection) -> str:
    """Return the ruleset that lead_scores shows in an open publication.

    During an experiment it shows two: then the champion.
    """
    shown = warehouse.fetch_column(
        published, "select distinct ruleset from lead_scores"
    )
    if len(shown) > 1:
        shown = warehouse.fetch_column(
            published,
            "select ruleset_before from ruleset_decisions "
            "where decision = ? and list_contains(?, ruleset) "
            "and list_contains(?, ruleset_before) order by decided_at desc limit 1",
            [BEGUN, shown, shown],
        )
    return str(shown[0]) if shown else ""


def other_builds(build: Path) -> list[Path]:
    """Return the builds beside a build or candidate, the one published last first."""
    of_build = build.with_name(build.name.removeprefix(CANDIDATE))
    return [
        path
        for path in _other_builds(build.parent.parent, of_build)
        if not path.name.startswith(CANDIDATE)
    ]


def previous_build(settings: Settings) -> Path | None:
    """Return the build that was published last before the current one, if any is."""
    current = _current(settings.published)
    others = _other_builds(settings.published, current) if current else []
    return others[0] if others else None


def read_build(build: Path) -> dict[str, Any]:
    """Return the publication.json of a build or candidate.

    Raises:
        LeadscoreError: If there is none.
    """
    try:
        publication: dict[str, Any] = json.loads((build / PUBLICATION).read_text())
    except FileNotFoundError as error:
        raise LeadscoreError(
            f"There is no build at {build}: run the marts and audit steps again."
        ) from error
    return publication


def located(candidate: Path) -> Path:
    """Return where a candidate is now: it moves when it is published."""
    build = candidate.with_name(candidate.name.removeprefix(CANDIDATE))
    return candidate if candidate.exists() else build


def note_checks(candidate: Path, checked: int, failed: int) -> None:
    """Write the audit's outcome into a candidate's publication.json."""
    publication = read_build(candidate)
    publication["checks"] = {"expectations": checked, "failed": failed}
    write_publication(candidate, publication)


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema = 'marts' and table_catalog = current_database() "
        "order by table_name"
    ).fetchall()
    return [name for (name,) in found]


def _copy(
    connection: duckdb.DuckDBPyConnection, table: str, as_of: date, parquet: Path
) -> int:
    """Copy a mart into the candidate's database and Parquet; return its rows."""
    order = ORDER.get(table, "all")
    condition = "true"
    if table == HISTORY:
        newest_left_out = as_of - timedelta(days=HISTORY_DAYS)
        condition = f"as_of_date > date '{newest_left_out}'"
        older = f"from marts.{table} where not ({condition})"
        if connection.execute(f"select 1 {older} limit 1").fetchone():
            _to_parquet(
                connection,
                f"select * {older} order by {order}",
                parquet / f"{table}_older.parquet",
            )
    connection.execute(
        f"create table candidate.main.{table} as "
        f"select * from marts.{table} where {condition} order by {order}"
    )
    _to_parquet(
        connection,
        f"select * from candidate.main.{table}",
        parquet / f"{table}.parquet",
    )
    counted = connection.execute(
        f"select count(*) from candidate.main.{table}"
    ).fetchone()
    return int(counted[0]) if counted else 0


def _to_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"copy ({query}) to {literal(str(path))} ({AS_PARQUET})")


def _write_crm_import(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what a CRM can take back: the lead's score for each record it delivered."""
    connection.execute(
        f"""
        copy (
            select {", ".join(CRM_COLUMNS)} from candidate.main.lead_scores
            inner join (
                select lead_id, identifier as record_id
                from candidate.main.lead_identities
                where identifier_type = 'crm' and until is null
            ) using (lead_id)
            where record_id in (select lead_id from raw.crm_leads)
            order by record_id
        ) to {literal(str(path))} ({AS_CSV})
        """
    )


def _data_as_of(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: date
) -> dict[str, dict[str, Any]]:
    """Return each source's newest accepted delivery day and whether it is stale."""
    newest = dict(
        connection.execute(
            "select source, max(extract_date) from raw.batches "
            "where status = 'accepted' and extract_date <= ? group by source",
            [as_of],
        ).fetchall()
    )
    return {
        source: {
            "extract_date": newest[source].isoformat() if source in newest else None,
            "is_stale": newest.get(source) != as_of
            and not extracts.is_complete(settings, source, as_of),
        }
        for source in settings.sources_in_use
    }


def _rulesets(
    connection: duckdb.DuckDBPyConnection, tables: list[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in ("lead_scores", "lead_scores_all"):
        if table in tables:
            found |= dict(
                connection.execute(
                    f"select distinct ruleset, ruleset_fingerprint from marts.{table}"
                ).fetchall()
            )
    return dict(sorted(found.items()))


def _because(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return why lead_scores shows the ruleset that it shows."""
    row = connection.execute("select because from raw.run").fetchone()
    return row[0] if row else None


def _experiment(connection: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    """Return the experiment by whose arms lead_scores shows the leads, if any."""
    on = warehouse.fetch_column(connection, "select experiment from raw.run")
    shown = warehouse.fetch_column(
        connection, "select distinct ruleset from marts.lead_scores"
    )
    for experiment in find_experiments(connection):
        # Another champion, put into rulesets.csv since, is shown alone.
        if experiment.name in on and experiment.champion in shown:
            return {
                "experiment": experiment.name,
                "champion": experiment.champion,
                "challenger": experiment.challenger,
                "share": experiment.share,
                "until": experiment.until_date.isoformat(),
            }
    return None


def write_publication(build: Path, publication: dict[str, Any]) -> None:
    """Replace publication.json in one step, so that a crash leaves it whole."""
    part = build / f".{PUBLICATION}.part"
    part.write_text(json.dumps(publication, indent=2) + "\n")
    part.replace(build / PUBLICATION)


def _refuse_unless_audited(publication: dict[str, Any]) -> None:
    checks = publication["checks"]
    if not checks or checks["failed"]:
        raise LeadscoreError(
            f"Build {publication['build_id']} has not passed the audit, so it is not "
            "published: run the audit step and mend what it reports."
        )


def _current(published: Path) -> Path | None:
    link = published / CURRENT
    return published / link.readlink() if link.is_symlink() else None


def _put_in_place(candidate: Path, build: Path) -> None:
    """Stamp, sync and rename the candidate; nobody reads it before it is linked."""
    if not candidate.exists():
        return  # renamed by a call that failed later on
    publication = read_build(candidate)
    publication["published_at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    write_publication(candidate, publication)
    for folder in (candidate / PARQUET, candidate):
        for path in folder.iterdir():
            if path.is_file():
                sync(path)
        sync(folder)
    if build.exists():  # published before, then followed by another
        shutil.rmtree(build)
    candidate.rename(build)
    sync(build.parent)


def _link(published: Path, build: Path) -> None:
    """Point `current` at the build: the one step that changes what readers see."""
    for name in LINKED:
        if not (published / name).is_symlink():
            (published / name).symlink_to(Path(CURRENT) / name)
    new = published / f".{CURRENT}-{os.getpid()}"
    new.unlink(missing_ok=True)
    new.symlink_to(build.relative_to(published))
    new.replace(published / CURRENT)
    sync(published)


def _archive(published: Path, build: Path, *, beside: bool = False) -> None:
    """Keep the build's lead_scores under its day, beside an earlier one of the day.

    Args:
        published: The published folder.
        build: The build or candidate.
        beside: Name the build in the file name even if it is the day's first.
    """
    publication = read_build(build)
    scores = build / PARQUET / "lead_scores.parquet"
    plain, named = _places(
        published, publication["as_of_date"], publication["build_id"]
    )
    if named.exists() or (plain.exists() and filecmp.cmp(plain, scores, shallow=False)):
        return
    target = named if beside or plain.exists() else plain
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(scores, part)
    sync(part)
    part.replace(target)
    sync(target.parent)


def archived(published: Path, day: date, build_id: str) -> Path:
    """Return where the lead_scores of a build are archived."""
    plain, named = _places(published, day.isoformat(), build_id)
    return named if named.exists() else plain


def _places(published: Path, day: str, build_id: str) -> tuple[Path, Path]:
    """Return where a day's first build is archived, and where another one of it."""
    folder = published / ARCHIVE
    return folder / f"{day}.parquet", folder / f"{day}_{build_id}.parquet"


def _is_archived_only(published: Path, candidate: Path, build: Path) -> bool:
    """Return whether an earlier call has dealt with this build of an older day."""
    archived = (published / ARCHIVE).glob(f"*_{build.name}.parquet")
    return not located(candidate).exists() and any(archived)


def remove_leftovers(published: Path) -> None:
    """Remove what calls that failed have left: one process publishes at a time."""
    for path in (published / BUILDS).glob(f"{CANDIDATE}*"):
        shutil.rmtree(path)
    for path in published.glob(f".{CURRENT}-*"):
        path.unlink()


def _remove_old_builds(published: Path, current: Path) -> None:
    """Keep the current build and those published last before it."""
    for build in _other_builds(published, current)[KEPT_BUILDS - 1 :]:
        shutil.rmtree(build)


def _other_builds(published: Path, current: Path) -> list[Path]:
    """Return the other builds, the one published last first."""

    def published_at(build: Path) -> str:
        if not (build / PUBLICATION).exists():
            return ""  # half removed
        return read_build(build)["published_at"] or ""

    others = [path for path in (published / BUILDS).iterdir() if path != current]
    return sorted(others, key=published_at, reverse=True)


def sync(path: Path) -> None:
    """Have a file or folder written to the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
