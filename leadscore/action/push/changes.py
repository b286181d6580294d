"""Which records of a CRM are to hold something else than what was pushed last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadscore.action.files import OWNER, CrmField, read_rows
from leadscore.action.push.target import Field, Record
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import identifier, literal, one_number
from leadscore.publish import AS_CSV, CRM_IMPORT
from leadscore.settings import Settings

SHORT = 255  # signs that a text field of Salesforce holds

EXAMPLES = 3


@dataclass(frozen=True)
class FieldChange:
    """What would change in one field.

    Attributes:
        field: The field.
        records: How many records would hold another value.
        examples: Some of them: the record, the value before (None if nothing was
            pushed yet, or it was empty), the value now.
    """

    field: Field
    records: int
    examples: list[tuple[str, str | None, str | None]]


@dataclass(frozen=True)
class Counts:
    """How many records are listed, and how many of them go out, and why.

    Attributes:
        listed: Records of crm_scores.csv.
        first: Those of which nothing was pushed yet.
        changed: Those that the target holds with other values.
        again: Those that it has not accepted when they were sent last.
    """

    listed: int
    first: int
    changed: int
    again: int

    @property
    def going(self) -> int:
        """How many go out."""
        return self.first + self.changed + self.again


def read_fields(settings: Settings, target: str) -> list[Field]:
    """Return the fields of a target.

    Raises:
        LeadscoreError: If the file has a mistake, or no row is of the target.
    """
    fields = [
        Field(row.field, row.column_name, row.format)
        for row in read_rows(settings, CrmField)
        if row.target == target
    ]
    if not fields:
        raise LeadscoreError(
            f"action/{CrmField.file} has no field of {target}: write which there are."
        )
    return fields


def find_changes(
    connection: duckdb.DuckDBPyConnection,
    build: Path,
    fields: Sequence[Field],
    pushed: Path,
) -> Counts:
    """Make the temporary table `going` of the records that go out.

    Args:
        connection: An open publication.
        build: The folder of that publication.
        fields: The fields of the target.
        pushed: What was pushed to the target last, as Parquet.

    Raises:
        LeadscoreError: If the publication is one of a version that pushed nothing.
    """
    values = ", ".join(f"{literal(f.name)}, {_value(f)}" for f in fields)
    listed = (
        f"read_csv({literal(str(build / CRM_IMPORT))}, header = true, "
        f"all_varchar = true)"
    )
    described = connection.execute(f"select * from {listed} limit 0").description
    if OWNER not in [column for column, *_ in described or []]:
        raise LeadscoreError(
            f"{CRM_IMPORT} was written by an older version: score once more."
        )
    connection.execute(
        f"""
        create or replace temp table records as
        select
            listed.record_id,
            lead_scores.lead_id,
            lead_scores.build_id,
            lead_scores.as_of_date,
            json_object({values})::varchar as fields
        from {listed} as listed
        inner join lead_scores on listed.lead_id = lead_scores.lead_id
        """
    )
    connection.execute(
        f"""
        create or replace temp table going as
        select
            records.*,
            case when pushed.status = 'accepted' then pushed.fields end as before,
            case
                when pushed.record_id is null then 'first'
                when pushed.status = 'accepted' then 'changed'
                else 'again'
            end as why,
            coalesce(pushed.attempts, 0) as attempts
        from records
        left join read_parquet({literal(str(pushed))}) as pushed
            on records.record_id = pushed.record_id
        where
            pushed.record_id is null
            or pushed.status != 'accepted'
            or pushed.fields != records.fields
        """
    )
    whys = dict(
        connection.execute("select why, count(*) from going group by why").fetchall()
    )
    records = one_number(connection.execute("select count(*) from records"))
    return Counts(records, *(whys.get(w, 0) for w in ("first", "changed", "again")))


def field_changes(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field]
) -> Iterator[FieldChange]:
    """Yield what would change in each field."""
    for field in fields:
        path = _path(field)
        differ = (
            f"from (select record_id, before ->> {path} as was, fields ->> {path} as "
            f"now from going) where was is distinct from now"
        )
        records = one_number(connection.execute(f"select count(*) {differ}"))
        examples = connection.execute(
            f"select record_id, was, now {differ} "
            f"order by was is null, now is null, record_id limit {EXAMPLES}"
        ).fetchall()
        yield FieldChange(field, records, examples)


def in_batches(
    connection: duckdb.DuckDBPyConnection, size: int
) -> Iterator[list[Record]]:
    """Yield the records that go out; what failed most often goes last."""
    found = connection.execute(
        "select record_id, lead_id, fields, attempts from going "
        "order by attempts, record_id"
    )
    while rows := found.fetchmany(size):
        yield [Record(*row) for row in rows]


def write_file(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], path: Path
) -> None:
    """Write the records that go out to a CSV file, in one step."""
    columns = [
        f"fields ->> {_path(field)} as {identifier(field.name)}" for field in fields
    ]
    part = path.with_name(f".{path.name}.part")
    connection.execute(
        f"copy (select record_id, {', '.join(columns)} from going order by record_id) "
        f"to {literal(str(part))} ({AS_CSV})"
    )
    part.replace(path)


def _path(field: Field) -> str:
    """Return SQL of where a field is in the JSON of all."""
    return literal(f'$."{field.name}"')


def _value(field: Field) -> str:
    """Return SQL of a field's value, as text in the field's format."""
    table = "listed" if field.column == OWNER else "lead_scores"
    name = f"{table}.{identifier(field.column)}"
    text = f"cast({name} as varchar)"
    return {
        "text": text,
        "short_text": f"if(length({name}) > {SHORT}, "
        f"left({name}, {SHORT - 1}) || '…', {name})",
        # 12.5000 is 12.5, and 100.00 is 100.
        "number": rf"rtrim(regexp_replace({text}, '([.]\d*?)0+$', '\1'), '.')",
        "whole_number": f"cast(cast(floor({name}) as bigint) as varchar)",
        "date": f"strftime({name}, '%Y-%m-%d')",
        "datetime": f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ')",
        "true_false": text,
    }[field.format]
