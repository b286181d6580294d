"""The stage on which a member of the cast acts: their records, and verbs."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sample import vocabulary as words
from sample.cast import CastMember
from sample.world import DIRECT, Account, Channel, Lead, Log, Visitor

MAIL = Channel(None, "newsletter", "email", "nurture")


class Stage:
    """One member's place in the world: their records, and verbs to act with."""

    def __init__(self, member: CastMember, log: Log) -> None:
        """Set the stage for one member."""
        self.member, self.log, self.calendar = member, log, log.calendar
        self.owner = member.lead_id
        self.rng = Random(member.lead_id)
        self.visitor = Visitor(
            self.owner, f"v-{self.owner}", self.rng.choice(words.BROWSERS)
        )
        self.leads: list[Lead] = []
        self.accounts: list[Account] = []

    def company(
        self, name: str, industry: str, employees: int, account_type: str = "prospect"
    ) -> None:
        """Give the member a company with the domain of their address."""
        self.accounts.append(
            Account(
                account_id=f"A9{self.owner[2:]}",
                name=name,
                domain=self.member.email.split("@")[1],
                industry=industry,
                employees=employees,
                revenue=employees * 150_000,
                country="US",
                account_type=account_type,
                updated_at=self.calendar.start,
            )
        )

    def lead(
        self,
        days_ago: int,
        title: str | None = None,
        source: str = "Website",
        *,
        clock: str = "14:00",
        country: str | None = "United States",
        status: str = "new",
        **cells: str,
    ) -> Lead:
        """Put the member's next record into the CRM."""
        ids = (self.member.lead_id, *self.member.other_ids)
        first, last = self.member.name.split()
        account = self.accounts[0] if self.accounts else None
        created = self.calendar.ago(days_ago, clock)
        lead = Lead(
            lead_id=ids[len(self.leads)],
            email=cells.pop("email", self.member.email),
            first_name=first,
            last_name=last,
            created_at=created,
            job_title=title,
            company_name=account.name if account else None,
            account_id=account.account_id if account else None,
            country=country,
            lead_source=source,
            partner_id=cells.pop("partner_id", None),
            phone=cells.pop("phone", None),
            statuses=[(created, "new")],
        )
        if status != "new":
            lead.statuses.append((created + timedelta(days=1), status))
        self.leads.append(lead)
        return lead

    def visit(
        self,
        days_ago: int,
        *pages: str,
        clock: str = "15:00",
        form: str | None = None,
        event: str = "form_submitted",
        channel: Channel = DIRECT,
        email: str | None = None,
    ) -> None:
        """Visit pages and, if named, submit a form (or another event) on the last.

        Visits that come from a mail are known by its link.
        """
        at = self.calendar.ago(days_ago, clock)
        known = self.member.email if channel is MAIL else None
        session, at = self.log.visit(
            self.visitor, at, pages, self.rng, email=known, channel=channel
        )
        if form:
            self.log.hit(
                self.visitor,
                session,
                event,
                pages[-1],
                at,
                name=form,
                email=email or self.member.email,
            )

    def mail(
        self,
        days_ago: int,
        campaign: str,
        *then: tuple[str, int],
        email: str | None = None,
    ) -> None:
        """Send a mail; then events, each some minutes after the delivery."""
        at = self.calendar.ago(days_ago, "09:30")
        mail = (self.owner, email or self.member.email, campaign)
        self.log.mail(*mail, "sent", at)
        at += timedelta(seconds=2)
        if not then or then[0][0] != "bounced_hard":
            self.log.mail(*mail, "delivered", at)
        for event_type, minutes in then:
            path = "/pricing" if event_type == "clicked" else None
            moment = at + timedelta(minutes=minutes)
            self.log.mail(*mail, event_type, moment, path, self.visitor.agent)

    def did(
        self,
        days_ago: int,
        activity_type: str,
        outcome: str,
        *,
        clock: str = "16:00",
        object_id: str | None = None,
    ) -> None:
        """Write a CRM activity on the member's first record."""
        at = self.calendar.ago(days_ago, clock)
        self.log.activity(
            self.owner, self.leads[0], activity_type, outcome, at, object_id=object_id
        )

    def webinar(self, outcome: str) -> None:
        """Register for the last webinar and attend it, or not."""
        starts = self.calendar.webinars["webinar-2"]
        for what, at in (
            ("registered", starts - timedelta(days=3)),
            (outcome, starts + timedelta(minutes=2)),
        ):
            self.log.activity(
                self.owner, self.leads[0], "webinar", what, at, object_id="webinar-2"
            )
