//! Agendas: the order that two people change at once, what is frozen, and what an observer sees of it.

use std::sync::Arc;

use dipoli_app::{
    Cx,
    agenda::{self, Propose, Update},
    session,
    silence::{self, Open},
};
use dipoli_domain::{
    agenda::{ItemStatus, Placed},
    id::{AgendaItemId, MembershipId, SessionId},
    membership::Role,
    note::Attribution,
    patch::Patch,
    refusal::Code,
    session::{Rewording, Session},
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    session::in_four_weeks,
    world::{Someone, World, instant, one, refused},
};

on_each_database!(
    an_agenda_grows_at_its_end_and_keeps_its_order,
    two_who_move_at_once_leave_no_gap,
    an_agenda_has_an_end,
    what_an_observer_sees,
    one_edits_ones_own_proposal_until_it_is_adopted,
    a_leader_sits_in_the_group,
    a_stricter_session_makes_its_items_stricter,
    an_agenda_of_a_concluded_session_is_closed,
    twins_propose_once,
    an_unknown_item_is_like_a_foreign_one,
);

pub fn proposal(session: &Session, title: &str) -> Propose {
    Propose {
        session_id: session.id.to_string(),
        title: title.to_owned(),
        description: "In short.".to_owned(),
        duration_minutes: Some(20),
        lead_membership_id: None,
        attribution: None,
        idempotency_key: None,
    }
}

fn update(placed: &Placed) -> Update {
    Update {
        agenda_item_id: placed.item.id.to_string(),
        expected_version: placed.item.version,
        title: Patch::Keep,
        description: Patch::Keep,
        duration_minutes: Patch::Keep,
        lead_membership_id: Patch::Keep,
        attribution: Patch::Keep,
    }
}

struct Table {
    world: Arc<World>,
    group: WorkingGroup,
    session: Session,
    organizer: Someone,
    facilitator: Someone,
    participant: Someone,
}

impl Table {
    async fn on(engine: Engine) -> Self {
        let world = Arc::new(World::on(engine).await);
        let group = world.group(Attribution::Named).await;
        let organizer = world.member(&group, Role::Organizer).await;
        let facilitator = world.member(&group, Role::Facilitator).await;
        let participant = world.member(&group, Role::Participant).await;
        let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
        Self { world, group, session, organizer, facilitator, participant }
    }

    async fn proposes(&self, who: Someone, title: &str) -> Placed {
        agenda::propose(&self.world.cx(who).await, proposal(&self.session, title)).await.unwrap()
    }

    async fn seen_by(&self, cx: &Cx) -> Vec<Placed> {
        agenda::of_sessions(cx, &[self.session.id]).await.unwrap().remove(&self.session.id).unwrap()
    }
}

fn titles(agenda: &[Placed]) -> Vec<&str> {
    agenda.iter().map(|placed| placed.item.title.as_str()).collect()
}

async fn an_agenda_grows_at_its_end_and_keeps_its_order(engine: Engine) {
    let table = Table::on(engine).await;
    for (place, title) in (1..).zip(["Water", "Borders", "Trade"]) {
        assert_eq!(table.proposes(table.participant, title).await.position, place);
    }
    let cx = table.world.cx(table.organizer).await;
    let agenda = table.seen_by(&cx).await;
    assert_eq!(titles(&agenda), ["Water", "Borders", "Trade"]);
    assert_eq!(agenda[2].starts_at, Some(instant("2027-03-29T08:40:00Z")));
    let trade = agenda[2].item.id.to_string();
    let moved = agenda::move_to(&cx, &trade, 1).await.unwrap();
    assert_eq!((moved.position, moved.item.version), (1, 1));
    assert_eq!(titles(&table.seen_by(&cx).await), ["Trade", "Water", "Borders"]);
    for position in [0, 4, -1] {
        assert_eq!(refused(agenda::move_to(&cx, &trade, position).await), one(Code::BadUserInput, "position"));
    }
    let stored = table.world.raw().texts("SELECT CAST(position AS TEXT) FROM agenda_item ORDER BY position").await;
    assert_eq!(stored, ["1", "2", "3"]);
}

