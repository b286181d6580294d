"""Load and judge what the web analytics delivered.

An Airflow DAG, every night for the day before. Reads `<data>/extracts/web/<day>/` into
`raw.web_events`: page views, forms, downloads, sign-ups. A source map under
`sources/web/` says how the tracker's files become that table.
"""

from wiring import ingest

ingest("web", __doc__)
