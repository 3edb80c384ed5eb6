//! Makes the example world happen: every deed is one of the app's own functions, done by who would do it, at the time
//! at which they would have.
//!
//! Deliberately absent: rows written by hand. What the demo shows is what the app does.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::{Context, anyhow};
use dipoli_app::{
    Cx, Track, agenda, attendee, delegation, membership, note,
    operator::{self, Player},
    outbox, session, working_group,
};
use dipoli_domain::{
    Timestamp,
    email::EmailAddress,
    id::{AgendaItemId, DelegationId},
    membership::Role,
    note::{Attribution, Visibility},
    person::Invitee,
    session::Session,
    time,
};

use super::{
    address,
    cast::{Character, Group, Setting},
    deeds::{Deed, beginning, deeds_of, slot},
    meetings::{Fate, MEETINGS, Stands},
};

/// Tells the story of one track, which has its administrator and nobody else. The track's clock stands at `clock`, and
/// is moved from deed to deed until `today`.
pub async fn tell(
    track: &Arc<Track>,
    setting: &'static Setting,
    clock: &AtomicI64,
    today: Timestamp,
) -> anyhow::Result<()> {
    let (players, meetings, items) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut story = Story { track, setting, clock, today, players, meetings, items };
    story.move_to(beginning(today));
    story.everyone_enters().await?;
    for group in setting.groups {
        story.convene(group).await.with_context(|| format!("convening {}", group.slug))?;
    }
    let meetings = MEETINGS.iter().enumerate().filter(|(_, meeting)| meeting.track == setting.slug);
    let mut deeds: Vec<_> = meetings.flat_map(|(index, meeting)| deeds_of(index, meeting, today)).collect();
    deeds.sort_by_key(|(at, _)| *at);
    for (at, deed) in deeds {
        story.move_to(at);
        story.happens(deed).await.with_context(|| format!("{deed:?}"))?;
    }
    story.move_to(today);
    story.letters_have_been_read().await?;
    story.everyone_leaves().await
}

struct Story<'a> {
    track: &'a Arc<Track>,
    setting: &'static Setting,
    clock: &'a AtomicI64,
    today: Timestamp,
    players: HashMap<&'static str, Player>,
    meetings: HashMap<usize, Session>,
    items: HashMap<(usize, usize), AgendaItemId>,
}