async fn two_who_move_at_once_leave_no_gap(engine: Engine) {
    let table = Table::on(engine).await;
    let mut items = Vec::new();
    for number in 0..6 {
        items.push(table.proposes(table.participant, &format!("Item {number}")).await.item.id);
    }
    let mut tasks = Vec::new();
    for round in 0..10_i32 {
        for (who, offset) in [(table.organizer, 0), (table.facilitator, 3)] {
            let (cx, item) = (table.world.cx(who).await, items[(round as usize + offset) % 6].to_string());
            tasks.push(tokio::spawn(async move { agenda::move_to(&cx, &item, round % 6 + 1).await.map(drop) }));
        }
        let (cx, session) = (table.world.cx(table.participant).await, table.session.clone());
        tasks.push(tokio::spawn(async move { agenda::propose(&cx, proposal(&session, "More")).await.map(drop) }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let positions = table.world.raw().texts("SELECT CAST(position AS TEXT) FROM agenda_item ORDER BY position").await;
    let expected: Vec<String> = (1..=16).map(|place: i32| place.to_string()).collect();
    assert_eq!(positions.len(), 16);
    assert_eq!(positions.iter().collect::<std::collections::BTreeSet<_>>(), expected.iter().collect());
}

async fn an_agenda_has_an_end(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.participant).await;
    let mut item = table.proposes(table.participant, "Water").await.item;
    let tx = table.world.begins().await;
    for place in 2..=100 {
        item.id = AgendaItemId::random();
        tx.add_agenda_item(&item, place).await.unwrap();
    }
    table.world.commits(tx).await;
    let one_too_many = agenda::propose(&cx, proposal(&table.session, "More")).await;
    assert_eq!(refused(one_too_many), one(Code::FailedPrecondition, ""));
    assert_eq!(table.seen_by(&cx).await.len(), 100);
}

async fn what_an_observer_sees(engine: Engine) {
    let table = Table::on(engine).await;
    let observer = table.world.member(&table.group, Role::Observer).await;
    let water = table.proposes(table.participant, "Water").await;
    table.proposes(table.participant, "Borders").await;
    let trade = table.proposes(table.participant, "Trade").await;
    let chair = table.world.cx(table.facilitator).await;
    for item in [&water, &trade] {
        let adopted = agenda::adopt(&chair, &item.item.id.to_string(), Some(1)).await.unwrap();
        assert_eq!((adopted.item.status, adopted.item.adopted_at), (ItemStatus::Adopted, Some(table.world.now())));
    }
    let cx = table.world.cx(observer).await;
    let agenda = table.seen_by(&cx).await;
    assert_eq!(titles(&agenda), ["Water", "Trade"]);
    assert_eq!(agenda.iter().map(|placed| placed.position).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(agenda[0].starts_at, Some(table.session.starts_at()));
    assert_eq!(agenda[1].starts_at, None, "what is out of sight takes a time that is not told");
    let found = agenda::many(&cx, &agenda.iter().map(|placed| placed.item.id).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(found.len(), 2);
    let can = agenda::can(&cx, &agenda[0]);
    assert!(
        ![can.update, can.tighten_attribution, can.move_item, can.adopt, can.withdraw, can.post_note].contains(&true)
    );
    let proposes = agenda::propose(&cx, proposal(&table.session, "Mine")).await;
    assert_eq!(refused(proposes), one(Code::Forbidden, ""));
}

async fn one_edits_ones_own_proposal_until_it_is_adopted(engine: Engine) {
    let table = Table::on(engine).await;
    let (own, chair) = (table.world.cx(table.participant).await, table.world.cx(table.facilitator).await);
    let item = table.proposes(table.participant, "Water").await;
    assert!(agenda::can(&own, &item).update && agenda::can(&own, &item).withdraw && !agenda::can(&own, &item).adopt);
    assert!(!agenda::can(&chair, &item).update && agenda::can(&chair, &item).adopt);
    let rivers = Update { title: Patch::Set("Rivers".to_owned()), duration_minutes: Patch::Clear, ..update(&item) };
    let reworded = agenda::update(&own, rivers).await.unwrap();
    assert_eq!((reworded.item.title.as_str(), reworded.item.duration_minutes), ("Rivers", None));
    assert_eq!(table.seen_by(&own).await, std::slice::from_ref(&reworded));
    let stale = Update { title: Patch::Set("Lakes".to_owned()), ..update(&item) };
    assert_eq!(refused(agenda::update(&own, stale).await), one(Code::Conflict, "expectedVersion"));
    let not_own = Update { title: Patch::Set("Lakes".to_owned()), ..update(&reworded) };
    assert_eq!(refused(agenda::update(&chair, not_own).await), one(Code::Forbidden, ""));
    let id = item.item.id.to_string();
    assert_eq!(refused(agenda::adopt(&own, &id, None).await), one(Code::Forbidden, ""));
    assert_eq!(refused(agenda::adopt(&chair, &id, Some(1)).await), one(Code::Conflict, "expectedVersion"));
    let adopted = agenda::adopt(&chair, &id, None).await.unwrap();
    let frozen = Update { title: Patch::Set("Lakes".to_owned()), ..update(&adopted) };
    assert_eq!(refused(agenda::update(&own, frozen).await), one(Code::FailedPrecondition, ""));
    assert_eq!(refused(agenda::withdraw(&own, &id).await), one(Code::FailedPrecondition, ""));
    assert_eq!(refused(agenda::withdraw(&chair, &id).await), one(Code::Forbidden, ""));
    let other = table.proposes(table.participant, "Borders").await;
    let withdrawn = agenda::withdraw(&own, &other.item.id.to_string()).await.unwrap();
    assert_eq!((withdrawn.item.status, withdrawn.starts_at), (ItemStatus::Withdrawn, None));
}

async fn a_leader_sits_in_the_group(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.participant).await;
    let own = cx.viewer.seats[0].membership;
    let pending = table.world.promises(table.world.person().await, &table.group, Role::Participant).await;
    let elsewhere = table.world.group(Attribution::Named).await;
    let stranger = table.world.seats(table.world.person().await, &elsewhere, Role::Participant, None).await;
    let led_by = |lead: String| Propose { lead_membership_id: Some(lead), ..proposal(&table.session, "Water") };
    for lead in [pending.to_string(), stranger.to_string(), MembershipId::random().to_string(), "x".to_owned()] {
        let result = agenda::propose(&cx, led_by(lead)).await;
        assert_eq!(refused(result), one(Code::NotFound, "leadMembershipId"));
    }
    let twice_wrong = Propose { title: String::new(), ..led_by("x".to_owned()) };
    let fields: Vec<_> = refused(agenda::propose(&cx, twice_wrong).await).into_iter().map(|(_, field)| field).collect();
    assert_eq!(fields, ["leadMembershipId", "title"]);
    let led = agenda::propose(&cx, led_by(own.to_string())).await.unwrap();
    assert_eq!((led.item.lead, led.item.proposed_by), (Some(own), Some(own)));
    let without = Update { lead_membership_id: Patch::Clear, ..update(&led) };
    assert_eq!(agenda::update(&cx, without).await.unwrap().item.lead, None);
}

async fn a_stricter_session_makes_its_items_stricter(engine: Engine) {
    let table = Table::on(engine).await;
    let chair = table.world.cx(table.facilitator).await;
    let item = table.proposes(table.participant, "Water").await;
    assert_eq!(item.item.attribution, Attribution::Named);
    let stricter = Update { attribution: Patch::Set(Attribution::ChathamHouse), ..update(&item) };
    let own = table.world.cx(table.participant).await;
    let by_its_proposer = Update { attribution: Patch::Set(Attribution::ChathamHouse), ..update(&item) };
    assert_eq!(refused(agenda::update(&own, by_its_proposer).await), one(Code::Forbidden, ""));
    let tightened = agenda::update(&chair, stricter).await.unwrap();
    assert_eq!(tightened.item.attribution, Attribution::ChathamHouse);
    let laxer = Update { attribution: Patch::Set(Attribution::Named), ..update(&tightened) };
    assert_eq!(refused(agenda::update(&chair, laxer).await), one(Code::BadUserInput, "attribution"));

    table.proposes(table.participant, "Borders").await;
    let change = Rewording { attribution: Patch::Set(Attribution::ChathamHouse), ..Rewording::default() };
    let input = session::Update { session_id: table.session.id.to_string(), expected_version: 1, change };
    session::update(&chair, input).await.unwrap();
    let attributions: Vec<_> = table.seen_by(&own).await.iter().map(|placed| placed.item.attribution).collect();
    assert_eq!(attributions, [Attribution::ChathamHouse, Attribution::ChathamHouse]);
}

async fn an_agenda_of_a_concluded_session_is_closed(engine: Engine) {
    let table = Table::on(engine).await;
    let item = table.proposes(table.participant, "Water").await;
    table.world.stands_at("2027-03-29T09:00:00Z");
    let chair = table.world.cx(table.facilitator).await;
    let own = table.world.cx(table.participant).await;
    session::conclude(&chair, &table.session.id.to_string(), 1, None).await.unwrap();
    let id = item.item.id.to_string();
    let closed = one(Code::FailedPrecondition, "");
    let before = table.world.rows().await;
    assert_eq!(refused(agenda::propose(&own, proposal(&table.session, "More")).await), closed);
    assert_eq!(refused(agenda::adopt(&chair, &id, None).await), closed);
    assert_eq!(refused(agenda::move_to(&chair, &id, 1).await), closed);
    assert_eq!(refused(agenda::withdraw(&own, &id).await), closed);
    let reworded = Update { title: Patch::Set("Rivers".to_owned()), ..update(&item) };
    assert_eq!(refused(agenda::update(&own, reworded).await), closed);
    assert_eq!(table.world.rows().await, before);
    let placed = &table.seen_by(&own).await[0];
    let can = agenda::can(&own, placed);
    assert!(can.post_note && !can.update && !can.withdraw);
    let tightened = Update { attribution: Patch::Set(Attribution::ChathamHouse), ..update(&item) };
    agenda::update(&chair, tightened).await.expect("attribution gets stricter at any time");
}

async fn twins_propose_once(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.participant).await;
    let twins: Vec<_> = (0..20)
        .map(|_| {
            let input = Propose { idempotency_key: Some("water".to_owned()), ..proposal(&table.session, "Water") };
            let cx = cx.clone();
            tokio::spawn(async move { agenda::propose(&cx, input).await.map(|placed| placed.item.id) })
        })
        .collect();
    let mut made = Vec::new();
    for twin in twins {
        made.push(twin.await.unwrap().unwrap());
    }
    made.dedup();
    assert_eq!(made.len(), 1);
    assert_eq!(titles(&table.seen_by(&cx).await), ["Water"]);
}

async fn an_unknown_item_is_like_a_foreign_one(engine: Engine) {
    let table = Table::on(engine).await;
    let item = table.proposes(table.participant, "Water").await;
    let elsewhere = table.world.group(Attribution::Named).await;
    let stranger = table.world.cx(table.world.member(&elsewhere, Role::Facilitator).await).await;
    // An observer may see adopted items; this one is only proposed.
    let observer = table.world.cx(table.world.member(&table.group, Role::Observer).await).await;
    let unknown = one(Code::NotFound, "agendaItemId");
    let ids = [item.item.id.to_string(), AgendaItemId::random().to_string(), SessionId::random().to_string()];
    for cx in [&stranger, &observer] {
        for id in &ids {
            assert_eq!(refused(agenda::move_to(cx, id, 1).await), unknown);
            assert_eq!(refused(agenda::adopt(cx, id, None).await), unknown);
            assert_eq!(refused(agenda::withdraw(cx, id).await), unknown);
            let open = Open {
                agenda_item_id: id.clone(),
                deadline: "x".to_owned(),
                expected_version: None,
                idempotency_key: None,
            };
            assert_eq!(refused(silence::open(cx, open).await), unknown);
            let input = Update { agenda_item_id: id.clone(), ..update(&item) };
            assert_eq!(refused(agenda::update(cx, input).await), unknown);
        }
        assert!(agenda::many(cx, &[item.item.id]).await.unwrap().is_empty());
    }
    assert!(table.seen_by(&stranger).await.is_empty());
}
