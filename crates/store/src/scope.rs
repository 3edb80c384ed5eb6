//! What a viewer may read, as SQL: each scope of the policy becomes a condition on the tables' own names, and every
//! read of the store starts from one. The domain's `admits` says the same of one row; a property test compares them.

use dipoli_domain::{
    Timestamp,
    agenda::ItemStatus,
    note::Visibility,
    policy::scope::{Agendas, Groups, NoteSeat, Notes, People, Records, Sessions},
    record::RecordStatus,
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement},
};

use crate::{
    Store,
    entity::{
        agenda_item, chatham_house_note, membership, note, objection, person, session, session_record,
        silence_procedure,
    },
    silence::SilenceWord,
    time,
};

pub(crate) use crate::one_of::{nothing, one_of};

/// Another name for `membership`, where a condition looks at seats beside those that are read.
const SEAT: &str = "scope_seat";

/// Groups, by the column that names the group; none whose keys were destroyed, which no viewer has a seat in.
pub(crate) fn groups(store: &Store, scope: &Groups, group: Expr) -> Condition {
    match scope {
        Groups::All => store.living(group),
        Groups::Only(groups) => Condition::all().add(one_of(group, groups.iter().map(|id| id.uuid()))),
    }
}

/// Rows of `session`.
pub(crate) fn sessions(scope: &Sessions) -> Condition {
    sessions_by(scope, session::Column::GroupId.into_expr())
}

/// Rows of `session` that are joined to what stands on them. Their group is asked for in a way that no index serves: SQLite
/// would begin with all sessions of the viewer's groups, and look for each what stands on it.
pub(crate) fn sessions_joined(scope: &Sessions) -> Condition {
    let group = || session::Column::GroupId.into_expr();
    sessions_by(scope, Func::coalesce([group(), group()]).into())
}

fn sessions_by(scope: &Sessions, group: Expr) -> Condition {
    let published = one_of(group.clone(), scope.published.iter().map(|id| id.uuid()));
    let drafts = one_of(group, scope.drafts.iter().map(|id| id.uuid()));
    Condition::any().add(session::Column::Published.eq(true).and(published)).add(drafts)
}

/// Rows of `agenda_item` joined to their `session` and to the silence procedure that is open on them. Of an item that silence
/// may have adopted meanwhile, the domain has the last word.
pub(crate) fn agenda_items(scope: &Agendas) -> Condition {
    let group = || agenda_item::Column::GroupId.into_expr();
    let all = one_of(group(), scope.all_items.iter().map(|id| id.uuid()));
    let adopted = agenda_item::Column::Status.eq(ItemStatus::Adopted.word());
    let seen = one_of(group(), scope.adopted_items.iter().map(|id| id.uuid()));
    let adopted = Condition::any().add(adopted).add(may_have_adopted(scope.at));
    let adopted = Condition::all().add(adopted).add(seen);
    Condition::all().add(sessions_joined(&scope.sessions)).add(Condition::any().add(all).add(adopted))
}

/// Rows of `session_record` joined to their `session` and to the silence procedure that is open on them. Of a record that
/// silence may have issued meanwhile, the domain has the last word.
pub(crate) fn records(scope: &Records) -> Condition {
    let of = |groups: &[dipoli_domain::id::WorkingGroupId]| {
        one_of(session_record::Column::GroupId.into_expr(), groups.iter().map(|id| id.uuid()))
    };
    let stands = |status: RecordStatus| session_record::Column::Status.eq(status.word());
    let circulated = Condition::any().add(stands(RecordStatus::Circulated)).add(stands(RecordStatus::UnderSilence));
    let issued = Condition::any().add(stands(RecordStatus::Issued)).add(may_have_adopted(scope.at));
    let seen = Condition::any()
        .add(Condition::all().add(stands(RecordStatus::Draft)).add(of(&scope.drafts)))
        .add(Condition::all().add(circulated).add(of(&scope.circulated)))
        .add(Condition::all().add(issued).add(of(&scope.issued)));
    Condition::all().add(sessions_joined(&scope.sessions)).add(seen)
}

/// Rows of `silence_procedure` joined to their `session`; the domain has the last word on what has run out.
pub(crate) fn silences(scope: &Agendas) -> Condition {
    let group = || silence_procedure::Column::GroupId.into_expr();
    let all = one_of(group(), scope.all_items.iter().map(|id| id.uuid()));
    let told = silence_procedure::Column::Status.eq(SilenceWord::Adopted.word());
    let adopted = Condition::any().add(told).add(may_have_adopted(scope.at));
    let seen = one_of(group(), scope.adopted_items.iter().map(|id| id.uuid()));
    let adopted = Condition::all().add(adopted).add(seen);
    Condition::all().add(sessions_joined(&scope.sessions)).add(Condition::any().add(all).add(adopted))
}

