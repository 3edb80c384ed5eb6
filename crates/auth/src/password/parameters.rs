//! What one argon2id hash costs, and the bounds between which that may be set.
//!
//! Deliberately absent: the variant (argon2id), its version (19) and the lengths of salt and tag, which are fixed.

use argon2::Params;
use thiserror::Error;

/// The cost of one password hash. A value of this type lies between [`Parameters::FLOOR`] and
/// [`Parameters::CEILING`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Parameters {
    /// RFC 9106's second recommended set, with one lane.
    pub const DEFAULT: Parameters = Parameters { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Nothing below any of these is accepted for new hashes.
    pub const FLOOR: Parameters = Parameters { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Nothing above any of these is accepted, in a configuration or in a stored hash: whoever can write one row
    /// should not be able to make a sign-in take all memory, or hours.
    pub const CEILING: Parameters = Parameters { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

    /// Checks a configured cost.
    ///
    /// # Errors
    /// One that is below [`Parameters::FLOOR`] or above [`Parameters::CEILING`] in any respect.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Parameters, ParametersFault> {
        let asked = Parameters { memory_kib, passes, lanes };
        if !Self::FLOOR.within(asked) {
            return Err(ParametersFault::TooWeak);
        }
        if !asked.within(Self::CEILING) {
            return Err(ParametersFault::TooCostly);
        }
        Ok(asked)
    }

    /// Memory for one hash, in KiB.
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over that memory.
    pub fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes that the memory is divided into.
    pub fn lanes(self) -> u32 {
        self.lanes
    }

    /// The same for the library.
    pub(super) fn params(self) -> Params {
        Params::new(self.memory_kib, self.passes, self.lanes, None)
            .expect("the bounds here are narrower than argon2's own")
    }

    /// Reads the cost of a stored hash, which may lie below the floor: it was made when that was thought enough.
    pub(super) fn of_stored(memory_kib: u32, passes: u32, lanes: u32) -> Option<Parameters> {
        let stored = Parameters { memory_kib, passes, lanes };
        stored.within(Self::CEILING).then_some(stored)
    }

    fn within(self, bound: Parameters) -> bool {
        self.memory_kib <= bound.memory_kib && self.passes <= bound.passes && self.lanes <= bound.lanes
    }
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters::DEFAULT
    }
}

/// Why a configured cost was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParametersFault {
    /// Too little work to slow a guesser down.
    #[error("password hashing needs at least 19456 KiB of memory, 2 passes and 1 lane")]
    TooWeak,
    /// So much work that signing in would itself be an attack.
    #[error("password hashing takes at most 1048576 KiB of memory, 16 passes and 16 lanes")]
    TooCostly,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_bounds_are_acceptable() {
        for good in [Parameters::DEFAULT, Parameters::FLOOR, Parameters::CEILING] {
            assert_eq!(Parameters::new(good.memory_kib, good.passes, good.lanes), Ok(good));
        }
    }

    #[test]
    fn each_respect_has_its_floor_and_its_ceiling() {
        for (memory_kib, passes, lanes, fault) in [
            (19 * 1024 - 1, 2, 1, ParametersFault::TooWeak),
            // More passes do not make up for less memory, nor the other way round.
            (19 * 1024 - 1, 16, 1, ParametersFault::TooWeak),
            (1024 * 1024, 1, 1, ParametersFault::TooWeak),
            (64 * 1024, 3, 0, ParametersFault::TooWeak),
            (0, 0, 0, ParametersFault::TooWeak),
            (1024 * 1024 + 1, 3, 1, ParametersFault::TooCostly),
            (64 * 1024, 17, 1, ParametersFault::TooCostly),
            (64 * 1024, 3, 17, ParametersFault::TooCostly),
        ] {
            assert_eq!(Parameters::new(memory_kib, passes, lanes), Err(fault));
        }
    }

    #[test]
    fn the_faults_name_the_bounds() {
        let [weak, costly] = [ParametersFault::TooWeak, ParametersFault::TooCostly].map(|fault| fault.to_string());
        assert!(weak.contains(&Parameters::FLOOR.memory_kib.to_string()));
        assert!(costly.contains(&Parameters::CEILING.memory_kib.to_string()));
    }
}
