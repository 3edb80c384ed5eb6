//! Notes: who reads what, in which order, and what is refused before it is stored.

use dipoli_app::{
    Connection, Cx, PageArgs, agenda,
    note::{self, Filter, Post, Revise},
    session,
};
use dipoli_domain::{
    id::{AgendaItemId, NoteId, SessionId},
    membership::Role,
    note::{AnyNote, Attribution, Note, Visibility},
    refusal::Code,
    session::Session,
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    agenda::proposal,
    session::in_four_weeks,
    world::{Someone, World, one, refused},
};

on_each_database!(
    a_note_is_read_by_those_whom_its_visibility_names,
    a_seat_opens_what_is_written_after_it,
    nobody_is_named_by_assumption,
    what_a_note_may_be_on,
    notes_come_in_the_order_of_posting,
    many_lists_are_one_statement,
    revising_and_withdrawing,
    twins_post_once,
    an_unknown_note_is_like_a_foreign_one,
    a_changed_row_shows_nothing,
);

pub fn text(session: &Session, visibility: Visibility, body: &str) -> Post {
    Post {
        session_id: session.id.to_string(),
        agenda_item_id: None,
        body: body.to_owned(),
        visibility,
        attribution: Some(Attribution::Named),
        idempotency_key: None,
    }
}

struct Table {
    world: World,
    group: WorkingGroup,
    session: Session,
    facilitator: Someone,
    /// Two of the north and one of the south.
    north: [Someone; 2],
    south: Someone,
    observer: Someone,
}

impl Table {
    async fn on(engine: Engine) -> Self {
        let world = World::on(engine).await;
        let group = world.group(Attribution::Named).await;
        let organizer = world.member(&group, Role::Organizer).await;
        let facilitator = world.member(&group, Role::Facilitator).await;
        let sides = [world.delegation(&group, "North").await, world.delegation(&group, "South").await];
        let mut people = Vec::new();
        for side in [0, 0, 1] {
            let who = world.person().await;
            world.seats(who, &group, Role::Participant, Some(&sides[side])).await;
            people.push(who);
        }
        let observer = world.member(&group, Role::Observer).await;
        let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
        let [north, south] = [[people[0], people[1]], [people[2], people[2]]];
        Self { world, group, session, facilitator, north, south: south[0], observer }
    }

    async fn posts(&self, who: Someone, visibility: Visibility, body: &str) -> Note {
        let posted = note::post(&self.world.cx(who).await, text(&self.session, visibility, body)).await.unwrap();
        named(posted.note)
    }

    async fn read_by(&self, who: Someone) -> Vec<String> {
        let cx = self.world.cx(who).await;
        bodies(&self.page(&cx, &Filter::default(), PageArgs::default()).await)
    }

    async fn page(&self, cx: &Cx, filter: &Filter, page: PageArgs) -> Connection<AnyNote> {
        let mut pages = note::of_sessions(cx, &[self.session.id], filter, &page).await.unwrap();
        pages.remove(&self.session.id).unwrap()
    }
}

pub fn bodies(connection: &Connection<AnyNote>) -> Vec<String> {
    connection.edges.iter().map(|edge| edge.node.body().to_owned()).collect()
}

fn named(note: AnyNote) -> Note {
    match note {
        AnyNote::Named(note) => *note,
        AnyNote::ChathamHouse(_) => panic!("a NAMED note was asked for"),
    }
}

async fn a_note_is_read_by_those_whom_its_visibility_names(engine: Engine) {
    let table = Table::on(engine).await;
    let writer = table.north[0];
    for (visibility, body) in [
        (Visibility::Private, "private"),
        (Visibility::Delegation, "delegation"),
        (Visibility::Facilitators, "facilitators"),
        (Visibility::Group, "group"),
    ] {
        table.posts(writer, visibility, body).await;
        table.world.passes("1s");
    }
    assert_eq!(table.read_by(writer).await, ["private", "delegation", "facilitators", "group"]);
    assert_eq!(table.read_by(table.north[1]).await, ["delegation", "group"]);
    assert_eq!(table.read_by(table.south).await, ["group"]);
    assert_eq!(table.read_by(table.facilitator).await, ["facilitators", "group"]);
    assert!(table.read_by(table.observer).await.is_empty());
    let elsewhere = table.world.group(Attribution::Named).await;
    assert!(table.read_by(table.world.member(&elsewhere, Role::Facilitator).await).await.is_empty());

    let cx = table.world.cx(table.south).await;
    let edge = &table.page(&cx, &Filter::default(), PageArgs::default()).await.edges[0];
    let author = edge.node.author().expect("it is NAMED");
    let delegation = author.delegation.as_ref().map(|side| side.name.as_str());
    assert_eq!((author.person.id, delegation), (writer.0, Some("North")));
    let cx = table.world.cx(writer).await;
    let only = async |filter: Filter| bodies(&table.page(&cx, &filter, PageArgs::default()).await);
    let visibility = Some(vec![Visibility::Group, Visibility::Private]);
    assert_eq!(only(Filter { visibility, mine: None }).await, ["private", "group"]);
    assert_eq!(only(Filter { mine: Some(true), visibility: None }).await.len(), 4);
    assert!(only(Filter { mine: Some(false), visibility: None }).await.is_empty());
    assert!(only(Filter { mine: None, visibility: Some(vec![]) }).await.is_empty());
}

