"""What vendors call things: names of columns, types of events, yes and no, unknown.

Names are written as `plain` makes them: small letters and digits without accents. Of
several names for one column the first that a file has is taken.
"""

from __future__ import annotations

import re
import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UPDATED = """
    updatedat updateddate updated updatedon lastupdated lastupdate lastmodifieddate
    lastmodified lastmodifiedat modifiedat modifiedon modified modifieddate
    datemodified lastchanged changedat systemmodstamp updatetime geandertam geandert
    zuletztgeandert zuletztgeandertam aktualisiertam datedemodification modifiele
    datemodification fechademodificacion fechamodificacion modificadoel
"""
_CREATED = """
    createdat createddate created createdon createdate createdtime createtime
    creationdate datecreated dateadded addedat dateentered registrationdate registeredat
    firstcontactdate firstcontact erstkontakt firstseen signupdate signedupat
    timestampsignup
    angelegtam angelegt erstelltam erstellt erstelldatum erfasstam anlagedatum
    anlagezeit datedecreation datecreation creele fechadecreacion fechacreacion creadoel
"""
_DELETED = "isdeleted deleted fivetrandeleted geloescht geloscht archived supprime"
_COUNTRY = """
    country countryname countryregion land staat pays pais countrycode mailingcountry
    billingcountry ipcountry geocountry
"""
_CURRENCY = """
    currency currencycode currencyisocode isocurrencycode dealcurrencycode
    annualrevenuecurrencycode wahrung devise moneda
"""
_INDUSTRY = """
    industry industrysector sector branche wirtschaftszweig secteur secteurdactivite
    industria vertical businesssegment
"""
_EMPLOYEES = """
    employeecount employees numberofemployees numemployees companysize headcount
    mitarbeiter mitarbeiterzahl anzahlmitarbeiter beschaftigte effectif effectifs
    nombredesalaries empleados numerodeempleados
"""
# Beside a lead, a revenue that is not called yearly may be that of the sale.
_REVENUE = """
    annualrevenue yearlyrevenue companyrevenue jahresumsatz ingresosanuales facturacion
"""
_LIFECYCLE = "lifecyclestage lifecycle"
_ACCOUNT_ID = """
    accountid companyid organizationid organisationid orgid firmenid firmennr
    firmennummer kontonummer associatedcompanyid idcompte identreprise idempresa
    idcuenta accountnumber
"""
_LEAD_ID = """
    leadid leadnumber leadno leadnr contactid prospectid personid mqlid whoid
    kontaktid kontaktnr kontaktnummer kundennummer kundennr kundenid interessentid
    interessentennr customerid customernumber clientid numeroclient idclient idcontact
    idcontacto idcliente vid
"""
ANY_ID = "recordid objectid externalid id uid uuid guid key nr nummer no number numero"
_EMAIL = """
    email emailaddress mail mailaddress emailadresse mailadresse primaryemail workemail
    businessemail emailwork leademail contactemail personemail useremail recipient
    recipientemail to courriel adressemail adresseemail correo correoelectronico
    emailaddress1
"""
_OCCURRED = """
    occurredat timestamp eventtime eventtimestamp time eventdate date datetime
    activitydate activitydatetime happenedat loggedat createdat created createddate
    starttime startdatetime senttime sentat receivedat collectortstamp derivedtstamp
    lastactivitydate datum zeitpunkt zeit uhrzeit wann dateheure horodatage fecha
    fechahora hora
"""
_TYPE = """
    metricname metric typename activitytypename activitytypeid action verb type
    primaryattributevalue
"""
_URL = "url pageurl pagelocation link linkurl clickedurl path page pagepath seite"

