//! The kit's rows as a track's, group by group. Who sits at a table sat there before anything was said at it.

use std::collections::{HashMap, hash_map::Entry};

use anyhow::{Context, bail};
use dipoli_auth::password::{Hasher, NewPassword, Parameters};
use dipoli_domain::{
    Timestamp,
    agenda::{AgendaItem, Proposal},
    attendee::Rsvp,
    audit::{Action, Event},
    chatham_house_note::{self, ChathamHouseNote},
    delegation::Delegation,
    email::EmailAddress,
    id::{AgendaItemId, AttendeeId, DelegationId, MembershipId, NoteId, PersonId, SessionId, SignInId},
    language::LanguageTag,
    membership::{Capacity, Membership, Reading, Role, Seating},
    note::{Attribution, Note, Visibility},
    person::{Person, PersonSeen, Security, Standing},
    policy::{
        self, Act, Actor, By, On, Seat, Viewer,
        scope::{People, Sessions},
    },
    session::{Draft, Session},
    time::Zone,
    working_group::WorkingGroup,
};
use dipoli_store::{Effect, NewSeat, Store, Tx};
use secrecy::SecretString;

use crate::kit::{self, Kit};

/// Everyone's password.
pub const PASSWORD: &str = "seven bridges over the river";

/// Before the first of the kit's sessions.
const BEGINNING: &str = "2025-12-01T09:00:00Z";

/// How many rows are written in one transaction, so that none grows without bound.
const AT_ONCE: usize = 5_000;

/// What the kit's numbers became.
#[derive(Default)]
pub struct Filled {
    pub people: HashMap<u32, PersonId>,
    pub sessions: HashMap<u32, SessionId>,
    /// For each session, an item to post on.
    pub first_items: HashMap<u32, AgendaItemId>,
    items: HashMap<u32, AgendaItemId>,
    delegations: HashMap<(u32, u32), DelegationId>,
    /// By group and person.
    seats: HashMap<(u32, u32), MembershipId>,
}

/// The address of one of the kit's people.
pub fn address(person: u32) -> String {
    format!("p{person}@example.org")
}

/// Fills a track with all of the kit.
pub async fn fill(store: &Store, kit: &Kit) -> anyhow::Result<Filled> {
    let mut filled = Filled::default();
    add_people(store, kit, &mut filled).await?;
    for group in &kit.groups {
        add_group(store, kit, group, &mut filled).await?;
    }
    Ok(filled)
}

fn beginning() -> Timestamp {
    BEGINNING.parse().expect("an instant")
}

async fn begin(store: &Store, now: Timestamp) -> anyhow::Result<Tx> {
    let permit = policy::may(Actor::Operator, Act::PrepareDemo, On::track(), now);
    let permit = permit.map_err(|_| anyhow::anyhow!("the operator prepares worlds"))?;
    Ok(store.begin(permit).await?)
}

async fn commit(tx: Tx) -> anyhow::Result<()> {
    Ok(tx.commit(&[Event::of(Action::DemoPrepared)]).await?)
}

async fn add_people(store: &Store, kit: &Kit, filled: &mut Filled) -> anyhow::Result<()> {
    let password = NewPassword::parse(SecretString::from(PASSWORD), &[]).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let hash =
        Hasher::new(Parameters::FLOOR).hash(password).await.map_err(|_| anyhow::anyhow!("nobody else hashes"))?;
    for some in kit.people.chunks(AT_ONCE) {
        let tx = begin(store, beginning()).await?;
        for (number, name, _) in some {
            let person = Person {
                id: PersonId::random(),
                display_name: name.clone(),
                affiliation: None,
                email: EmailAddress::stored(address(*number)),
                language: LanguageTag::parse("language", "en").map_err(refused)?,
                zone: Zone::utc(),
                is_administrator: false,
                standing: Standing::Active,
                security: Security::default(),
            };
            tx.add_person(&person).await?;
            tx.set_password_hash(person.id, None, &hash).await?;
            filled.people.insert(*number, person.id);
        }
        commit(tx).await?;
    }
    Ok(())
}

