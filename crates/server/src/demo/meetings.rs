//! What has happened in the example world, and what is to come: sessions, agendas, answers and notes, by days from the
//! day on which the world is made.

use dipoli_domain::{
    attendee::Rsvp::{self, Accepted, Declined, Tentative},
    note::Visibility::{self, Delegation, Facilitators, Group, Private},
};

/// A session.
pub struct Meeting {
    pub track: &'static str,
    pub group: &'static str,
    pub title: &'static str,
    pub purpose: &'static str,
    /// Days from today; a weekend is moved to the Monday after it.
    pub day: i64,
    /// On the clocks of its zone.
    pub hour: i8,
    pub hours: i64,
    /// The group's unless given.
    pub zone: Option<&'static str>,
    pub venue: &'static str,
    pub fate: Fate,
    pub agenda: &'static [Item],
    pub answers: &'static [(&'static str, Rsvp)],
    pub notes: &'static [Words],
}

/// What became of a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has been, and was concluded.
    Concluded,
    /// It is announced.
    Announced,
    /// Only organizers and facilitators know of it.
    Draft,
    /// It was called off.
    CalledOff,
}

/// An agenda item: who proposed it, and whether the facilitator has adopted it.
pub struct Item {
    pub title: &'static str,
    pub minutes: i32,
    pub by: &'static str,
    pub stands: Stands,
}

/// Where an item stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Adopted,
    Proposed,
    Withdrawn,
}

/// A note: on the session, or on an item by its place from 0.
pub struct Words {
    pub by: &'static str,
    pub on: Option<usize>,
    pub to: Visibility,
    pub body: &'static str,
}

const fn item(title: &'static str, minutes: i32, by: &'static str, stands: Stands) -> Item {
    Item { title, minutes, by, stands }
}

const fn note(by: &'static str, on: Option<usize>, to: Visibility, body: &'static str) -> Words {
    Words { by, on, to, body }
}

use Stands::{Adopted as Agreed, Proposed as Open, Withdrawn as TakenBack};

