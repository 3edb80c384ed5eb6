"""Reads the letters with Python's email and their calendar parts with icalendar, and says what does not fit.

The calendar parts are written beside the mails, for ical.js (readers.mjs).
"""

import sys
from datetime import timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

from icalendar import Calendar

place = Path(sys.argv[1])
findings = []


def check(name, fits, what):
    if not fits:
        findings.append(f"{name}: {what}")


def read_mail(name):
    raw = (place / name).read_bytes()
    check(name, all(len(line) <= 998 for line in raw.split(b"\r\n")), "a line is too long")
    check(name, b"\n" not in raw.replace(b"\r\n", b""), "a bare line feed")
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    for part in mail.walk():
        check(name, not part.defects, f"defects {part.defects}")
        for header, value in part.items():
            check(name, not getattr(value, "defects", ()), f"defects in {header}: {getattr(value, 'defects', ())}")
    check(name, len(mail["To"].addresses) == 1, "one recipient")
    check(name, mail["To"].addresses[0].addr_spec == "amina@example.org", "the recipient")
    check(name, mail["Auto-Submitted"] == "auto-generated", "Auto-Submitted")
    check(name, bool(mail["Subject"].strip()) and "\n" not in mail["Subject"], "a subject on one line")
    check(name, mail["Date"].datetime is not None, "a date")
    check(name, not any(header.lower().startswith("x-") for header in mail.keys()), "a header of its own")
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    check(name, plain is not None and plain.get_content().strip(), "a plain text")
    check(name, html is not None and "<html" in html.get_content(), "an HTML text")
    return [part for part in mail.walk() if part.get_content_type() == "text/calendar"]


def instant(value, zone):
    """The instant of a wall-clock time by the calendar's own rules, not by this machine's."""
    return int(value.dt.replace(tzinfo=zone).timestamp())


def read_entry(name, part, expected):
    method, uid, sequence, starts, ends, zone_name = expected
    text = part.get_content()
    text = text if isinstance(text, str) else text.decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    (place / name.replace(".eml", ".ics")).write_bytes(text.encode())
    check(name, part.get_param("method") == method, "the method of the part")
    calendar = Calendar.from_ical(text)
    check(name, calendar["METHOD"] == method, "METHOD")
    [event] = calendar.walk("VEVENT")
    check(name, not event.errors, f"errors {event.errors}")
    check(name, event["UID"] == uid, "UID")
    check(name, int(event["SEQUENCE"]) == int(sequence), "SEQUENCE")
    check(name, event["CLASS"] == "PRIVATE", "CLASS")
    check(name, (event.get("STATUS") == "CANCELLED") == (method == "CANCEL"), "STATUS")
    attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
    check(name, [str(it).lower() for it in attendees] == ["mailto:amina@example.org"], f"ATTENDEE {attendees}")
    check(name, attendees[0].params.get("RSVP", "FALSE") == "FALSE", "RSVP")
    # An hour that the clocks show twice stands in UTC, and then without a zone.
    zones = calendar.walk("VTIMEZONE")
    check(name, [str(zone["TZID"]) for zone in zones] in ([], [zone_name]), "VTIMEZONE")
    for field, expected_at in (("DTSTART", starts), ("DTEND", ends)):
        wanted = zone_name if zones else None
        check(name, event[field].params.get("TZID") == wanted, f"TZID of {field}")
        check(name, zones or event[field].dt.utcoffset() == timedelta(0), f"{field} in no zone")
        found = int(event[field].dt.timestamp())
        check(name, found == int(expected_at), f"{field} by the zone's name: {found}, not {expected_at}")
        for zone in zones:
            found = instant(event[field], zone.to_tz(lookup_tzid=False))
            check(name, found == int(expected_at), f"{field} by the part's rules: {found}, not {expected_at}")
    return uid, int(sequence), method


lives, mails, entries = {}, 0, 0
for line in (place / "letters.tsv").read_text().splitlines():
    name, *expected = line.split("\t")
    parts = read_mail(name)
    mails += 1
    if expected == ["-"]:
        check(name, not parts, "a calendar part that nobody asked for")
        continue
    check(name, len(parts) == 1, f"{len(parts)} calendar parts")
    for part in parts:
        uid, sequence, method = read_entry(name, part, expected)
        entries += 1
        if name.startswith("life-"):
            lives.setdefault(uid, []).append((sequence, method))

for uid, life in lives.items():
    check(uid, life == [(0, "REQUEST"), (1, "REQUEST"), (2, "REQUEST"), (3, "CANCEL")], f"its life is {life}")

feeds = sorted(place.glob("feed-*.ics"))
for feed in feeds:
    events = Calendar.from_ical(feed.read_bytes()).walk("VEVENT")
    uids = [str(event["UID"]) for event in events]
    check(feed.name, "7b1f2f7e-7e1c-4f0a-9b53-5d0a6f6f2a11" in uids and len(uids) == 2, f"entries {uids}")
    check(feed.name, sum(event.get("STATUS") == "CANCELLED" for event in events) == 1, "one is cancelled")

print(f"{mails} mails, {entries} calendar parts, {len(lives)} sessions, {len(feeds)} feeds; {len(findings)} findings")
print("\n".join(findings[:40]))
sys.exit(bool(findings))
