//! A disk that is full. It needs the right to mount a small one; who has not got it leaves this out, and it says so.

use std::{path::Path, process::Command, thread, time::Duration};

use dipoli_testkit::{Engine, mutation, run_on};
use serde_json::{Value, json};

use crate::{stage::Stage, tell};

/// A small disk, for as long as the value lives.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then_some(Self(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // What cannot be let go lies in a folder of its own and in memory alone.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_unavailable_and_nothing_is_broken() {
    run_on(Engine::Sqlite, "a_full_disk", |_| async {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(disk) = Disk::mount(folder.path()) else {
            return tell("a full disk: left out, a small disk cannot be mounted here");
        };
        let (stage, process) = Stage::at(folder.path(), &[], 1);
        let posts = |body: &str| {
            let input = json!({ "sessionId": stage.session["id"], "body": body, "visibility": "PRIVATE",
                "attribution": "NAMED" });
            let document = mutation("postNote", "note { id }");
            process.ask("aalto", Some(&stage.people[0]), &document, &json!({ "input": input }))
        };
        posts("Before").good();
        let ballast = folder.path().join("ballast");
        // As far as it goes.
        let _ = std::fs::write(&ballast, vec![1; 16 << 20]);
        let mut kept = 1;
        let mut refused = 0;
        for _ in 0..40 {
            let answer = posts(&"Text ".repeat(4_000));
            if answer.at("/postNote").is_null() {
                answer.refused(&["UNAVAILABLE"]);
                refused += 1;
            } else {
                kept += 1;
            }
        }
        assert!(refused > 0, "the disk was full");
        let seen = |field: &str| {
            let document = format!("query($id: ID!) {{ node(id: $id) {{ ... on Session {{ {field} }} }} }}");
            process.ask("aalto", Some(&stage.people[0]), &document, &json!({ "id": stage.session["id"] }))
        };
        assert_eq!(seen("notes(first: 1) { totalCount }").good()["node"]["notes"]["totalCount"], json!(kept));
        std::fs::remove_file(&ballast).expect("there is room again");
        thread::sleep(Duration::from_millis(200));
        let after: Value = posts("After").good().clone();
        assert!(after["postNote"]["note"]["id"].is_string());
        assert_eq!(process.stops().0.code(), Some(0));
        let raw = stage.raw().await;
        assert_eq!(raw.texts("PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(raw.number("SELECT count(*) FROM note").await, kept + 1);
        stage.verifies();
        tell(&format!("{refused} refused, {kept} kept"));
        drop(disk);
    });
}
