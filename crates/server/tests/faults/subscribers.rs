//! Many who wait for what is new and hear nothing: each costs a socket, a task and little more.

use std::time::{Duration, Instant};

use dipoli_testkit::{Engine, Heard, Process, Socket, mutation, on_each_database};
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    amount,
    stage::{Stage, sign_in_as_one},
    tell,
};

const NEWS: &str = include_str!("../../../../schema/operations/NotePosted.graphql");

/// What one may cost: 100 MiB among a thousand.
const KIB_EACH: u64 = 100 * 1024 / 1000;

/// So many sockets may a sign-in have.
const OF_A_SIGN_IN: usize = 5;

/// 1,000 idle subscribers cost less than 100 MiB, on one server; when something comes, each hears it.
async fn subscribers_that_hear_nothing_cost_little(engine: Engine) {
    let (stage, process) = Stage::set(engine, 10).await;
    let number = amount(100, 1_000);
    let mut tokens = stage.people.clone();
    while tokens.len() < number / OF_A_SIGN_IN + 2 {
        tokens.push(sign_in_as_one(&process, 1 + tokens.len() % stage.people.len()));
    }
    let mut of_two = tokens.chunks(2);
    // What the first ones make, and all share, is not the next one's.
    let mut waiting = listen(&stage, &process, of_two.next().expect("two")).await;
    let before = process.memory();
    for tokens in of_two {
        waiting.extend(listen(&stage, &process, tokens).await);
    }
    let number = waiting.len() - 2 * OF_A_SIGN_IN;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let grown = process.memory().saturating_sub(before);
    let begun = Instant::now();
    let input =
        json!({ "sessionId": stage.session["id"], "body": "Text", "visibility": "GROUP", "attribution": "NAMED" });
    let document = mutation("postNote", "note { id }");
    let posted = process.ask("aalto", Some(&stage.people[0]), &document, &json!({ "input": input }));
    let note = posted.good()["postNote"]["note"]["id"].clone();
    let heard = join_all(waiting.iter_mut().map(|socket| socket.hears_of("1", "next"))).await;
    assert!(heard.iter().all(|payload| payload["data"]["notePosted"]["id"] == note), "everybody hears it");
    let (took, most) = (begun.elapsed(), process.memory().saturating_sub(before));
    tell(&format!(
        "{number} idle subscribers: {grown} KiB, {} each; all of them heard a note within {took:?}, with {most} KiB",
        grown / number as u64
    ));
    assert!(grown < KIB_EACH * number as u64, "{grown} KiB");
    drop(waiting);
    assert_eq!(process.stops().0.code(), Some(0));
}

/// As many subscriptions as these sign-ins may have sockets.
async fn listen(stage: &Stage, process: &Process, tokens: &[String]) -> Vec<Socket> {
    let address = process.address().parse().expect("an address");
    let each = tokens.iter().flat_map(|token| [token; OF_A_SIGN_IN]).map(|token| {
        let session = json!({ "sessionId": stage.session["id"] });
        async move {
            let mut socket = Socket::of(address, "aalto", token).await;
            socket.asks("1", NEWS, session).await;
            // An answer to something else says that the subscription stands.
            socket.asks("2", "{ __typename }", json!({})).await;
            loop {
                match socket.hears().await {
                    Heard::Message(message) if message["id"] == "2" && message["type"] == "complete" => return socket,
                    Heard::Message(message) if message["id"] == "2" => {}
                    other @ (Heard::Message(_) | Heard::Closed(..) | Heard::Gone) => panic!("{other:?}"),
                }
            }
        }
    });
    join_all(each).await
}

on_each_database!(subscribers_that_hear_nothing_cost_little);
