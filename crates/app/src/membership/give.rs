//! Giving a seat: to a person whom the viewer knows, or to an address.
//!
//! By address it takes effect at its person's next sign-in, and until then shows the name and address that it was
//! given with, so that the answer does not tell whether the track knows the address.

use dipoli_domain::{
    audit::{Action, Event},
    email::EmailAddress,
    id::{MembershipId, PersonId, WorkingGroupId},
    letter::LetterKind,
    membership::{Capacity, Membership, Role, Seating},
    person::{Invitee, Person, Standing},
    policy::{Act, On, Permit},
    refusal::{Refusal, Refusals},
};
use dipoli_store::{Effect, NewSeat, SeatRecord, StoreError, Tx};
use serde::Serialize;

use super::{seen, tell_group};
use crate::{
    Cx, Error, Result, Topic, cx::id, delegation, idempotency::Once, person, session_letters::invite_seat_to_sessions,
    working_group,
};

/// A seat to be given, as it was sent: to a person, or to an address.
#[derive(Serialize)]
pub struct Add {
    /// In which group.
    pub working_group_id: String,
    /// To whom, if the person is known.
    pub person_id: Option<String>,
    /// Or to which address.
    pub email: Option<String>,
    /// Required with `email`.
    pub display_name: Option<String>,
    /// In which role.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub role: Role,
    /// In what capacity.
    #[serde(serialize_with = "crate::idempotency::word")]
    pub capacity: Capacity,
    /// For which side.
    pub delegation_id: Option<String>,
    /// The client's key for sending this again.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Who is to be seated.
enum Who {
    /// Someone whom the viewer may know of.
    Person(PersonId),
    /// Whoever has this address.
    Address(Invitee),
}

impl Who {
    /// The input field that names them.
    const fn field(&self) -> &'static str {
        match self {
            Self::Person(_) => "personId",
            Self::Address(_) => "email",
        }
    }
}

/// Gives a seat. By address it takes effect at its person's next sign-in, known or not; by id at once, if the person
/// has accepted the invitation to the track.
pub async fn add(cx: &Cx, input: Add) -> Result<Membership> {
    let group = working_group::seen(cx, "workingGroupId", &input.working_group_id).await?.id;
    let who = recipient(cx, &input).await?;
    if let Some(delegation) = &input.delegation_id {
        delegation::of_group(cx, group, "delegationId", delegation).await?;
    }
    let permit = cx.may("workingGroupId", Act::ManageMembers, owner(cx, group, who.as_ref().ok()).await?).await?;
    let once = Once::new("addMember", input.idempotency_key.as_deref(), &input)?;
    let first = async {
        let seat = give(cx, permit, &once, group, who?, &input).await?;
        seen(cx, "workingGroupId", &seat.to_string()).await
    };
    once.run(cx, first, async |seat: String| seen(cx, "idempotencyKey", &seat).await).await
}

/// Whom the input names. A person whom the viewer may not know of is NOT_FOUND; what else is wrong is told once the
/// policy was asked.
async fn recipient(cx: &Cx, input: &Add) -> Result<std::result::Result<Who, Refusals>> {
    match (&input.person_id, &input.email) {
        (Some(person), None) => {
            let person = id("personId", person)?;
            let known = person::many(cx, &[person]).await?.contains_key(&person);
            if known { Ok(Ok(Who::Person(person))) } else { Err(Refusal::not_found("personId").into()) }
        }
        (None, Some(email)) => {
            let name = input.display_name.as_deref().unwrap_or_default();
            let invitee = Invitee::parse(email, name, None, None, None, &cx.track.settings().language);
            Ok(invitee.map(Who::Address))
        }
        (Some(_), Some(_)) | (None, None) => Ok(Err(either())),
    }
}

fn either() -> Refusals {
    let mut refusals = Refusals::default();
    for field in ["personId", "email"] {
        refusals.push(Refusal::bad_input(field, "Give either a person's id or an e-mail address."));
    }
    refusals
}

/// What the policy is asked about: a seat of whoever is named. One's own address is as much one's own as one's id.
async fn owner(cx: &Cx, group: WorkingGroupId, who: Option<&Who>) -> Result<On> {
    let on = On::group(group);
    Ok(match who {
        Some(Who::Person(person)) => on.of_person(*person),
        Some(Who::Address(invitee)) if is_viewers(cx, &invitee.email).await? => on.of_person(cx.viewer.person),
        Some(Who::Address(_)) | None => on,
    })
}

async fn is_viewers(cx: &Cx, email: &EmailAddress) -> Result<bool> {
    Ok(person::viewer(cx).await?.email.folded() == email.folded())
}

async fn give(
    cx: &Cx,
    permit: Permit,
    once: &Once,
    group: WorkingGroupId,
    who: Who,
    input: &Add,
) -> Result<MembershipId> {
    let field = who.field();
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(group).await?;
    let (person, given_to) = match who {
        Who::Person(person) => (known(&tx, person).await?, None),
        Who::Address(invitee) => (person::invited(&tx, &invitee).await?, Some(invitee)),
    };
    let former = tx.seat_of(group, person.id).await?;
    if former.as_ref().is_some_and(|seat| seat.seating != Seating::Left) {
        return Err(Refusal::bad_input(field, "This person has a seat in the group already.").into());
    }
    let invited = (given_to.is_some() && person.standing == Standing::Invited)
        .then(|| Event::on(Action::PersonInvited, person.id));
    let seat = new_seat(group, &person, given_to, former.as_ref(), input)?;
    once.remember(&tx, &seat.id).await?;
    tx.give_seat(&seat, former.is_some()).await.map_err(in_the_way)?;
    tell_group(&tx, LetterKind::SeatGiven, group, person.id, person.standing == Standing::Active).await?;
    if former.is_some() {
        tx.reopen_answers(group, seat.id).await?;
    }
    invite_seat_to_sessions(&tx, &cx.track, seat.id).await?;
    let given = Event::on(Action::MembershipAdded, seat.id);
    tx.commit(&invited.into_iter().chain([given]).collect::<Vec<_>>()).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    Ok(seat.id)
}

/// A seat of theirs that is not as it was stored counts as none, and yet keeps its place.
fn in_the_way(error: StoreError) -> Error {
    if error == StoreError::Taken("membership.person") {
        return Refusal::state("This person's seat was changed outside of Dipoli; its operator has to look.").into();
    }
    error.into()
}

async fn known(tx: &Tx, person: PersonId) -> Result<Person> {
    let account = tx.account(person).await?;
    account.map(|account| account.person).ok_or_else(|| Refusal::not_found("personId").into())
}

/// The seat as it is to be written. Where `former` is there, the person comes back to it: their earlier notes name them
/// by it, so it shows their own name, whatever it is given with.
fn new_seat(
    group: WorkingGroupId,
    person: &Person,
    given_to: Option<Invitee>,
    former: Option<&SeatRecord>,
    input: &Add,
) -> Result<NewSeat> {
    let effect = match given_to {
        None if person.standing == Standing::Active => Effect::Now,
        Some(invitee) if former.is_none() => {
            Effect::AtNextSignIn { display_name: invitee.display_name, email: invitee.email }
        }
        _ => Effect::AtNextSignIn { display_name: person.display_name.clone(), email: person.email.clone() },
    };
    Ok(NewSeat {
        id: former.map_or_else(MembershipId::random, |seat| seat.id),
        group,
        person: person.id,
        role: input.role,
        capacity: input.capacity,
        delegation: input.delegation_id.as_deref().map(|delegation| id("delegationId", delegation)).transpose()?,
        effect,
    })
}
