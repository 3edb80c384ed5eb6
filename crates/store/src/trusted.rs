//! Rows that the policy or sign-in trusts as they stand: accounts, sign-ins, tokens, groups, seats, sessions, silence
//! procedures.
//! Each carries a MAC under the track's key over all that is read of it (requirements N-16). A row whose MAC is wrong
//! or missing is none: it opens nothing, and the audit log says so.
//!
//! Sealed texts are not under the MAC: their own associated data binds them to the row, and they are sealed anew when
//! keys rotate. Deliberately absent: noticing that a whole row was put back as it once was, with the MAC of that time.

use dipoli_domain::id::{
    AnyId, MembershipId, PersonId, PersonalAccessTokenId, SessionId, SignInId, SilenceProcedureId, WorkingGroupId,
};
use sea_orm::{
    EntityTrait, IdenStatic, Iterable,
    prelude::{Date, DateTimeUtc},
    sea_query::SelectStatement,
};

use crate::{
    Store,
    entity::{
        membership, one_time_token, person, personal_access_token, session, sign_in, silence_procedure, working_group,
    },
    keys::Keys,
    seal::Aad,
    silence, time,
};

/// A row that carries a MAC.
pub(crate) trait Trusted {
    /// All that is read of it.
    fn told(&self) -> Aad;
    /// The MAC that it carries.
    fn mac(&self) -> Option<&[u8]>;
    /// Puts another in its place.
    fn put_mac(&mut self, mac: Vec<u8>);
    /// What the audit log calls it.
    fn subject(&self) -> AnyId;
}

/// The row with its MAC.
pub(crate) fn marked<R: Trusted>(keys: &Keys, mut row: R) -> R {
    let mac = keys.mac(&row.told()).to_vec();
    row.put_mac(mac);
    row
}

impl Store {
    /// The row with its MAC, to be written.
    pub(crate) fn marked<R: Trusted>(&self, row: R) -> R {
        marked(self.keys(), row)
    }

    /// Whether the row is what was stored. One that is not is noted for the audit log.
    pub(crate) fn is_genuine<R: Trusted>(&self, row: &R) -> bool {
        let genuine = row.mac().is_some_and(|mac| self.keys().is_mac(&row.told(), mac));
        if !genuine {
            self.report(row.subject());
        }
        genuine
    }

    /// The row, if it is what was stored.
    pub(crate) fn genuine<R: Trusted>(&self, row: R) -> Option<R> {
        self.is_genuine(&row).then_some(row)
    }
}

/// Adds every column of a table, each under its name after `prefix`: for `#[sea_orm(nested(prefix = "…"))]`.
pub(crate) fn whole_row<E: EntityTrait>(select: &mut SelectStatement, _: E, prefix: &str) {
    use sea_orm::ColumnTrait;
    for column in E::Column::iter() {
        select.expr_as(column.into_expr(), format!("{prefix}{}", column.as_str()));
    }
}

fn maybe_instant(aad: Aad, instant: Option<DateTimeUtc>) -> Aad {
    let micros = instant.map(|instant| time::read(instant).as_microsecond().to_be_bytes());
    aad.maybe(micros.as_ref().map(<[u8; 8]>::as_slice))
}

fn maybe_day(aad: Aad, day: Option<Date>) -> Aad {
    aad.maybe(day.map(|day| day.to_string()).as_deref().map(str::as_bytes))
}

/// Implements the parts that are the same for every table.
macro_rules! carries_a_mac {
    () => {
        fn mac(&self) -> Option<&[u8]> {
            self.mac.as_deref()
        }

        fn put_mac(&mut self, mac: Vec<u8>) {
            self.mac = Some(mac);
        }
    };
}

impl Trusted for person::Model {
    fn told(&self) -> Aad {
        let account = Aad::of("row.person").id(self.id).bytes(&self.email_mac).text(&self.standing);
        let proved_by = account.flag(self.is_administrator).maybe(self.password_hash.as_deref().map(str::as_bytes));
        maybe_day(proved_by.number(self.links_generation.into()), Some(self.created_on))
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        PersonId::from_uuid(self.id).into()
    }
}