async fn add_group(
    store: &Store,
    kit: &Kit,
    (number, name, ..): &kit::Group,
    filled: &mut Filled,
) -> anyhow::Result<()> {
    let slug = format!("group-{number}");
    let group =
        WorkingGroup::convene(&slug, name, "", "UTC", Attribution::Named).map_err(|_| no_row("group", *number))?;
    store.make_group_key(group.id, beginning()).await?;
    let tx = begin(store, beginning()).await?;
    tx.add_working_group(&group).await?;
    for (_, person, role, delegation) in kit.members.iter().filter(|(of, ..)| of == number) {
        let side = (*number, *delegation);
        if let Entry::Vacant(free) = filled.delegations.entry(side) {
            let name = format!("Delegation {delegation}");
            let delegation = Delegation::new(group.id, name, None);
            tx.add_delegation(&delegation).await?;
            free.insert(delegation.id);
        }
        let seat = NewSeat {
            id: MembershipId::random(),
            group: group.id,
            person: filled.people[person],
            role: if role == "facilitator" { Role::Facilitator } else { Role::Participant },
            capacity: Capacity::Personal,
            delegation: filled.delegations.get(&side).copied(),
            effect: Effect::Now,
        };
        tx.give_seat(&seat, false).await?;
        filled.seats.insert((*number, *person), seat.id);
    }
    commit(tx).await?;
    let sessions = add_sessions(store, kit, &group, *number, filled).await?;
    answer(store, kit, &group, *number, filled).await?;
    add_notes(store, kit, &sessions, *number, filled).await
}

/// The group's sessions with their agendas, by the kit's numbers.
async fn add_sessions(
    store: &Store,
    kit: &Kit,
    group: &WorkingGroup,
    number: u32,
    filled: &mut Filled,
) -> anyhow::Result<HashMap<u32, Session>> {
    let by = *filled.seats.iter().find(|((of, _), _)| *of == number).context("a group has members")?.1;
    let mut sessions = HashMap::new();
    let tx = begin(store, beginning()).await?;
    for (session_number, _, title, starts_at, ends_at, _, location, chatham) in
        kit.sessions.iter().filter(|(_, of, ..)| *of == number)
    {
        let draft = Draft {
            title: title.clone(),
            purpose: String::new(),
            starts_at: starts_at.clone(),
            ends_at: ends_at.clone(),
            zone: None,
            venue: Some(location.clone()),
            join_url: None,
            attribution: Some(if *chatham == 1 { Attribution::ChathamHouse } else { Attribution::Named }),
            agenda_cut_off: None,
            draft: false,
        };
        let session = Session::schedule(group, &draft, beginning()).map_err(|_| no_row("session", *session_number))?;
        tx.add_session(&session).await?;
        filled.sessions.insert(*session_number, session.id);
        sessions.insert(*session_number, session);
    }
    for (item_number, of, position, title, minutes) in &kit.items {
        let Some(session) = sessions.get(of) else { continue };
        let proposal = Proposal {
            title: title.clone(),
            description: String::new(),
            duration_minutes: Some(*minutes),
            lead: None,
            attribution: None,
        };
        let item =
            AgendaItem::propose(session, &proposal, by, beginning()).map_err(|_| no_row("item", *item_number))?;
        tx.add_agenda_item(&item, *position).await?;
        filled.items.insert(*item_number, item.id);
        filled.first_items.entry(*of).or_insert(item.id);
    }
    commit(tx).await?;
    Ok(sessions)
}

async fn answer(store: &Store, kit: &Kit, group: &WorkingGroup, number: u32, filled: &Filled) -> anyhow::Result<()> {
    let in_group = |(session, ..): &&kit::Rsvp| kit.sessions.iter().any(|(id, of, ..)| id == session && *of == number);
    let mut wanted: HashMap<(SessionId, MembershipId), Rsvp> = HashMap::new();
    let mut by_session: HashMap<SessionId, Vec<MembershipId>> = HashMap::new();
    for (session, person, status) in kit.rsvps.iter().filter(in_group) {
        let (session, seat) = (filled.sessions[session], filled.seats[&(number, *person)]);
        by_session.entry(session).or_default().push(seat);
        wanted.insert((session, seat), response(status)?);
    }
    let tx = begin(store, beginning()).await?;
    for (session, seats) in &by_session {
        tx.add_attendees(&[*session], seats).await?;
    }
    commit(tx).await?;
    let scope = Sessions { published: vec![group.id], drafts: Vec::new() };
    let (sessions, seats): (Vec<_>, Vec<_>) = wanted.keys().copied().unzip();
    let ids = attendees(store, &scope, group, &sessions, &seats).await?;
    let tx = begin(store, beginning()).await?;
    for (place, id) in ids {
        if let Some(response) = wanted.get(&place).filter(|response| **response != Rsvp::Pending) {
            tx.respond(id, *response, None).await?;
        }
    }
    commit(tx).await
}