async fn a_seat_opens_what_is_written_after_it(engine: Engine) {
    let table = Table::on(engine).await;
    table.posts(table.south, Visibility::Group, "before").await;
    table.posts(table.south, Visibility::Facilitators, "aside, before").await;
    table.world.passes("1s");
    let late = table.world.member(&table.group, Role::Facilitator).await;
    assert!(table.read_by(late).await.is_empty());
    table.posts(table.south, Visibility::Group, "after").await;
    table.world.passes("1s");
    table.posts(table.south, Visibility::Facilitators, "aside, after").await;
    assert_eq!(table.read_by(late).await, ["after", "aside, after"]);
}

async fn nobody_is_named_by_assumption(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let before = table.world.rows().await;
    let unsaid = |visibility| Post { attribution: None, ..text(&table.session, visibility, "text") };
    let under_the_rule =
        |visibility| Post { attribution: Some(Attribution::ChathamHouse), ..text(&table.session, visibility, "text") };
    let private = note::post(&cx, under_the_rule(Visibility::Private)).await;
    assert_eq!(refused(private), one(Code::BadUserInput, "attribution"));
    let everything_wrong = Post { body: " ".to_owned(), ..under_the_rule(Visibility::Private) };
    let fields: Vec<_> = refused(note::post(&cx, everything_wrong).await).into_iter().map(|(_, field)| field).collect();
    assert_eq!(fields, ["body", "attribution"]);
    let chair = table.world.cx(table.facilitator).await;
    let without_a_side = note::post(&chair, unsaid(Visibility::Delegation)).await;
    assert_eq!(refused(without_a_side), one(Code::FailedPrecondition, "visibility"));
    assert_eq!(table.world.rows().await, before);
    for visibility in [Visibility::Private, Visibility::Delegation, Visibility::Facilitators] {
        let posted = note::post(&cx, unsaid(visibility)).await.expect("it has an owner and few readers");
        assert_eq!(posted.note.attribution(), Attribution::Named);
    }
}

async fn what_a_note_may_be_on(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let item = agenda::propose(&cx, proposal(&table.session, "Water")).await.unwrap().item;
    let on = |item: String| Post { agenda_item_id: Some(item), ..text(&table.session, Visibility::Group, "text") };
    let posted = note::post(&cx, on(item.id.to_string())).await.unwrap();
    assert_eq!(posted.note.agenda_item(), Some(item.id));
    let organizer = table.world.member(&table.group, Role::Organizer).await;
    let organizes = table.world.cx(organizer).await;
    let other = session::schedule(&organizes, in_four_weeks(&table.group)).await.unwrap();
    let elsewhere = agenda::propose(&cx, proposal(&other, "Water")).await.unwrap().item;
    for wrong in [elsewhere.id.to_string(), AgendaItemId::random().to_string(), "x".to_owned()] {
        assert_eq!(refused(note::post(&cx, on(wrong)).await), one(Code::NotFound, "agendaItemId"));
    }
    agenda::withdraw(&cx, &item.id.to_string()).await.unwrap();
    let gone = note::post(&cx, on(item.id.to_string())).await;
    assert_eq!(refused(gone), one(Code::FailedPrecondition, "agendaItemId"));
    session::cancel(&organizes, &other.id.to_string(), 1, None).await.unwrap();
    let cancelled = note::post(&cx, text(&other, Visibility::Group, "text")).await;
    assert_eq!(refused(cancelled), one(Code::FailedPrecondition, ""));
    let observer = table.world.cx(table.observer).await;
    let forbidden = note::post(&observer, text(&table.session, Visibility::Private, "text")).await;
    assert_eq!(refused(forbidden), one(Code::Forbidden, ""));
    table.world.stands_at("2027-03-29T11:00:00Z");
    let cx = table.world.cx(table.north[0]).await;
    note::post(&cx, text(&table.session, Visibility::Group, "text")).await.expect("after the session, too");
}