/// A procedure that is open in its row, and whose deadline has passed.
fn may_have_adopted(at: Timestamp) -> Expr {
    silence_procedure::Column::Status
        .eq(SilenceWord::Open.word())
        .and(silence_procedure::Column::Deadline.lte(time::bind(at)))
}

/// Rows of `objection` joined to their `session`.
pub(crate) fn objections(scope: &Agendas) -> Condition {
    let all = one_of(objection::Column::GroupId.into_expr(), scope.all_items.iter().map(|id| id.uuid()));
    Condition::all().add(sessions_joined(&scope.sessions)).add(all)
}

/// Rows of `note` joined to their `session`.
pub(crate) fn notes(scope: &Notes) -> Condition {
    let columns = NoteColumns {
        group: note::Column::GroupId.into_expr(),
        visibility: note::Column::Visibility.into_expr(),
        delegation: note::Column::DelegationId.into_expr(),
        since: note::Column::PostedAt.into_expr(),
    };
    notes_by(scope, |seat| {
        let written = note::Column::AuthorId.eq(seat.author.uuid());
        columns.opened_by(seat, Condition::any().add(written))
    })
}

/// Rows of `chatham_house_note` joined to their `session`.
pub(crate) fn chatham_house_notes(scope: &Notes) -> Condition {
    let columns = NoteColumns {
        group: chatham_house_note::Column::GroupId.into_expr(),
        visibility: chatham_house_note::Column::Visibility.into_expr(),
        delegation: chatham_house_note::Column::DelegationId.into_expr(),
        since: chatham_house_note::Column::ReleasedAt.into_expr(),
    };
    notes_by(scope, |seat| columns.opened_by(seat, Condition::any().add(nothing())))
}

fn notes_by(scope: &Notes, opened_by: impl Fn(&NoteSeat) -> Condition) -> Condition {
    let opened = scope.seats.iter().map(opened_by).fold(Condition::any().add(nothing()), Condition::add);
    Condition::all().add(sessions_joined(&scope.sessions)).add(opened)
}

/// What is read of a note of either kind to know who may read it.
struct NoteColumns {
    group: Expr,
    visibility: Expr,
    delegation: Expr,
    since: Expr,
}

impl NoteColumns {
    /// What a seat opens, besides what is `opened` anyway.
    fn opened_by(&self, seat: &NoteSeat, opened: Condition) -> Condition {
        Condition::all().add(self.group.clone().eq(seat.group.uuid())).add(self.opened(seat, opened))
    }

    fn opened(&self, seat: &NoteSeat, mut opened: Condition) -> Condition {
        let since = |visibility: Visibility, from| {
            self.visibility.clone().eq(visibility.word()).and(self.since.clone().gte(time::bind(from)))
        };
        if let Some(from) = seat.group_from {
            opened = opened.add(since(Visibility::Group, from));
        }
        if let Some(from) = seat.facilitators_from {
            opened = opened.add(since(Visibility::Facilitators, from));
        }
        if let Some((delegation, from)) = seat.delegation_from {
            let theirs = self.delegation.clone().eq(delegation.uuid());
            opened = opened.add(since(Visibility::Delegation, from).and(theirs));
        }
        opened
    }
}

/// Rows of `person` whom the viewer may meet anywhere: those who left a group of the viewer's too, since NAMED notes
/// go on naming them.
pub(crate) fn people(scope: &People) -> Condition {
    people_by(scope, seats_in(&scope.groups))
}

/// Rows of `person` who have a seat in one of the scope's groups now, in effect or pending.
pub(crate) fn people_present(scope: &People) -> Condition {
    let mut seats = seats_in(&scope.groups);
    people_by(scope, seats.and_where(Expr::col((SEAT, membership::Column::LeftOn)).is_null()).take())
}

fn people_by(scope: &People, seats: SelectStatement) -> Condition {
    if scope.everyone {
        return Condition::all();
    }
    Condition::any().add(person::Column::Id.eq(scope.viewer.uuid())).add(Expr::exists(seats))
}

/// Selects the seats of the row's person in these groups, as [`SEAT`].
pub(crate) fn seats_in(groups: &[dipoli_domain::id::WorkingGroupId]) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("1"))
        .from_as(membership::Entity, SEAT)
        .and_where(Expr::col((SEAT, membership::Column::PersonId)).equals((person::Entity, person::Column::Id)))
        .and_where(one_of(Expr::col((SEAT, membership::Column::GroupId)), groups.iter().map(|id| id.uuid())))
        .take()
}

/// A column of the seats that [`seats_in`] selects.
pub(crate) fn seat(column: membership::Column) -> Expr {
    Expr::col((SEAT, column))
}