COLUMNS = {
    "crm_leads": {
        "lead_id": _LEAD_ID + ANY_ID,
        "email": _EMAIL,
        "first_name": """firstname givenname forename vorname prenom nombre fname
            mergefname""",
        "last_name": """lastname surname familyname nachname familienname nom
            nomdefamille apellido apellidos lname mergelname""",
        "job_title": """jobtitle title position jobposition jobrole role funktion
            stellung berufsbezeichnung jobtitel stelle poste fonction intituleduposte
            cargo puesto occupation profession job beruf profesion""",
        "phone": """phone phonenumber telephone tel mobile mobilephone mobilenumber cell
            telefon telefonnummer rufnummer handy mobil mobiltelefon telefono movil
            portable workphone businessphone""",
        "company_name": """companyname company companyaccount account accountname
            organization organisation organizationname employer firma firmenname
            unternehmen unternehmensname societe entreprise raisonsociale empresa
            compania""",
        "account_id": _ACCOUNT_ID,
        "industry": _INDUSTRY,
        "employee_count": _EMPLOYEES,
        "annual_revenue": _REVENUE,
        "currency": _CURRENCY,
        "country": _COUNTRY,
        "region": """region state stateprovince stateregion province bundesland
            departement provincia mailingstate geregion georegion""",
        "city": "city town ort stadt ville ciudad mailingcity geocity",
        "lead_source": """leadsource originalsource acquisitionsource source leadorigin
            origin channel acquisitionchannel leadquelle quelle herkunft kanal
            kontaktquelle sourceduprospect provenance origen origendelcliente fuente
            canal utmsource""",
        "partner_id": "partnerid partneraccountid resellerid partner reseller",
        "owner_id": """ownerid owner leadowner contactowner accountowner recordowner
            assignedto salesrep salesperson hubspotownerid betreuer zustandig besitzer
            vertriebsmitarbeiter verantwortlich proprietaire responsable propietario""",
        "status": "status leadstatus leadstage stage phase statut etape estado etapa",
        "lifecycle_stage": _LIFECYCLE,
        "do_not_contact": """donotcontact donotcall optout optedout emailoptout
            hasoptedoutofemail donotemail isdonotemail unsubscribed kontaktsperre
            werbesperre nichtkontaktieren nepascontacter nocontactar""",
        "is_deleted": _DELETED,
        "created_at": _CREATED,
        "updated_at": _UPDATED,
        "converted_at": """convertedat converteddate conversiondate dateconverted wonat
            wondate konvertiertam umgewandeltam gewonnenam dateconversion
            fechadeconversion""",
    },
    "crm_accounts": {
        "account_id": _ACCOUNT_ID + ANY_ID,
        "name": """accountname companyname name company organization organisation firma
            firmenname unternehmen unternehmensname societe entreprise raisonsociale
            empresa compania""",
        "domain": """domain domainname emaildomain companydomain companydomainname
            website websiteurl webseite internetseite homepage siteweb sitioweb""",
        "industry": _INDUSTRY,
        "employee_count": _EMPLOYEES,
        "annual_revenue": _REVENUE + "revenue turnover umsatz chiffredaffaires ca",
        "currency": _CURRENCY,
        "country": _COUNTRY,
        "account_type": """accounttype type companytype kundentyp kontotyp firmentyp
            typedecompte tipo tipodecuenta""",
        "lifecycle_stage": _LIFECYCLE,
        "is_deleted": _DELETED,
        "updated_at": _UPDATED,
    },
    "crm_opportunities": {
        "opportunity_id": """opportunityid opportunitynumber dealid dealnumber
            verkaufschanceid angebotsnummer idopportunite idoportunidad """
        + ANY_ID,
        "lead_id": _LEAD_ID,
        "account_id": _ACCOUNT_ID,
        "amount": """amount dealamount dealvalue value totalvalue betrag auftragswert
            volumen angebotswert wert montant valeur importe valor""",
        "currency": _CURRENCY,
        "stage": """stagename stage dealstage salesstage dealpipelinestageid
            pipelinestage status phase verkaufsphase stufe etape statut etapa estado""",
        "is_won": "iswon won closedwon gewonnen gagne ganado",
        "is_closed": "isclosed isdealclosed abgeschlossen geschlossen cloture cerrado",
        "merged_ids": "mergedids mergedrecordids mergedobjectids hsmergedobjectids",
        "is_deleted": _DELETED,
        "created_at": _CREATED,
        "closed_at": """closedat closedate closeddate closed dateclosed wondate
            abschlussdatum geschlossenam abgeschlossenam datedecloture datecloture
            fechadecierre""",
    },
    "crm_owners": {
        "owner_id": "ownerid userid benutzerid idutilisateur idusuario " + ANY_ID,
        "name": "ownername username displayname name fullname benutzername",
        "is_active": "isactive active aktiv actif activo",
        "is_deleted": _DELETED,
    },
    "crm_activities": {
        "activity_id": "activityid taskid callid meetingid engagementid eventid "
        + ANY_ID,
        "lead_id": _LEAD_ID,
        "account_id": _ACCOUNT_ID,
        "email": _EMAIL,
        "activity_type": """activitytype action tasktype eventtype engagementtype
            tasksubtype eventsubtype kind aktivitatstyp aktivitatsart aktivitat art typ
            typedactivite tipo tipodeactividad """
        + _TYPE,
        "direction": "direction calltype calldirection richtung sens direccion",
        "outcome": """outcome result calloutcome calldisposition meetingoutcome
            disposition status ergebnis resultat resultado""",
        "object_id": "objectid campaignid webinarid meetingid whatid",
        "detail": "detail subject title name betreff thema sujet objet asunto",
        "occurred_at": _OCCURRED,
    },
    "crm_opportunity_leads": {
        "link_id": "linkid",
        "opportunity_id": "opportunityid dealid",
        "lead_id": _LEAD_ID,
    },
    "crm_emails": {
        "lead_id": "leadid contactid recordid id",
        "email": "furtheremail additionalemail additionalemailaddress secondaryemail",
    },
    "crm_merges": {
        "merged_id": """mergedid mergedrecordid mergedleadid mergedcontactid vidtomerge
            loserid duplicateid losingid""",
        "into_id": """intoid masterrecordid masterid winnerid survivorid canonicalvid
            targetid keptid winningid""",
        "merged_at": "mergedat mergedate mergedon mergetime timestamp lastmodifieddate",
    },
    "crm_opportunity_merges": {
        "opportunity_id": "mergeddealid mergedopportunityid",
        "into_opportunity_id": "intoopportunityid intodealid dealid opportunityid",
        "merged_at": "mergedat mergedate timestamp",
    },
    "email_events": {
        "event_id": "eventid messageid sgeventid marketoguid id uid uuid guid",
        "lead_id": _LEAD_ID,
        "email": _EMAIL,
        "campaign_id": """campaignid emailcampaignid campaign campaignname mailingid
            newsletterid kampagne kampagnenid mailing idcampagne campagne idcampana
            campana""",
        "event_type": """eventtype event activity eventname ereignis aktion art typ
            evenement evento accion """
        + _TYPE,
        "url": _URL,
        "user_agent": "useragent browser client",
        "occurred_at": _OCCURRED,
    },
    "web_events": {
        "event_id": """eventid messageid hitid insertid fivetranid marketoguid id uuid
            guid""",
        "lead_id": _LEAD_ID,
        "visitor_id": """visitorid anonymousid userpseudoid clientid domainuserid
            networkuserid cookieid deviceid distinctid visitor besucherid besucher
            idvisiteur idvisitante userid""",
        "session_id": """sessionid domainsessionid gasessionid paramgasessionid visitid
            session sitzung sitzungsid""",
        "email": "email emailaddress useremail mail",
        "event_type": "eventtype event eventcategory ereignis typ evenement evento "
        + _TYPE,
        "event_name": """eventname formname formid eventlabel label name formular
            formulaire formulario""",
        "url": "pageurl pagelocation parampagelocation url location page path pagepath "
        "seite adresse",
        "referrer": """referrer pagereferrer parampagereferrer referer referringurl
            herkunftsseite""",
        "utm_source": """utmsource mktsource trafficsourcesource paramsource
            campaignsource contextcampaignsource source""",
        "utm_medium": """utmmedium mktmedium trafficsourcemedium parammedium
            campaignmedium contextcampaignmedium medium""",
        "utm_campaign": """utmcampaign mktcampaign trafficsourcename paramcampaign
            campaignname contextcampaignname campaign""",
        "duration_seconds": """durationseconds duration timeonpage secondsonpage
            engagedseconds dauer verweildauer duree duracion""",
        "user_agent": "useragent contextuseragent useragentstring browser",
        "occurred_at": _OCCURRED,
    },
    "feedback": {
        "feedback_id": "feedbackid responseid antwortid id",
        "lead_id": _LEAD_ID,
        "email": _EMAIL,
        "verdict": "verdict feedback leadfeedback urteil bewertung avis veredicto",
        "given_by": """givenby givenfrom submittedby respondent rep salesrep owner
            ownerid user von bewertetvon""",
        "given_at": "givenat givenon submittedat timestamp date datum zeitstempel "
        + _OCCURRED,
        "note": "note notes comment comments remark kommentar notiz bemerkung",
    },
}

