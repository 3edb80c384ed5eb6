//! Mail that goes nowhere and can be looked at: for tests.

use std::sync::{Arc, Mutex, PoisonError};

/// A place where mails are kept in memory. A clone is the same place.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Vec<u8>>>>);

impl Memory {
    /// What was delivered, in the order of delivery, each with its headers.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, mail: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }
}
