//! The body that meets.

use crate::{
    id::WorkingGroupId,
    note::Attribution,
    order::Order,
    patch::Patch,
    refusal::{Refusal, Refusals},
    text,
    time::Zone,
};

/// A working group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingGroup {
    /// Which.
    pub id: WorkingGroupId,
    /// Its short name in the API; unique in the track.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it was convened for.
    pub mandate: String,
    /// Where its sessions are scheduled unless they say otherwise.
    pub zone: Zone,
    /// What new sessions start with.
    pub default_attribution: Attribution,
    /// How it lists its delegations, and whether the chair goes round.
    pub order: Order,
    /// Counts changes of the group's own settings, from 1.
    pub version: i32,
}

impl WorkingGroup {
    /// A new group; tells all faults at once.
    pub fn convene(
        slug: &str,
        name: &str,
        mandate: &str,
        zone: &str,
        default_attribution: Attribution,
    ) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let slug = refusals.keep(text::slug("slug", slug));
        let name = refusals.keep(text::line("name", name));
        let mandate = refusals.keep(text::prose("mandate", mandate));
        let zone = refusals.keep(Zone::parse("timeZone", zone));
        refusals.check()?;
        match (slug, name, mandate, zone) {
            (Some(slug), Some(name), Some(mandate), Some(zone)) => {
                let (id, order) = (WorkingGroupId::random(), Order::default());
                Ok(Self { id, slug, name, mandate, zone, default_attribution, order, version: 1 })
            }
            _ => Err(Refusal::bad_input("input", "It is incomplete.").into()),
        }
    }

    /// The group, which has agreed on another order; what changes nothing raises no version.
    #[must_use]
    pub fn ordered(self, order: Order) -> Self {
        let version = self.version + i32::from(order != self.order);
        Self { order, version, ..self }
    }

    /// The group after a change of its own settings; what changes nothing raises no version. Sessions that exist keep
    /// theirs.
    pub fn updated(self, change: &Change) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let name = refusals.keep(required("name", &change.name, self.name.clone(), text::line));
        let mandate = refusals.keep(required("mandate", &change.mandate, self.mandate.clone(), text::prose));
        let zone = refusals.keep(required("timeZone", &change.zone, self.zone.clone(), Zone::parse));
        let attribution = refusals.keep(match change.default_attribution {
            Patch::Keep => Ok(self.default_attribution),
            Patch::Set(attribution) => Ok(attribution),
            Patch::Clear => Err(not_null("defaultAttribution")),
        });
        refusals.check()?;
        match (name, mandate, zone, attribution) {
            (Some(name), Some(mandate), Some(zone), Some(default_attribution)) => {
                let updated = Self { name, mandate, zone, default_attribution, ..self.clone() };
                let version = self.version + i32::from(updated != self);
                Ok(Self { version, ..updated })
            }
            _ => Err(Refusal::bad_input("input", "It is incomplete.").into()),
        }
    }
}

/// A change of a group's own settings, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new name.
    pub name: Patch<String>,
    /// A new mandate.
    pub mandate: Patch<String>,
    /// A new zone, by its IANA name.
    pub zone: Patch<String>,
    /// What new sessions start with from now on.
    pub default_attribution: Patch<Attribution>,
}

/// A field that every object has: kept, or checked; null is refused.
pub(crate) fn required<T>(
    field: &'static str,
    patch: &Patch<String>,
    current: T,
    check: impl FnOnce(&'static str, &str) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    match patch {
        Patch::Keep => Ok(current),
        Patch::Clear => Err(not_null(field)),
        Patch::Set(text) => check(field, text),
    }
}

/// The refusal of a null where a value must stand.
pub(crate) fn not_null(field: &'static str) -> Refusal {
    Refusal::bad_input(field, "It may be left out, but not be null.")
}
