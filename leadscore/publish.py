"""Put an audited build in place by one rename of a link; open what is published."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from leadscore import warehouse
from leadscore.errors import LeadscoreError
from leadscore.experiments import BEGUN
from leadscore.loading.file_reader import checksum
from leadscore.loading.row_sql import literal
from leadscore.settings import REPORT, REPORTS, SHARED_REPORT, Settings

# What a build holds. What names people lies apart, so that permissions can part it.
DATABASE = "lead_scores.duckdb"
PARQUET = "parquet"
CONTACTS = "lead_contacts.duckdb"
CONTACTS_PARQUET = "parquet-contacts"
CRM_IMPORT = "crm_scores.csv"
JUDGED_PAGE = "judged.html"
PARTNERS = "partners"
PUBLICATION = "publication.json"
MANIFEST = "manifest.json"

# The table of CONTACTS, whose personal columns are in no other.
CONTACTS_TABLE = "lead_contacts"

# Nobody changes a build, not even who wrote it; and only they read of it what names
# people, or is for one partner alone.
FOLDER_MODE, FILE_MODE = 0o555, 0o444
PRIVATE = (CONTACTS, CONTACTS_PARQUET, REPORT, PARTNERS)
PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o500, 0o400

BUILDS = "builds"
ARCHIVE = "archive"
CURRENT = "current"
CANDIDATE = ".candidate-"
REMOVED = ".removed-"

# How its files are written.
AS_CSV = "format csv, header"

# What readers open, each a link through `current`.
LINKED = (
    *(DATABASE, PARQUET, CONTACTS, CONTACTS_PARQUET, CRM_IMPORT),
    *(REPORT, SHARED_REPORT, PARTNERS, PUBLICATION, MANIFEST),
)


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
            _archive(published, located(candidate))
            _remove(located(candidate))
            return current
        _put_in_place(candidate, build)
        _link(published, build)
    _archive(published, build)
    remove_leftovers(published)
    _remove_old_builds(published, build, settings.kept_builds)
    return build


def seal(build: Path) -> None:
    """Write the checksums of a build's files, and let nobody change it any more."""
    for part in build.rglob(".*.part"):  # of a call that was killed
        part.unlink()
    files = sorted(path for path in build.rglob("*") if path.is_file())
    listed = {
        path.relative_to(build).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": checksum(path),
        }
        for path in files
        if path.name != MANIFEST
    }
    build_id = build.name.removeprefix(CANDIDATE)
    _write_json(build / MANIFEST, {"build_id": build_id, "files": listed})
    for path in sorted(build.rglob("*"), reverse=True):  # what is inside goes first
        is_private = path.relative_to(build).parts[0] in PRIVATE
        if path.is_dir():
            path.chmod(PRIVATE_FOLDER_MODE if is_private else FOLDER_MODE)
        else:
            path.chmod(PRIVATE_FILE_MODE if is_private else FILE_MODE)
        sync(path)
    build.chmod(FOLDER_MODE)
    sync(build)


def unseal(build: Path) -> None:
    """Let files of a build be replaced or removed; who reads it goes on reading."""
    for folder in (build, *(path for path in build.rglob("*") if path.is_dir())):
        folder.chmod(folder.stat().st_mode | 0o200)


def read_publication(settings: Settings) -> dict[str, Any] | None:
    """Return what publication.json says of the current build; None before the first."""
    current = _current(settings.published)
    return read_build(current) if current else None


