//! Many writers at once, and many tracks that nobody uses.

use std::{
    thread,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, Process, on_each_database, run_on};

use crate::{
    amount,
    journal::{Doors, Load},
    stage::{Stage, make, sign_in_as_ada},
    tell,
};

/// 32 write at once; nobody hears that the database is locked.
async fn many_write_at_once_and_nobody_is_in_the_way(engine: Engine) {
    let (stage, process) = Stage::set(engine, amount(8, 32)).await;
    let doors = Doors::default();
    doors.lead_to([process.address().to_owned()]);
    let load = Load::begin(&stage, &doors);
    thread::sleep(Duration::from_secs(amount(3, 60) as u64));
    let journal = load.ends();
    assert_eq!(journal.failures(), 0, "of {}", journal.len());
    assert_eq!(process.stops().0.code(), Some(0));
    journal.agrees_with(&stage.raw().await).await;
    tell(&format!("{} notes, slowest of a hundred {:?}", journal.len(), journal.p99()));
}

/// tracks that nobody uses cost little; one that is used again is opened quickly.
#[test]
fn tracks_that_nobody_uses_cost_little() {
    run_on(Engine::Sqlite, "idle tracks", |_| async {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let number = amount(12, 1_000);
        for track in 0..number {
            make(&data, &format!("t{track}"), &[]);
        }
        let process = Process::serve(env!("CARGO_BIN_EXE_dipoli"), &data);
        // Each is looked at once, for what is due in it, and closed again.
        thread::sleep(Duration::from_secs(amount(4, 120) as u64));
        let memory = process.memory();
        let begun = Instant::now();
        sign_in_as_ada(&process, &format!("t{}", number - 1));
        tell(&format!("{number} idle tracks: {memory} KiB; a sign-in to a closed one took {:?}", begun.elapsed()));
        assert!(memory < 300 * 1024, "{memory} KiB");
        assert_eq!(process.stops().0.code(), Some(0));
    });
}

on_each_database!(many_write_at_once_and_nobody_is_in_the_way);
