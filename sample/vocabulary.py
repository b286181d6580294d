"""The words the sample is made of: names, titles, companies, pages, mails."""

from __future__ import annotations

SITE = "https://www.example.com"
OWN_DOMAIN = "example.com"
COMPETITOR_DOMAINS = ("rivalscore.example", "leadrival.example")
SCHOOL_DOMAINS = ("uni-north.example", "uni-south.example", "example.edu")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Code: how CRM users write it (most often the first), zone, language, share, cities.
COUNTRIES: dict[str, tuple[tuple[str, ...], str, str, int, tuple[str, ...]]] = {
    "US": (
        ("United States", "USA", "US"),
        "America/Chicago",
        "en",
        36,
        ("Austin", "Chicago", "Denver", "Boston"),
    ),
    "GB": (
        ("United Kingdom", "UK", "GB"),
        "Europe/London",
        "en",
        13,
        ("London", "Leeds", "Bristol"),
    ),
    "DE": (
        ("Germany", "DE", "Deutschland"),
        "Europe/Berlin",
        "de",
        19,
        ("Berlin", "Hamburg", "Stuttgart"),
    ),
    "AT": (("Austria", "AT"), "Europe/Vienna", "de", 3, ("Wien", "Graz")),
    "FR": (("France", "FR"), "Europe/Paris", "fr", 11, ("Paris", "Lyon", "Lille")),
    "ES": (("Spain", "ES", "España"), "Europe/Madrid", "es", 9, ("Madrid", "Sevilla")),
    "MX": (("Mexico", "MX"), "America/Mexico_City", "es", 3, ("Puebla", "Mérida")),
    "CA": (("Canada", "CA"), "America/Toronto", "en", 6, ("Toronto", "Ottawa")),
}

# Numbers reserved for fiction, or in ranges that no carrier uses.
PHONES = {
    "US": "+1 312 555 01{:02}",
    "CA": "+1 416 555 01{:02}",
    "GB": "+44 1632 9600{:02}",
    "DE": "+49 30 231250{:02}",
    "AT": "+43 1 000000{:02}",
    "FR": "+33 1 99 00 00 {:02}",
    "ES": "+34 555 000 0{:02}",
    "MX": "+52 222 555 01{:02}",
}

FIRST_NAMES = {
    "en": _words("Alice Ben Chloe Daniel Emma Frank Grace Henry Isla Jack Kate Liam"),
    "de": _words("Anke Bernd Clara Dirk Elke Felix Gesa Heiko Ines Jens Karin Lars"),
    "fr": _words("Aline Benoît Camille Denis Élodie Fabien Gaëlle Hugo Inès Jean"),
    "es": _words("Ana Bruno Carmen Diego Elena Félix Gloria Hugo Irene Jorge Lucía"),
}
LAST_NAMES = {
    "en": _words(
        "Archer Bennett Carter Dawson Ellis Foster Grant Hughes Irwin Jarvis "
        "Keller Lawson Mercer Norton Osborne Parker Quinn Reeves Sutton Turner"
    ),
    "de": _words(
        "Ahrens Becker Claasen Dietrich Eggers Fischer Günther Hartmann Iversen "
        "Jansen Krüger Lorenz Möller Neumann Otto Petersen Richter Schäfer"
    ),
    "fr": _words(
        "Arnaud Bertrand Chevalier Dubois Étienne Fournier Girard Hébert Lambert "
        "Marchand Noël Perrin Renard Simon Thomas Vidal"
    ),
    "es": _words(
        "Álvarez Blanco Castro Díaz Espinosa Flores García Herrera Ibáñez Jiménez "
        "López Molina Navarro Ortega Pérez Romero"
    ),
}
MASHED_NAMES = (
    ("asdf", "asdf"),
    ("qwerty", "uiop"),
    ("xcvb", "hjkl"),
    ("sdfg", "qwert"),
    ("test", "test"),
    ("aaaa", "bbbb"),
)
FREE_MAIL = {
    "en": ("gmail.com", "gmail.com", "outlook.com", "yahoo.com"),
    "de": ("gmail.com", "gmx.de", "web.de"),
    "fr": ("gmail.com", "orange.fr", "laposte.net"),
    "es": ("gmail.com", "hotmail.com", "yahoo.es"),
}

