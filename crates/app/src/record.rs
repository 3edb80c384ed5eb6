//! Records of sessions: reading, drafting and circulating them, and asking for corrections. They are issued by silence, and
//! what is done about that is in `silence.rs`.
//!
//! Who asks for a correction is written nowhere: the transaction names nobody, and so does its event. Deliberately absent:
//! sending it again under a key, which would tell one client's corrections from the others'.

mod changes;
mod export;

use std::collections::HashMap;

use dipoli_domain::{
    audit::{Action, Event},
    id::{RecordId, SessionId, WorkingGroupId},
    letter::LetterKind,
    policy::{
        Act, Holder, On, Rule,
        scope::{Groups, People, Records},
    },
    record::{Correction, MOST_CORRECTIONS, Record, RecordStatus, names_in},
    refusal::Refusal,
    silence::Silence,
    time,
};
use dipoli_store::{Queued, StoreError, Tx};
use jiff::SignedDuration;

pub(crate) use self::export::Pieces;
pub use self::{
    changes::Changes,
    export::{Format, export},
};
use crate::{
    Cx, Error, Result, Topic,
    cx::{id, unchanged},
    delegation, session, silence,
};

/// What is not told by then has been seen on the session's page.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Those of these records that the viewer may read.
pub async fn many(cx: &Cx, ids: &[RecordId]) -> Result<HashMap<RecordId, Record>> {
    let found = cx.track.store.records(&seen_by(cx), ids).await?;
    Ok(found.into_iter().map(|record| (record.id, record)).collect())
}

/// The record of each of these sessions; a session without one that the viewer may read is absent.
pub async fn of_sessions(cx: &Cx, sessions: &[SessionId]) -> Result<HashMap<SessionId, Record>> {
    let found = cx.track.store.records_of_sessions(&seen_by(cx), sessions).await?;
    Ok(found.into_iter().map(|record| (record.session, record)).collect())
}

/// What was asked of each of these records, in no order that tells anything.
pub async fn corrections(cx: &Cx, records: &[RecordId]) -> Result<HashMap<RecordId, Vec<Correction>>> {
    Ok(cx.track.store.corrections_of(&seen_by(cx), records).await?)
}

/// The record that an input names; an unknown one where the viewer may not read it.
pub(crate) async fn seen(cx: &Cx, field: &'static str, text: &str) -> Result<Record> {
    of_id(cx, field, id(field, text)?).await
}

/// The same by its id.
pub(crate) async fn of_id(cx: &Cx, field: &'static str, record: RecordId) -> Result<Record> {
    many(cx, &[record]).await?.remove(&record).ok_or_else(|| Refusal::not_found(field).into())
}

fn seen_by(cx: &Cx) -> Records {
    Records::seen_by(&cx.viewer, cx.now)
}

/// A record as it was drafted, with the names of members and delegations that its text seems to hold.
pub struct Drafted {
    /// The record.
    pub record: Record,
    /// As they stand on the table.
    pub names: Vec<String>,
}

/// Drafts the record of a session, or rewords it, also while it is circulated. The version last seen is `None` for the first
/// draft.
pub async fn draft(cx: &Cx, session_id: &str, text: &str, expected_version: Option<i32>) -> Result<Drafted> {
    let session = session::seen(cx, "sessionId", id("sessionId", session_id)?).await?;
    let permit = cx.may("sessionId", Act::DraftRecord, On::group(session.group)).await?;
    let before = of_sessions(cx, &[session.id]).await?.remove(&session.id);
    let record = match (before, expected_version) {
        (None, None) => {
            let record = Record::draft(&session, text)?;
            let tx = cx.track.store.begin(permit).await?;
            tx.add_record(&record).await.map_err(twice)?;
            done(cx, tx, &record, Action::RecordDrafted).await?;
            record
        }
        (Some(before), Some(version)) => {
            unchanged(before.version, version)?;
            let record = before.clone().revised(text)?;
            if record != before {
                let tx = cx.track.store.begin(permit).await?;
                tx.change_record(&record).await?;
                done(cx, tx, &record, Action::RecordRevised).await?;
            }
            record
        }
        (None, Some(_)) | (Some(_), None) => return Err(Refusal::stale_version().into()),
    };
    let names = names(cx, record.group, &record.text).await?;
    Ok(Drafted { record, names })
}

/// Another has drafted it at the same moment.
fn twice(error: StoreError) -> Error {
    if error == StoreError::Taken("record.session") { Refusal::stale_version().into() } else { error.into() }
}

/// The names of members, former ones among them, and of delegations that stand in a text.
async fn names(cx: &Cx, group: WorkingGroupId, text: &str) -> Result<Vec<String>> {
    let (groups, people) = (Groups::seen_by(&cx.viewer), People::seen_by(&cx.viewer));
    let seats = cx.track.store.memberships_of_group(&groups, &people, group).await?;
    let delegations = delegation::of_groups(cx, &[group]).await?.remove(&group).unwrap_or_default();
    let members = seats.iter().map(|seat| seat.person.display_name.as_str());
    Ok(names_in(text, members, delegations.iter().map(|delegation| delegation.name.as_str())))
}

