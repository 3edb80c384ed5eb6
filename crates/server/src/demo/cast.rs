//! Who and what is in the example world before anything happens: two tracks, four groups, some thirty people. All of
//! them are invented.

use dipoli_domain::{
    membership::{
        Capacity::{self, Expert, Official, Personal},
        Role::{self, Facilitator, Observer, Organizer, Participant, Rapporteur},
    },
    note::Attribution::{self, ChathamHouse, Named},
};

/// A track of the world.
pub struct Setting {
    pub slug: &'static str,
    pub name: &'static str,
    pub purpose: &'static str,
    /// The first is the administrator.
    pub people: &'static [Character],
    pub groups: &'static [Group],
}

/// Someone in it.
pub struct Character {
    pub name: &'static str,
    /// Before `@example.org`.
    pub mailbox: &'static str,
    pub affiliation: &'static str,
    pub zone: &'static str,
    /// Whether they get a password.
    pub signs_in: bool,
}

/// A working group with its delegations and seats.
pub struct Group {
    pub slug: &'static str,
    pub name: &'static str,
    pub mandate: &'static str,
    pub zone: &'static str,
    pub attribution: Attribution,
    pub delegations: &'static [&'static str],
    pub seats: &'static [Seat],
}

/// A seat: whose (by mailbox), and as what.
pub struct Seat {
    pub who: &'static str,
    pub role: Role,
    pub capacity: Capacity,
    pub delegation: Option<&'static str>,
}

const fn person(
    name: &'static str,
    mailbox: &'static str,
    affiliation: &'static str,
    zone: &'static str,
    signs_in: bool,
) -> Character {
    Character { name, mailbox, affiliation, zone, signs_in }
}

const fn seat(who: &'static str, role: Role, capacity: Capacity, delegation: Option<&'static str>) -> Seat {
    Seat { who, role, capacity, delegation }
}

const MINSK: &str = "Europe/Minsk";
const VILNIUS: &str = "Europe/Vilnius";
const WARSAW: &str = "Europe/Warsaw";
const HELSINKI: &str = "Europe/Helsinki";
const WASHINGTON: &str = "America/New_York";

pub const WORLD: &[Setting] = &[
    Setting {
        slug: "aalto",
        name: "Civil society contacts",
        purpose: "Contacts between the civil societies of neighbours whose governments hardly speak: professions, \
                  universities, media. It goes at its own pace and is linked to no other file.",
        people: AALTO,
        groups: &[
            Group {
                slug: "professions",
                name: "Professions and mobility",
                mandate: "What doctors, engineers and craftspeople need in order to work with colleagues across the \
                          border again: recognition of diplomas, visits, fellowships.",
                zone: MINSK,
                attribution: ChathamHouse,
                delegations: &["Eastern participants", "Western participants"],
                seats: &[
                    seat("ieva.petrauskaite", Organizer, Official, None),
                    seat("risto.hakala", Facilitator, Personal, None),
                    seat("aliaksei.dubrouski", Rapporteur, Expert, None),
                    seat("volha.kavaleuskaya", Participant, Personal, Some("Eastern participants")),
                    seat("dzmitry.lapko", Participant, Official, Some("Eastern participants")),
                    seat("tatsiana.rudzko", Participant, Expert, Some("Eastern participants")),
                    seat("tomas.grigas", Participant, Official, Some("Western participants")),
                    seat("pawel.zalewski", Participant, Personal, Some("Western participants")),
                    seat("anna-liisa.rebane", Participant, Expert, Some("Western participants")),
                    seat("erik.lindqvist", Observer, Official, None),
                ],
            },
            Group {
                slug: "universities",
                name: "Universities and students",
                mandate: "Exchange of students and teachers, credit transfer, joint degrees, and what to do for those \
                          who had to interrupt their studies.",
                zone: VILNIUS,
                attribution: ChathamHouse,
                delegations: &["Sending universities", "Receiving universities"],
                seats: &[
                    seat("ieva.petrauskaite", Organizer, Official, None),
                    seat("grazyna.wilczek", Facilitator, Personal, None),
                    seat("kadri.saar", Rapporteur, Expert, None),
                    seat("volha.kavaleuskaya", Participant, Expert, Some("Sending universities")),
                    seat("siarhei.mikhalevich", Participant, Personal, Some("Sending universities")),
                    seat("iryna.bandarenka", Participant, Official, Some("Sending universities")),
                    seat("rasa.jankauskiene", Participant, Official, Some("Receiving universities")),
                    seat("ewa.lisowska", Participant, Expert, Some("Receiving universities")),
                    seat("oleksandr.hnatiuk", Participant, Personal, None),
                    seat("erik.lindqvist", Observer, Official, None),
                ],
            },
            Group {
                slug: "media",
                name: "Independent media and diaspora",
                mandate: "How newsrooms in exile and readers at home keep in touch, and what hosts can do for either.",
                zone: WASHINGTON,
                attribution: Named,
                delegations: &["Newsrooms", "Hosts"],
                seats: &[
                    seat("marta.ozolina", Organizer, Personal, None),
                    seat("thomas.whitcomb", Facilitator, Personal, None),
                    seat("nino.beridze", Rapporteur, Expert, None),
                    seat("hanna.sauchanka", Participant, Personal, Some("Newsrooms")),
                    seat("yauhen.karatkevich", Participant, Personal, Some("Newsrooms")),
                    seat("janis.kalnins", Participant, Official, Some("Hosts")),
                    seat("tomas.grigas", Participant, Official, Some("Hosts")),
                    seat("risto.hakala", Participant, Expert, None),
                    seat("caroline.meyer", Observer, Official, None),
                ],
            },
        ],
    },
    Setting {
        slug: "saarinen",
        name: "Border crossings",
        purpose: "Shorter waits and fewer misunderstandings at the crossing points that are open. No other question is \
                  treated here.",
        people: SAARINEN,
        groups: &[Group {
            slug: "crossings",
            name: "Crossing points and waiting times",
            mandate: "Waiting times, opening hours, medical emergencies, and a way for duty officers to reach each other.",
            zone: HELSINKI,
            attribution: ChathamHouse,
            delegations: &["Northern side", "Southern side"],
            seats: &[
                seat("zofia.krawczyk", Organizer, Official, None),
                seat("mykolas.rimkus", Facilitator, Personal, None),
                seat("alena.hrynevich", Rapporteur, Expert, None),
                seat("viktar.zhuk", Participant, Official, Some("Southern side")),
                seat("natallia.sidarenka", Participant, Personal, Some("Southern side")),
                seat("andrus.tamm", Participant, Official, Some("Northern side")),
                seat("liga.berzina", Participant, Official, Some("Northern side")),
                seat("krzysztof.maj", Participant, Expert, None),
                seat("helen.brandt", Observer, Official, None),
            ],
        }],
    },
];

