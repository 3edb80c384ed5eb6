//! `dipoli demo`: an example world in an empty folder, and at each start new passwords for those who can sign in.
//!
//! Deliberately absent: anything that a real track does not have. The world is made by the app's own functions, on a
//! clock that is moved from deed to deed.

mod cast;
mod deeds;
mod meetings;
mod telling;

use std::sync::Arc;

use dipoli_app::{
    PageArgs, Track,
    operator::{self, Player},
    session,
};
use dipoli_auth::password::{Hasher, Parameters};
use dipoli_domain::{Timestamp, email::EmailAddress, id::SessionId, session::SessionStatus, track::Formality};
use dipoli_store::{Clock, RootKey};
use futures_util::future::try_join_all;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{
    create::{Maker, NewTrack},
    data::DataFolder,
    http::pages,
    tracks::{self, Surroundings},
};

use cast::{Character, Setting, WORLD};

/// Someone who can sign in.
pub struct Guest {
    /// In which track.
    pub slug: &'static str,
    /// Their name.
    pub name: &'static str,
    /// What they are there.
    pub part: String,
    /// Their address.
    pub email: String,
    /// Their new password.
    pub password: SecretString,
}

/// What a demo has to show.
pub struct Demo {
    /// Slug and name of each track.
    pub tracks: Vec<(&'static str, &'static str)>,
    /// Those who can sign in.
    pub guests: Vec<Guest>,
    /// Who the example commands are for, by place in `guests`, and a session of theirs.
    pub example: (usize, SessionId),
}

/// The address of someone in the world.
fn address(mailbox: &str) -> String {
    format!("{mailbox}@example.org")
}

/// Makes the tracks of the world that are not there yet, and gives those who can sign in new passwords.
pub async fn prepare(data: &DataFolder, root: &RootKey, public_url: &str) -> anyhow::Result<Demo> {
    let hasher = Arc::new(Hasher::new(Parameters::DEFAULT));
    for setting in WORLD {
        if data.track(setting.slug).is_some_and(|folder| !folder.exists()) {
            make(data, root, public_url, &hasher, setting).await?;
        }
    }
    let with = Surroundings {
        data: data.clone(),
        root: root.clone(),
        clock: Clock::Database,
        hasher,
        public_url: public_url.to_owned(),
        only: None,
        outlet: None,
        workers: false,
    };
    let mut guests = Vec::new();
    let mut example = None;
    for setting in WORLD {
        let track = opened(&with, setting).await?;
        let first = guests.len();
        guests.extend(renew_passwords(&track, setting).await?);
        if example.is_none() {
            example = example_of(&track, &guests[first..]).await?.map(|(place, session)| (first + place, session));
        }
        track.close().await?;
    }
    let example =
        example.ok_or_else(|| anyhow::anyhow!("nobody in this world has a session to post in; take another --data"))?;
    Ok(Demo { tracks: WORLD.iter().map(|setting| (setting.slug, setting.name)).collect(), guests, example })
}

async fn make(
    data: &DataFolder,
    root: &RootKey,
    public_url: &str,
    hasher: &Arc<Hasher>,
    setting: &'static Setting,
) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the story is told around the day on which it is made")]
    let today = Timestamp::now();
    let clock = Clock::fixed(deeds::beginning(today));
    let Clock::Fixed(hands) = clock.clone() else { anyhow::bail!("a fixed clock has hands") };
    let maker = Maker {
        data: data.clone(),
        root: root.clone(),
        clock,
        hasher: Arc::clone(hasher),
        public_url: public_url.to_owned(),
    };
    let administrator = &setting.people[0];
    let new = NewTrack {
        slug: setting.slug.to_owned(),
        name: setting.name.to_owned(),
        purpose: setting.purpose.to_owned(),
        formality: Formality::Track15,
        database_url: None,
        keys_url: None,
        settings: vec![
            ("sign_in.second_factor", "\"optional\"".to_owned()),
            ("sign_in.access_token_minutes", "60".to_owned()),
        ],
        admin_email: address(administrator.mailbox),
        admin_name: administrator.name.to_owned(),
        admin_password: Some(random_password()),
    };
    maker.make_and_fill(new, async |track| telling::tell(track, setting, &hands, today).await).await.map(drop)
}

async fn opened(with: &Surroundings, setting: &Setting) -> anyhow::Result<Arc<Track>> {
    let folder = with.data.track(setting.slug).ok_or(tracks::NotOpened::Absent)?;
    let settings = crate::config::Track::load(&folder.settings())?;
    let (track, _) = tracks::open_track(with, setting.slug, &folder, &settings).await?;
    Ok(track)
}

async fn renew_passwords(track: &Arc<Track>, setting: &'static Setting) -> anyhow::Result<Vec<Guest>> {
    let guests = setting.people.iter().filter(|character| character.signs_in).map(|character| Guest {
        slug: setting.slug,
        name: character.name,
        part: part(setting, character),
        email: address(character.mailbox),
        password: random_password(),
    });
    let guests: Vec<_> = guests.collect();
    // Two are hashed at once; the others wait their turn.
    try_join_all(guests.iter().map(|guest| async {
        let email = EmailAddress::stored(guest.email.clone());
        operator::set_password(track, &email, guest.password.clone()).await
    }))
    .await?;
    Ok(guests)
}

