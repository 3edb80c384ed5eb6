//! How often a password may be guessed: at one account, and from one address, whether or not there is such an
//! account or track, and by how many servers the tries are taken.

use dipoli_testkit::{Answer, Door, Engine, Table, mutation, on_each_database, selection};
use serde_json::json;

use crate::sign_in::who;

const GUESS: &str = "a long enough password";

async fn tries(door: &Door, slug: &str, email: &str, password: &str) -> Answer {
    let input = json!({ "email": email, "password": password });
    door.ask(slug, None, &mutation("signIn", selection("signIn")), json!({ "input": input })).await
}

/// A world whose instance lets an address try ten times, and then three times a minute.
async fn strict(engine: Engine) -> Table {
    let mut table = Table::set(engine).await;
    let settings = table.data().join("dipoli.toml");
    let text = std::fs::read_to_string(&settings).expect("settings");
    let text = text.replace("burst = 10000", "burst = 10").replace("per_minute = 10000", "per_minute = 3");
    let text = text.replace("trusted_proxies = []", "trusted_proxies = [\"10.0.0.0/8\"]");
    std::fs::write(&settings, text).expect("settings");
    table.restarts().await;
    table
}

async fn an_account_is_guessed_a_hundred_times_a_day(engine: Engine) {
    let table = Table::set(engine).await;
    let others = if engine == Engine::Postgres {
        vec![table.another_server().await, table.another_server().await]
    } else {
        Vec::new()
    };
    let doors: Vec<Door> = std::iter::once(table.door.clone()).chain(others.iter().map(Door::to)).collect();
    let live = table.amina.tokens();
    let mut looked_at = 0;
    for number in 0..300 {
        table.clock.passes("5s");
        let door = &doors[number % doors.len()];
        let answer = tries(door, "aalto", &table.amina.email().to_uppercase(), GUESS).await;
        let unknown = tries(door, "aalto", "nobody@example.org", GUESS).await;
        assert_eq!(answer.bytes(), unknown.bytes(), "try {number} tells whether there is such an account");
        looked_at += usize::from(answer.refusals() == ["UNAUTHENTICATED"]);
    }
    assert_eq!(looked_at, 100, "of 300");
    let right = tries(&table.door, "aalto", table.amina.email(), table.amina.password()).await;
    right.refused(&["RATE_LIMITED"]);
    table.chen.signs_in().await;
    assert!(crate::sign_in::refreshes(&table, &live.refresh).await.is_some(), "the owner's sign-in lives on");

    // Until the day ends.
    table.clock.stands_at("2027-03-02T00:00:01Z");
    table.amina.signs_in().await;
    who(&table, Some(&table.amina.tokens().access)).await.good();
    for server in others {
        server.stop().await;
    }
}

async fn of_many_guesses_at_once_few_are_looked_at(engine: Engine) {
    let table = Table::set(engine).await;
    let at_once = (0..30).map(|_| tries(&table.door, "aalto", table.amina.email(), GUESS));
    let answers = futures_util::future::join_all(at_once).await;
    let looked_at = answers.iter().filter(|answer| answer.refusals() == ["UNAUTHENTICATED"]).count();
    assert!((1..=3).contains(&looked_at), "{looked_at} of 30");
}

async fn a_reset_opens_what_guessing_has_locked(engine: Engine) {
    let table = Table::set(engine).await;
    for _ in 0..100 {
        table.clock.passes("10s");
        tries(&table.door, "aalto", table.amina.email(), GUESS).await.refused(&["UNAUTHENTICATED"]);
    }
    table.clock.passes("1h");
    tries(&table.door, "aalto", table.amina.email(), table.amina.password()).await.refused(&["RATE_LIMITED"]);
    let ask = json!({ "input": { "email": table.amina.email() } });
    table.door.ask("aalto", None, &mutation("requestPasswordReset", "accepted"), ask).await.good();
    table.works().await;
    let token = table.letters().take().iter().find_map(dipoli_testkit::Letter::token).expect("a reset");
    let reset = json!({ "input": { "token": token, "password": "six bridges over the Neris" } });
    table.door.ask("aalto", None, &mutation("resetPassword", "reset"), reset).await.good();
    tries(&table.door, "aalto", table.amina.email(), "six bridges over the Neris").await.good();
}