pub const MEETINGS: &[Meeting] = &[
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Opening: who we are and how we work",
        purpose: "Introductions, the Rule, and a first list of questions.",
        day: -118,
        hour: 10,
        hours: 4,
        zone: None,
        venue: "Library, second floor",
        fate: Fate::Concluded,
        agenda: &[
            item("How we speak with each other", 45, "risto.hakala", Agreed),
            item("What each of us hopes for", 90, "ieva.petrauskaite", Agreed),
            item("Questions for this year", 60, "volha.kavaleuskaya", Agreed),
        ],
        answers: &[
            ("volha.kavaleuskaya", Accepted),
            ("dzmitry.lapko", Accepted),
            ("tatsiana.rudzko", Accepted),
            ("tomas.grigas", Accepted),
            ("pawel.zalewski", Tentative),
            ("risto.hakala", Accepted),
            ("aliaksei.dubrouski", Accepted),
            ("ieva.petrauskaite", Accepted),
        ],
        notes: &[
            note(
                "risto.hakala",
                Some(0),
                Group,
                "We begin each session with ten minutes in which nobody answers anybody.",
            ),
            note(
                "tomas.grigas",
                Some(2),
                Group,
                "Recognition of diplomas should come first: it needs no new law on our side.",
            ),
            note(
                "volha.kavaleuskaya",
                Some(2),
                Group,
                "Short visits matter more to younger colleagues than anything on paper.",
            ),
            note(
                "dzmitry.lapko",
                None,
                Delegation,
                "Let us keep licences apart from diplomas; they go through different offices.",
            ),
            note("volha.kavaleuskaya", None, Private, "Ask Paweł about the training hospital before the next session."),
        ],
    },
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Recognition of diplomas",
        purpose: "Which diplomas could be recognised without a change of law, and by whom.",
        day: -61,
        hour: 11,
        hours: 3,
        zone: None,
        venue: "Library, second floor",
        fate: Fate::Concluded,
        agenda: &[
            item("State of the lists", 30, "ieva.petrauskaite", Agreed),
            item("Medicine: what a hospital may decide by itself", 60, "volha.kavaleuskaya", Agreed),
            item("Engineering: sworn translations", 45, "dzmitry.lapko", Agreed),
            item("Fees", 20, "pawel.zalewski", TakenBack),
        ],
        answers: &[
            ("volha.kavaleuskaya", Accepted),
            ("dzmitry.lapko", Accepted),
            ("tomas.grigas", Accepted),
            ("anna-liisa.rebane", Declined),
            ("risto.hakala", Accepted),
        ],
        notes: &[
            note(
                "volha.kavaleuskaya",
                Some(1),
                Group,
                "A hospital can accept a colleague for three months on its own signature. Nobody uses this because nobody knows it.",
            ),
            note("pawel.zalewski", Some(1), Group, "The same here, for six weeks. I can bring the form."),
            note(
                "tatsiana.rudzko",
                Some(2),
                Facilitators,
                "The delay is not the translation but the stamp. It would help if you asked about it, rather than one of us.",
            ),
            note(
                "tomas.grigas",
                Some(2),
                Delegation,
                "We can offer to waive the second translation if they name one office.",
            ),
        ],
    },
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Short professional visits",
        purpose: "What a visit of one to three weeks takes today, step by step.",
        day: -13,
        hour: 10,
        hours: 3,
        zone: None,
        venue: "Library, second floor",
        fate: Fate::Concluded,
        agenda: &[
            item("One visit, told from the beginning", 60, "volha.kavaleuskaya", Agreed),
            item("Where it gets stuck", 60, "tomas.grigas", Agreed),
        ],
        answers: &[
            ("volha.kavaleuskaya", Accepted),
            ("tatsiana.rudzko", Accepted),
            ("tomas.grigas", Accepted),
            ("pawel.zalewski", Accepted),
            ("erik.lindqvist", Accepted),
        ],
        notes: &[
            note(
                "aliaksei.dubrouski",
                None,
                Group,
                "Draft of the record: three obstacles were named, two of them can be removed by an instruction.",
            ),
            note(
                "tomas.grigas",
                Some(1),
                Group,
                "Our consulate can take applications in groups. I will say by the next session from when.",
            ),
            note(
                "volha.kavaleuskaya",
                Some(0),
                Facilitators,
                "Please do not come back to the example of the second visit; the colleague can be recognised.",
            ),
        ],
    },
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Summer fellowships",
        purpose: "A first round of fellowships: how many, for whom, who decides.",
        day: 5,
        hour: 10,
        hours: 4,
        zone: None,
        venue: "Library, second floor",
        fate: Fate::Announced,
        agenda: &[
            item("What was done since the last session", 30, "risto.hakala", Agreed),
            item("Criteria for fellowships", 60, "anna-liisa.rebane", Agreed),
            item("Who sits in the jury", 45, "dzmitry.lapko", Open),
            item("Families", 30, "volha.kavaleuskaya", Open),
        ],
        answers: &[
            ("volha.kavaleuskaya", Accepted),
            ("tomas.grigas", Tentative),
            ("anna-liisa.rebane", Accepted),
            ("erik.lindqvist", Declined),
        ],
        notes: &[
            note(
                "anna-liisa.rebane",
                Some(1),
                Group,
                "Criteria should be readable by someone who has never applied for anything.",
            ),
            note(
                "dzmitry.lapko",
                Some(2),
                Facilitators,
                "A jury with an official in it would keep people from applying.",
            ),
            note(
                "dzmitry.lapko",
                Some(2),
                Delegation,
                "Two of three from our side is what I would ask for, and one of three what I would accept.",
            ),
        ],
    },
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Visit to the training hospital",
        purpose: "Seeing before speaking.",
        day: 33,
        hour: 9,
        hours: 6,
        zone: Some("Europe/Vilnius"),
        venue: "Main entrance",
        fate: Fate::Announced,
        agenda: &[item("Walk through the wards", 120, "pawel.zalewski", Open)],
        answers: &[("volha.kavaleuskaya", Accepted)],
        notes: &[],
    },
    Meeting {
        track: "aalto",
        group: "professions",
        title: "Review of the year",
        purpose: "What was promised, what was done.",
        day: 76,
        hour: 10,
        hours: 3,
        zone: None,
        venue: "",
        fate: Fate::Draft,
        agenda: &[item("Promises, one by one", 90, "ieva.petrauskaite", Open)],
        answers: &[],
        notes: &[],
    },
    Meeting {
        track: "aalto",
        group: "universities",
        title: "Interrupted studies",
        purpose: "What a student can bring along, and what counts.",
        day: -45,
        hour: 14,
        hours: 3,
        zone: None,
        venue: "Senate hall",
        fate: Fate::Concluded,
        agenda: &[
            item("Transcripts that nobody will send", 60, "siarhei.mikhalevich", Agreed),
            item("Examinations in place of transcripts", 60, "rasa.jankauskiene", Agreed),
        ],
        answers: &[
            ("siarhei.mikhalevich", Accepted),
            ("iryna.bandarenka", Accepted),
            ("rasa.jankauskiene", Accepted),
            ("ewa.lisowska", Accepted),
            ("volha.kavaleuskaya", Declined),
        ],
        notes: &[
            note(
                "ewa.lisowska",
                Some(1),
                Group,
                "Two of our faculties examine in three languages already; the others would follow if someone asked.",
            ),
            note(
                "siarhei.mikhalevich",
                Some(0),
                Group,
                "A list of courses signed by the teacher is worth more than it looks.",
            ),
            note(
                "iryna.bandarenka",
                Some(0),
                Delegation,
                "We should not promise anything in the name of the registry.",
            ),
            note(
                "rasa.jankauskiene",
                None,
                Facilitators,
                "There is money for thirty places. I would rather not be the one who says so first.",
            ),
        ],
    },
    Meeting {
        track: "aalto",
        group: "universities",
        title: "Credit transfer",
        purpose: "A table that both sides can sign, or the reasons why not.",
        day: 12,
        hour: 13,
        hours: 3,
        zone: None,
        venue: "Senate hall",
        fate: Fate::Announced,
        agenda: &[
            item("The table", 90, "ewa.lisowska", Agreed),
            item("Who keeps it up to date", 30, "siarhei.mikhalevich", Open),
        ],
        answers: &[("ewa.lisowska", Accepted), ("siarhei.mikhalevich", Accepted), ("volha.kavaleuskaya", Tentative)],
        notes: &[note(
            "oleksandr.hnatiuk",
            Some(0),
            Group,
            "A table ages. Let us agree on a method, and print the table from it.",
        )],
    },
    Meeting {
        track: "aalto",
        group: "universities",
        title: "Rectors' breakfast",
        purpose: "An hour without an agenda.",
        day: 19,
        hour: 9,
        hours: 1,
        zone: Some("Europe/Warsaw"),
        venue: "Hotel by the park",
        fate: Fate::CalledOff,
        agenda: &[],
        answers: &[("ewa.lisowska", Declined)],
        notes: &[],
    },
    Meeting {
        track: "aalto",
        group: "media",
        title: "Reaching readers at home",
        purpose: "What gets through, and what it costs those who read it.",
        day: -31,
        hour: 10,
        hours: 3,
        zone: None,
        venue: "Room 4",
        fate: Fate::Concluded,
        agenda: &[
            item("What gets through", 60, "hanna.sauchanka", Agreed),
            item("What hosts can do", 60, "janis.kalnins", Agreed),
        ],
        answers: &[("hanna.sauchanka", Accepted), ("janis.kalnins", Accepted), ("tomas.grigas", Accepted)],
        notes: &[
            note(
                "hanna.sauchanka",
                Some(0),
                Group,
                "Audio gets through where text does not; nobody subscribes to audio with their own name.",
            ),
            note("yauhen.karatkevich", Some(0), Delegation, "Do not name the transmitter, not even here."),
            note("tomas.grigas", Some(1), Group, "Press cards for editors in exile can be issued from next month."),
        ],
    },
    Meeting {
        track: "aalto",
        group: "media",
        title: "Accreditation and residence",
        purpose: "Papers that let people work.",
        day: 3,
        hour: 9,
        hours: 2,
        zone: None,
        venue: "Room 4",
        fate: Fate::Announced,
        agenda: &[
            item("Press cards", 40, "tomas.grigas", Agreed),
            item("Residence of freelancers", 40, "yauhen.karatkevich", Open),
        ],
        answers: &[("tomas.grigas", Accepted), ("hanna.sauchanka", Accepted)],
        notes: &[note(
            "risto.hakala",
            Some(1),
            Private,
            "The Finnish practice of 2011 may help; look up the circular.",
        )],
    },
    Meeting {
        track: "saarinen",
        group: "crossings",
        title: "Waiting times in winter",
        purpose: "Figures of both sides, side by side.",
        day: -26,
        hour: 12,
        hours: 3,
        zone: None,
        venue: "Customs house",
        fate: Fate::Concluded,
        agenda: &[
            item("The figures", 45, "andrus.tamm", Agreed),
            item("Medical emergencies", 45, "natallia.sidarenka", Agreed),
        ],
        answers: &[
            ("viktar.zhuk", Accepted),
            ("natallia.sidarenka", Accepted),
            ("andrus.tamm", Accepted),
            ("liga.berzina", Declined),
        ],
        notes: &[
            note(
                "natallia.sidarenka",
                Some(1),
                Group,
                "An ambulance waited four hours in January. Everyone at the barrier wanted to let it through.",
            ),
            note("andrus.tamm", Some(1), Group, "A list of two telephone numbers would have been enough."),
            note("viktar.zhuk", Some(0), Facilitators, "Our figures are better than what we were told to bring."),
        ],
    },
    Meeting {
        track: "saarinen",
        group: "crossings",
        title: "A telephone at either barrier",
        purpose: "Who answers, in which language, and what may be settled on the telephone.",
        day: 8,
        hour: 12,
        hours: 2,
        zone: None,
        venue: "Customs house",
        fate: Fate::Announced,
        agenda: &[
            item("Numbers and languages", 40, "andrus.tamm", Agreed),
            item("What may be settled", 60, "viktar.zhuk", Open),
        ],
        answers: &[("andrus.tamm", Accepted), ("viktar.zhuk", Tentative)],
        notes: &[note("zofia.krawczyk", None, Group, "The room has interpretation in three languages.")],
    },
];
