"""The one spelling of an email address or a domain, however somebody wrote it.

CRM, email and web extracts come through here alike, and so does what `forget` is told.
Ordinary spellings are told by a pattern that SQL knows as well, so that only the odd
ones need this module.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import idna

# What is written thus is right as it is, but for its case.
ORDINARY = r"[a-z0-9!#$%&*+/=?^_{|}~.-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z0-9-]*[a-z0-9]"
ORDINARY_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z0-9-]*[a-z0-9]"

BLANK_CATEGORIES = ("Zs", "Zl", "Zp", "Cc")
# ' " ` and the curly and angular ones of all languages.
QUOTES = (
    "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
)
AROUND = QUOTES + "<>()[]{}.,;:| "
LABEL = re.compile(r"(mailto|smtp|e-?mail)\s*:\s*", re.IGNORECASE)
QUOTED_NAME = re.compile(r'"[^"@]*"(?=\s*<)')
BRACKETS = re.compile(r"<([^<>]*@[^<>]*)>")
COMMENT = re.compile(r"\s+\([^()]*\)\s*$")
SEPARATORS = re.compile(r"[,;|\n]|\]\(|\s+/\s+")
ADDRESS = re.compile(rf'[^\s@<>()\[\],;:"]+@([^\s@<>()\[\],;:/?#"{QUOTES}]+)')
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*:)?/+")
WWW = re.compile(r"www\d*\.(?=.*\.)")


def read_addresses(text: str) -> list[str]:
    """Return the email addresses that a cell names, the first of them first.

    They are in lower case, and their domains as the network knows them (`xn--` in place
    of an umlaut). A cell that names none, or only something like one, yields nothing.
    """
    if re.fullmatch(ORDINARY, text.lower()):
        return [text.lower()]
    plain = _visible(text, line_break="\n")
    if LABEL.match(plain) and "%40" in plain:
        plain = unquote(plain)
    plain = QUOTED_NAME.sub("", LABEL.sub("", plain))
    found = [_address(part) for part in _parts(plain)]
    return list(dict.fromkeys(address for address in found if address))


def read_address(text: str) -> str:
    """Return the first address of a cell; or else its text, to be told of as wrong."""
    return next(iter(read_addresses(text)), text)


def read_domain(text: str) -> str:
    """Return the domain that a cell names by itself, in a URL or in an address.

    `https://WWW.Example.com/about` is `example.com`. What is no domain stays as it is,
    in lower case.
    """
    plain = _visible(text).lower()
    first = re.split(
        r"[,;|\s]", SCHEME.sub("", plain.strip(AROUND), count=1), maxsplit=1
    )[0]
    host = re.split(r"[/?#]", first, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":\d*$", "", host)
    return _domain(WWW.sub("", host, count=1)) or plain


def _parts(text: str) -> list[str]:
    """Take a cell with several addresses apart; a name before <> belongs to nobody."""
    if bracketed := BRACKETS.findall(text):
        outside = BRACKETS.sub(";", text)
        return [*bracketed, *(part for part in _parts(outside) if "@" in part)]
    parts: list[str] = []
    for part in SEPARATORS.split(text):
        words = part.split()
        if len(words) > 1 and all("@" in word for word in words):
            parts += words
        else:
            parts.append(part)
    return parts


def _address(part: str) -> str | None:
    bare = COMMENT.sub("", part).strip(AROUND)
    bare = re.sub(r"\?.*$", "", bare) if "?" in bare.rpartition("@")[2] else bare
    match = ADDRESS.fullmatch(bare)
    domain = _domain(match[1]) if match else None
    return f"{bare.rpartition('@')[0].lower()}@{domain}" if domain else None


def _domain(text: str) -> str | None:
    """Return a domain as the network knows it, or nothing if it cannot be one."""
    plain = text.lower().strip(".")
    if re.fullmatch(ORDINARY_DOMAIN, plain):
        return plain
    try:
        return idna.encode(plain, uts46=True).decode() if "." in plain else None
    except idna.IDNAError:
        return None


def _visible(text: str, line_break: str = " ") -> str:
    """Return a text without the signs that nobody sees, in one width of letters."""
    plain = unicodedata.normalize("NFKC", text)
    signs = [
        line_break
        if sign in "\r\n"
        else " "
        if unicodedata.category(sign) in BLANK_CATEGORIES
        else sign
        for sign in plain
        if unicodedata.category(sign) != "Cf"
    ]
    return "".join(signs).strip()
