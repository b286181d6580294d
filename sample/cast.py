"""The cast: named leads, each here for one thing that the product does.

They are the same in every sample; only their dates follow the sample's last day.
README, docs and golden tests speak of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CastMember:
    """A named lead.

    Attributes:
        lead_id: The id of the person's oldest CRM record, which is their lead id.
        name: First and last name.
        email: The address in the CRM.
        role: Who they are and what they did.
        lesson: What the product should conclude.
        other_ids: Further CRM records of the same person.
        other_emails: Further addresses of the same person.
    """

    lead_id: str
    name: str
    email: str
    role: str
    lesson: str
    other_ids: tuple[str, ...] = ()
    other_emails: tuple[str, ...] = ()


CAST = (
    CastMember(
        "L90001",
        "Gina Gold",
        "gina.gold.sample@gmail.com",
        "A CEO on gmail who asked for a demo today, on her second visit.",
        "Call first: a raised hand qualifies at any grade, free mail or not.",
    ),
    CastMember(
        "L90002",
        "Bea Bare",
        "bea.bare@bluebarn.example",
        "Asked for a demo yesterday and left nothing but her business address.",
        "Call: a bare demo request qualifies although the fit is unknown (grade -).",
    ),
    CastMember(
        "L90003",
        "Victor Vale",
        "victor.vale@valewood.example",
        "A vice president at a company of the right size who never did a thing.",
        "Perfect fit, no interest: a top grade at the lowest level. Do not call.",
    ),
    CastMember(
        "L90004",
        "Stina Study",
        "stina.study@uni-north.example",
        "A student who read 80 blog pages this week.",
        "Browsing is capped and students are no prospects: never in a queue.",
    ),
    CastMember(
        "L90005",
        "Rita Rival",
        "rita.rival@rivalscore.example",
        "A competitor's product manager who reads everything, pricing above all.",
        "Excluded as a competitor, however many points she collects.",
    ),
    CastMember(
        "L90006",
        "Carla Customer",
        "carla.customer@cobaltworks.example",
        "Works at a customer and lives in the documentation.",
        "Excluded as a customer; her visits are use, not interest.",
    ),
    CastMember(
        "L90007",
        "Mia Merge",
        "mia.merge@millmoor.example",
        "Two CRM records of one person, the address written in two ways.",
        "One lead with the activity of both records, each event counted once.",
        other_ids=("L90008",),
    ),
    CastMember(
        "L90009",
        "Theo Twofold",
        "theo.twofold@tallgrass.example",
        "One browser, two addresses: business in the CRM, gmail in a form.",
        "One lead: the visitor joins both addresses, and their mail counts together.",
        other_emails=("theo.twofold.sample@gmail.com",),
    ),
    CastMember(
        "L90010",
        "Boris Bounce",
        "boris.bounce@brokenarrow.example",
        "A sales director whose address does not exist: every mail bounces.",
        "The hard bounce costs points and does not decay.",
    ),
    CastMember(
        "L90011",
        "Ulla Undo",
        "ulla.undo@umberfield.example",
        "Very engaged, unsubscribed six weeks ago, came back ten days ago.",
        "Her clicks in mails before she unsubscribed no longer count; all else does.",
    ),
    CastMember(
        "L90012",
        "Kira Kiosk",
        "kira.kiosk@kestrelbay.example",
        "Signed up on a tablet at our booth, as twelve others did on the same day.",
        "A visitor id of a dozen people joins nobody: she keeps only her own points.",
    ),
    CastMember(
        "L90013",
        "Dora Dean",
        "dora.dean@deepwater.example",
        "A marketing director: webinar, guide, features and pricing, week after week.",
        "Fit and interest both: an MQL without having asked. Call soon.",
    ),
    CastMember(
        "L90014",
        "Tara Trial",
        "tara.trial@tidewater.example",
        "An operations manager who started a trial with her business address.",
        "A trial is intent: call after those who asked.",
    ),
    CastMember(
        "L90015",
        "Paul Partner",
        "paul.partner@pinecrest.example",
        "A lead that the excellent partner P02 sent last week; one visit so far.",
        "Today an ordinary lead; once outcomes price the partner, a very good one.",
    ),
    CastMember(
        "L90016",
        "Oscar Oldflame",
        "oscar.oldflame@oakhollow.example",
        "Engaged half a year ago, silent for months, back this week.",
        "Old points have faded; the return itself is news and lifts him again.",
    ),
    CastMember(
        "L90017",
        "Colin Cold",
        "colin.cold@cinderhill.example",
        "Did everything a lead can do nine months ago, and nothing since.",
        "Points decay to nothing: no call, whatever he once was.",
    ),
    CastMember(
        "L90018",
        "Nora Noshow",
        "nora.noshow@northgate.example",
        "Registered for the webinar and booked a meeting; came to neither.",
        "Registrations count a little, what never took place does not.",
    ),
    CastMember(
        "L90019",
        "Jack Jobs",
        "jack.jobs.sample@outlook.com",
        "Looks for a job: the careers page, again and again.",
        "Careers pages cost points: below zero, at the end of the list.",
    ),
    CastMember(
        "L90020",
        "Max Mailscan",
        "max.mailscan@marblearch.example",
        "Never read a mail; his company's scanner clicks every link at once.",
        "Clicks within seconds of delivery are a machine's: no points.",
    ),
    CastMember(
        "L90021",
        "Penny Pricing",
        "penny.pricing@plumtree.example",
        "A sales director who looks at the pricing page every other day.",
        "A warm lead that never asked: recent key pages lift her, up to their cap.",
    ),
    CastMember(
        "L90022",
        "Dana Duo",
        "dana.duo@duskwater.example",
        "A vice president of sales who compares us with others, as her colleague does.",
        "Two decision makers of one company look at once: call them together.",
    ),
    CastMember(
        "L90023",
        "Pete Pair",
        "pete.pair@duskwater.example",
        "Dana's marketing director; his record names no company, his address does.",
        "He belongs to her account by the domain of his address.",
    ),
)
