"""Contacts of HubSpot, by its own client: batches of 100 to contacts/batch/update."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import hubspot
import urllib3
from hubspot.crm import contacts, properties

from leadscore.action.push.target import (
    ANSWER_TIMEOUT,
    BatchRefusedError,
    BusyError,
    Failure,
    Field,
    Record,
    seconds,
)
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.rules.vocabulary import nearest
from leadscore.settings import Settings

Answer = TypeVar("Answer")


class HubSpot:
    """The contacts of a HubSpot account."""

    name = "HubSpot"
    batch_size = 100

    def __init__(self, settings: Settings, fields: Sequence[Field]) -> None:
        """Take where it is and the token; nothing is asked yet.

        Raises:
            LeadscoreError: If there is no token.
        """
        token = settings.hubspot_token.get_secret_value()
        if not token:
            raise LeadscoreError(
                "Set LEADSCORE_HUBSPOT_TOKEN to the access token of a private app of "
                "HubSpot with the scopes crm.objects.contacts.read and .write."
            )
        crm = hubspot.Client.create(
            access_token=token,
            host=settings.hubspot_url.rstrip("/"),
            retry=urllib3.Retry(0),  # Patience tries again, and keeps the pace
            client_side_validation=False,  # words that came since it was written
        ).crm
        self._contacts = crm.contacts.batch_api
        self._properties = crm.properties.core_api
        self._unasked = {field.name for field in fields}

    def send(self, records: Sequence[Record]) -> dict[str, Failure]:
        """Update contacts; return those that were not, by their id.

        An empty text clears a property.
        """
        if self._unasked:
            self._require_properties()
        inputs = [
            {
                "id": record.record_id,
                "properties": {name: v or "" for name, v in record.values.items()},
            }
            for record in records
        ]
        answer = _answer(
            lambda: self._contacts.update(
                {"inputs": inputs}, _request_timeout=ANSWER_TIMEOUT
            )
        )
        return _failures(records, answer)

    def _require_properties(self) -> None:
        try:
            answer = _answer(
                lambda: self._properties.get_all(
                    "contacts", _request_timeout=ANSWER_TIMEOUT
                )
            )
        except BatchRefusedError as error:
            raise LeadscoreError(
                f"HubSpot does not name its contact properties ({error}): is "
                f"LEADSCORE_HUBSPOT_URL right?"
            ) from error
        known = {found.name for found in answer.results}
        if missing := sorted(self._unasked - known):
            hint = nearest(missing[0], known, cutoff=0.9)
            raise LeadscoreError(
                f"HubSpot has no contact property {', '.join(missing)}{hint or '.'} "
                f"Make them there (Settings, Properties), or change "
                f"action/crm_fields.csv. Nothing was sent."
            )
        self._unasked.clear()


def _answer(ask: Callable[[], Answer]) -> Answer:
    """Return what HubSpot answers, or say in our words why it does not."""
    try:
        return ask()
    except (contacts.ApiException, properties.ApiException) as error:
        raise _said(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise BusyError(f"HubSpot does not answer ({type(error).__name__})") from error


def _said(error: Any) -> Exception:
    try:
        body = json.loads(error.body)
    except (TypeError, ValueError):
        body = {}
    message = str(body.get("message") or error.reason)
    if error.status in (401, 403):
        return LeadscoreError(
            f"HubSpot refused LEADSCORE_HUBSPOT_TOKEN ({error.status}: {message}). "
            f"Give the token of a private app with the scopes "
            f"crm.objects.contacts.read and .write. What was sent before stays."
        )
    if error.status == 429:
        if body.get("policyName") == "DAILY":
            return NotYetError(f"HubSpot takes no more calls today: {message}")
        wait = seconds((error.headers or {}).get("Retry-After"))
        return BusyError(f"HubSpot asks to go slower: {message}", wait)
    if error.status >= 500 or error.status in (0, 408):
        return BusyError(f"HubSpot has a fault ({error.status}: {message})")
    cause = str(body.get("category") or error.status)
    return BatchRefusedError(Failure(cause, message))


def _failures(records: Sequence[Record], answer: Any) -> dict[str, Failure]:
    """Return the contacts that a batch's answer does not confirm.

    A merged contact is confirmed under the id of the one that it was merged into, so
    who is not named in the results may be updated all the same.
    """
    failures: dict[str, Failure] = {}
    sent = {record.record_id for record in records}
    confirmed = {result.id for result in answer.results or []}
    for error in getattr(answer, "errors", None) or []:
        failure = Failure(str(error.category or error.status), str(error.message))
        named = {id_ for ids in (error.context or {}).values() for id_ in ids} & sent
        failures |= dict.fromkeys(named or sent - confirmed, failure)
    return failures