async fn notes_come_in_the_order_of_posting(engine: Engine) {
    let table = Table::on(engine).await;
    for number in 0..7 {
        // What the south does not see lies between what it sees.
        table.posts(table.north[0], Visibility::Delegation, "hidden").await;
        table.posts(table.north[0], Visibility::Group, &number.to_string()).await;
        table.world.passes("1s");
    }
    let cx = table.world.cx(table.south).await;
    let page = async |args: PageArgs| table.page(&cx, &Filter::default(), args).await;
    let first = page(PageArgs { first: Some(3), ..PageArgs::default() }).await;
    assert_eq!(
        (bodies(&first), first.has_previous, first.has_next),
        (vec!["0".into(), "1".into(), "2".into()], false, true)
    );
    let after = Some(first.edges[2].cursor.clone());
    let next = page(PageArgs { first: Some(4), after: after.clone(), ..PageArgs::default() }).await;
    assert_eq!(bodies(&next), ["3", "4", "5", "6"]);
    assert_eq!((next.has_previous, next.has_next), (true, false));
    let before = Some(next.edges[0].cursor.clone());
    let back = page(PageArgs { last: Some(2), before, ..PageArgs::default() }).await;
    assert_eq!((bodies(&back), back.has_previous, back.has_next), (vec!["1".into(), "2".into()], true, true));
    let nothing = page(PageArgs { first: Some(0), after, ..PageArgs::default() }).await;
    assert_eq!((bodies(&nothing), nothing.has_previous, nothing.has_next), (vec![], true, true));
    let counts = note::counts_of_sessions(&cx, &[table.session.id], &Filter::default()).await.unwrap();
    assert_eq!(counts[&table.session.id], 7);
    let other = table.world.cx(table.north[1]).await;
    let args = PageArgs { after: Some(first.edges[0].cursor.clone()), ..PageArgs::default() };
    let foreign = note::of_sessions(&other, &[table.session.id], &Filter::default(), &args).await;
    assert_eq!(refused(foreign), one(Code::BadUserInput, "after"));
}

async fn many_lists_are_one_statement(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let mut items = Vec::new();
    for number in 0..12 {
        let item = agenda::propose(&cx, proposal(&table.session, "Water")).await.unwrap().item.id;
        for _ in 0..number {
            let on = Some(item.to_string());
            let text = Post { agenda_item_id: on, ..text(&table.session, Visibility::Group, &number.to_string()) };
            note::post(&cx, text).await.unwrap();
        }
        items.push(item);
    }
    let args = PageArgs { first: Some(5), ..PageArgs::default() };
    let before = table.world.track.statements();
    let pages = note::of_items(&cx, &items, &Filter::default(), &args).await.unwrap();
    let counts = note::counts_of_items(&cx, &items, &Filter::default()).await.unwrap();
    let agenda = agenda::of_sessions(&cx, &[table.session.id]).await.unwrap();
    assert_eq!(table.world.track.statements() - before, 3);
    assert_eq!(agenda[&table.session.id].len(), 12);
    for (number, item) in items.iter().enumerate() {
        let page = &pages[item];
        assert_eq!((page.edges.len(), page.has_next), (number.min(5), number > 5));
        assert!(page.edges.iter().all(|edge| edge.node.body() == number.to_string()));
        assert_eq!(counts[item], number as u64);
    }
}

