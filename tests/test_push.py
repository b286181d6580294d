"""Scores pushed into CRMs: only what changed, whatever fails in between."""

import csv
import json
import random
from datetime import date, timedelta

import duckdb
import pytest
from fake_crms import FakeHubSpot, FakeSalesforce, answer, slow
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from leadscore.action.lock import alone
from leadscore.action.push import hubspot
from leadscore.action.push import target as targets
from leadscore.action.push.changes import read_fields
from leadscore.action.push.memory import Memory
from leadscore.action.push.push import push
from leadscore.cli import app
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.forget import forget, look_up
from leadscore.settings import Settings
from leadscore.warehouse import connect

FRIDAY = date(2026, 11, 20)
NOBODY = "http://127.0.0.1:1"  # no server is there


def publish(settings, grades, day=FRIDAY, **columns):
    """Publish the grades of leads, by record id: as small as a push needs it."""
    build = settings.published / "builds" / f"{day}_{len(list_builds(settings))}"
    build.mkdir(parents=True)
    (build / "publication.json").write_text(
        json.dumps({"as_of_date": str(day), "row_counts": {}})
    )
    given = {
        "total_points": "70.5000::decimal(18, 4)",
        "score": "45.50::decimal(5, 2)",
        "engagement_level": "2",
        "segment": "grade || '2'",
        "stage": "'mql'",
        "priority": "null::integer",
        "queue": "'sales'",
        "action": "'call'",
        "due_at": "timestamp '2026-11-20 09:30:00'",
        "top_reasons": "'said \"demo\", twice'",
        "is_mql": "true",
        **columns,
    }
    named = ", ".join(f"{value} as {name}" for name, value in given.items())
    with duckdb.connect(str(build / "lead_scores.duckdb")) as connection:
        connection.execute(
            f"create table lead_scores as select *, date '{day}' as as_of_date, "
            f"'{build.name}' as build_id, {named} "
            f"from (select unnest($ids) as lead_id, unnest($grades) as grade)",
            {"ids": list(grades), "grades": list(grades.values())},
        )
    with (build / "crm_scores.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("record_id", "lead_id", "owner"))
        writer.writerows((id_, id_, "o1") for id_ in grades)
    link = settings.published / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(build.relative_to(settings.published))


def list_builds(settings):
    return list((settings.published / "builds").glob("*"))


@pytest.fixture
def settings(tmp_path, httpserver):
    httpserver.no_handler_status_code = 404
    url = httpserver.url_for("").rstrip("/").replace("localhost", "127.0.0.1")
    return Settings(
        data=tmp_path / "world",
        threads=2,
        memory_limit="1GB",
        hubspot_token=SecretStr(FakeHubSpot.token),
        hubspot_url=url,
        hubspot_calls_per_second=1000,
        salesforce_url=url,
        salesforce_key=SecretStr(FakeSalesforce.key),
        salesforce_secret=SecretStr(FakeSalesforce.secret),
    )


def names(settings, target):
    return [field.name for field in read_fields(settings, target)]


@pytest.fixture
def crm(settings, httpserver):
    ids = [str(n) for n in range(101, 109)]
    return FakeHubSpot(httpserver, ids, names(settings, "hubspot"))


@pytest.fixture
def salesforce(settings, httpserver):
    ids = ["00Q1", "00Q2", "0031"]
    return FakeSalesforce(httpserver, ids, names(settings, "salesforce"))


def send(settings, target="hubspot", sleep=lambda seconds: None, **options):
    return push(settings, target, send=True, sleep=sleep, **options)


def grades(crm, field="leadscore_grade"):
    return {id_: held.get(field) for id_, held in crm.records.items() if held}


def remembered(settings):
    with connect(settings) as connection:
        return connection.execute(
            "select record_id, status, cause, attempts from raw.pushes order by all"
        ).fetchall()


# ---- what goes out


def test_only_what_changed_goes_out_and_the_second_push_sends_nothing(settings, crm):
    publish(settings, {"101": "A", "102": "B"})
    first = send(settings)
    again = send(settings)
    publish(settings, {"101": "A", "102": "C", "103": "A"})
    changed = send(settings)

    assert (first.counts.first, first.accepted) == (2, 2)
    assert (again.counts.going, again.accepted) == (0, 0)
    assert (changed.counts.first, changed.counts.changed, changed.accepted) == (1, 1, 2)
    assert crm.calls == [["101", "102"], ["102", "103"]]
    assert crm.records["102"] == {
        "leadscore_points": "70",
        "leadscore_score": "45",
        "leadscore_grade": "C",
        "leadscore_level": "2",
        "leadscore_segment": "C2",
        "leadscore_stage": "mql",
        "leadscore_priority": "",
        "leadscore_queue": "sales",
        "leadscore_action": "call",
        "leadscore_due_at": "2026-11-20T09:30:00Z",
        "leadscore_owner": "o1",
        "leadscore_reasons": 'said "demo", twice',
    }


def test_a_dry_run_asks_nobody_and_tells_field_by_field(settings, crm, httpserver):
    publish(settings, {"101": "A", "102": "B"})
    send(settings)
    asked = len(httpserver.log)
    publish(settings, {"101": "A-", "102": "B", "103": "A"})
    options = ["push", "--to", "hubspot", "--data", str(settings.data)]
    said = CliRunner().invoke(app, options).output
    told = push(settings, "hubspot", send=False)

    assert len(httpserver.log) == asked
    changes = {change.field.name: change for change in told.changes}
    grade = changes["leadscore_grade"]
    assert grade.records == 2
    assert grade.examples == [("101", "A", "A-"), ("103", None, "A")]
    assert changes["leadscore_queue"].records == 1
    assert changes["leadscore_priority"].records == 0
    assert "101: A -> A-; 103: A" in said
    assert "Nothing was sent. To send it, say --send." in said


def test_a_changed_mapping_sends_all_again(settings, crm, tmp_path):
    publish(settings, {"101": "A", "102": "B"})
    send(settings)
    (tmp_path / "my/action").mkdir(parents=True)
    (tmp_path / "my/action/crm_fields.csv").write_text(
        "target,field,column_name,format\nhubspot,leadscore_grade,segment,text\n"
    )
    mine = settings.model_copy(update={"config": tmp_path / "my"})

    assert send(mine).counts.changed == 2
    assert grades(crm) == {"101": "A2", "102": "B2"}
    with pytest.raises(LeadscoreError, match="has no field of salesforce"):
        send(mine, "salesforce")


def test_how_each_format_writes_a_value(settings, crm, tmp_path):
    cases = [
        ("text", "total_points", "70.5000::decimal(18, 4)", "70.5000"),
        ("number", "score", "100.00::decimal(5, 2)", "100"),
        ("number", "priority", "100", "100"),
        ("whole_number", "engagement_level", "-0.5::decimal(5, 2)", "-1"),
        ("short_text", "action", "repeat('ä', 256)", "ä" * 254 + "…"),
        ("short_text", "queue", "repeat('ä', 255)", "ä" * 255),
        ("date", "due_at", "timestamp '2026-11-20 23:30:00'", "2026-11-20"),
        ("true_false", "is_mql", "false", "false"),
        ("text", "segment", "null::varchar", ""),
    ]
    (tmp_path / "my/action").mkdir(parents=True)
    rows = [
        f"hubspot,x{n},{column},{name}" for n, (name, column, *_) in enumerate(cases)
    ]
    (tmp_path / "my/action/crm_fields.csv").write_text(
        "\n".join(["target,field,column_name,format", *rows, ""])
    )
    crm.names = [f"x{n}" for n in range(len(cases))]
    publish(settings, {"101": "A"}, **{column: sql for _, column, sql, _ in cases})
    send(settings.model_copy(update={"config": tmp_path / "my"}))

    assert list(crm.records["101"].values()) == [value for *_, value in cases]


# ---- what is not taken


def test_a_record_that_the_crm_does_not_know_is_kept_as_failed_and_tried_again(
    settings, crm
):
    publish(settings, {"101": "A", "999": "B"})
    first = send(settings)
    publish(settings, {"101": "A", "999": "B", "102": "C"})
    second = send(settings)
    crm.records["999"] = {}
    third = send(settings)

    assert first.accepted == 1
    assert first.failures["999"].cause == "OBJECT_NOT_FOUND"
    assert second.counts.again == 1
    assert third.accepted == 1
    # What failed goes last.
    assert crm.calls == [["101", "999"], ["102", "999"], ["999"]]
    assert {row[:2] for row in remembered(settings)} == {
        (id_, "accepted") for id_ in ("101", "102", "999")
    }


def test_one_bad_value_holds_back_its_own_record_alone(settings, crm):
    publish(settings, {str(n): "worst" if n == 105 else "A" for n in range(101, 109)})
    sent = send(settings)

    assert list(sent.failures) == ["105"]
    assert sent.failures["105"].cause == "VALIDATION_ERROR"
    assert len(grades(crm)) == 7
    assert ("105", "failed", "VALIDATION_ERROR", 1) in remembered(settings)


def test_an_address_that_is_not_the_crms_is_told_so(settings, crm, salesforce):
    publish(settings, {"101": "A", "00Q1": "A"})
    url = f"{settings.hubspot_url}/elsewhere"
    wrong = settings.model_copy(update={"hubspot_url": url, "salesforce_url": url})
    with pytest.raises(LeadscoreError, match="is LEADSCORE_HUBSPOT_URL right"):
        send(wrong)
    with pytest.raises(LeadscoreError, match="own address"):
        send(wrong, "salesforce")


def test_a_missing_property_is_named_and_nothing_sent(settings, crm):
    crm.names.remove("leadscore_queue")
    crm.names.append("leadscore_queu")
    publish(settings, {"101": "A"})

    with pytest.raises(
        LeadscoreError, match=r"no contact property leadscore_queue, did you mean .*u\?"
    ):
        send(settings)
    assert grades(crm) == {}


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (lambda: answer(429, {"policyName": "SECONDLY"}, Retry_After="7"), [7.0]),
        (lambda: answer(429, {"policyName": "TEN_SECONDLY_ROLLING"}), [1.0]),
        (lambda: answer(503, {"message": "try later"}), [1.0]),
        (slow(0.6), [1.0]),
    ],
)
def test_a_busy_crm_is_asked_again(settings, crm, monkeypatch, fault, waits):
    monkeypatch.setattr(hubspot, "ANSWER_TIMEOUT", 0.3)
    publish(settings, {"101": "A"})
    slept = []
    crm.faults = [fault]

    assert send(settings, sleep=slept.append).accepted == 1
    assert [seconds for seconds in slept if seconds > 0.1][:1] == waits


