//! How long a sign-in that fails takes, kind by kind, in turn: whether the time tells one kind from another.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use dipoli_testkit::{Process, ask_at, mutation, selection};
use serde_json::json;

use crate::{
    crowd::{Crowd, OF_A_KIND, PASSWORD, TRACK},
    figures::Figures,
};

/// So many try at once: fewer than would wait for each other.
const AT_ONCE: usize = 4;

const KINDS: [&str; 6] = [
    "no such track",
    "no such account",
    "account disabled",
    "wrong password",
    "no one-time code",
    "wrong one-time code",
];

/// Measures, and prints.
pub fn measure(process: &Process, crowd: &Crowd, samples: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let (all, bytes) = (Mutex::new(BTreeMap::<&str, Figures>::new()), Mutex::new(BTreeMap::<usize, usize>::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= samples * KINDS.len() {
                        break;
                    }
                    let kind = KINDS[number % KINDS.len()];
                    let began = Instant::now();
                    let length = fails(process, crowd, kind, number / KINDS.len());
                    let took = began.elapsed();
                    all.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default().add(took);
                    *bytes.lock().unwrap_or_else(PoisonError::into_inner).entry(length).or_default() += 1;
                }
            });
        }
    });
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let medians: Vec<_> = all.values().map(|figures| figures.within(50)).collect();
    for (kind, figures) in &all {
        println!(
            "{kind}: {} times, p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms",
            figures.len(),
            figures.within(50),
            figures.within(90),
            figures.within(99)
        );
    }
    let (least, most) = medians.iter().fold((f64::MAX, 0.0_f64), |(least, most), at| (least.min(*at), most.max(*at)));
    println!("medians lie within {:.2} % of each other", (most / least - 1.0) * 100.0);
    let bytes = bytes.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("lengths of the answers' bodies, and how many there were of each: {bytes:?}");
    Ok(())
}

/// One that fails; how long its body is.
fn fails(process: &Process, crowd: &Crowd, kind: &str, number: usize) -> usize {
    let of_kind = number % OF_A_KIND;
    let stranger = format!("nobody-{number}@example.org");
    let (track, email, password, code) = match kind {
        "no such track" => ("saarinen", stranger.as_str(), PASSWORD, None),
        "no such account" => (TRACK, stranger.as_str(), PASSWORD, None),
        "account disabled" => (TRACK, crowd.disabled[of_kind].as_str(), PASSWORD, None),
        "wrong password" => (TRACK, crowd.active[of_kind].as_str(), "eight bridges over the river", None),
        "no one-time code" => (TRACK, crowd.second_factor[of_kind].as_str(), PASSWORD, None),
        _ => (TRACK, crowd.second_factor[OF_A_KIND + of_kind].as_str(), PASSWORD, Some("000000")),
    };
    let input = json!({ "input": { "email": email, "password": password, "oneTimeCode": code } });
    let document = mutation("signIn", selection("signIn"));
    let answer = ask_at(process.address(), track, None, &document, &input).expect("an answer");
    answer.refused(&["UNAUTHENTICATED"]);
    answer.bytes().2.len()
}