@contextmanager
def open_publication(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only; the contacts are a table of it like others.

    Raises:
        LeadscoreError: If nothing is published yet.
    """
    with open_build(current_build(settings)) as connection:
        yield connection


@contextmanager
def attached_before(
    connection: duckdb.DuckDBPyConnection, build: Path
) -> Iterator[None]:
    """Have the scores of an earlier build beside those of an open one, as `before`."""
    database = literal(str(build / DATABASE))
    connection.execute(f"attach {database} as before (read_only)")
    try:
        yield
    finally:
        connection.execute("detach before")


def report_page(settings: Settings) -> Path | None:
    """Return the first page of the report that is published, with names if it may."""
    pages = [settings.published / name / "index.html" for name in REPORTS]
    return next((page for page in pages if page.exists()), None)


def databases_of(build: Path) -> list[Path]:
    """Return the databases of a build; an older one has its contacts in the first."""
    return [path for name in (DATABASE, CONTACTS) if (path := build / name).exists()]


@contextmanager
def open_build(build: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a build or candidate, read-only; the contacts are a table like others.

    Raises:
        LeadscoreError: If a published build lacks a table or column that is asked for:
            another version of leadscore published it.
    """
    # An instance of its own: what one reader attaches is nothing to another.
    with duckdb.connect() as connection:
        database = literal(str(build / DATABASE))
        connection.execute(f"attach {database} as scores (read_only); use scores")
        show_contacts(connection.execute, build)
        try:
            yield connection
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            if build.name.startswith(CANDIDATE):
                raise
            raise LeadscoreError(
                f"{build} was published by another version of leadscore: score once "
                f"more. ({str(error).splitlines()[0]})"
            ) from error


def show_contacts(execute: Callable[[str], object], build: Path) -> None:
    """Let a connection to a build's database see its contacts by their own name.

    Args:
        execute: Executes SQL on the connection.
        build: The build. Of an older one the contacts are in the same database.
    """
    contacts = build / CONTACTS
    if contacts.exists():
        # Connections to the same file inside one process share what is attached.
        attached = f"{literal(str(contacts))} as contacts (read_only)"
        execute(f"attach if not exists {attached}")
        execute(
            f"create temp view {CONTACTS_TABLE} as from contacts.main.{CONTACTS_TABLE}"
        )


def require_publication(settings: Settings) -> dict[str, Any]:
    """Return what publication.json says of the current build.

    Raises:
        LeadscoreError: If nothing is published yet.
    """
    return read_build(current_build(settings))


def current_build(settings: Settings) -> Path:
    """Return the folder of the current build, which stays as it is.

    Whoever reads several files of it asks once: the link to it moves.

    Raises:
        LeadscoreError: If nothing is published yet.
    """
    current = _current(settings.published)
    if current is None:
        raise LeadscoreError(
            f"Nothing is published in {settings.published} yet: run `make score` first."
        )
    return current


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


def earlier_builds(build: Path) -> list[Path]:
    """Return the builds published before a build or candidate, the last one first."""
    published_at = read_build(build)["published_at"]
    of_build = build.with_name(build.name.removeprefix(CANDIDATE))
    return [
        path
        for path in _other_builds(build.parent.parent, of_build)
        if not published_at or read_build(path)["published_at"] < published_at
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


def write_publication(build: Path, publication: dict[str, Any]) -> None:
    """Replace a build's publication.json in one step."""
    _write_json(build / PUBLICATION, publication)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file in one step, so that a crash leaves it whole."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    part.replace(path)


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
    """Stamp, seal and rename the candidate; nobody reads it before it is linked."""
    if not candidate.exists():
        return  # renamed by a call that failed later on
    unseal(candidate)  # sealed by a call that failed later on
    publication = read_build(candidate)
    publication["published_at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    write_publication(candidate, publication)
    seal(candidate)
    if build.exists():  # published before, then followed by another
        _remove(build)
    candidate.rename(build)
    sync(build.parent)


def _link(published: Path, build: Path) -> None:
    """Point `current` at the build: the one step that changes what readers see."""
    there = [name for name in LINKED if (build / name).exists()]
    for name in there:
        if not (published / name).is_symlink():
            (published / name).symlink_to(Path(CURRENT) / name)
    new = published / f".{CURRENT}-{os.getpid()}"
    new.unlink(missing_ok=True)
    new.symlink_to(build.relative_to(published))
    new.replace(published / CURRENT)
    for name in set(LINKED).difference(there):
        (published / name).unlink(missing_ok=True)
    sync(published)


def _archive(published: Path, build: Path) -> None:
    """Keep the lead_scores of a build or candidate under its day."""
    publication = read_build(build)
    target = archived(published, publication["as_of_date"], publication["build_id"])
    if target.exists():
        return
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    shutil.copyfile(build / PARQUET / "lead_scores.parquet", part)
    part.chmod(FILE_MODE)
    sync(part)
    part.replace(target)
    sync(target.parent)


def archived(published: Path, day: date | str, build_id: str) -> Path:
    """Return where the lead_scores of a build are archived."""
    return published / ARCHIVE / f"{day}_{build_id}.parquet"


def _is_archived_only(published: Path, candidate: Path, build: Path) -> bool:
    """Return whether an earlier call has dealt with this build of an older day."""
    archived = (published / ARCHIVE).glob(f"*_{build.name}.parquet")
    return not located(candidate).exists() and any(archived)


def remove_leftovers(published: Path) -> None:
    """Remove what calls that failed have left: one process publishes at a time."""
    for path in list((published / BUILDS).glob("*")):
        is_half_removed = not (path / PUBLICATION).exists()
        if path.name.startswith(".") or is_half_removed:
            _remove(path)
    for path in published.glob(f".{CURRENT}-*"):
        path.unlink()


def _remove_old_builds(published: Path, current: Path, kept: int) -> None:
    """Keep the current build and those published last before it."""
    for build in _other_builds(published, current)[kept - 1 :]:
        _remove(build)


def _remove(build: Path) -> None:
    """Remove a build; of one half removed nobody takes what is left for a build."""
    removed = build
    if not build.name.startswith("."):
        removed = build.with_name(f"{REMOVED}{build.name}")
        if removed.exists():
            _remove(removed)
        build.rename(removed)
    unseal(removed)
    shutil.rmtree(removed)


def _other_builds(published: Path, current: Path) -> list[Path]:
    """Return the other builds, the one published last first."""

    def published_at(build: Path) -> str:
        return read_build(build)["published_at"] or ""

    others = [
        path
        for path in (published / BUILDS).iterdir()
        if path != current
        and not path.name.startswith(".")
        and (path / PUBLICATION).exists()
    ]
    return sorted(others, key=published_at, reverse=True)


def sync(path: Path) -> None:
    """Have a file or folder written to the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