# Hidden seniority: titles in four languages.
TITLES: dict[str, dict[str, tuple[str, ...]]] = {
    "c_level": {
        "en": ("CEO", "Chief Executive Officer", "CTO", "Chief Marketing Officer"),
        "de": ("Geschäftsführer", "Geschäftsführerin", "Vorstandsvorsitzender"),
        "fr": ("Directeur général", "PDG", "Directrice générale"),
        "es": ("Director general", "Consejero delegado", "Directora general"),
    },
    "vp": {
        "en": ("VP of Sales", "Vice President Marketing", "VP Operations"),
        "de": ("Bereichsleiter Vertrieb", "VP Marketing"),
        "fr": ("Vice-président ventes", "Vice-présidente marketing"),
        "es": ("Vicepresidente de ventes", "Vicepresidenta de marketing"),
    },
    "director": {
        "en": ("Director of Marketing", "Sales Director", "Director of Operations"),
        "de": ("Direktor Marketing", "Vertriebsdirektorin", "Einkaufsdirektor"),
        "fr": ("Directeur commercial", "Directrice marketing"),
        "es": ("Director de marketing", "Directora comercial"),
    },
    "manager": {
        "en": ("Marketing Manager", "Sales Manager", "IT Manager", "Product Manager"),
        "de": ("Teamleiter Vertrieb", "Marketing Managerin", "Projektleiter"),
        "fr": ("Responsable marketing", "Chef de projet", "Responsable informatique"),
        "es": ("Gerente de compras", "Jefa de ventes", "Jefe de proyecto"),
    },
    "individual": {
        "en": ("Marketing Specialist", "Business Analyst", "Software Engineer"),
        "de": ("Sachbearbeiterin", "Softwareentwickler", "Referent Marketing"),
        "fr": ("Analyste", "Ingénieur logiciel", "Assistante marketing"),
        "es": ("Analista", "Ingeniera de software", "Técnico de marketing"),
    },
    "student": {
        "en": ("Student", "Intern", "PhD Student"),
        "de": ("Studentin", "Werkstudent", "Praktikant"),
        "fr": ("Étudiant", "Stagiaire"),
        "es": ("Estudiante", "Becaria"),
    },
}

COMPANY_FIRST = _words(
    "Alder Amber Birch Bramble Cedar Clover Copper Coral Delta Ember Falcon Fern "
    "Flint Granite Harbor Hazel Heron Indigo Iris Juniper Kestrel Lark Linden Maple "
    "Meadow Mica Nettle Oak Onyx Opal Pebble Pine Quartz Raven River Rowan Sable "
    "Saffron Slate Spruce Summit Teal Thistle Umber Vale Violet Walnut Willow"
)
# Second word of a company's name: its industry.
COMPANY_SECOND = {
    "Software": "Software",
    "Systems": "Information Technology",
    "Logistics": "Transportation",
    "Foods": "Food & Beverage",
    "Bank": "Financial Services",
    "Insurance": "Insurance",
    "Clinics": "Healthcare",
    "Pharma": "Pharmaceuticals",
    "Motors": "Automotive",
    "Steel": "Manufacturing",
    "Tools": "Manufacturing",
    "Retail": "Retail",
    "Media": "Media",
    "Energy": "Energy",
    "Academy": "Education",
    "Consulting": "Professional Services",
}

# Where leads come from: share in percent (the trade show has its own import).
LEAD_SOURCES = {
    "Website": 31,
    "Paid Search": 8,
    "Webinar": 8,
    "Partner": 28,
    "Purchased List": 10,
    "Outbound": 7,
    "Referral": 3,
    "Social": 5,
}
# In percent. P05 sends the most: of few leads without a sale nothing could be said.
PARTNERS = {"P01": 16, "P02": 16, "P03": 10, "P04": 6, "P05": 48, "P06": 4}
OWNERS = {
    "U01": "Alex Abbott",
    "U02": "Birgit Brandt",
    "U03": "Carlos Costa",
    "U04": "Dana Dixon",
    "U05": "Emma Ekberg",
    "U06": "Farid Fathi",
    "U07": "Greta Gruber",
    "U08": "Hugo Hansen",
}
LEFT = ("U08",)  # no longer works here; leads of theirs are still assigned to them

BLOG = tuple(
    "/blog/" + slug
    for slug in (
        "lead-scoring-basics",
        "cold-email-that-works",
        "what-is-an-mql",
        "sales-and-marketing",
        "ten-crm-habits",
        "a-year-in-data",
        "forecasting-for-humans",
        "clean-your-contacts",
    )
)
DOCS = ("/docs/start", "/docs/import", "/docs/api", "/docs/sso", "/docs/webhooks")
LOOKING = ("/", *BLOG, "/resources/guide", "/customers/harbor-foods", "/features")
BUYING = (
    "/pricing",
    "/features",
    "/product/scoring",
    "/product/routing",
    "/customers/harbor-foods",
    "/customers/oak-bank",
    "/docs/api",
    "/pricing",
)
SEARCHES = ("sso", "salesforce sync", "data residency", "api limits", "migration")
DOWNLOADS = ("buyers-guide.pdf", "product-sheet.pdf", "benchmark-2020s.pdf")
FORMS = ("content_buyers_guide", "content_benchmark", "newsletter", "other")
MAIL_LINKS = ("/blog/what-is-an-mql", "/features", "/customers/oak-bank", "/pricing")

_MOZILLA = "Mozilla/5.0 "
BROWSERS = (
    _MOZILLA + "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36",
    _MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    _MOZILLA + "(X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    _MOZILLA + "(iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
)
CRAWLERS = {
    "googlebot": _MOZILLA + "(compatible; Googlebot/2.1; "
    "+http://www.google.com/bot.html)",
    "bingbot": _MOZILLA + "(compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "headless": _MOZILLA + "(X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
}