def test_faults_that_do_not_end_stop_the_push_and_the_next_one_completes_it(
    settings, crm, monkeypatch
):
    monkeypatch.setattr(hubspot.HubSpot, "batch_size", 2)
    publish(settings, {str(n): "A" for n in range(101, 107)})
    down = [lambda: answer(500, {})] * targets.ATTEMPTS
    slept = []
    with monkeypatch.context() as patched:
        # The second batch meets them.
        normal = crm.fault
        patched.setattr(crm, "fault", lambda: normal() if crm.calls else None)
        crm.faults = list(down)
        with pytest.raises(NotYetError, match="Accepted before were 2 records of 6"):
            send(settings, sleep=slept.append)

    assert [seconds for seconds in slept if seconds > 0.1] == [1, 2, 4, 8, 16]
    failed = [row for row in remembered(settings) if row[1] == "failed"]
    assert failed == [(id_, "failed", "NO_ANSWER", 1) for id_ in ("103", "104")]
    assert send(settings).accepted == 4
    assert crm.calls == [["101", "102"], ["105", "106"], ["103", "104"]]


def test_a_crm_that_is_down_or_asks_for_hours_is_told_so(settings, crm):
    publish(settings, {"101": "A"})
    with pytest.raises(NotYetError, match="HubSpot does not answer"):
        send(settings.model_copy(update={"hubspot_url": NOBODY}))
    crm.faults = [lambda: answer(429, {"message": "slow"}, Retry_After="3600")]
    with pytest.raises(NotYetError, match="asks to go slower: slow"):
        send(settings, sleep=None)
    limit = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
    crm.faults = [lambda: answer(429, limit)]
    with pytest.raises(NotYetError, match="no more calls today"):
        send(settings, sleep=None)
    assert send(settings).accepted == 1


