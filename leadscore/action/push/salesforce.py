"""Leads and contacts of Salesforce: 200 a call to its sObject collections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceExpiredSession,
)
from simple_salesforce.login import token_login

from leadscore.action.push.target import (
    ANSWER_TIMEOUT,
    BatchRefusedError,
    BusyError,
    Failure,
    Field,
    Record,
)
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.rules.vocabulary import nearest
from leadscore.settings import Settings

# What a record is, by the beginning of its id.
OBJECTS = {"00Q": "Lead", "003": "Contact"}
NO_LEAD = Failure("NO_LEAD_OR_CONTACT", "no id of a Lead (00Q...) or Contact (003...)")

# The code of a call that is one too many of the last 24 hours.
TODAYS_LIMIT = "REQUEST_LIMIT_EXCEEDED"

# Formats of what JSON has numbers for.
NUMBERS = ("number", "whole_number")


class _ImpatientSession(requests.Session):
    """Waits no longer than it should, which the client would do."""

    def request(self, *given: Any, **named: Any) -> requests.Response:
        return super().request(*given, **{"timeout": ANSWER_TIMEOUT, **named})


class Salesforce:
    """The leads and contacts of a Salesforce org."""

    name = "Salesforce"
    batch_size = 200

    def __init__(self, settings: Settings, fields: Sequence[Field]) -> None:
        """Take where it is and who asks; nothing is asked yet.

        Raises:
            LeadscoreError: If a setting is missing.
        """
        key, secret = settings.salesforce_key, settings.salesforce_secret
        if not (
            settings.salesforce_url
            and key.get_secret_value()
            and secret.get_secret_value()
        ):
            raise LeadscoreError(
                "Set LEADSCORE_SALESFORCE_URL (https://<company>.my.salesforce.com), "
                "LEADSCORE_SALESFORCE_KEY and LEADSCORE_SALESFORCE_SECRET, those of a "
                "connected app with the client credentials flow."
            )
        self._url = settings.salesforce_url.rstrip("/")
        self._key, self._secret = key, secret
        self._fields = fields
        self._known: set[str] = set()
        self._client: Client | None = None

    def send(self, records: Sequence[Record]) -> dict[str, Failure]:
        """Update leads and contacts; return those that were not, by their id."""
        ours = [record for record in records if record.record_id[:3] in OBJECTS]
        failures = {r.record_id: NO_LEAD for r in records if r not in ours}
        if not ours:
            return failures
        for name in sorted({OBJECTS[record.record_id[:3]] for record in ours}):
            self._require(name)
        body = {"allOrNone": False, "records": [self._body(r) for r in ours]}
        answers = self._ask("PATCH", "composite/sobjects", body)
        for record, answer in zip(ours, answers, strict=True):
            if not answer["success"]:
                error = (answer["errors"] or [{}])[0]
                failures[record.record_id] = Failure(
                    str(error.get("statusCode")), str(error.get("message"))
                )
        return failures

    def _require(self, name: str) -> None:
        """Require that an object has all fields, and that we may write them."""
        if name in self._known:
            return
        try:
            described = self._ask("GET", f"sobjects/{name}/describe")
        except BatchRefusedError as error:
            raise LeadscoreError(
                f"Salesforce does not describe its {name} ({error}): is "
                f"LEADSCORE_SALESFORCE_URL right, and may the connected app's user "
                f"see it?"
            ) from error
        found = {f["name"]: bool(f["updateable"]) for f in described["fields"]}
        wanted = [field.name for field in self._fields]
        if missing := [field for field in wanted if not found.get(field)]:
            hint = nearest(missing[0], [f for f in found if found[f]], cutoff=0.9)
            raise LeadscoreError(
                f"Salesforce's {name} has no field {', '.join(missing)} that the "
                f"connected app's user may write{hint or '.'} Make them there and give "
                f"the user the right to edit them, or change action/crm_fields.csv. "
                f"Nothing of a {name} was sent."
            )
        self._known.add(name)

    def _body(self, record: Record) -> dict[str, object]:
        texts = record.values
        values = {f.name: _typed(texts[f.name], f.format) for f in self._fields}
        kind = {"type": OBJECTS[record.record_id[:3]]}
        return {"attributes": kind, "id": record.record_id, **values}

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what Salesforce answers, logging in if the session has ended."""
        data = None if body is None else json.dumps(body)
        try:
            client = self._client or self._log_in()
            try:
                return client.restful(path, method=method, data=data)
            except SalesforceExpiredSession:
                return self._log_in().restful(path, method=method, data=data)
        except SalesforceError as error:
            raise _said(error) from error
        except requests.RequestException as error:
            message = f"Salesforce does not answer ({type(error).__name__})"
            raise BusyError(message) from error

    def _log_in(self) -> Client:
        key = self._key.get_secret_value()
        asked = {
            "grant_type": "client_credentials",
            "client_id": key,
            "client_secret": self._secret.get_secret_value(),
        }
        session = _ImpatientSession()
        token, instance = token_login(
            f"{self._url}/services/oauth2/token",
            *(asked, "", key, None, None, session),
        )
        client = Client(session_id=token, instance=instance, session=session)
        if self._url.startswith("http://"):  # the client knows https alone
            client.base_url = client.base_url.replace("https://", "http://", 1)
        self._client = client
        return client


def _said(error: SalesforceError) -> Exception:
    """Return in our words why Salesforce refused a call."""
    code = getattr(error, "code", None)
    if isinstance(code, int) and code >= 500:
        return BusyError(f"Salesforce has a fault ({code})")
    if isinstance(error, SalesforceAuthenticationFailed | SalesforceExpiredSession):
        return LeadscoreError(
            f"Salesforce refused LEADSCORE_SALESFORCE_KEY and _SECRET ({code or 401}): "
            f"give those of a connected app whose client credentials flow is on and "
            f"runs as a user with the right to use the API, and its own address. What "
            f"was sent before stays."
        )
    cause, message = _first(error.content)
    if cause == TODAYS_LIMIT:
        return NotYetError(f"Salesforce takes no more calls for now: {message}")
    if error.status == 403:
        return LeadscoreError(
            f"Salesforce refused the call ({cause}: {message}): give the connected "
            f"app's user the right to use the API and to edit leads and contacts."
        )
    if error.status >= 500 or error.status in (408, 429):
        return BusyError(f"Salesforce has a fault ({error.status}: {message})")
    return BatchRefusedError(Failure(cause or str(error.status), message))


def _first(content: Any) -> tuple[str, str]:
    """Return the code and the words of the first error that is told."""
    told = content[0] if isinstance(content, list) and content else {}
    if isinstance(told, dict):
        return str(told.get("errorCode", "")), str(told.get("message", ""))
    return "", ""


def _typed(value: str | None, kind: str) -> object:
    """Return a value as JSON has it: a number or truth as such."""
    if value is None:
        return None
    if kind in NUMBERS:
        return json.loads(value)
    return value == "true" if kind == "true_false" else value
