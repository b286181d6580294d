"""Load and judge what the CRM delivered.

An Airflow DAG, every night for the day before. Reads `<data>/extracts/crm/<day>/` into
`raw.crm_leads`, `crm_accounts`, `crm_opportunities`, `crm_owners`, `crm_activities`,
`crm_opportunity_leads`, `crm_emails`, `crm_merges` and `crm_opportunity_merges`. A
source map under `sources/crm/` says which file feeds which table. Leads, accounts and
opportunities usually come as whole snapshots: `load` refuses one that lacks more than
20 % of the last (`max_gone_pct` in the source map), for it looks like half an export.
"""

from wiring import ingest

ingest("crm", __doc__)
