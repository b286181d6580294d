"""Writes scores back into a CRM: only what changed, as crm_fields.csv maps it."""