impl Story<'_> {
    fn move_to(&self, instant: Timestamp) {
        self.clock.store(instant.as_microsecond(), Ordering::SeqCst);
    }

    async fn acting(&self, who: &str) -> anyhow::Result<Cx> {
        let player = self.players.get(who).with_context(|| format!("nobody is called {who}"))?;
        told(player.cx().await).with_context(|| who.to_owned())
    }

    /// The administrator has an account already.
    async fn everyone_enters(&mut self) -> anyhow::Result<()> {
        for (place, character) in self.setting.people.iter().enumerate() {
            let email = address(character.mailbox);
            if place > 0 {
                told(operator::add_person(self.track, self.invitee(character, &email)?).await)?;
            }
            let player = told(Player::enter(self.track, &EmailAddress::stored(email)).await)?;
            self.players.insert(character.mailbox, player);
        }
        Ok(())
    }

    async fn everyone_leaves(self) -> anyhow::Result<()> {
        for player in self.players.into_values() {
            told(player.leave().await)?;
        }
        Ok(())
    }

    fn invitee(&self, character: &Character, email: &str) -> anyhow::Result<Invitee> {
        let Character { name, affiliation, zone, .. } = character;
        let language = &self.track.settings().language;
        Invitee::parse(email, name, Some(affiliation), None, Some(zone), language)
            .map_err(|refusals| anyhow!("{email}: {refusals:?}"))
    }

    async fn convene(&self, group: &'static Group) -> anyhow::Result<()> {
        let administrator = self.acting(self.setting.people[0].mailbox).await?;
        let create = working_group::Create {
            slug: group.slug.to_owned(),
            name: group.name.to_owned(),
            mandate: group.mandate.to_owned(),
            time_zone: group.zone.to_owned(),
            default_attribution: group.attribution,
            idempotency_key: None,
        };
        let id = told(working_group::create(&administrator, create).await)?.id;
        let mut delegations = HashMap::new();
        for name in group.delegations {
            let add = delegation::Add {
                working_group_id: id.to_string(),
                name: (*name).to_owned(),
                spokesperson_id: None,
                idempotency_key: None,
            };
            delegations.insert(*name, told(delegation::add(&administrator, add).await)?.id);
        }
        // All by the administrator: who is seated by name by someone who knows them sits at once.
        for seat in group.seats {
            let delegation: Option<&DelegationId> = seat.delegation.and_then(|name| delegations.get(name));
            let person = self.players.get(seat.who).map(|player| player.person().to_string());
            let add = membership::Add {
                working_group_id: id.to_string(),
                person_id: person,
                email: None,
                display_name: None,
                role: seat.role,
                capacity: seat.capacity,
                delegation_id: delegation.map(ToString::to_string),
                idempotency_key: None,
            };
            told(membership::add(&administrator, add).await).with_context(|| seat.who)?;
        }
        Ok(())
    }

    async fn happens(&mut self, deed: Deed) -> anyhow::Result<()> {
        match deed {
            Deed::Schedule(index) => self.schedule(index).await,
            Deed::Propose(index, place) => self.propose(index, place).await,
            Deed::Decide(index, place) => self.decide(index, place).await,
            Deed::Answer(index, place) => {
                let (who, response) = MEETINGS[index].answers[place];
                let cx = self.acting(who).await?;
                told(attendee::respond(&cx, &self.meeting(index)?.id.to_string(), response, None).await).map(drop)
            }
            Deed::Note(index, place) => self.note(index, place).await,
            Deed::CallOff(index) => {
                let (cx, session) = (self.acting(self.holder(index, Role::Organizer)?).await?, self.meeting(index)?);
                let reason = Some("Two of four rectors cannot come.");
                told(session::cancel(&cx, &session.id.to_string(), session.version, reason).await).map(drop)
            }
            Deed::Conclude(index) => {
                let (cx, session) = (self.acting(self.holder(index, Role::Facilitator)?).await?, self.meeting(index)?);
                told(session::conclude(&cx, &session.id.to_string(), session.version, None).await).map(drop)
            }
        }
    }

    async fn schedule(&mut self, index: usize) -> anyhow::Result<()> {
        let meeting = &MEETINGS[index];
        let organizer = self.acting(self.holder(index, Role::Organizer)?).await?;
        let group = told(working_group::by_slug(&organizer, meeting.group).await)?.context("no such group")?;
        let (starts, ends) = slot(meeting, self.today);
        let schedule = session::Schedule {
            working_group_id: group.id.to_string(),
            title: meeting.title.to_owned(),
            purpose: meeting.purpose.to_owned(),
            starts_at: time::rfc3339(starts),
            ends_at: time::rfc3339(ends),
            time_zone: meeting.zone.map(str::to_owned),
            venue: (!meeting.venue.is_empty()).then(|| meeting.venue.to_owned()),
            join_url: None,
            attribution: None,
            agenda_cut_off: None,
            draft: meeting.fate == Fate::Draft,
            idempotency_key: None,
        };
        let session = told(session::schedule(&organizer, schedule).await)?;
        self.meetings.insert(index, session);
        Ok(())
    }

    async fn propose(&mut self, index: usize, place: usize) -> anyhow::Result<()> {
        let item = &MEETINGS[index].agenda[place];
        let cx = self.acting(item.by).await?;
        let propose = agenda::Propose {
            session_id: self.meeting(index)?.id.to_string(),
            title: item.title.to_owned(),
            description: String::new(),
            duration_minutes: Some(item.minutes),
            lead_membership_id: None,
            attribution: None,
            idempotency_key: None,
        };
        let placed = told(agenda::propose(&cx, propose).await)?;
        self.items.insert((index, place), placed.item.id);
        Ok(())
    }

    async fn decide(&self, index: usize, place: usize) -> anyhow::Result<()> {
        let item = &MEETINGS[index].agenda[place];
        let id = self.items.get(&(index, place)).context("no such item")?.to_string();
        match item.stands {
            Stands::Adopted => {
                let chair = self.acting(self.holder(index, Role::Facilitator)?).await?;
                told(agenda::adopt(&chair, &id, None).await).map(drop)
            }
            Stands::Withdrawn => told(agenda::withdraw(&self.acting(item.by).await?, &id).await).map(drop),
            Stands::Proposed => Ok(()),
        }
    }

    async fn note(&self, index: usize, place: usize) -> anyhow::Result<()> {
        let words = &MEETINGS[index].notes[place];
        let item = words.on.and_then(|item| self.items.get(&(index, item)));
        let post = note::Post {
            session_id: self.meeting(index)?.id.to_string(),
            agenda_item_id: item.map(ToString::to_string),
            body: words.body.to_owned(),
            visibility: words.to,
            // Who speaks to the whole group says that they do.
            attribution: (words.to == Visibility::Group).then_some(Attribution::Named),
            idempotency_key: None,
        };
        told(note::post(&self.acting(words.by).await?, post).await).map(drop)
    }

    fn meeting(&self, index: usize) -> anyhow::Result<&Session> {
        self.meetings.get(&index).context("no such session")
    }

    /// Who holds a role in the meeting's group.
    fn holder(&self, index: usize, role: Role) -> anyhow::Result<&'static str> {
        let group = self.setting.groups.iter().find(|group| group.slug == MEETINGS[index].group);
        let seat = group.and_then(|group| group.seats.iter().find(|seat| seat.role == role));
        Ok(seat.context("nobody holds that role")?.who)
    }

    /// What was due until today has left long ago; nobody gets the mail of months at the first start.
    async fn letters_have_been_read(&self) -> anyhow::Result<()> {
        loop {
            let due = told(outbox::claim(self.track, 100).await)?;
            if due.is_empty() {
                return Ok(());
            }
            for letter in due {
                told(outbox::settle(self.track, letter, outbox::Outcome::Sent, 1.0).await)?;
            }
        }
    }
}

/// What went wrong, with the reasons of a refusal: it is the story that is wrong then.
fn told<T>(outcome: dipoli_app::Result<T>) -> anyhow::Result<T> {
    outcome.map_err(|error| match error {
        dipoli_app::Error::Refused(refusals) => anyhow!("refused: {refusals:?}"),
        away @ (dipoli_app::Error::Unavailable | dipoli_app::Error::Again | dipoli_app::Error::Fault(_)) => {
            anyhow!(away)
        }
    })
}
