//! Servers that are killed, and servers that are stopped, under load.

use std::{
    thread,
    time::{Duration, Instant},
};

use dipoli_testkit::{Engine, Process, on_each_database};

use crate::{
    amount,
    journal::{Doors, Load},
    stage::Stage,
    tell,
};

/// killed in the middle of whatever it does, again and again.
async fn what_was_acknowledged_survives_every_kill(engine: Engine) {
    let (stage, mut process) = Stage::set(engine, amount(6, 25)).await;
    let doors = Doors::default();
    doors.lead_to([process.address().to_owned()]);
    let load = Load::begin(&stage, &doors);
    let mut slowest = Duration::ZERO;
    for kill in 0..amount(6, 200) {
        thread::sleep(Duration::from_millis(400 + 37 * (kill as u64 % 20)));
        process.is_killed();
        let begun = Instant::now();
        process = stage.serve();
        slowest = slowest.max(begun.elapsed());
        doors.lead_to([process.address().to_owned()]);
    }
    let journal = load.ends();
    let (status, told) = process.stops();
    assert_eq!(status.code(), Some(0), "{told}");
    journal.agrees_with(&stage.raw().await).await;
    stage.verifies();
    tell(&format!("{} notes, slowest start {slowest:?}, slowest of a hundred {:?}", journal.len(), journal.p99()));
}

/// three are stopped and started one after the other, and no request fails. R-09: they write one chain.
async fn a_rolling_restart_fails_no_request(engine: Engine) {
    if engine == Engine::Sqlite {
        return; // Files have one server.
    }
    let (stage, first) = Stage::set(engine, amount(6, 25)).await;
    let mut replicas = vec![first, stage.serve(), stage.serve()];
    let doors = Doors::default();
    let open = |replicas: &[Process], but: usize| {
        let taken = replicas.iter().enumerate().filter(|(number, _)| *number != but);
        taken.map(|(_, replica)| replica.address().to_owned()).collect::<Vec<_>>()
    };
    doors.lead_to(open(&replicas, usize::MAX));
    let load = Load::begin(&stage, &doors);
    for round in 0..amount(3, 60) {
        let number = round % replicas.len();
        thread::sleep(Duration::from_millis(500));
        replicas[number].gets("TERM");
        // A proxy learns of it a moment later, and sends it requests until then.
        thread::sleep(Duration::from_millis(300));
        let ready = replicas[number].try_admin("/readyz").map(|answer| answer.status);
        assert_eq!(ready.ok(), Some(503), "it says that it is leaving");
        doors.lead_to(open(&replicas, number));
        let left = std::mem::replace(&mut replicas[number], stage.serve());
        let (status, told) = left.ends();
        assert_eq!(status.code(), Some(0), "{told}");
        doors.lead_to(open(&replicas, usize::MAX));
    }
    let journal = load.ends();
    assert_eq!(journal.failures(), 0, "of {}", journal.len());
    for replica in replicas {
        assert_eq!(replica.stops().0.code(), Some(0));
    }
    journal.agrees_with(&stage.raw().await).await;
    stage.verifies();
    tell(&format!("{} notes, slowest of a hundred {:?}", journal.len(), journal.p99()));
}

/// three write one chain, of ten thousand events in the long form.
async fn three_servers_write_one_chain(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let (stage, first) = Stage::set(engine, amount(12, 60)).await;
    let replicas = [first, stage.serve(), stage.serve()];
    let doors = Doors::default();
    doors.lead_to(replicas.each_ref().map(|replica| replica.address().to_owned()));
    let load = Load::begin(&stage, &doors);
    let content = stage.raw().await;
    let written = i64::try_from(amount(150, 10_000)).expect("small");
    let begun = Instant::now();
    while content.number("SELECT count(*) FROM audit_event").await < written {
        assert!(begun.elapsed() < Duration::from_secs(1_800), "they write");
        thread::sleep(Duration::from_millis(200));
    }
    let took = begun.elapsed();
    let journal = load.ends();
    for replica in replicas {
        assert_eq!(replica.stops().0.code(), Some(0));
    }
    assert_eq!(journal.failures(), 0, "of {}", journal.len());
    journal.agrees_with(&content).await;
    let chained = content.number("SELECT count(sequence) FROM audit_event").await;
    let distinct = content.number("SELECT count(DISTINCT sequence) FROM audit_event").await;
    let last = content.number("SELECT CAST(max(sequence) AS bigint) FROM audit_event").await;
    assert_eq!((distinct, last), (chained, chained), "no gap, and none twice");
    stage.verifies();
    tell(&format!("{chained} events in one chain, in {took:?}, slowest of a hundred {:?}", journal.p99()));
}

/// One of three is killed, another frozen and thawed: the rest go on, and there is one chain.
async fn of_three_one_is_killed_and_one_is_frozen(engine: Engine) {
    if engine == Engine::Sqlite {
        return;
    }
    let (stage, first) = Stage::set(engine, 6).await;
    let (second, third) = (stage.serve(), stage.serve());
    let doors = Doors::default();
    doors.lead_to([&first, &second, &third].map(|replica| replica.address().to_owned()));
    let load = Load::begin(&stage, &doors);
    thread::sleep(Duration::from_millis(1_500));
    first.is_killed();
    thread::sleep(Duration::from_millis(500));
    second.gets("STOP");
    doors.lead_to([third.address().to_owned()]);
    thread::sleep(Duration::from_secs(amount(3, 40) as u64));
    second.gets("CONT");
    doors.lead_to([&second, &third].map(|replica| replica.address().to_owned()));
    thread::sleep(Duration::from_secs(1));
    let journal = load.ends();
    for replica in [second, third] {
        assert_eq!(replica.stops().0.code(), Some(0));
    }
    journal.agrees_with(&stage.raw().await).await;
    stage.verifies();
    tell(&format!("{} notes, {} sent again", journal.len(), journal.failures()));
}

on_each_database!(
    what_was_acknowledged_survives_every_kill,
    a_rolling_restart_fails_no_request,
    of_three_one_is_killed_and_one_is_frozen,
    three_servers_write_one_chain,
);