def test_a_refused_token_stops_at_once_and_is_not_told(settings, crm, caplog):
    publish(settings, {"101": "A"})
    wrong = settings.model_copy(update={"hubspot_token": SecretStr("pat-wrong")})
    caplog.set_level("DEBUG")

    with pytest.raises(LeadscoreError, match="refused LEADSCORE_HUBSPOT_TOKEN") as said:
        send(wrong, sleep=None)
    for text in (str(said.value), caplog.text, repr(wrong)):
        assert "pat-" not in text
    none = settings.model_copy(update={"hubspot_token": SecretStr("")})
    with pytest.raises(LeadscoreError, match="Set LEADSCORE_HUBSPOT_TOKEN"):
        send(none)


def test_a_secret_goes_to_an_encrypted_address_alone():
    with pytest.raises(ValidationError, match="it begins with https://"):
        Settings(hubspot_url="http://api.example")


# ---- whatever ends a push


def test_what_a_crash_left_unanswered_goes_again_even_if_it_is_as_before(
    settings, crm, monkeypatch
):
    publish(settings, {"101": "A"})
    send(settings)
    publish(settings, {"101": "B"})
    with monkeypatch.context() as patched:
        patched.setattr(Memory, "note_answer", _crash)
        with pytest.raises(KeyboardInterrupt):
            send(settings)
    assert grades(crm) == {"101": "B"}  # though nobody here knows
    publish(settings, {"101": "A"})

    assert send(settings).counts.again == 1
    assert grades(crm) == {"101": "A"}


