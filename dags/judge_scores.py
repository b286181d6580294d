"""Judge the scores by what became of the leads, once a week.

An Airflow DAG that follows each publication and judges if the last judgement is a week
old, or if the rules have changed: all leads as of the last day of every month whose
horizon has ended. It writes the marts `*_performance` and `score_drift`, fits how
probable success is, and the next publication carries both.

**When `judge` fails**, its message says what dbt or Great Expectations found; the pages
in `<data>/docs/` show it. It never stops a publication: the marts of before stay, and
the scores go out as ever. Clear the task to judge again, or run `leadscore judge`.

**When `judge` is skipped**, neither is so. In a young world it
does nothing until the first horizon of a target has ended.
"""

from airflow.sdk import PartitionedAssetTimetable, chain, dag, task
from wiring import HABITS, LEAD_SCORES, run


@dag(
    schedule=PartitionedAssetTimetable(assets=LEAD_SCORES),
    doc_md=__doc__,
    tags=["leadscore", "judge"],
    **HABITS,
)
def judge_scores() -> None:
    """See whether it is time, and judge."""

    @task.short_circuit
    def is_due() -> bool:
        return run("is_judging_due")

    @task
    def judge() -> None:
        run("judge")

    chain(is_due(), judge())


judge_scores()
