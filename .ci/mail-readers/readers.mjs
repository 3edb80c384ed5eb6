// Reads the calendar parts with ical.js, as a calendar program would that gets one mail after the other, and says what does
// not fit. The parts are those that readers.py took out of the mails.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ICAL from "ical.js";

const place = process.argv[2];
const findings = [];
const check = (name, fits, what) => fits || findings.push(`${name}: ${what}`);
// What a calendar holds: the latest entry of each UID.
const held = new Map();
let read = 0;

for (const line of readFileSync(join(place, "letters.tsv"), "utf8").trim().split("\n")) {
  const [mail, method, uid, sequence, starts, ends, zone] = line.split("\t");
  if (method === "-") continue;
  const name = mail.replace(".eml", ".ics");
  if (!existsSync(join(place, name))) {
    findings.push(`${name}: was not taken out of its mail`);
    continue;
  }
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(join(place, name), "utf8")));
  ICAL.TimezoneService.reset();
  for (const part of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(part));
  }
  check(name, calendar.getFirstPropertyValue("method") === method, "METHOD");
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
  check(name, event.uid === uid, "UID");
  check(name, event.sequence === Number(sequence), "SEQUENCE");
  // An hour that the clocks show twice stands in UTC, and then without a zone.
  const named = calendar.getFirstSubcomponent("vtimezone") ? zone : "UTC";
  check(name, event.startDate.zone.tzid === named, `in ${event.startDate.zone.tzid}, not ${named}`);
  check(name, event.startDate.toUnixTime() === Number(starts), `DTSTART ${event.startDate.toUnixTime()}, not ${starts}`);
  check(name, event.endDate.toUnixTime() === Number(ends), `DTEND ${event.endDate.toUnixTime()}, not ${ends}`);
  check(name, event.attendees.length === 1, "ATTENDEE");
  read += 1;
  if (!mail.startsWith("life-")) continue;
  const before = held.get(uid);
  check(name, !before || event.sequence > before.sequence, "SEQUENCE does not rise");
  held.set(uid, { sequence: event.sequence, status: event.component.getFirstPropertyValue("status") });
}
for (const [uid, { status }] of held) check(uid, status === "CANCELLED", `ends as ${status}`);

let feeds = 0;
for (const name of readdirSync(place).filter((name) => name.startsWith("feed-"))) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(join(place, name), "utf8")));
  const uids = calendar.getAllSubcomponents("vevent").map((event) => event.getFirstPropertyValue("uid"));
  check(name, uids.includes("7b1f2f7e-7e1c-4f0a-9b53-5d0a6f6f2a11"), "the entry of the mail is not in the feed");
  feeds += 1;
}
check("all", read > 0 && held.size > 0 && feeds === 5, "nothing was read");

console.log(`${read} calendar parts, ${held.size} sessions, ${feeds} feeds; ${findings.length} findings`);
console.log(findings.slice(0, 40).join("\n"));
process.exitCode = findings.length > 0 ? 1 : 0;
