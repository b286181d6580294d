"""Score every lead and publish.

An Airflow DAG that runs by itself for a day once that day's extracts of every source
in use (`LEADSCORE_SOURCES`) are accepted; those named in `LEADSCORE_STALE_SOURCES` are
not waited for. The day is the as_of_date of the scores.

One task a layer, then Great Expectations audits the candidate build, then one rename
publishes it. **Whatever fails, the last good publication stays in place.** Every task
may be cleared and run again at any time.

**When a layer fails** (`rules` ... `marts`), dbt's message names the model or the test;
its log is in `<data>/dbt/`. `rules` fails when a rule file has a mistake. Mend it and
clear the task and what follows. "In use by another process": something else holds
`warehouse.duckdb`; readers should open `<data>/published/` instead.

**When `audit` fails**, the scores look wrong: its message and the pages in
`<data>/docs/` say which expectation and show examples. Mend the rule or the model, then
clear from `rules` on.

**When it does not start**, a source has not been accepted: look at the `ingest_*` run
of that day. To score a day again, clear its run, or trigger one by hand with
`{"day": "YYYY-MM-DD"}`.
"""

from functools import reduce
from operator import and_

from airflow.sdk import PartitionedAssetTimetable, chain, dag, task
from wiring import EXTRACTS, HABITS, LEAD_SCORES, run

from leadscore.settings import Settings
from leadscore.transform import LAYERS

settings = Settings()


@dag(
    schedule=PartitionedAssetTimetable(
        assets=reduce(
            and_,
            (
                EXTRACTS[source]
                for source in settings.sources_waited_for or settings.sources_in_use
            ),
        )
    ),
    doc_md=__doc__,
    tags=["leadscore", "score"],
    **HABITS,
)
def score_leads() -> None:
    """Build the layers, audit what came out, publish it."""

    def layer(name: str):
        @task(task_id=name)
        def build() -> None:
            run("layer", name)

        return build()

    @task
    def audit() -> None:
        run("audit")

    @task(outlets=[LEAD_SCORES])
    def publish() -> None:
        run("publish")

    chain(*map(layer, LAYERS), audit(), publish())


score_leads()