def _crash(*_):
    raise KeyboardInterrupt


def test_a_second_push_is_refused_while_one_runs(settings, crm):
    publish(settings, {"101": "A"})
    settings.data.mkdir(exist_ok=True)
    with alone(settings):
        with pytest.raises(NotYetError, match="Another process sends or erases"):
            send(settings)
        with pytest.raises(NotYetError, match="Another process sends or erases"):
            forget(settings, look_up(settings, ["101"], ahead=True))
    assert send(settings).accepted == 1
    assert not list(settings.data.glob(".push_*"))


@pytest.mark.parametrize("seed", range(2))
def test_after_any_days_and_faults_the_crm_holds_the_last_publication(
    settings, crm, monkeypatch, seed
):
    """As if the last one alone had been pushed: days missed, failed, crashed or not."""
    monkeypatch.setattr(hubspot.HubSpot, "batch_size", 3)
    dice = random.Random(seed)
    updates = 0

    def fault():
        nonlocal updates
        updates += 1
        return dice.choice([None, None, None, answer(500, {}), answer(429, {})])

    for day in range(7):
        ids = dice.sample(sorted(crm.records), 6)
        new = {id_: dice.choice("ABC") for id_ in sorted(crm.records) if id_ in ids}
        publish(settings, new, FRIDAY + timedelta(days=day))
        with monkeypatch.context() as patched:
            patched.setattr(crm, "fault", fault)
            patched.setattr(targets, "ATTEMPTS", 2)
            if dice.random() < 0.3:
                patched.setattr(Memory, "note_answer", _crash)
            try:
                send(settings)
            except (NotYetError, KeyboardInterrupt):
                continue
    publish(settings, last := dict.fromkeys(sorted(crm.records), "B"))
    send(settings)

    assert updates > 5
    assert grades(crm) == last
    assert send(settings).counts.going == 0


# ---- Salesforce


def test_salesforce_gets_leads_and_contacts_and_tells_of_each(settings, salesforce):
    publish(settings, {"00Q1": "A", "0031": "B", "00Q9": "C", "L5": "D"})
    sent = send(settings, "salesforce")

    assert sent.accepted == 2
    causes = {id_: failure.cause for id_, failure in sent.failures.items()}
    assert causes == {"00Q9": "ENTITY_IS_DELETED", "L5": "NO_LEAD_OR_CONTACT"}
    assert salesforce.calls == [["0031", "00Q1", "00Q9"]]
    held = salesforce.records["00Q1"]
    assert (held["Leadscore_Points__c"], held["Leadscore_Level__c"]) == (70, 2)
    assert held["Leadscore_Priority__c"] is None
    assert held["Leadscore_Due_At__c"] == "2026-11-20T09:30:00Z"
    assert send(settings, "salesforce").counts.again == 2


def test_a_session_that_ends_is_renewed(settings, salesforce):
    publish(settings, {"00Q1": "A"})
    expired = {"message": "Session expired", "errorCode": "INVALID_SESSION_ID"}
    salesforce.faults = [lambda: answer(401, [expired])]

    assert send(settings, "salesforce").accepted == 1
    assert salesforce.sessions == 2


def error(code, message="m"):
    return [{"errorCode": code, "message": message, "fields": []}]


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (answer(403, error("REQUEST_LIMIT_EXCEEDED")), NotYetError, "no more calls"),
        (answer(403, error("API_DISABLED")), LeadscoreError, "API_DISABLED"),
    ],
)
def test_salesforce_refuses_a_call(settings, salesforce, fault, kind, message):
    publish(settings, {"00Q1": "A"})
    salesforce.faults = [lambda: fault]
    with pytest.raises(kind, match=message):
        send(settings, "salesforce", sleep=None)
    assert send(settings, "salesforce").accepted == 1


