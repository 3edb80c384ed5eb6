//! Opening and closing of tracks, on files of their own.

use std::fs;

use dipoli_auth::password::Parameters;
use dipoli_domain::track::Formality;
use tempfile::TempDir;

use super::*;
use crate::create::{Maker, NewTrack};

/// A folder with tracks of these slugs, and how they are opened.
struct Place {
    _folder: TempDir,
    data: DataFolder,
    root: RootKey,
}

impl Place {
    async fn with(slugs: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let data = DataFolder::at(&folder.path().join("data")).unwrap();
        data.prepare(&[]).unwrap();
        let (root, is_new) = RootKey::load_or_create(&data.root_key()).unwrap();
        assert!(is_new);
        let place = Self { _folder: folder, data, root };
        for slug in slugs {
            place.make(slug).await.unwrap();
        }
        place
    }

    async fn make(&self, slug: &str) -> anyhow::Result<Option<secrecy::SecretString>> {
        let maker = Maker {
            data: self.data.clone(),
            root: self.root.clone(),
            clock: Clock::Database,
            hasher: hasher(),
            public_url: "http://127.0.0.1:8080".to_owned(),
        };
        maker
            .make(NewTrack {
                slug: slug.to_owned(),
                name: "Border crossings".to_owned(),
                purpose: String::new(),
                formality: Formality::Track15,
                database_url: None,
                keys_url: None,
                settings: Vec::new(),
                admin_email: "ada@example.org".to_owned(),
                admin_name: "Ada".to_owned(),
                admin_password: None,
            })
            .await
    }

    fn tracks(&self, workers: bool, only: Option<&str>) -> Tracks {
        Tracks::new(Surroundings {
            data: self.data.clone(),
            root: self.root.clone(),
            clock: Clock::Database,
            hasher: hasher(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            only: only.map(str::to_owned),
            outlet: None,
            workers,
        })
    }
}

fn hasher() -> Arc<Hasher> {
    Arc::new(Hasher::new(Parameters::FLOOR))
}

async fn slug_of(tracks: &Tracks, slug: &str) -> String {
    tracks.for_request(slug).await.unwrap().settings().slug.clone()
}

#[tokio::test]
async fn a_track_is_made_whole_and_once() {
    let place = Place::with(&["aalto"]).await;
    assert!(place.make("aalto").await.unwrap_err().to_string().contains("already"));
    assert!(place.make("livez").await.is_err());
    let left = fs::read_dir(place.data.tracks()).unwrap().count();
    assert_eq!(left, 1, "what could not be made leaves nothing");
}

#[tokio::test]
async fn whoever_has_no_track_is_nobodys() {
    let place = Place::with(&["aalto"]).await;
    let tracks = place.tracks(false, None);
    assert_eq!(slug_of(&tracks, "aalto").await, "aalto");
    for slug in ["saarinen", "", "..", "Aalto", "nobody"] {
        assert_eq!(slug_of(&tracks, slug).await, "nobody", "{slug}");
    }
    assert_eq!(slug_of(&place.tracks(false, Some("saarinen")), "aalto").await, "nobody", "another is served alone");
    place.make("saarinen").await.unwrap();
    assert_eq!(slug_of(&tracks, "saarinen").await, "saarinen", "a new track is found without a restart");
    assert_eq!(tracks.slugs(), ["aalto", "saarinen"]);
}

#[tokio::test]
async fn a_track_that_cannot_be_opened_is_nobodys_and_its_neighbours_do_not_notice() {
    let place = Place::with(&["aalto", "saarinen"]).await;
    let settings = place.data.track("aalto").unwrap().settings();
    fs::write(&settings, "name = \"A\"\nnothing = 1\n").unwrap();
    let tracks = place.tracks(false, None);
    assert_eq!(slug_of(&tracks, "aalto").await, "nobody");
    assert_eq!(slug_of(&tracks, "saarinen").await, "saarinen");
    assert!(!tracks.answers("aalto").await && tracks.answers("saarinen").await);
}

#[tokio::test]
async fn one_opens_and_the_others_wait() {
    let place = Place::with(&["aalto"]).await;
    let tracks = place.tracks(false, None);
    let (a, b) = tokio::join!(tracks.for_request("aalto"), tracks.for_request("aalto"));
    assert!(Arc::ptr_eq(&a.unwrap(), &b.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_track_is_closed_and_opened_again() {
    let place = Place::with(&["aalto"]).await;
    let tracks = place.tracks(true, None);
    let first = tracks.for_request("aalto").await.unwrap();
    let mut rounds = tracks.look_into("aalto").await.unwrap();
    rounds.wait_for(|round| round.done).await.unwrap();
    let hour = Duration::from_secs(3_600);
    assert!(tracks.close_idle(hour, Duration::ZERO).is_empty(), "it was used a moment ago");
    let closed = tracks.close_idle(Duration::ZERO, Duration::ZERO);
    assert_eq!(closed.iter().map(|closed| closed.slug.as_str()).collect::<Vec<_>>(), ["aalto"]);
    // What waits for the end of the day, or for tomorrow's digest, does not keep it open.
    assert!(closed[0].next_due.is_none_or(|due| due > Instant::now()));
    assert!(!closed[0].is_shared && !tracks.is_open("aalto"));
    let second = tracks.for_request("aalto").await.unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    tracks.stop().await;
    tracks.close().await;
}

#[tokio::test]
async fn the_same_files_are_served_once() {
    let place = Place::with(&["aalto"]).await;
    let first = place.tracks(false, None);
    first.claim_files().unwrap();
    let second = place.tracks(false, None);
    assert!(second.claim_files().is_err());
    assert_eq!(slug_of(&second, "aalto").await, "nobody");
    first.stop().await;
    first.close().await;
    place.tracks(false, None).claim_files().expect("the first has stopped");
}
