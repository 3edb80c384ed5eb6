//! A person's own data: all of it to take along, and their account erased.
//!
//! What was written under the Rule is nobody's, and neither exported nor erased. Deliberately absent: doing either for someone
//! else, and any way back from an erasure.

use dipoli_domain::{
    audit::{Action, Event},
    date_search::DateSearch,
    id::{MembershipId, WorkingGroupId},
    membership::{Role, Seating},
    note::Visibility,
    policy::{Act, On},
    refusal::Refusal,
    time,
};
use dipoli_store::{Account, SeatRecord, Tx};
use serde_json::{Value, json};

use crate::{Cx, Error, Result, Topic, account, agenda, membership, personal_access_token, sign_in};

/// All that the track holds of the viewer under their name, as JSON. Asks for a fresh sign-in.
pub async fn export(cx: &Cx) -> Result<String> {
    let permit = cx.may("input", Act::ExportOwnData, On::track()).await?;
    cx.fresh()?;
    let exported = exported(cx).await?;
    let tx = cx.track.store.begin(permit).await?;
    tx.commit(&[Event::on(Action::DataExported, cx.viewer.person)]).await?;
    cx.track.wake();
    serde_json::to_string_pretty(&exported).map_err(|_| Error::Fault("own data does not serialize".to_owned()))
}

async fn exported(cx: &Cx) -> Result<Value> {
    let (store, person) = (&cx.track.store, cx.viewer.person);
    let found = store.account(person).await?;
    let Account { person: account, .. } =
        found.ok_or_else(|| Error::Fault("the viewer's own account does not open".to_owned()))?;
    let choices = store.correspondent(person).await?.choices;
    let seats = store.own_seats(person).await?;
    Ok(json!({
        "exportedAt": time::rfc3339(cx.now),
        "account": {
            "id": account.id.to_string(),
            "displayName": account.display_name,
            "affiliation": account.affiliation,
            "email": account.email.as_str(),
            "language": account.language.as_str(),
            "timeZone": account.zone.name(),
            "isAdministrator": account.is_administrator,
            "phrase": account.security.phrase,
            "passwordResetByMail": account.security.reset_by_mail,
            "hasSecondFactor": account.security.has_second_factor,
        },
        "letters": {
            "unwanted": choices.unwanted.iter().map(|kind| kind.word()).collect::<Vec<_>>(),
            "withoutCalendarEntries": choices.without_entries,
            "calendarLabel": choices.label,
        },
        "signIns": sign_ins(cx).await?,
        "accessTokens": tokens(cx).await?,
        "seats": seats.iter().map(seat).collect::<Vec<_>>(),
        "work": work(cx, &seats).await?,
        "notExported": "What was written under the Chatham House Rule has no author, and the audit log is the administrators'.",
    }))
}

async fn sign_ins(cx: &Cx) -> Result<Vec<Value>> {
    let told = |it: dipoli_domain::sign_in::SignIn| json!({ "signedInOn": it.signed_in_on.to_string(), "lastUsedOn": it.last_used_on.to_string() });
    Ok(sign_in::list(cx).await?.into_iter().map(told).collect())
}

async fn tokens(cx: &Cx) -> Result<Vec<Value>> {
    let told = |it: dipoli_domain::personal_access_token::PersonalAccessToken| {
        json!({ "name": it.name, "scopes": it.scopes.words(), "createdOn": it.created_on.to_string(),
            "lastUsedOn": it.last_used_on.to_string(), "expiresOn": it.expires_on.to_string() })
    };
    Ok(personal_access_token::list(cx).await?.into_iter().map(told).collect())
}

fn seat(seat: &SeatRecord) -> Value {
    let (seating, since) = match seat.seating {
        Seating::Pending => ("pending", None),
        Seating::Since(at) => ("in effect", Some(time::rfc3339(at))),
        Seating::Left => ("left", None),
    };
    json!({ "id": seat.id.to_string(), "workingGroupId": seat.group.to_string(), "role": seat.role.word(),
        "capacity": seat.capacity.word(), "seating": seating, "since": since })
}