/// Shows the draft to the members, who are told and may ask for corrections.
pub async fn circulate(cx: &Cx, record_id: &str, expected_version: i32) -> Result<Record> {
    let record = seen(cx, "recordId", record_id).await?;
    let permit = cx.may("recordId", Act::DraftRecord, On::group(record.group)).await?;
    unchanged(record.version, expected_version)?;
    let session = session::seen(cx, "recordId", record.session).await?;
    let record = record.circulated(session.status)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.change_record(&record).await?;
    tell_circulated(&tx, &record).await?;
    done(cx, tx, &record, Action::RecordCirculated).await?;
    Ok(record)
}

async fn tell_circulated(tx: &Tx, record: &Record) -> Result<()> {
    let seats = tx.seats_in_effect(record.group).await?;
    let told = seats.iter().filter(|seat| Act::ReadCirculatedRecord.rule(Holder::Seat(seat.role)) == Rule::Always);
    let letters = told.map(|seat| Queued {
        kind: LetterKind::RecordCirculated,
        person: seat.person,
        session: Some(record.session),
        sequence: Some(record.version),
        silence: None,
        before: None,
        own: true,
        due: tx.now(),
        expires: Some(time::after(tx.now(), TOLD_FOR)),
        was: None,
        about: None,
    });
    Ok(tx.queue_all(&letters.collect::<Vec<_>>()).await?)
}

/// Asks that a passage of a circulated record be struck, or be replaced by `wording`. Who asked is not kept.
pub async fn correct(cx: &Cx, record_id: &str, passage: &str, wording: Option<&str>) -> Result<Record> {
    let record = seen(cx, "recordId", record_id).await?;
    let permit = cx.may("recordId", Act::CorrectRecord, On::group(record.group)).await?.under_the_rule();
    let asked = Correction::ask(&record, passage, wording)?;
    let tx = cx.track.store.begin(permit).await?;
    tx.lock_group(record.group).await?;
    if tx.has_corrections(record.id, MOST_CORRECTIONS).await? {
        let message = format!("At most {MOST_CORRECTIONS} corrections are asked of one record.");
        return Err(Refusal::state(message).into());
    }
    tx.add_correction(&asked).await?;
    done(cx, tx, &record, Action::CorrectionAsked).await?;
    Ok(record)
}

/// Puts the circulated record to the group by silence, until a deadline (RFC 3339): without an objection it is issued then.
pub async fn issue(cx: &Cx, record_id: &str, deadline: &str, expected_version: i32) -> Result<Record> {
    let record = seen(cx, "recordId", record_id).await?;
    let permit = cx.may("recordId", Act::OpenSilenceProcedure, On::group(record.group)).await?;
    unchanged(record.version, expected_version)?;
    let which = record.id;
    silence::open_on_record(cx, permit, record, deadline).await?;
    of_id(cx, "recordId", which).await
}

/// Takes the procedure on a record back before its deadline; the record stays circulated.
pub async fn recall(cx: &Cx, record_id: &str) -> Result<Record> {
    let record = seen(cx, "recordId", record_id).await?;
    let permit = cx.may("recordId", Act::OpenSilenceProcedure, On::group(record.group)).await?;
    let open = silence_on(cx, record.id).await?.ok_or_else(|| Refusal::state("It was never under silence."))?;
    silence::take_back(cx, permit, &open).await?;
    of_id(cx, "recordId", record.id).await
}

async fn silence_on(cx: &Cx, record: RecordId) -> Result<Option<Silence>> {
    Ok(silence::latest_on_records(cx, &[record]).await?.remove(&record))
}

async fn done(cx: &Cx, tx: Tx, record: &Record, action: Action) -> Result<()> {
    tx.commit(&[Event::on(action, record.id)]).await?;
    cx.track.wake();
    cx.track.tell(Topic::Records(record.group));
    Ok(())
}

/// What the viewer may do with a record, by their seat and its state.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Can {
    /// Reword it.
    pub draft: bool,
    /// Circulate it.
    pub circulate: bool,
    /// Ask for corrections.
    pub correct: bool,
    /// Put it to the group by silence.
    pub issue: bool,
}

/// What the viewer may do with this record.
pub fn can(cx: &Cx, record: &Record) -> Can {
    let may = |act: Act, possible: bool| possible && cx.can(act, On::group(record.group));
    let is_open = matches!(record.status, RecordStatus::Draft | RecordStatus::Circulated);
    Can {
        draft: may(Act::DraftRecord, is_open),
        circulate: may(Act::DraftRecord, record.status == RecordStatus::Draft),
        correct: may(Act::CorrectRecord, record.takes_corrections().is_ok()),
        issue: may(Act::OpenSilenceProcedure, record.status == RecordStatus::Circulated),
    }
}