/// What someone is in a track, in a few words.
fn part(setting: &Setting, character: &Character) -> String {
    let seats = setting.groups.iter().flat_map(|group| group.seats.iter().map(move |seat| (group.slug, seat)));
    let seats = seats.filter(|(_, seat)| seat.who == character.mailbox);
    let mut parts: Vec<_> = seats.map(|(group, seat)| format!("{} of {group}", seat.role.word())).collect();
    if setting.people.first().is_some_and(|first| first.mailbox == character.mailbox) {
        parts.insert(0, "administrator".to_owned());
    }
    parts.join(", ")
}

/// The first participant among these, and a session in which they may post: the next one, or in an old world the last.
async fn example_of(track: &Arc<Track>, guests: &[Guest]) -> anyhow::Result<Option<(usize, SessionId)>> {
    let Some(place) = guests.iter().position(|guest| guest.part.starts_with("participant")) else { return Ok(None) };
    let player = Player::enter(track, &EmailAddress::stored(guests[place].email.clone())).await?;
    let cx = player.cx().await?;
    let next = session::upcoming(&cx, &PageArgs { first: Some(1), ..PageArgs::default() }).await?;
    let open = Some(vec![SessionStatus::Scheduled, SessionStatus::Concluded]);
    let filter = session::Filter { status: open, ..session::Filter::default() };
    let last = session::list(&cx, &filter, &PageArgs { last: Some(1), ..PageArgs::default() }).await?;
    player.leave().await?;
    Ok(next.edges.first().or(last.edges.first()).map(|edge| (place, edge.node.id)))
}

/// Sixteen characters of 32, in groups of four: 80 random bits that can be read out on the telephone.
fn random_password() -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).expect("the operating system's random generator answers");
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups: Vec<String> = random.chunks(4).map(|group| group.iter().map(letter).collect()).collect();
    SecretString::from(groups.join("-"))
}

/// The three commands that can be copied: sign in, list one's sessions, post a note. They need nothing but curl and sed, and
/// run documents of `schema/operations/`, by their digests.
pub fn commands(base_url: &str, demo: &Demo) -> [String; 3] {
    let (guest, session) = (&demo.guests[demo.example.0], demo.example.1);
    let url = format!("{base_url}/{}/graphql", guest.slug);
    let run = |header: &str, operation: &str, variables: Value| {
        let body = json!({ "documentId": pages::document_id(operation), "variables": variables });
        format!("curl -s -w '\\n' {url} -H 'Content-Type: application/json'{header} \\\n  -d '{body}'")
    };
    let bearer = " -H \"Authorization: Bearer $TOKEN\"";
    let known = json!({ "email": guest.email, "password": guest.password.expose_secret() });
    let note = json!({ "sessionId": session.to_string(), "visibility": "GROUP", "attribution": "NAMED",
        "body": "Tea at ten, then the first item." });
    [
        format!(
            "TOKEN=$({} | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')",
            run("", "SignIn", json!({ "input": known }))
        ),
        run(bearer, "MySessions", json!({ "first": 5 })),
        run(bearer, "PostNote", json!({ "input": note })),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dipoli_domain::membership::Role;

    use super::{meetings::MEETINGS, *};

    #[test]
    fn the_world_is_as_large_as_it_should_be() {
        let people: Vec<_> = WORLD.iter().flat_map(|setting| setting.people).collect();
        assert!((28..=36).contains(&people.len()), "{}", people.len());
        assert_eq!(people.iter().filter(|character| character.signs_in).count(), 8);
        assert_eq!(WORLD.iter().map(|setting| setting.groups.len()).collect::<Vec<_>>(), [3, 1]);
        for group in WORLD.iter().flat_map(|setting| setting.groups) {
            let roles: BTreeSet<_> = group.seats.iter().map(|seat| seat.role).collect();
            assert_eq!(roles.len(), Role::ALL.len(), "{}", group.slug);
            assert_eq!(group.seats[0].role, Role::Organizer, "{}", group.slug);
        }
    }

    #[test]
    fn everyone_who_is_named_is_there() {
        for meeting in MEETINGS {
            let setting = WORLD.iter().find(|setting| setting.slug == meeting.track).unwrap();
            let group = setting.groups.iter().find(|group| group.slug == meeting.group).unwrap();
            let sits = |who: &str| group.seats.iter().any(|seat| seat.who == who);
            let named = meeting.agenda.iter().map(|item| item.by);
            let named = named
                .chain(meeting.answers.iter().map(|(who, _)| *who))
                .chain(meeting.notes.iter().map(|note| note.by));
            for who in named {
                assert!(sits(who), "{who} does not sit in {}", group.slug);
            }
        }
    }

    #[test]
    fn no_two_passwords_are_alike() {
        let all: BTreeSet<_> = (0..100).map(|_| random_password().expose_secret().to_owned()).collect();
        assert_eq!(all.len(), 100);
        assert!(all.iter().all(|password| password.len() == 19));
    }
}