# In the name of a file, or of the folder it lies in.
FILES = {
    "crm_leads": """lead contact prospect person people profile member mql kontakt kunde
        interessent client cliente contacto""",
    "crm_accounts": "account compan organi firm unternehmen societe entreprise empresa",
    "crm_opportunities": "opportunit deal verkaufschance angebot affaire oportunidad",
    "crm_owners": "owner salesrep user benutzer utilisateur usuario",
    "crm_activities": """activit task call meeting engagement webinar aktivitat anruf
        termin activite actividad""",
    "crm_opportunity_leads": "",  # such files have no id of their own to draft
    "crm_emails": "furtheremails additionalemails",
    "crm_merges": "merge",
    "crm_opportunity_merges": "mergeddeal mergedopportunit opportunitymerge dealmerge",
    "email_events": "email mail campaign newsletter kampagne",
    "web_events": "web page ga4 session hit visit tracker snowplow click besuch seite",
    "feedback": "feedback verdict urteil",
}

FULL_NAME = """
    fullname name contactname leadname personname vollername ansprechpartner
    kontaktname nomcomplet nombrecompleto
"""
# A prefix that says whose column it is.
PREFIXES = (
    *("property", "properties", "lead", "contact", "prospect", "profile"),
    *("primary", "main"),
)

