//! Several servers over the same tracks: what must happen once happens once (on PostgreSQL; files have one server).

use std::collections::BTreeSet;

use dipoli_testkit::{Door, Engine, Table, mutation, on_each_database, selection};
use futures_util::future::{join, join_all};
use serde_json::json;

async fn letters_leave_once_and_the_log_is_one_chain(engine: Engine) {
    let table = Table::set(engine).await;
    if engine == Engine::Sqlite {
        return files_have_one_server(&table).await;
    }
    let other = table.another_server().await;
    let another_door = Door::to(&other);
    let session = table.olga.schedules(&table.water, json!({})).await;
    join(table.works(), other.works()).await;
    assert_eq!(table.letters().take().len(), 7, "each was told once");
    for instant in ["2027-03-22T08:00:00Z", "2027-03-28T08:00:00Z", "2027-03-29T07:00:00Z"] {
        table.clock.stands_at(instant);
        join(join(table.works(), other.works()), join(table.works(), other.works())).await;
        let mut letters = table.letters().take();
        letters.retain(|letter| letter.subject.starts_with("Reminder"));
        let ids: BTreeSet<_> = letters.iter().map(|letter| &letter.message_id).collect();
        assert_eq!((letters.len(), ids.len()), (7, 7), "{instant}: each is reminded once");
    }

    // Writing on both sides, sealing on both sides: one chain without a gap.
    table.amina.reads("{ __typename viewer { person { id } } }", json!({})).await;
    let token = table.amina.tokens().access;
    let note =
        |number: usize| json!({ "sessionId": session["id"], "body": format!("{number}"), "visibility": "PRIVATE" });
    let document = mutation("postNote", selection("postNote"));
    let posts = (0..40).map(|number| {
        let door = if number % 2 == 0 { table.door.clone() } else { another_door.clone() };
        let (document, token, input) = (document.clone(), token.clone(), json!({ "input": note(number) }));
        async move { door.ask("aalto", Some(&token), &document, input).await.good().clone() }
    });
    join(join_all(posts), join(table.works(), other.works())).await;
    // That somebody was there is chained when the day is over.
    table.clock.passes("24h");
    join(table.works(), other.works()).await;
    let content = table.content().await;
    let events = content.number("SELECT count(*) FROM audit_event").await;
    let chained = content.number("SELECT count(DISTINCT sequence) FROM audit_event WHERE sequence IS NOT NULL").await;
    assert_eq!(content.number("SELECT max(sequence) FROM audit_event").await, events);
    assert_eq!(chained, events);
    let verified = std::process::Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(["audit", "verify", "aalto", "--data"])
        .arg(table.data())
        .output()
        .expect("the binary runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    other.stop().await;
}

/// A second server over the same files is refused at its start, with the reason.
async fn files_have_one_server(table: &Table) {
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_dipoli"))
        .args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data"])
        .arg(table.data())
        .output()
        .expect("the binary runs");
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("another dipoli"), "{told}");
}

async fn what_ends_on_one_ends_on_the_other(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let table = Table::set(engine).await;
    let other = table.another_server().await;
    let another_door = Door::to(&other);
    let who = "{ viewer { person { id } } }";
    let token = table.amina.tokens();
    another_door.ask("aalto", Some(&token.access), who, json!({})).await.good();
    table.amina.reads("mutation { signOut { signedOut } }", json!({})).await;
    assert_eq!(another_door.ask("aalto", Some(&token.access), who, json!({})).await.status, 401);

    // Twins of one key on two servers: one effect. A group made here has a key that the other has not loaded yet.
    let key = json!({ "slug": "new", "name": "New", "timeZone": "UTC", "idempotencyKey": "twins" });
    let document = mutation("createWorkingGroup", selection("createWorkingGroup"));
    let ada = table.ada.tokens().access;
    let twins = (0..10).map(|number| {
        let door = if number % 2 == 0 { &table.door } else { &another_door };
        door.ask("aalto", Some(&ada), &document, json!({ "input": key }))
    });
    let twins = join_all(twins).await;
    let ids: BTreeSet<_> =
        twins.iter().map(|answer| answer.good()["createWorkingGroup"]["workingGroup"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);

    other.stop().await;
}

/// of 50 refreshes on three servers at once at most one branch lives; what is used again after that ends all.
async fn of_many_refreshes_on_three_servers_one_branch_lives(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let table = Table::set(engine).await;
    let others = [table.another_server().await, table.another_server().await];
    let doors = [table.door.clone(), Door::to(&others[0]), Door::to(&others[1])];
    let document = mutation("refreshTokens", selection("refreshTokens"));
    let refresh = async |door: &Door, token: &serde_json::Value| {
        let answer = door.ask("aalto", None, &document, json!({ "input": { "refreshToken": token } })).await;
        answer.at("/refreshTokens/refreshToken").clone()
    };
    let first = json!(table.chen.tokens().refresh);
    let at_once = join_all((0..50).map(|number| refresh(&doors[number % 3], &first))).await;
    let given: BTreeSet<_> = at_once.iter().filter_map(|token| token.as_str()).collect();
    assert!((1..=2).contains(&given.len()), "a lost answer is forgiven once: {} of 50 were answered", given.len());
    let mut alive = Vec::new();
    for token in given {
        let next = refresh(&doors[1], &json!(token)).await;
        alive.extend(Some(next).filter(|next| !next.is_null()));
    }
    assert!(alive.len() <= 1, "{} branches live", alive.len());
    // The thief's copy, after its owner went on.
    assert!(refresh(&doors[2], &first).await.is_null());
    for token in alive {
        assert!(refresh(&doors[0], &token).await.is_null(), "the sign-in is over");
    }
    for other in others {
        other.stop().await;
    }
}

on_each_database!(
    letters_leave_once_and_the_log_is_one_chain,
    what_ends_on_one_ends_on_the_other,
    of_many_refreshes_on_three_servers_one_branch_lives,
);
