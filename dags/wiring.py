"""What the DAG files share: the nightly schedule, the assets, the habits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    CronPartitionTimetable,
    Param,
    chain,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

from leadscore.errors import NotYetError
from leadscore.settings import SOURCES, Settings

# Emitted with the day as partition key once a day's extracts are accepted.
EXTRACTS = {
    source: Asset(f"{source}_extracts", uri=f"leadscore://extracts/{source}")
    for source in SOURCES
}
LEAD_SCORES = Asset("lead_scores", uri="leadscore://published/lead_scores")

# DuckDB lets one process open the warehouse: the pool has one slot.
POOL = "duckdb"

# Held by every DAG of the warehouse.
HABITS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "default_args": {
        "owner": "leadscore",
        "pool": POOL,
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        # A million leads take minutes: what takes hours hangs.
        "execution_timeout": timedelta(hours=3),
    },
    "params": {
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Only for a run started by hand without a partition key: "
            "the day, YYYY-MM-DD.",
        )
    },
}

# Waits through a night and a morning for a late delivery: 20 times 30 minutes. A task
# that waits for its next try holds no slot of the pool.
PATIENCE: dict[str, Any] = {"retries": 20, "retry_delay": timedelta(minutes=30)}

INGEST_NOTES = """
**While `load` waits for its next try**, a required file is not there yet. It looks
every 30 minutes until the early afternoon, then fails. Put the file in place (an empty
`_DONE` says that the day brings nothing) and clear the task, or do nothing: the next
day's run loads every file that was missed.

**When `load` fails at once**, a file was refused: it cannot be read, or a snapshot
lacks too much of the last. What cannot be read lies in `<data>/quarantine/`, with line
and reason. Mend the file, then clear the task.

**When `validate` fails**, Great Expectations refused what was delivered: its message
and the pages in `<data>/docs/` name the table, the expectation and the file. Nothing of
it reaches the scores. Have the file delivered again, or change `expectations/`, then
clear `load` and what follows.

Until both succeed `score_leads` waits. If the source stays away for long, name it in
`LEADSCORE_STALE_SOURCES`: the scores then go out without its news, and say so.

**For days in the past**, `airflow backfill create --dag-id <this DAG> --from-date
<first day> --to-date <day after the last>`, for each source; the scores follow by
themselves.
"""


def run(step: str, *arguments: str) -> Any:
    """Run a step of the pipeline for the day of this run; return what it returns.

    Only what waiting mends is tried again: all else fails at once, and looks so.
    """
    from leadscore import pipeline

    try:
        return getattr(pipeline, step)(*arguments, _day())
    except NotYetError:
        raise
    except Exception as error:
        raise AirflowFailException(str(error)) from error


def _day() -> str:
    context = get_current_context()
    dag_run = context["dag_run"]
    by_hand: datetime | None = dag_run.logical_date
    chosen = dag_run.partition_key or context["params"]["day"]
    if chosen:
        return str(chosen)
    if by_hand is None:
        raise ValueError('Which day? Trigger with {"day": "YYYY-MM-DD"}.')
    return by_hand.date().isoformat()


def ingest(source: str, doc: str | None) -> DAG:
    """Build the nightly DAG that loads and judges what a source delivered.

    A source that is not in use keeps its DAG, for runs by hand, without a schedule.
    """
    settings = Settings()
    # At 03:00 of the company's clock for yesterday; at once when first switched on.
    nightly = CronPartitionTimetable(
        "0 3 * * *",
        timezone=settings.time_zone,
        run_offset=-1,
        key_format="%Y-%m-%d",
        run_immediately=True,
    )

    @dag(
        dag_id=f"ingest_{source}",
        schedule=nightly if source in settings.sources_in_use else None,
        doc_md=f"{doc}{INGEST_NOTES}",
        tags=["leadscore", "ingest", source],
        **HABITS,
    )
    def build() -> None:
        @task(**PATIENCE)
        def load() -> None:
            run("load", source)

        @task(outlets=[EXTRACTS[source]])
        def validate() -> None:
            run("validate", source)

        chain(load(), validate())

    return build()
