"""What the tasks of the DAGs do: one function a task, each safe to run again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, ParamSpec

import duckdb
from rich.console import Console

from leadscore import candidate as candidates
from leadscore import extracts, ingest, postgres, runs, transform
from leadscore import publish as publication
from leadscore.action import assignments
from leadscore.checks import KEPT, where_shown
from leadscore.errors import LeadscoreError, NotYetError, TooEarlyError, counted
from leadscore.loading import batches
from leadscore.loading.file_reader import checksum
from leadscore.models import LEAD_SCORES_ALL
from leadscore.settings import Settings, checked_settings
from leadscore.warehouse import connect, fetch_column

if TYPE_CHECKING:
    from leadscore.action.channels import Connections

logger = logging.getLogger(__name__)

Given = ParamSpec("Given")

# Scores are judged again after so long.
JUDGED_FOR = timedelta(days=7)


def _recorded(
    name: str,
) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """Have each run of a task recorded in raw.task_runs, also when it fails.

    A run that only found that it must wait is none: a source that stays away is looked
    for all night.

    Args:
        name: The task, as <DAG>.<task>, with its arguments in braces; one of them is
            the day.
    """

    def decorate(task: Callable[Given, None]) -> Callable[Given, None]:
        @wraps(task)
        def run(*given: Given.args, **named: Given.kwargs) -> None:
            arguments = signature(task).bind(*given, **named).arguments
            told = name.format(**arguments), arguments["day"]
            started_at, started = datetime.now(UTC), time.monotonic()
            succeeded = waits = False
            try:
                task(*given, **named)
                succeeded = True
            except NotYetError:
                waits = True
                raise
            finally:
                if not waits:
                    seconds = time.monotonic() - started
                    _record_run(*told, started_at, seconds, succeeded)

        return run

    return decorate


def _record_run(
    task: str, day: str, started_at: datetime, seconds: float, succeeded: bool
) -> None:
    """Record a run; that this cannot be done must not hide what became of the task."""
    now = started_at.replace(tzinfo=None)
    try:
        with connect(Settings()) as connection:
            connection.execute(
                "insert into raw.task_runs values (?, ?, ?, ?, ?)",
                [task, day, now, seconds, succeeded],
            )
            connection.execute(
                "delete from raw.task_runs where started_at < ?", [now - KEPT]
            )
    except (LeadscoreError, duckdb.Error) as error:
        logger.warning("The run of %s is not recorded: %s", task, error)


def has_new_extracts(settings: Settings, day: date) -> bool:
    """Tell whether a source in use delivered, up to a day, what is not loaded yet."""
    with connect(settings) as connection:
        known = batches.read(connection, "true", [])
    contents = {(batch.source, batch.extract_date, batch.sha256) for batch in known}
    for source in settings.sources_in_use:
        for extract in extracts.find_extracts(settings, source, day):
            of_place = [batch for batch in known if batch.file == extract.place]
            sha256 = batches.known_checksum(extract, of_place)
            sha256 = sha256 or checksum(extract.path)
            if (source, extract.day, sha256) not in contents:
                return True
    return False


@_recorded("ingest_{source}.load")
def load(source: str, day: str) -> None:
    """Load every file of a source delivered up to a day that is not loaded yet.

    Raises:
        NotYetError: If the day is not complete.
        LeadscoreError: If a file is refused.
    """
    _load(source, day)


def _load(source: str, day: str) -> None:
    settings, until = checked_settings(), date.fromisoformat(day)
    extracts.require_complete(settings, source, until)
    ingest.load(settings, source, until)


@_recorded("ingest_{source}.validate")
def validate(source: str, day: str) -> None:
    """Let Great Expectations judge what was loaded, and accept or refuse it.

    Raises:
        LeadscoreError: If it is refused, with what failed and why.
    """
    from leadscore.validate import validate_pending

    # Loading again loads nothing, but raises if a file that was refused still lies
    # there: a retry of this task must not pass because nothing is pending any more.
    _load(source, day)
    settings = Settings()
    verdict = validate_pending(settings, source)
    reason = "\n".join(f"- {failure}" for failure in verdict.failures)
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.verdicts values (?, ?, now(), ?, ?, ?)",
            [source, day, verdict.success, verdict.checked, reason],
        )
    if not verdict.success:
        cause = "\n".join(f"- {cause}" for cause in verdict.causes)
        ingest.refuse(settings, source, reason, cause)
        raise LeadscoreError(
            f"The {source} delivery up to {day} was refused; nothing of it is used, "
            f"and the last publication stays:\n{reason}\n{where_shown(settings)}"
        )
    ingest.accept(settings, source)


@_recorded("score_leads.{name}")
def layer(name: str, day: str) -> None:
    """Build one layer of the dbt project for a day."""
    result = transform.run_layer(checked_settings(), name, date.fromisoformat(day))
    logger.info("%s: %s built, %s tests passed", name, result.built, result.tests)


@_recorded("score_leads.audit")
def audit(day: str) -> None:
    """Write the candidate build and let Great Expectations judge it.

    Raises:
        LeadscoreError: If an expectation fails; the last publication stays.
    """
    from leadscore.validate import audit_candidate

    settings, as_of_date = Settings(), date.fromisoformat(day)
    run = runs.current_run(settings)
    candidate = candidates.write_candidate(settings, as_of_date, run.build_id)
    verdict = audit_candidate(settings, candidate)
    if not verdict.success:
        reason = "\n".join(f"- {failure}" for failure in verdict.failures)
        raise LeadscoreError(
            f"The scores of {day} did not pass the audit; the last publication "
            f"stays:\n{reason}\n{where_shown(settings)}"
        )


@_recorded("score_leads.publish")
def publish(day: str) -> None:
    """Write what people read, and put the candidate in place of the last publication.

    Raises:
        NotYetError: If PostgreSQL, the second place, is away.
        LeadscoreError: If the candidate was not audited, or PostgreSQL refuses it.
    """
    from leadscore.action.partners import write_partner_files
    from leadscore.report.write import write_reports

    settings = checked_settings()
    run = runs.current_run(settings)
    candidate = publication.candidate_path(settings, run.build_id)
    if candidate.exists():
        publication.unseal(candidate)  # sealed by a call that failed later on
        write_reports(settings, candidate, settings.reports_in_use)
        write_partner_files(settings, candidate)
    current = publication.publish(settings, candidate)
    if current.name == run.build_id:
        with connect(settings) as connection:
            assignments.keep(connection)
    logger.info("published %s of %s", run.build_id, day)
    postgres.publish(settings)


@_recorded("act_on_scores.notify")
def notify(connections: Connections, day: str) -> None:
    """Send what the publication of a day has to say to people, if that is wanted.

    Raises:
        NotYetError: If something waits for a server, or for the end of quiet hours.
        LeadscoreError: If a server refused something.
    """
    from leadscore.action import act

    settings = checked_settings()
    published = publication.require_publication(settings)["as_of_date"]
    if published != day:
        logger.info("%s is published, not %s: there is nothing to say", published, day)
    elif settings.send:
        act.notify(settings, connections)
    else:
        for plan in act.plan(settings):
            logger.info("LEADSCORE_SEND is not set: %s", act.counts(plan))


@_recorded("act_on_scores.push_{target}")
def push(target: str, day: str) -> None:
    """Write the scores of the publication of a day back to a target, if that is wanted.

    Raises:
        NotYetError: If the target is away; what it accepted is remembered.
        LeadscoreError: If the target refuses us or some records.
    """
    from leadscore.action.push.push import push as push_scores

    settings = checked_settings()
    published = publication.require_publication(settings)["as_of_date"]
    if published != day:
        logger.info("%s is published, not %s: nothing is pushed", published, day)
        return
    pushed = push_scores(settings, target, send=settings.send)
    if not settings.send:
        going = counted(pushed.counts.going, "record")
        logger.info("LEADSCORE_SEND is not set; %s would go to %s", going, target)
    elif pushed.failures:
        raise LeadscoreError(
            f"{target} accepted {counted(pushed.accepted, 'record')} and did not take "
            f"{len(pushed.failures):,}; the page Data says why. They are sent again "
            f"with the next publication."
        )


def is_judging_due(day: str) -> bool:
    """Return whether a week has passed since the scores were judged.

    Or whether the rules have changed, so that probabilities of theirs are missing.
    """
    with connect(Settings()) as connection:
        (judged,) = fetch_column(
            connection, "select max(judged_on) from judged.cut_offs"
        )
        (changed,) = fetch_column(
            connection,
            "select count(*) > 0 from raw.probability_models where is_in_force and "
            "ruleset_fingerprint not in "
            f"(select ruleset_fingerprint from {LEAD_SCORES_ALL})",
        )
    is_old = judged is None or judged + JUDGED_FOR <= date.fromisoformat(day)
    return is_old or bool(changed)


@_recorded("judge_scores.judge")
def judge(day: str) -> None:
    """Judge the scores by what became of the leads; a young world has nothing yet.

    Raises:
        LeadscoreError: If what was judged does not pass the audit.
    """
    from leadscore.judging.judge import build
    from leadscore.judging.targets import find_targets

    settings = checked_settings()
    try:
        build(settings, find_targets(settings), [], Console(quiet=True))
    except TooEarlyError as error:
        logger.info("%s", error)
    else:
        logger.info("judged, with the data of %s", day)
