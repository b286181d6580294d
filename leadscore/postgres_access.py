"""Who may read what of the tables in PostgreSQL: roles, and rows by owner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier, Literal

from leadscore.errors import LeadscoreError
from leadscore.publish import CONTACTS_TABLE

SCHEMA = "leadscore"

# Granted to logins by whoever administers the server: all but the contacts; those too.
READER = "leadscore_reader"
CONTACTS_READER = "leadscore_contacts"

# With security by owner: who sees the rows of all owners.
MANAGER = "leadscore_manager"

# Which logins see the leads of which owners; its rows belong to the administrator.
OWNER_LOGINS = "owner_logins"

# Whose leads are, where routing has dealt them and the CRM names no owner.
ASSIGNMENTS = "lead_assignments"

# How the names of policies begin that are ours.
POLICY = "leadscore_"

# Columns that name somebody in tables without their lead: only managers see the rows.
NAMING = {"identifier", "record_id", "record_ids"}


def table_of(name: str) -> Composable:
    """Return a table of the schema, for SQL."""
    return Identifier(SCHEMA, name)


def require_roles(cursor: Cursor, *, with_manager: bool) -> list[str]:
    """Create the roles that are missing; return those that read tables.

    Raises:
        LeadscoreError: If the user may not; it says what an administrator must run.
    """
    wanted = [READER, CONTACTS_READER, *([MANAGER] if with_manager else [])]
    cursor.execute("select rolname from pg_roles where rolname = any(%s)", [wanted])
    there = {name for (name,) in cursor.fetchall()}
    missing = [role for role in wanted if role not in there]
    cursor.execute(
        "select rolcreaterole or rolsuper, current_user from pg_roles "
        "where rolname = current_user"
    )
    ((may_create, user),) = cursor.fetchall()
    statements = [f"create role {role} nologin;" for role in missing]
    if missing and not may_create:
        raise LeadscoreError(
            f"PostgreSQL lacks roles that {user} may not create. Have an administrator "
            f"run: {' '.join(statements)} Then run the task publish again."
        )
    for statement in statements:
        cursor.execute(statement)
    return wanted[:2]


def grant(cursor: Cursor, tables: Iterable[str], roles: Iterable[str]) -> None:
    """Let the roles read the tables, the contacts the one that may see them."""
    for role in map(Identifier, roles):
        cursor.execute(
            SQL("grant usage on schema {} to {}").format(Identifier(SCHEMA), role)
        )
        for table in tables:
            if table != CONTACTS_TABLE or role == Identifier(CONTACTS_READER):
                cursor.execute(
                    SQL("grant select on {} to {}").format(table_of(table), role)
                )


def keep_no_examples(cursor: Cursor) -> None:
    """Have the planner keep no examples of names, which would outlive their rows."""
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) "
        "and attnum > 0 and not attisdropped "
        "and attstattarget is distinct from 0",
        [f"{SCHEMA}.{CONTACTS_TABLE}"],
    )
    for (column,) in cursor.fetchall():
        cursor.execute(
            SQL("alter table {} alter column {} set statistics 0").format(
                table_of(CONTACTS_TABLE), Identifier(column)
            )
        )


def limit_rows(
    cursor: Cursor, columns: Mapping[str, Iterable[str]], *, is_on: bool
) -> None:
    """Let logins see the rows of their own leads alone, or of all leads again.

    What is so already is left alone, for a change waits for those who read the table.

    Args:
        cursor: A cursor in the transaction of the publication.
        columns: The columns of each published table.
        is_on: Whether rows are limited.
    """
    wanted: dict[tuple[str, str], Composable] = {}
    if is_on:
        _create_owner_logins(cursor)
        conditions = {
            table: _condition(table, set(names)) for table, names in columns.items()
        }
        conditions[OWNER_LOGINS] = "login = current_user"
        for table, condition in conditions.items():
            if condition:
                wanted |= _policies(table, condition)
    cursor.execute(
        "select tablename, policyname from pg_policies "
        "where schemaname = %s and starts_with(policyname, %s)",
        [SCHEMA, POLICY],
    )
    there = set(cursor.fetchall())
    for table, policy in there - wanted.keys():
        drop = SQL("drop policy {} on {}")
        cursor.execute(drop.format(Identifier(policy), table_of(table)))
    for key in wanted.keys() - there:
        cursor.execute(wanted[key])
    limited, before = {table for table, _ in wanted}, {table for table, _ in there}
    for table in limited ^ before:
        change = SQL("enable" if table in limited else "disable")
        cursor.execute(
            SQL("alter table {} {} row level security").format(table_of(table), change)
        )


def _condition(table: str, names: set[str]) -> str | None:
    """Return when a login sees a row; None if everybody sees all rows."""
    if "owner_id" in names:
        own = (
            f"owner_id in (select owner_id from {SCHEMA}.{OWNER_LOGINS} "
            f"where login = current_user)"
        )
        if "lead_id" not in names or table == ASSIGNMENTS:
            return own
        # Of the assignments it sees its own: what routing gave it is its lead too.
        return f"{own} or lead_id in (select lead_id from {SCHEMA}.{ASSIGNMENTS})"
    if "lead_id" in names:  # of lead_scores it sees no others
        return f"lead_id in (select lead_id from {SCHEMA}.lead_scores)"
    return "false" if names & NAMING else None


def _policies(table: str, condition: str) -> dict[tuple[str, str], Composable]:
    """Return what creates the policies of a table, by it and their names.

    Another condition is another name, by which it is told that it changed.
    """
    told = hashlib.sha256(condition.encode()).hexdigest()[:8]
    create = SQL("create policy {} on {} for select {}")
    return {
        (table, policy): create.format(Identifier(policy), table_of(table), rest)
        for policy, rest in (
            (f"{POLICY}all", SQL("to {} using (true)").format(Identifier(MANAGER))),
            (f"{POLICY}own_{told}", SQL("using ({})").format(SQL(condition))),
        )
    }


def _create_owner_logins(cursor: Cursor) -> None:
    cursor.execute("select to_regclass(%s)", [f"{SCHEMA}.{OWNER_LOGINS}"])
    if cursor.fetchall() != [(None,)]:
        return
    named = table_of(OWNER_LOGINS)
    create = SQL(
        "create table {} (login text, owner_id text, unique (login, owner_id))"
    )
    cursor.execute(create.format(named))
    meaning = (
        "One row per login and owner whose leads it sees. Filled by whoever "
        "administers the server; no publication changes it."
    )
    cursor.execute(SQL("comment on table {} is {}").format(named, Literal(meaning)))
