//! How often someone may try to change something in a minute (N-07). The clock stands still but for what is said here.

use dipoli_testkit::{Engine, Table, on_each_database};
use serde_json::json;

/// Whatever it is that someone tries, 120 of it are enough for a minute; refusing comes before anything is looked at.
async fn nobody_tries_too_often(engine: Engine) {
    let table = Table::set(engine).await;
    table.clock.passes("2m");
    let input = json!({ "workingGroupId": table.water["id"], "expectedVersion": 7 });
    for _ in 0..60 {
        table.amina.tries("updateWorkingGroup", input.clone()).await.refused(&["FORBIDDEN"]);
        table.amina.tries("withdrawNote", json!({ "noteId": "none" })).await.refused(&["NOT_FOUND noteId"]);
    }
    let track = table.server().track("aalto").await;
    let before = track.statements();
    let refused = table.amina.tries("withdrawNote", json!({ "noteId": "none" })).await;
    refused.refused(&["RATE_LIMITED"]);
    assert_eq!((refused.status, track.statements() - before), (429, 1), "the sign-in is looked at, and nothing else");
    assert!(!table.amina.reads("{ viewer { person { id } } }", json!({})).await.is_null(), "reading goes on");
    table.chen.tries("withdrawNote", json!({ "noteId": "none" })).await.refused(&["NOT_FOUND noteId"]);
    let silence = json!({ "silenceProcedureId": "none", "ground": "SUBSTANCE", "statement": "No." });
    let broken = table.amina.tries("breakSilence", silence).await.refusals();
    assert!(!broken.iter().any(|refusal| refusal.contains("RATE_LIMITED")), "objecting is always possible: {broken:?}");
    table.clock.passes("1m");
    table.amina.tries("withdrawNote", json!({ "noteId": "none" })).await.refused(&["NOT_FOUND noteId"]);
}

on_each_database!(nobody_tries_too_often);