async fn revising_and_withdrawing(engine: Engine) {
    let table = Table::on(engine).await;
    let (own, chair) = (table.world.cx(table.north[0]).await, table.world.cx(table.facilitator).await);
    let note = table.posts(table.north[0], Visibility::Group, "first").await;
    let id = note.id.to_string();
    let revise = |expected_version, body: &str| Revise {
        note_id: id.clone(),
        expected_version,
        body: body.to_owned(),
        edit_secret: None,
    };
    let any = AnyNote::from(note.clone());
    assert!(note::can(&own, &any).revise && note::can(&own, &any).withdraw);
    assert!(!note::can(&chair, &any).revise && note::can(&chair, &any).withdraw);
    let revised = named(note::revise(&own, revise(1, "second")).await.unwrap().note);
    assert_eq!((revised.body.as_str(), revised.version, revised.posted_at), ("second", 2, note.posted_at));
    assert_eq!(refused(note::revise(&own, revise(1, "third")).await), one(Code::Conflict, "expectedVersion"));
    assert_eq!(refused(note::revise(&own, revise(2, "")).await), one(Code::BadUserInput, "body"));
    assert_eq!(refused(note::revise(&chair, revise(2, "third")).await), one(Code::Forbidden, ""));
    assert_eq!(refused(note::withdraw(&table.world.cx(table.south).await, &id, None).await), one(Code::Forbidden, ""));
    let aside = table.posts(table.north[0], Visibility::Facilitators, "aside").await;
    assert!(!note::can(&chair, &AnyNote::from(aside.clone())).withdraw);
    assert_eq!(refused(note::withdraw(&chair, &aside.id.to_string(), None).await), one(Code::Forbidden, ""));
    assert_eq!(note::withdraw(&chair, &id, None).await.unwrap().id, note.id);
    let trace = note::many(&own, &[note.id]).await.unwrap().remove(&note.id).unwrap();
    assert_eq!((trace.body(), trace.withdrawn(), trace.version()), ("", true, 3));
    assert_eq!(refused(note::revise(&own, revise(3, "third")).await), one(Code::FailedPrecondition, ""));
    assert_eq!(refused(note::withdraw(&own, &id, None).await), one(Code::FailedPrecondition, ""));
    assert!(!note::can(&own, &trace).revise && !note::can(&own, &trace).withdraw);
}

async fn twins_post_once(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let sent = || Post { idempotency_key: Some("k".to_owned()), ..text(&table.session, Visibility::Group, "once") };
    let twins: Vec<_> = (0..20)
        .map(|_| {
            let (cx, input) = (cx.clone(), sent());
            tokio::spawn(async move { note::post(&cx, input).await })
        })
        .collect();
    let mut made = Vec::new();
    for twin in twins {
        made.push(twin.await.unwrap().unwrap().note);
    }
    made.dedup();
    assert_eq!(made.len(), 1, "all get the same note");
    assert_eq!(table.read_by(table.south).await, ["once"]);
    // The same key of another person is another key.
    let theirs = note::post(&table.world.cx(table.south).await, sent()).await.unwrap();
    assert_ne!(theirs.note.id(), made[0].id());
    let key_of_another_mutation =
        agenda::Propose { idempotency_key: Some("k".to_owned()), ..proposal(&table.session, "Water") };
    agenda::propose(&cx, key_of_another_mutation).await.unwrap();
    // A replay asks the policy again: who has become an observer gets nothing back.
    let mut viewer = (*cx.viewer).clone();
    viewer.seats[0].role = Role::Observer;
    let observer = table.world.cx_of(viewer);
    assert_eq!(refused(note::post(&observer, sent()).await), one(Code::Forbidden, ""));
}

async fn an_unknown_note_is_like_a_foreign_one(engine: Engine) {
    let table = Table::on(engine).await;
    let hidden = table.posts(table.north[0], Visibility::Delegation, "ours").await;
    let cx = table.world.cx(table.south).await;
    let before = table.world.rows().await;
    for id in [hidden.id.to_string(), NoteId::random().to_string(), SessionId::random().to_string(), String::new()] {
        let revise = Revise { note_id: id.clone(), expected_version: 1, body: "mine".to_owned(), edit_secret: None };
        assert_eq!(refused(note::revise(&cx, revise).await), one(Code::NotFound, "noteId"));
        assert_eq!(refused(note::withdraw(&cx, &id, None).await), one(Code::NotFound, "noteId"));
    }
    assert!(note::many(&cx, &[hidden.id]).await.unwrap().is_empty());
    assert_eq!(table.world.rows().await, before);
}

async fn a_changed_row_shows_nothing(engine: Engine) {
    let table = Table::on(engine).await;
    let note = table.posts(table.north[0], Visibility::Private, "mine").await;
    let other = table.posts(table.north[0], Visibility::Private, "too").await;
    let raw = table.world.raw();
    raw.run("UPDATE note SET visibility = 'group'").await;
    assert!(table.read_by(table.south).await.is_empty(), "PRIVATE is not made GROUP from below");
    assert!(table.read_by(table.north[0]).await.is_empty());
    let mut reported = table.world.store().integrity();
    reported.sort_by_key(ToString::to_string);
    let mut expected = vec![note.id.into(), other.id.into()];
    expected.sort_by_key(|id: &dipoli_domain::id::AnyId| id.to_string());
    assert_eq!(reported, expected, "each is told once");
    raw.run("UPDATE note SET visibility = 'private'").await;
    assert_eq!(table.read_by(table.north[0]).await.len(), 2);
    raw.run("UPDATE note SET withdrawn = NOT withdrawn").await;
    assert!(table.read_by(table.north[0]).await.is_empty());
}