async fn attendees(
    store: &Store,
    scope: &Sessions,
    group: &WorkingGroup,
    sessions: &[SessionId],
    seats: &[MembershipId],
) -> anyhow::Result<HashMap<(SessionId, MembershipId), AttendeeId>> {
    let seat = Seat {
        membership: *seats.first().context("somebody answers")?,
        group: group.id,
        role: Role::Participant,
        delegation: None,
        reading: Reading::default(),
    };
    let (person, sign_in) = (PersonId::random(), SignInId::random());
    let viewer = Viewer { person, by: By::SignIn(sign_in), is_administrator: false, seats: vec![seat] };
    let people = People { everyone: true, ..People::seen_by(&viewer) };
    let mut distinct: Vec<_> = seats.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut found = HashMap::new();
    let mut sessions = sessions.to_vec();
    sessions.sort_unstable();
    sessions.dedup();
    for some in sessions.chunks(50) {
        let attendees = store.attendees_of_seats(scope, &people, &distinct, some).await?;
        found.extend(attendees.into_iter().map(|who| ((who.session, who.membership.id), who.id)));
    }
    Ok(found)
}

fn response(status: &str) -> anyhow::Result<Rsvp> {
    Ok(match status {
        "yes" => Rsvp::Accepted,
        "no" => Rsvp::Declined,
        "maybe" => Rsvp::Tentative,
        "pending" => Rsvp::Pending,
        other => bail!("{other} is none of the kit's answers"),
    })
}

/// The notes of the group's sessions. What is under the Rule comes out on one tick for the whole group.
async fn add_notes(
    store: &Store,
    kit: &Kit,
    sessions: &HashMap<u32, Session>,
    number: u32,
    filled: &Filled,
) -> anyhow::Result<()> {
    let of_group: Vec<&kit::Note> = kit.notes.iter().filter(|note| note.3 == number).collect();
    for some in of_group.chunks(AT_ONCE) {
        let tx = begin(store, beginning()).await?;
        let mut waits = false;
        for note in some {
            let session = &sessions[&note.2];
            let visibility = visibility(note.6)?;
            if session.attribution == Attribution::ChathamHouse && visibility != Visibility::Private {
                let unnamed = under_the_rule(note, session, visibility, filled).map_err(refused)?;
                tx.stage_note(&unnamed, [0; 32], beginning()).await?;
                waits = true;
            } else {
                tx.add_note(&named(note, session, visibility, filled)?).await?;
            }
        }
        if waits {
            tx.let_out_notes().await?;
        }
        commit(tx).await?;
    }
    Ok(())
}

fn visibility(number: u8) -> anyhow::Result<Visibility> {
    Ok(match number {
        0 => Visibility::Private,
        1 => Visibility::Delegation,
        2 => Visibility::Facilitators,
        3 => Visibility::Group,
        other => bail!("{other} is none of the kit's visibilities"),
    })
}

/// The delegation that a note is for.
fn delegation(note: &kit::Note, visibility: Visibility, filled: &Filled) -> Option<DelegationId> {
    filled.delegations.get(&(note.3, note.5)).copied().filter(|_| visibility == Visibility::Delegation)
}

fn named(note: &kit::Note, session: &Session, visibility: Visibility, filled: &Filled) -> anyhow::Result<Note> {
    let seat = filled.seats[&(note.3, note.4)];
    let person = PersonSeen {
        id: filled.people[&note.4],
        display_name: String::new(),
        affiliation: None,
        email: None,
        account: None,
    };
    Ok(Note {
        id: NoteId::random(),
        group: session.group,
        session: session.id,
        agenda_item: filled.items.get(&note.1).copied(),
        body: note.7.clone(),
        withdrawn: false,
        visibility,
        delegation: delegation(note, visibility, filled),
        author: Membership {
            id: seat,
            group: session.group,
            person,
            role: Role::Participant,
            capacity: Capacity::Personal,
            delegation: None,
            seating: Seating::Since(beginning()),
            changed_on: dipoli_domain::time::day(beginning()),
        },
        posted_at: note.8.parse().with_context(|| format!("note {} has no time", note.0))?,
        released: false,
        version: 1,
    })
}

fn under_the_rule(
    note: &kit::Note,
    session: &Session,
    visibility: Visibility,
    filled: &Filled,
) -> Result<ChathamHouseNote, dipoli_domain::refusal::Refusal> {
    Ok(ChathamHouseNote {
        id: NoteId::random(),
        group: session.group,
        session: session.id,
        agenda_item: filled.items.get(&note.1).copied(),
        body: chatham_house_note::body(&note.7)?,
        withdrawn: false,
        withdrawal_asked: false,
        released: false,
        visibility,
        delegation: delegation(note, visibility, filled),
        version: 1,
    })
}

fn no_row(what: &str, number: u32) -> anyhow::Error {
    anyhow::anyhow!("{what} {number} of the kit is none that Dipoli takes")
}

fn refused(refusal: dipoli_domain::refusal::Refusal) -> anyhow::Error {
    anyhow::anyhow!(refusal.message)
}
