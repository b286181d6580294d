"""Load and judge what the email platform delivered.

An Airflow DAG, every night for the day before. Reads `<data>/extracts/email/<day>/`
into `raw.email_events`: sent, opened, clicked, replied, bounced, unsubscribed and so
on. A source map under `sources/email/` says how the platform's files become that
table.
"""

from wiring import ingest

ingest("email", __doc__)