/// whoever signs in after others have guessed is told, once.
async fn the_owner_is_told_of_tries_that_failed(engine: Engine) {
    let table = Table::set(engine).await;
    tries(&table.door, "aalto", table.amina.email(), GUESS).await.refused(&["UNAUTHENTICATED"]);
    table.clock.passes("1s");
    for _ in 0..2 {
        table.amina.signs_in().await;
    }
    table.works().await;
    let letters = table.letters().take();
    assert_eq!(letters.len(), 1, "once");
    assert_eq!((letters[0].to.as_str(), letters[0].subject.as_str()), (table.amina.email(), SUBJECT));
    table.chen.signs_in().await;
    table.works().await;
    assert!(table.letters().take().is_empty(), "nothing had failed");
}

const SUBJECT: &str = "A sign-in after tries that failed";

async fn an_address_tries_ten_times_and_then_three_times_a_minute(engine: Engine) {
    let table = strict(engine).await;
    for slug in ["aalto", "nowhere", "elsewhere"] {
        let door = table.door.from("192.0.2.7");
        for number in 0..10 {
            let email = format!("nobody{number}@example.org");
            tries(&door, slug, &email, GUESS).await.refused(&["UNAUTHENTICATED"]);
        }
        let refused = tries(&door, slug, "somebody@example.org", GUESS).await;
        refused.refused(&["RATE_LIMITED"]);
        // What the client says of itself changes nothing; what our proxy says does.
        let posing = door.forwarded_for("198.51.100.1");
        assert_eq!(tries(&posing, slug, "somebody@example.org", GUESS).await.bytes(), refused.bytes());
        let proxied = table.door.from("10.0.0.1").forwarded_for("203.0.113.9, 198.51.100.1");
        tries(&proxied, slug, "somebody@example.org", GUESS).await.refused(&["UNAUTHENTICATED"]);
        let same = table.door.from("10.0.0.1").forwarded_for("203.0.113.9, 192.0.2.7");
        assert_eq!(tries(&same, slug, "somebody@example.org", GUESS).await.bytes(), refused.bytes());
    }
    tries(&table.door.from("192.0.2.8"), "aalto", table.amina.email(), table.amina.password()).await.good();
    table.clock.passes("20s");
    let door = table.door.from("192.0.2.7");
    tries(&door, "aalto", table.chen.email(), table.chen.password()).await.good();
    tries(&door, "aalto", table.chen.email(), table.chen.password()).await.refused(&["RATE_LIMITED"]);
}

/// Whoever has tried too often is told so too when the track's database, where it was counted, has gone away: in a track that
/// there is not it would be the same.
async fn tries_are_counted_beside_the_track(engine: Engine) {
    let mut table = strict(engine).await;
    let door = table.door.from("192.0.2.9");
    for number in 0..10 {
        tries(&door, "aalto", &format!("nobody{number}@example.org"), GUESS).await.refused(&["UNAUTHENTICATED"]);
    }
    let refused = tries(&door, "aalto", "somebody@example.org", GUESS).await;
    refused.refused(&["RATE_LIMITED"]);
    // On files they stay where they are, and so does the count.
    table.loses("aalto");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(tries(&door, "aalto", "somebody@example.org", GUESS).await.bytes(), refused.bytes());
}

/// N-10, N-17: what is kept of tries tells neither whose they were, nor from where, nor when.
async fn what_is_kept_of_tries_tells_nothing(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.stands_at("2027-03-02T11:22:33Z");
    let instant = table.clock.now().as_microsecond().to_string();
    tries(&table.door, "aalto", "kanar@example.org", GUESS).await.refused(&["UNAUTHENTICATED"]);
    let content = table.content().await;
    let dump = content.dump_of("attempt").await;
    assert!(dump.contains("2027-03-02"), "{dump}");
    for telling in ["kanar", "11:22:33", "127.0.0.1", &instant] {
        assert!(!dump.contains(telling), "{telling} in {dump}");
    }
    assert_eq!(
        content.number("SELECT count(*) FROM attempt WHERE day < '2027-03-02'").await,
        0,
        "yesterday's are gone"
    );
}

on_each_database!(
    an_account_is_guessed_a_hundred_times_a_day,
    of_many_guesses_at_once_few_are_looked_at,
    a_reset_opens_what_guessing_has_locked,
    the_owner_is_told_of_tries_that_failed,
    an_address_tries_ten_times_and_then_three_times_a_minute,
    tries_are_counted_beside_the_track,
    what_is_kept_of_tries_tells_nothing,
);
