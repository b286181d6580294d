"""What the tasks of the DAGs do: one function a task, each safe to run again."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from rich.console import Console

from leadscore import candidate as candidates
from leadscore import extracts, ingest, runs, transform
from leadscore import publish as publication
from leadscore.errors import LeadscoreError, TooEarlyError
from leadscore.loading import batches
from leadscore.loading.file_reader import checksum
from leadscore.models import LEAD_SCORES_ALL
from leadscore.settings import Settings, checked_settings
from leadscore.warehouse import connect, fetch_column

logger = logging.getLogger(__name__)

# Scores are judged again after so long.
JUDGED_FOR = timedelta(days=7)


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


def load(source: str, day: str) -> None:
    """Load every file of a source delivered up to a day that is not loaded yet.

    Raises:
        NotYetError: If the day is not complete.
        LeadscoreError: If a file is refused.
    """
    settings, until = checked_settings(), date.fromisoformat(day)
    extracts.require_complete(settings, source, until)
    ingest.load(settings, source, until)


def validate(source: str, day: str) -> None:
    """Let Great Expectations judge what was loaded, and accept or refuse it.

    Raises:
        LeadscoreError: If it is refused, with what failed and why.
    """
    from leadscore.validate import validate_pending

    # Loading again loads nothing, but raises if a file that was refused still lies
    # there: a retry of this task must not pass because nothing is pending any more.
    load(source, day)
    settings = Settings()
    verdict = validate_pending(settings, source)
    reason = "\n".join(f"- {failure}" for failure in verdict.failures)
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.verdicts values (?, ?, now(), ?, ?, ?)",
            [source, day, verdict.success, verdict.checked, reason],
        )
    if not verdict.success:
        ingest.refuse(settings, source, reason)
        raise LeadscoreError(
            f"The {source} delivery up to {day} was refused; nothing of it is used, "
            f"and the last publication stays:\n{reason}\nPages: {settings.docs}"
        )
    ingest.accept(settings, source)


def layer(name: str, day: str) -> None:
    """Build one layer of the dbt project for a day."""
    result = transform.run_layer(checked_settings(), name, date.fromisoformat(day))
    logger.info("%s: %s built, %s tests passed", name, result.built, result.tests)


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
            f"stays:\n{reason}\nPages: {settings.docs}"
        )


def publish(day: str) -> None:
    """Write the reports, and put the candidate in place of the last publication."""
    from leadscore.report.write import write_reports

    settings = Settings()
    run = runs.current_run(settings)
    candidate = publication.candidate_path(settings, run.build_id)
    if candidate.exists():
        publication.unseal(candidate)  # sealed by a call that failed later on
        write_reports(settings, candidate, settings.reports_in_use)
    publication.publish(settings, candidate)
    logger.info("published %s of %s", run.build_id, day)


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
