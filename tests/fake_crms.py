"""Servers that answer as HubSpot and Salesforce document it, and hold their records."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Fault = Callable[[], Response]

HUBSPOT_UPDATE = "/crm/v3/objects/contacts/batch/update"
SALESFORCE_UPDATE = "/services/data/v59.0/composite/sobjects"


def answer(status: int, body: object, **headers: str) -> Response:
    return Response(
        json.dumps(body), status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


def slow(seconds: float) -> Fault:
    def wait() -> Response:
        time.sleep(seconds)
        return answer(500, {})

    return wait


class FakeCrm:
    """What both have in common.

    Attributes:
        records: What each record holds, by its id; others are unknown.
        calls: The ids of each update that was answered by what it did.
        faults: What is answered instead, one after the other.
    """

    def __init__(self, ids: list[str]) -> None:
        self.records: dict[str, dict[str, object]] = {id_: {} for id_ in ids}
        self.calls: list[list[str]] = []
        self.faults: list[Fault] = []

    def fault(self) -> Response | None:
        return self.faults.pop(0)() if self.faults else None


class FakeHubSpot(FakeCrm):
    """contacts/batch/update: 200, 207 with errors for some, or 400 for a bad value."""

    token = "pat-secret"

    def __init__(self, server: HTTPServer, ids: list[str], names: list[str]) -> None:
        super().__init__(ids)
        self.names = names
        properties = server.expect_request("/crm/v3/properties/contacts", method="GET")
        properties.respond_with_handler(self.properties)
        update = server.expect_request(HUBSPOT_UPDATE, method="POST")
        update.respond_with_handler(self.update)

    def properties(self, request: Request) -> Response:
        return self.refused(request) or answer(
            200, {"results": [self._property(name) for name in self.names]}
        )

    def update(self, request: Request) -> Response:
        if refused := self.refused(request) or self.fault():
            return refused
        inputs = request.get_json()["inputs"]
        assert len(inputs) <= 100
        for one in inputs:
            if "worst" in one["properties"].values():
                problem = "Property values were not valid"
                body = {"status": "error", "message": problem}
                return answer(400, {**body, "category": "VALIDATION_ERROR"})
        self.calls.append([one["id"] for one in inputs])
        known = [one for one in inputs if one["id"] in self.records]
        for one in known:
            self.records[one["id"]] |= one["properties"]
        now = "2026-11-20T00:00:00.000Z"
        results = [
            {**one, "createdAt": now, "updatedAt": now, "archived": False}
            for one in known
        ]
        body = {"status": "COMPLETE", "startedAt": now, "completedAt": now}
        unknown = sorted({one["id"] for one in inputs} - set(self.records))
        if not unknown:
            return answer(200, {**body, "results": results})
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not "
            "exist. Check that ids are valid.",
            "context": {"ids": unknown},
        }
        return answer(
            207, {**body, "results": results, "numErrors": 1, "errors": [error]}
        )

    def refused(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.token}":
            return None
        message = "Authentication credentials not found."
        body = {"status": "error", "message": message}
        return answer(401, {**body, "category": "INVALID_AUTHENTICATION"})

    @staticmethod
    def _property(name: str) -> dict[str, object]:
        named = {"name": name, "label": name, "description": "", "groupName": "info"}
        return {**named, "type": "string", "fieldType": "text", "options": []}


class FakeSalesforce(FakeCrm):
    """The client credentials flow, describe, and an answer for each record."""

    key, secret = "consumer-key", "consumer-secret"

    def __init__(self, server: HTTPServer, ids: list[str], names: list[str]) -> None:
        super().__init__(ids)
        self.names = names
        self.sessions = 0
        self.url = server.url_for("").rstrip("/")
        for path, method, handler in (
            ("/services/oauth2/token", "POST", self.log_in),
            ("/services/data/v59.0/sobjects/Lead/describe", "GET", self.describe),
            ("/services/data/v59.0/sobjects/Contact/describe", "GET", self.describe),
            (SALESFORCE_UPDATE, "PATCH", self.update),
        ):
            expected = server.expect_request(path, method=method)
            expected.respond_with_handler(handler)

    def log_in(self, request: Request) -> Response:
        given = request.form["client_id"], request.form["client_secret"]
        if given != (self.key, self.secret):
            said = "invalid client credentials"
            return answer(400, {"error": "invalid_client", "error_description": said})
        self.sessions += 1
        token = {"access_token": f"session-{self.sessions}"}
        return answer(200, {**token, "instance_url": self.url})

    def describe(self, request: Request) -> Response:
        fields = [{"name": name, "updateable": True} for name in self.names]
        return self.refused(request) or answer(200, {"fields": fields})

    def update(self, request: Request) -> Response:
        if refused := self.refused(request) or self.fault():
            return refused
        body = request.get_json()
        assert body["allOrNone"] is False
        assert len(body["records"]) <= 200
        self.calls.append([record["id"] for record in body["records"]])
        return answer(200, [self._save(record) for record in body["records"]])

    def refused(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer session-{self.sessions}":
            return None
        error = {"message": "Session expired", "errorCode": "INVALID_SESSION_ID"}
        return answer(401, [error])

    def _save(self, record: dict[str, object]) -> dict[str, object]:
        id_ = str(record.pop("id"))
        kind = record.pop("attributes")
        assert kind == {"type": {"00Q": "Lead", "003": "Contact"}[id_[:3]]}
        if id_ not in self.records:
            error = {"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}
            return {"id": id_, "success": False, "errors": [{**error, "fields": []}]}
        self.records[id_] |= record
        return {"id": id_, "success": True, "errors": []}