def test_salesforce_is_asked_again_after_a_fault(settings, salesforce):
    publish(settings, {"00Q1": "A"})
    slept = []
    salesforce.faults = [lambda: answer(503, error("SERVER_UNAVAILABLE"))] * 2
    assert send(settings, "salesforce", sleep=slept.append).accepted == 1
    assert slept == [1, 2]
    nowhere = settings.model_copy(update={"salesforce_url": NOBODY})
    publish(settings, {"00Q1": "B"})
    with pytest.raises(NotYetError, match="Salesforce does not answer"):
        send(nowhere, "salesforce")


def test_salesforce_names_what_is_missing_and_whom_it_refuses(settings, salesforce):
    publish(settings, {"00Q1": "A"})
    salesforce.names.remove("Leadscore_Queue__c")
    with pytest.raises(LeadscoreError, match="Lead has no field Leadscore_Queue__c"):
        send(settings, "salesforce")
    wrong = settings.model_copy(update={"salesforce_secret": SecretStr("s3cret")})
    with pytest.raises(LeadscoreError, match="refused LEADSCORE_SALESF") as said:
        send(wrong, "salesforce", sleep=None)
    assert "s3cret" not in str(said.value)
    none = settings.model_copy(update={"salesforce_key": SecretStr("")})
    with pytest.raises(LeadscoreError, match="Set LEADSCORE_SALESFORCE_URL"):
        send(none, "salesforce")


# ---- files


def test_a_file_has_what_changed_and_never_replaces_another(settings, tmp_path):
    publish(settings, {"101": "A", "102": "B"})
    first = send(settings, "csv").file
    assert send(settings, "csv").file is None
    with connect(settings) as connection:
        connection.execute("delete from raw.pushes where record_id = '102'")
    second = send(settings, "csv").file
    publish(settings, {"101": "A", "102": "C"})
    third = send(settings, "csv", into=tmp_path / "out.csv").file

    assert first.name == f"{FRIDAY}_{FRIDAY}_0.csv"
    assert second.name == f"{FRIDAY}_{FRIDAY}_0_2.csv"
    rows = {path: list(csv.DictReader(path.open())) for path in (first, second, third)}
    told = {path: [(r["record_id"], r["grade"]) for r in rows[path]] for path in rows}
    assert told == {
        first: [("101", "A"), ("102", "B")],
        second: [("102", "B")],
        third: [("102", "C")],
    }
    assert rows[first][0]["reasons"] == 'said "demo", twice'


def test_an_old_publication_is_told_to_be_one(settings):
    publish(settings, {"101": "A"})
    list_of_records = settings.published / "current" / "crm_scores.csv"
    list_of_records.write_text("record_id,lead_id\n101,101\n")
    with pytest.raises(LeadscoreError, match="older version: score once more"):
        send(settings, "csv")


def test_a_push_waits_for_the_warehouse(settings, monkeypatch):
    publish(settings, {"101": "A"})
    held, slept = [NotYetError("in use")] * 3, []

    def connect_later(settings):
        if held:
            raise held.pop()
        return connect(settings)

    monkeypatch.setattr("leadscore.warehouse.connect", connect_later)
    assert send(settings, "csv", sleep=slept.append).accepted == 1
    assert slept == [5, 5, 5]


def test_an_unknown_target_is_refused(settings):
    with pytest.raises(LeadscoreError, match="did you mean hubspot"):
        push(settings, "hubsport", send=True)


def test_who_is_forgotten_is_forgotten_here_too(settings):
    publish(settings, {"101": "A", "102": "B"})
    send(settings, "csv")
    with connect(settings) as connection:
        connection.execute(
            "update raw.pushes set error = 'duplicates the record 101' "
            "where record_id = '102'"
        )
        connection.execute("insert into raw.crm_leads (lead_id) values ('101')")
    forget(settings, look_up(settings, ["101"]))

    with connect(settings) as connection:
        left = connection.execute("select record_id, error from raw.pushes").fetchall()
    assert left == [("102", None)]
    (file,) = settings.pushed.iterdir()
    assert [row["record_id"] for row in csv.DictReader(file.open())] == ["102"]
