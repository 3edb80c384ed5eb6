//! What a viewer may read, as SQL: each scope of the policy becomes a condition on the tables' own names, and every
//! read of the store starts from one. The domain's `admits` says the same of one row; a property test compares them.

use dipoli_domain::{
    agenda::ItemStatus,
    note::Visibility,
    policy::scope::{Agendas, Groups, NoteSeat, Notes, People, Sessions},
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    entity::{agenda_item, membership, note, person, session},
    time,
};

/// Another name for `membership`, where a condition looks at seats beside those that are read.
const SEAT: &str = "scope_seat";

/// `column` is one of these ids. The list is filled up to a power of two, so that few statements are prepared.
pub(crate) fn one_of(column: Expr, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    match ids.last().copied() {
        None => nothing(),
        Some(last) => {
            ids.resize(ids.len().next_power_of_two(), last);
            column.is_in(ids)
        }
    }
}

/// No row.
pub(crate) fn nothing() -> Expr {
    Expr::cust("1 = 0")
}

/// Groups, by the column that names the group.
pub(crate) fn groups(scope: &Groups, group: Expr) -> Condition {
    match scope {
        Groups::All => Condition::all(),
        Groups::Only(groups) => Condition::all().add(one_of(group, groups.iter().map(|id| id.uuid()))),
    }
}

/// Rows of `session`.
pub(crate) fn sessions(scope: &Sessions) -> Condition {
    let group = || session::Column::GroupId.into_expr();
    let published = one_of(group(), scope.published.iter().map(|id| id.uuid()));
    let drafts = one_of(group(), scope.drafts.iter().map(|id| id.uuid()));
    Condition::any().add(session::Column::Published.eq(true).and(published)).add(drafts)
}

/// Rows of `agenda_item` joined to their `session`.
pub(crate) fn agenda_items(scope: &Agendas) -> Condition {
    let group = || agenda_item::Column::GroupId.into_expr();
    let all = one_of(group(), scope.all_items.iter().map(|id| id.uuid()));
    let adopted = agenda_item::Column::Status
        .eq(ItemStatus::Adopted.word())
        .and(one_of(group(), scope.adopted_items.iter().map(|id| id.uuid())));
    Condition::all().add(sessions(&scope.sessions)).add(Condition::any().add(all).add(adopted))
}

/// Rows of `note` joined to their `session`.
pub(crate) fn notes(scope: &Notes) -> Condition {
    let opened = scope.seats.iter().map(note_seat).fold(Condition::any().add(nothing()), Condition::add);
    Condition::all().add(sessions(&scope.sessions)).add(opened)
}

fn note_seat(seat: &NoteSeat) -> Condition {
    let since = |visibility: Visibility, from| {
        note::Column::Visibility.eq(visibility.word()).and(note::Column::PostedAt.gte(time::bind(from)))
    };
    let mut opened = Condition::any().add(note::Column::AuthorId.eq(seat.author.uuid()));
    if let Some(from) = seat.group_from {
        opened = opened.add(since(Visibility::Group, from));
    }
    if let Some(from) = seat.facilitators_from {
        opened = opened.add(since(Visibility::Facilitators, from));
    }
    if let Some((delegation, from)) = seat.delegation_from {
        let theirs = note::Column::DelegationId.eq(delegation.uuid());
        opened = opened.add(since(Visibility::Delegation, from).and(theirs));
    }
    Condition::all().add(note::Column::GroupId.eq(seat.group.uuid())).add(opened)
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
