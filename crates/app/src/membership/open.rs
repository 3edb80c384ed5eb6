//! Opening earlier notes to a later member, or to one whose role or delegation is new (requirements N-15).
//!
//! Nobody opens notes to themself, nobody opens more than they read, and nothing is closed by it. The seat shows the
//! day, and the whole group is told.

use dipoli_domain::{
    Timestamp,
    audit::{Action, Event},
    membership::{Membership, Seating},
    note::Visibility,
    policy::{Act, Holder, On, Permit, Rule},
    refusal::{Refusal, Refusals},
    time,
};
use dipoli_store::SeatRecord;

use super::{change, seen};
use crate::{Cx, Result, Topic};

/// Notes to be opened, as it was sent.
pub struct Open {
    /// To which seat.
    pub membership_id: String,
    /// Which notes; PRIVATE ones are nobody's to open.
    pub visibilities: Vec<Visibility>,
    /// RFC 3339 instant; from the beginning, unless given.
    pub since: Option<String>,
}

/// Opens earlier notes to a seat, as far back as whoever opens them reads them. What is open already leaves no trace.
pub async fn open_earlier_notes(cx: &Cx, input: Open) -> Result<Membership> {
    let seat = seen(cx, "membershipId", &input.membership_id).await?;
    let permit = permit(cx, &seat, &input.visibilities).await?;
    let since = checked(&input)?;
    let tx = cx.track.store.begin(permit).await?;
    let before = change::held(&tx, &seat).await?;
    let own = tx.seat_of(before.group, cx.viewer.person).await?.ok_or_else(Refusal::forbidden)?;
    let after = opened(&before, &own, &input.visibilities, since)?;
    if after == before {
        return Ok(seat);
    }
    change::put(&tx, &after).await?;
    tx.commit(&[Event::on(Action::NotesOpened, after.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    seen(cx, "membershipId", &input.membership_id).await
}

/// Whether the viewer may open earlier notes to the group or to facilitators to this seat, which reads such notes.
pub(super) fn can_open(cx: &Cx, seat: &Membership) -> bool {
    reads(seat, Act::ReadGroupNotes) && cx.can(Act::OpenEarlierNotes, notes_of_group(seat))
}

/// Whether the viewer may open their own delegation's earlier notes to this seat, which is for it too.
pub(super) fn can_open_delegations(cx: &Cx, seat: &Membership) -> bool {
    reads(seat, Act::ReadDelegationNotes) && cx.can(Act::OpenEarlierDelegationNotes, notes_of_delegation(seat))
}

fn reads(seat: &Membership, act: Act) -> bool {
    let in_effect = matches!(seat.seating, Seating::Since(_));
    in_effect && act.rule(Holder::Seat(seat.role)) != Rule::Never
}

fn notes_of_group(seat: &Membership) -> On {
    On::group(seat.group).of_person(seat.person.id)
}

fn notes_of_delegation(seat: &Membership) -> On {
    On::group(seat.group).of_colleague(seat.person.id, seat.delegation.as_ref().map(|delegation| delegation.id))
}

/// Asks for each kind of notes by whom it may be opened.
async fn permit(cx: &Cx, seat: &Membership, visibilities: &[Visibility]) -> Result<Permit> {
    let delegations = visibilities.contains(&Visibility::Delegation);
    if delegations && visibilities.iter().all(|visibility| *visibility == Visibility::Delegation) {
        return cx.may("membershipId", Act::OpenEarlierDelegationNotes, notes_of_delegation(seat)).await;
    }
    if delegations {
        cx.may("membershipId", Act::OpenEarlierDelegationNotes, notes_of_delegation(seat)).await?;
    }
    cx.may("membershipId", Act::OpenEarlierNotes, notes_of_group(seat)).await
}

fn checked(input: &Open) -> std::result::Result<Option<Timestamp>, Refusals> {
    let mut refusals = Refusals::default();
    if input.visibilities.is_empty() {
        refusals.push(Refusal::bad_input("visibilities", "Say which notes are to be opened."));
    }
    if input.visibilities.contains(&Visibility::Private) {
        refusals.push(Refusal::bad_input("visibilities", "PRIVATE notes are their author's alone."));
    }
    let since = refusals.keep(input.since.as_deref().map(|text| time::instant("since", text)).transpose());
    refusals.check()?;
    Ok(since.flatten())
}

/// The seat as it is to be, by the seats as they are now.
fn opened(
    before: &SeatRecord,
    own: &SeatRecord,
    visibilities: &[Visibility],
    since: Option<Timestamp>,
) -> std::result::Result<SeatRecord, Refusal> {
    if before.seating == Seating::Pending {
        return Err(Refusal::state("This seat is not in effect yet."));
    }
    let mut reading = before.reading;
    for visibility in visibilities {
        if *visibility == Visibility::Delegation && before.delegation != own.delegation {
            return Err(Refusal::state("This seat is for another delegation now."));
        }
        let opened = reading.opened(*visibility, &own.reading, since);
        reading = opened
            .ok_or_else(|| Refusal::state("This seat, or yours, does not read such notes.").at("visibilities"))?;
    }
    Ok(SeatRecord { reading, ..before.clone() })
}
