"""Tell people and systems what the new scores say to them.

An Airflow DAG that follows each publication. `notify` sends each recipient of
`action/recipients.csv` their digest, once a day, and their alerts, one by one;
`push_<target>`, for each target of `LEADSCORE_PUSH_TO`, writes scores back into a CRM.
**It sends only where `LEADSCORE_SEND=true`**; else it says in its log what it would
send, as `leadscore act` does. What was sent is remembered (table `deliveries`), so each
task may be cleared and run again at any time: nothing is sent twice.

**While `notify` waits for its next try**, a server is away, or quiet hours have not
ended: it tries again every 30 minutes. What could be sent was sent.

**When `notify` fails at once**, a server refused a message, or a connection is not
there: its message says which. Mend `action/recipients.csv` or the connection, and clear
the task.

**When `push_<target>` fails**, the CRM refused us, or some records: its message and the
page Data say which and why. The others are there, and those go out with the next push.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, task
from wiring import HABITS, LEAD_SCORES, PATIENCE, run

from leadscore.settings import Settings

settings = Settings()


@dag(
    schedule=PartitionedAssetTimetable(assets=LEAD_SCORES),
    doc_md=__doc__,
    tags=["leadscore", "act"],
    **HABITS,
)
def act_on_scores() -> None:
    """Send what the publication of the day has to say; no task needs another."""

    @task(**PATIENCE | {"retries": 40})  # quiet hours may end in the afternoon
    def notify() -> None:
        from connections import connections

        run("notify", connections())

    def push(target: str):
        @task(task_id=f"push_{target}", **PATIENCE)
        def update() -> None:
            run("push", target)

        return update()

    notify()
    for target in settings.push_targets:
        push(target)


act_on_scores()
