//! Clients that send a request a byte at a time, as many as the server has places for all but a few, while others read a
//! session page: what the others notice (issue "a GraphQL surface": a bounded flood of slow clients).

use std::{
    io::Write,
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use anyhow::Context;
use dipoli_testkit::Process;

use crate::{
    crowd::TRACK,
    load::{Noticed, Reading},
};

/// So many connections drip. The server takes 1,024; the others need some.
const DRIPPING: usize = 900;

/// Each sends a byte this often.
const DRIP: Duration = Duration::from_secs(1);

/// Measures, and prints.
pub fn measure(process: &Process, reading: &Reading<'_>, idle: &Noticed, seconds: u64) -> anyhow::Result<()> {
    let (stop, cut_off) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..DRIPPING {
        connections.push(Some(TcpStream::connect(process.address()).context("a place for everyone")?));
    }
    let during = thread::scope(|scope| {
        let watched = scope.spawn(|| reading.until(&stop));
        scope.spawn(|| {
            let request = format!("POST /{TRACK}/graphql HTTP/1.1\r\nHost: {}\r\nX-Slow: ", process.address());
            for byte in request.bytes().chain(std::iter::repeat(b'x')) {
                for place in &mut connections {
                    // What was cut off is not taken up again.
                    if place.as_mut().is_some_and(|stream| stream.write_all(&[byte]).is_err()) {
                        *place = None;
                        cut_off.fetch_add(1, Ordering::Relaxed);
                    }
                }
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(DRIP);
            }
        });
        thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        watched.join().expect("no reader fails")
    });
    let more = format!(", {} of them cut off in {seconds} s", cut_off.into_inner());
    during.told(&format!("{DRIPPING} clients that drip"), &more);
    during.told_against(idle);
    Ok(())
}