const AALTO: &[Character] = &[
    person("Leena Koskela", "leena.koskela", "Secretariat", HELSINKI, true),
    person("Ieva Petrauskaitė", "ieva.petrauskaite", "Institute for Neighbourhood Studies", VILNIUS, true),
    person("Marta Ozoliņa", "marta.ozolina", "Press Freedom Fund", "Europe/Riga", false),
    person("Risto Hakala", "risto.hakala", "Ambassador (retired)", HELSINKI, true),
    person("Grażyna Wilczek", "grazyna.wilczek", "Former rector", WARSAW, false),
    person("Thomas Whitcomb", "thomas.whitcomb", "Centre for Dialogue", WASHINGTON, false),
    person("Aliaksei Dubrouski", "aliaksei.dubrouski", "Chronicler", WARSAW, true),
    person("Kadri Saar", "kadri.saar", "University archive", "Europe/Tallinn", false),
    person("Nino Beridze", "nino.beridze", "Media observatory", "Asia/Tbilisi", false),
    person("Volha Kavaleuskaya", "volha.kavaleuskaya", "Paediatrician", MINSK, true),
    person("Dzmitry Lapko", "dzmitry.lapko", "Chamber of engineers", MINSK, false),
    person("Tatsiana Rudzko", "tatsiana.rudzko", "Labour economist", MINSK, false),
    person("Siarhei Mikhalevich", "siarhei.mikhalevich", "Department of physics", MINSK, false),
    person("Iryna Bandarenka", "iryna.bandarenka", "Office for international relations", MINSK, false),
    person("Hanna Sauchanka", "hanna.sauchanka", "Editor in exile", WARSAW, false),
    person("Yauhen Karatkevich", "yauhen.karatkevich", "Radio producer", VILNIUS, false),
    person("Tomas Grigas", "tomas.grigas", "Ministry of Foreign Affairs", VILNIUS, true),
    person("Rasa Jankauskienė", "rasa.jankauskiene", "Ministry of Education", VILNIUS, false),
    person("Paweł Zalewski", "pawel.zalewski", "Surgeon", WARSAW, false),
    person("Ewa Lisowska", "ewa.lisowska", "Exchange programme", WARSAW, false),
    person("Anna-Liisa Rebane", "anna-liisa.rebane", "Migration researcher", "Europe/Tallinn", false),
    person("Jānis Kalniņš", "janis.kalnins", "Ministry of Culture", "Europe/Riga", false),
    person("Oleksandr Hnatiuk", "oleksandr.hnatiuk", "Philosopher", "Europe/Kyiv", false),
    person("Erik Lindqvist", "erik.lindqvist", "Embassy", "Europe/Stockholm", true),
    person("Caroline Meyer", "caroline.meyer", "Foundation", "Europe/Berlin", false),
];

const SAARINEN: &[Character] = &[
    person("Pekka Virtala", "pekka.virtala", "Secretariat", HELSINKI, false),
    person("Zofia Krawczyk", "zofia.krawczyk", "Border studies", WARSAW, true),
    person("Mykolas Rimkus", "mykolas.rimkus", "Judge (retired)", VILNIUS, false),
    person("Alena Hrynevich", "alena.hrynevich", "Interpreter", WARSAW, false),
    person("Viktar Zhuk", "viktar.zhuk", "Customs", MINSK, false),
    person("Natallia Sidarenka", "natallia.sidarenka", "Drivers' association", MINSK, false),
    person("Andrus Tamm", "andrus.tamm", "Border guard", "Europe/Tallinn", false),
    person("Līga Bērziņa", "liga.berzina", "Ministry of Transport", "Europe/Riga", false),
    person("Krzysztof Maj", "krzysztof.maj", "Logistics", WARSAW, false),
    person("Helen Brandt", "helen.brandt", "International organisation", "Europe/Vienna", false),
];
