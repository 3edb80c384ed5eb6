//! What the process says: everything that any library traces, at any level, whatever the log leaves out.

use std::{
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

use tokio::sync::MutexGuard;
use tracing_subscriber::fmt::MakeWriter;

static SAID: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static LISTENING: OnceLock<()> = OnceLock::new();

/// Listens. One story at a time: the guard is kept to its end.
pub async fn listen() -> MutexGuard<'static, ()> {
    let alone = ALONE.lock().await;
    LISTENING.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .without_time()
            .with_ansi(false)
            .with_writer(Ear)
            .init();
    });
    said();
    alone
}

/// What was said since this was asked last.
pub fn said() -> String {
    let bytes = std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[derive(Clone, Copy)]
struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        SAID.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Ear {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
