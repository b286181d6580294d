"""Load and judge what people who work with leads say of them.

An Airflow DAG, every night for the day before. Reads `<data>/extracts/feedback/<day>/`
into `raw.feedback`: whether a lead was good, bad, the wrong person or held bad data,
who said so, when and why. A day without a file is complete. A source map under
`sources/feedback/` says how the files become that table.
"""

from wiring import ingest

ingest("feedback", __doc__)
