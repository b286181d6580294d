"""How the connections that recipients.csv names are opened: they are Airflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from leadscore.action.channels import (
    Connections,
    Endpoint,
    MailServer,
    RefusedError,
)


def connections() -> Connections:
    """Return Airflow's connections: mail servers and addresses of webhooks."""
    return Connections(mail=_mail_server, web=_endpoint)


@contextmanager
def _mail_server(name: str) -> Iterator[MailServer]:
    """Open a connection of the type smtp, as Airflow's provider does for its mails."""
    sender = _of(name).extra_dejson.get("from_email")
    if not sender:
        raise RefusedError(
            f"The connection {name} does not say from whom mails come: set its field "
            f"from_email."
        )
    hook = SmtpHook(smtp_conn_id=name)
    try:
        hook.get_conn()
    except AirflowException as error:  # a server that hangs up at once
        raise ConnectionError(str(error)) from error
    with hook:
        yield MailServer(hook._smtp_client, sender)


def _endpoint(name: str) -> Endpoint:
    """Return the address of a connection of the type http or slackwebhook.

    Slack's secret path is the password, as Airflow's provider for Slack has it.
    """
    found = _of(name)
    host = found.host or ""
    url = host if "://" in host else f"{found.schema or 'https'}://{host}"
    if found.port:
        url += f":{found.port}"
    if path := found.extra_dejson.get("path"):
        url += f"/{path.lstrip('/')}"
    if found.conn_type == "slackwebhook" and found.password:
        return Endpoint(f"{url.rstrip('/')}/{found.password.lstrip('/')}")
    return Endpoint(url, secret=found.password or "")


def _of(name: str) -> Connection:
    try:
        return Connection.get(name)
    except AirflowNotFoundException as error:
        raise RefusedError(
            f"There is no connection {name}, which action/recipients.csv names: add it "
            f"in Airflow, or set AIRFLOW_CONN_{name.upper()}."
        ) from error