# A part of the name of what is written once a lead is worked, won or lost.
OUTCOME_PARTS = _words(
    """
    status substatus stage phase converted conversion won lost win close closed
    closing outcome result disposition amount deal deals opportunity contract purchase
    purchased order orders ordered customer paid payment subscribed tag tags qualified
    disqualified mql sql sal quality rating grade score
    abschluss abgeschlossen auftrag auftragswert betrag gewonnen verloren bestellt
    bestellung vertrag verkauft kunde ergebnis stufe umgewandelt konvertiert
    statut etape gagne perdu montant commande contrat vendu resultat
    estado etapa ganado perdido importe pedido contrato vendido resultado
    """
)

# In small letters: what forms and exports say when nothing is known.
NULLS = _words(
    """
    null none nil nan n/a #n/a na - -- --- ? ?? . unknown undefined unspecified
    select (select) -select- --select-- --none-- (none) (null) (blank) (unknown)
    unbekannt k.a. k.a keine inconnu desconocido tbd 0000-00-00 #ref! #value!
    """
) | {
    "not set",
    "(not set)",
    "not provided",
    "(not provided)",
    "not available",
    "please select",
    "keine angabe",
    "bitte wählen",
    "bitte auswählen",
    "non renseigné",
    "no informado",
    "0000-00-00 00:00:00",
}

# Words for yes and no that go together, besides those that DuckDB knows.
YES_NO = (
    ("ja", "nein"),
    ("oui", "non"),
    ("sí", "no"),
    ("si", "no"),
    ("on", "off"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("verdadero", "falso"),
    ("checked", "unchecked"),
    ("won", "lost"),
    ("gewonnen", "verloren"),
)

EVENT_TYPES = {
    "crm_activities": {
        "call": "call calls phone phonecall anruf anrufe telefonat appel llamada",
        "meeting": """meeting meetings appointment termin besprechung rendezvous
            reunion""",
        "webinar": "webinar webinars webinaire",
        "event": "tradeshow messe salon veranstaltung evenement evento",
        "chat": "chat chats livechat",
        "social": "socialmedia linkedin",
        "support": "ticket tickets supportticket",
    },
    "email_events": {
        "sent": "send sends sent processed mailsent gesendet versendet envoye enviado",
        "delivered": """delivered deliver delivery deliveries received zugestellt
            delivre entregado""",
        "opened": "open opens opened mailopened geoffnet offnung ouvert abierto",
        "clicked": "click clicks clicked linkclicked clickedlink geklickt klick clic",
        "replied": "reply replies replied geantwortet antwort",
        "auto_replied": "autoreply autoreplied outofoffice ooo",
        "bounced_hard": """hardbounce hardbounced bouncehard bouncedhard bounce bounces
            bounced dropped""",
        "bounced_soft": """softbounce softbounced bouncesoft bouncedsoft deferred
            blocked""",
        "unsubscribed": """unsubscribe unsubscribes unsubscribed unsub optout optedout
            abgemeldet""",
        "resubscribed": "resubscribe resubscribed subscribe subscribed",
        "complained": """complaint complaints complained spam spamreport spamcomplaint
            markedspam abuse""",
    },
    "web_events": {
        "page_view": """pageview pageviews page pages pageviewed visitwebpage pv view
            seitenaufruf""",
        "form_submitted": """formsubmit formsubmission formsubmissions formsubmitted
            submitform filloutform generatelead formular""",
        "form_error": "formerror",
        "file_downloaded": "filedownload download downloads downloaded filedownloaded",
        "site_search": "viewsearchresults search searches sitesearch searched",
        "trial_started": "trialstart trialstarted starttrial",
        "signed_up": "signup signups signedup register registered completeregistration",
    },
}
# What else stands in words for an event: Opened Email, Unsubscribed from List.
BESIDES = _words(
    "email emails mail mails message event events from to list as marketing"
)
# What numbers mean where a column of this name holds them.
NUMBERED_TYPES = {
    "activitytypeid": {  # Marketo's
        "1": "page_view",
        "2": "form_submitted",
        "6": "sent",
        "7": "delivered",
        "8": "bounced_hard",
        "9": "unsubscribed",
        "10": "opened",
        "11": "clicked",
        "27": "bounced_soft",
    }
}
# What the rows of a file are that does not say so.
DEFAULT_TYPES = {
    "crm_activities": "unknown",
    "email_events": "sent",
    "web_events": "page_view",
}


def plain(text: str) -> str:
    """Return a name or a word without case, accents, blanks and signs."""
    split = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", split.lower())


def parts(name: str) -> set[str]:
    """Return the words that a name is made of (leadStatus, LEAD_STATUS)."""
    return set(in_order(name))


def in_order(name: str) -> list[str]:
    """Return the words that a name is made of, as they stand there."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for part in re.split(r"[\W_]+", apart) if (word := plain(part))]