/// A sign-in that is on. One that was ended loses its MAC, so that it is not put on again; the day of its last use
/// opens nothing.
impl Trusted for sign_in::Model {
    fn told(&self) -> Aad {
        let whose = Aad::of("row.sign_in").id(self.id).id(self.person_id).bytes(&self.current_digest);
        maybe_day(maybe_day(whose, Some(self.created_on)), Some(self.expires_on))
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        SignInId::from_uuid(self.id).into()
    }
}

/// A token has no id of its own: the log names the person that it says it is for.
impl Trusted for one_time_token::Model {
    fn told(&self) -> Aad {
        let whose = Aad::of("row.one_time_token").bytes(&self.digest).id(self.person_id).text(&self.kind);
        maybe_instant(whose, Some(self.expires_at))
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        PersonId::from_uuid(self.person_id).into()
    }
}

/// The day of its last use opens nothing; its name is bound by itself.
impl Trusted for personal_access_token::Model {
    fn told(&self) -> Aad {
        let whose = Aad::of("row.personal_access_token").id(self.id).id(self.person_id).bytes(&self.digest);
        let whose = whose.text(&self.scopes).maybe_id(self.group_id);
        maybe_day(maybe_day(whose, Some(self.created_on)), Some(self.expires_on))
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        PersonalAccessTokenId::from_uuid(self.id).into()
    }
}

/// The day on which it was convened decides whose seat counts for the anonymity set.
impl Trusted for working_group::Model {
    fn told(&self) -> Aad {
        let group = Aad::of("row.working_group").id(self.id).bytes(&self.slug_mac).text(&self.time_zone);
        let group = group.text(&self.default_attribution).number(self.version.into());
        maybe_day(group, Some(self.convened_on))
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        WorkingGroupId::from_uuid(self.id).into()
    }
}

impl Trusted for membership::Model {
    fn told(&self) -> Aad {
        let seat = Aad::of("row.membership").id(self.id).id(self.group_id).id(self.person_id);
        let seat = seat.text(&self.role).text(&self.capacity).maybe_id(self.delegation_id);
        let seat = maybe_day(maybe_instant(seat, self.seated_at), self.left_on).flag(self.awaits_sign_in);
        let reading = [
            self.reads_group_from,
            self.reads_facilitators_from,
            self.reads_delegation_from,
            self.posts_from,
            self.sits_from,
        ];
        let seat = reading.into_iter().fold(seat, maybe_instant);
        maybe_day(seat, Some(self.changed_on)).flag(self.sealed.is_some())
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        MembershipId::from_uuid(self.id).into()
    }
}

/// When it is on decides when notes under the Rule are released.
impl Trusted for session::Model {
    fn told(&self) -> Aad {
        let session = Aad::of("row.session").id(self.id).id(self.group_id).text(&self.status).flag(self.published);
        let wall = session.text(&self.starts_local).text(&self.ends_local).text(&self.time_zone);
        let instants = maybe_instant(maybe_instant(wall, Some(self.starts_at)), Some(self.ends_at));
        instants.text(&self.attribution).number(self.sequence.into()).number(self.version.into())
    }

    carries_a_mac!();

    fn subject(&self) -> AnyId {
        SessionId::from_uuid(self.id).into()
    }
}

/// What it says of itself decides whether an item is adopted, or a record issued.
impl Trusted for silence_procedure::Model {
    fn told(&self) -> Aad {
        let silence = Aad::of("row.silence_procedure").id(self.id).id(self.group_id).id(self.session_id);
        let silence = silence::bound_to(silence, self).text(&self.status).flag(self.moved);
        let instants = [Some(self.opened_at), Some(self.deadline), Some(self.watched_at), self.ended_at];
        instants.into_iter().fold(silence, maybe_instant)
    }

    fn mac(&self) -> Option<&[u8]> {
        Some(&self.mac)
    }

    fn put_mac(&mut self, mac: Vec<u8>) {
        self.mac = mac;
    }

    fn subject(&self) -> AnyId {
        SilenceProcedureId::from_uuid(self.id).into()
    }
}
