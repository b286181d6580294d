"""Tell people and systems what the new scores say to them.

An Airflow DAG that follows each publication. `notify` sends each recipient of
`action/recipients.csv` their digest, once a day, and their alerts, one by one.
**It sends only where `LEADSCORE_SEND=true`**; else it says in its log what it would
send, as `leadscore act` does. What was sent is remembered (table `deliveries`), so each
task may be cleared and run again at any time: nothing is sent twice.

**While `notify` waits for its next try**, a server is away, or quiet hours have not
ended: it tries again every 30 minutes. What could be sent was sent.

**When `notify` fails at once**, a server refused a message, or a connection is not
there: its message says which. Mend `action/recipients.csv` or the connection, and clear
the task.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, task
from wiring import HABITS, LEAD_SCORES, PATIENCE, run


@dag(
    schedule=PartitionedAssetTimetable(assets=LEAD_SCORES),
    doc_md=__doc__,
    tags=["leadscore", "act"],
    **HABITS,
)
def act_on_scores() -> None:
    """Send what the publication of the day has to say."""

    @task(**PATIENCE)
    def notify() -> None:
        from connections import connections

        run("notify", connections())

    notify()


act_on_scores()