/// What they wrote and answered. Items are told as far as they are still read; their own words in any case.
async fn work(cx: &Cx, seats: &[SeatRecord]) -> Result<Value> {
    let store = &cx.track.store;
    let ids: Vec<MembershipId> = seats.iter().map(|seat| seat.id).collect();
    let groups: Vec<WorkingGroupId> = seats.iter().map(|seat| seat.group).collect();
    let proposed = agenda::many(cx, &store.own_proposals(&ids).await?).await?;
    let notes = store.own_notes(cx.viewer.person).await?;
    let objections = store.own_objections(&groups, &ids).await?;
    let statements = store.own_statements(&groups, &ids).await?;
    let searches = store.own_date_marks(&groups, &ids).await?;
    let attended = store.own_attendance(&groups, &ids).await?;
    Ok(json!({
        "notes": notes.iter().map(|note| json!({ "id": note.id.to_string(), "sessionId": note.session.to_string(),
            "visibility": note.visibility.word(), "postedAt": time::rfc3339(note.posted_at), "body": note.body,
            "withdrawn": note.withdrawn })).collect::<Vec<_>>(),
        "agendaItems": proposed.values().map(|it| json!({ "id": it.item.id.to_string(), "title": it.item.title,
            "description": it.item.description })).collect::<Vec<_>>(),
        "objections": objections.iter().map(|it| json!({ "ground": it.ground.word(), "statement": it.statement,
            "amendment": it.amendment })).collect::<Vec<_>>(),
        "interpretativeStatements": statements.iter().map(|it| json!({ "text": it.text,
            "attachedAt": time::rfc3339(it.attached_at) })).collect::<Vec<_>>(),
        "answers": store.own_answers(&ids).await?.iter().map(|(session, response)| json!({
            "sessionId": session.to_string(), "response": response.word() })).collect::<Vec<_>>(),
        "dates": searches.iter().map(|search| json!({ "title": search.title, "marks": dates(search) })).collect::<Vec<_>>(),
        "attendance": attended.iter().map(|session| json!({ "sessionId": session.to_string() })).collect::<Vec<_>>(),
    }))
}

/// What was said of the times of a search, of which only own marks are left.
fn dates(search: &DateSearch) -> Vec<Value> {
    let said = search.marks.values().flat_map(|marks| search.slots.iter().zip(marks));
    said.filter_map(|(slot, mark)| {
        Some(json!({ "startsAt": time::rfc3339(slot.starts.instant()), "mark": mark.as_ref()?.word() }))
    })
    .collect()
}

/// What becomes of the NAMED notes of someone whose account is erased. PRIVATE ones go in any case, and what was released
/// from the caucus stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotesLeft {
    /// They stay, as of a former participant.
    Stay,
    /// Their text goes, a trace stays.
    Go,
}

/// Erases the viewer's account, for good. Asks for a fresh sign-in, and for the account's address. What is under silence where
/// they could object is withdrawn, and their groups are told that the seats are taken.
pub async fn erase(cx: &Cx, email: &str, notes: NotesLeft) -> Result<()> {
    let permit = cx.may("input", Act::EraseOwnAccount, On::track()).await?;
    cx.fresh()?;
    let person = cx.viewer.person;
    let tx = cx.track.store.begin(permit).await?;
    let administrators = tx.administrators().await?;
    let own = account::own(&tx, cx).await?;
    if own.person.email.folded() != email.trim().to_ascii_lowercase() {
        return Err(Refusal::bad_input("email", "This is not the account's address.").into());
    }
    account::not_the_last(&administrators, person)?;
    let (mut events, mut groups) = (vec![Event::on(Action::PersonErased, person)], Vec::new());
    for seat in tx.seats_to_leave(person).await? {
        tx.lock_group(seat.group).await?;
        if is_last_organizer(&tx, &seat).await? {
            return Err(Refusal::state("A group would be left without an organizer: seat another first.").into());
        }
        events.extend(membership::leave(&tx, &seat).await?);
        groups.push(seat.group);
    }
    for note in tx.own_notes(person).await? {
        let goes = note.visibility == Visibility::Private || notes == NotesLeft::Go && !note.released;
        if goes && !note.withdrawn {
            events.push(Event::on(Action::NoteWithdrawn, note.id));
            tx.take_text(note).await?;
        }
    }
    tx.erase_person(person).await?;
    tx.commit(&events).await?;
    cx.track.wake();
    cx.track.tell(Topic::People);
    for group in groups {
        cx.track.tell(Topic::Silences(group));
    }
    Ok(())
}

async fn is_last_organizer(tx: &Tx, seat: &SeatRecord) -> Result<bool> {
    let is_one = seat.role == Role::Organizer && matches!(seat.seating, Seating::Since(_));
    Ok(is_one && tx.count_organizers(seat.group).await? <= 1)
}
