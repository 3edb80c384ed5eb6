//! Notes under the Chatham House Rule: without an author, by edit secret, on the tick, for all readers together.

use dipoli_app::{
    Connection, Cx, PageArgs, agenda, chatham_house_note as under_the_rule,
    note::{self, Filter, Post, Posted, Revise, Withdrawn},
    session,
};
use dipoli_domain::{
    chatham_house_note::ChathamHouseNote,
    delegation::Delegation,
    id::NoteId,
    membership::Role,
    note::{AnyNote, Attribution, Visibility},
    refusal::Code,
    session::Session,
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    agenda::proposal,
    note::{bodies, text},
    session::in_four_weeks,
    world::{Someone, World, one, refused},
};

on_each_database!(
    a_note_comes_out_on_the_tick_for_all_together,
    ticks_follow_the_session_and_are_never_brought_forward,
    what_fell_due_while_nothing_ran_is_one_batch,
    named_notes_come_first,
    nothing_is_kept_of_its_author,
    who_has_the_secret_revises_and_withdraws,
    without_the_secret_everyone_is_a_stranger,
    a_note_that_waits_can_be_changed_and_taken_back,
    any_reader_may_ask_for_a_withdrawal,
    a_facilitator_withdraws_a_group_note,
    too_few_hide_nobody,
    a_delegation_hides_its_own_only,
    the_part_of_the_meeting_says_how_a_note_starts,
    the_same_sending_has_the_same_answer,
    a_key_is_of_one_text,
    what_is_out_already_stops_no_tick,
    nobody_elses_act_moves_a_tick,
    rows_lie_in_an_order_that_tells_nothing,
    a_seat_opens_what_comes_out_after_it,
    a_changed_row_shows_nothing,
);

/// A group of seven who could have written, four of them for one side.
struct Table {
    world: World,
    group: WorkingGroup,
    session: Session,
    organizer: Someone,
    facilitator: Someone,
    north: [Someone; 4],
    north_side: Delegation,
    south: Someone,
    observer: Someone,
}

impl Table {
    async fn on(engine: Engine) -> Self {
        let world = World::on(engine).await;
        let group = world.group(Attribution::ChathamHouse).await;
        let organizer = world.member(&group, Role::Organizer).await;
        let facilitator = world.member(&group, Role::Facilitator).await;
        let [north_side, south_side] =
            [world.delegation(&group, "North").await, world.delegation(&group, "South").await];
        let mut north = Vec::new();
        for _ in 0..4 {
            let who = world.person().await;
            world.seats(who, &group, Role::Participant, Some(&north_side)).await;
            north.push(who);
        }
        let south = world.person().await;
        world.seats(south, &group, Role::Participant, Some(&south_side)).await;
        let observer = world.member(&group, Role::Observer).await;
        let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
        let north = [north[0], north[1], north[2], north[3]];
        Self { world, group, session, organizer, facilitator, north, north_side, south, observer }
    }

    fn rule(&self, visibility: Visibility, body: &str) -> Post {
        Post { attribution: Some(Attribution::ChathamHouse), ..text(&self.session, visibility, body) }
    }

    async fn posts(&self, who: Someone, visibility: Visibility, body: &str) -> Posted {
        note::post(&self.world.cx(who).await, self.rule(visibility, body)).await.unwrap()
    }

    /// Time passes, and whatever is due is done.
    async fn passes(&self, span: &str) {
        self.world.passes(span);
        under_the_rule::let_out(&self.world.track).await.unwrap();
    }

    async fn read_by(&self, who: Someone) -> Vec<String> {
        let cx = self.world.cx(who).await;
        bodies(&self.page(&cx, PageArgs::default()).await)
    }

    async fn page(&self, cx: &Cx, page: PageArgs) -> Connection<AnyNote> {
        let mut pages = note::of_sessions(cx, &[self.session.id], &Filter::default(), &page).await.unwrap();
        pages.remove(&self.session.id).unwrap()
    }

    async fn seen(&self, who: Someone, id: NoteId) -> Option<AnyNote> {
        note::many(&self.world.cx(who).await, &[id]).await.unwrap().remove(&id)
    }

    async fn revises(&self, who: Someone, note: NoteId, version: i32, body: &str, secret: &SecretString) -> Posted {
        note::revise(&self.world.cx(who).await, revision(note, version, body, secret)).await.unwrap()
    }

    async fn withdraws(&self, who: Someone, note: NoteId, secret: &SecretString) -> Withdrawn {
        note::withdraw(&self.world.cx(who).await, &note.to_string(), Some(secret)).await.unwrap()
    }
}

fn revision(note: NoteId, expected_version: i32, body: &str, secret: &SecretString) -> Revise {
    let edit_secret = Some(secret.clone());
    Revise { note_id: note.to_string(), expected_version, body: body.to_owned(), edit_secret }
}

fn secret(posted: &Posted) -> &SecretString {
    posted.edit_secret.as_ref().expect("a note under the Rule has one")
}

async fn a_note_comes_out_on_the_tick_for_all_together(engine: Engine) {
    let table = Table::on(engine).await;
    table.world.stands_at("2027-03-10T09:30:00Z");
    let posted = table.posts(table.north[0], Visibility::Group, "Water cannot wait.\r\n").await;
    assert_eq!(posted.note.body(), "Water cannot wait.");
    assert!(posted.note.author().is_none() && posted.note.posted_at().is_none());
    assert_eq!(posted.takes_effect_at, Some("2027-03-11T00:00:00Z".parse().unwrap()));
    let everyone = [table.north[0], table.north[1], table.south, table.facilitator, table.organizer];
    table.passes("14h").await;
    for who in everyone {
        assert!(table.read_by(who).await.is_empty() && table.seen(who, posted.note.id()).await.is_none());
        let counts =
            note::counts_of_sessions(&table.world.cx(who).await, &[table.session.id], &Filter::default()).await;
        assert_eq!(counts.unwrap()[&table.session.id], 0);
    }
    table.passes("30m").await;
    for who in everyone {
        assert_eq!(table.read_by(who).await, ["Water cannot wait."]);
        let note = table.seen(who, posted.note.id()).await.expect("it is out");
        assert_eq!((note.author(), note.posted_at(), note.version()), (None, None, 1));
        assert_eq!(note.attribution(), Attribution::ChathamHouse);
    }
    assert!(table.read_by(table.observer).await.is_empty());
}

async fn ticks_follow_the_session_and_are_never_brought_forward(engine: Engine) {
    let table = Table::on(engine).await;
    let tick = async |body: &str| table.posts(table.north[0], Visibility::Group, body).await.takes_effect_at.unwrap();
    table.world.stands_at("2027-03-29T07:59:00Z");
    assert_eq!(tick("before").await.to_string(), "2027-03-30T00:00:00Z");
    table.world.stands_at("2027-03-29T08:01:30Z");
    assert_eq!(tick("in the meeting").await.to_string(), "2027-03-29T08:05:00Z");
    let organizes = table.world.cx(table.organizer).await;
    session::conclude(&organizes, &table.session.id.to_string(), 1, None).await.unwrap();
    table.passes("1m").await;
    assert!(table.read_by(table.south).await.is_empty(), "a conclusion brings no tick forward");
    assert_eq!(tick("after").await.to_string(), "2027-03-30T00:00:00Z");
    table.passes("3m").await;
    assert_eq!(table.read_by(table.south).await, ["in the meeting"], "and puts none off");
    table.passes("16h").await;
    assert_eq!(table.read_by(table.south).await.len(), 3);
}

async fn what_fell_due_while_nothing_ran_is_one_batch(engine: Engine) {
    let table = Table::on(engine).await;
    table.posts(table.north[0], Visibility::Group, "one").await;
    table.world.passes("30h");
    table.posts(table.south, Visibility::Group, "two").await;
    table.passes("48h").await;
    let released = table.world.raw().texts("SELECT DISTINCT CAST(released_at AS text) FROM chatham_house_note").await;
    assert_eq!((table.read_by(table.south).await.len(), released.len()), (2, 1));
    assert_eq!(table.world.rows().await["staged_note"], 0);
}

async fn named_notes_come_first(engine: Engine) {
    let table = Table::on(engine).await;
    let item = agenda::propose(&table.world.cx(table.south).await, proposal(&table.session, "Water")).await.unwrap();
    for number in 0..5 {
        let on = Some(item.item.id.to_string());
        let ruled = Post { agenda_item_id: on.clone(), ..table.rule(Visibility::Group, &format!("rule {number}")) };
        note::post(&table.world.cx(table.north[0]).await, ruled).await.unwrap();
    }
    table.passes("24h").await;
    for number in 0..3 {
        let named = Post {
            agenda_item_id: Some(item.item.id.to_string()),
            ..text(&table.session, Visibility::Group, &format!("named {number}"))
        };
        note::post(&table.world.cx(table.south).await, named).await.unwrap();
        table.world.passes("1s");
    }
    let cx = table.world.cx(table.north[1]).await;
    let all = table.page(&cx, PageArgs::default()).await;
    assert_eq!(bodies(&all)[..3], ["named 0", "named 1", "named 2"]);
    let ids: Vec<_> = all.edges[3..].iter().map(|edge| edge.node.id()).collect();
    assert!(ids.is_sorted() && ids.len() == 5, "by their random ids");
    let mut walked = Vec::new();
    let mut args = PageArgs { first: Some(2), ..PageArgs::default() };
    loop {
        let page = table.page(&cx, args).await;
        walked.extend(bodies(&page));
        if !page.has_next {
            break;
        }
        args = PageArgs {
            first: Some(2),
            after: page.edges.last().map(|edge| edge.cursor.clone()),
            ..PageArgs::default()
        };
    }
    assert_eq!(walked, bodies(&all));
    let before = table.world.track.statements();
    let pages = note::of_items(&cx, &[item.item.id], &Filter::default(), &PageArgs::default()).await.unwrap();
    let counts = note::counts_of_items(&cx, &[item.item.id], &Filter::default()).await.unwrap();
    assert_eq!(table.world.track.statements() - before, 2);
    assert_eq!((bodies(&pages[&item.item.id]), counts[&item.item.id]), (bodies(&all), 8));
    let of = async |mine| {
        let filter = Filter { mine: Some(mine), visibility: None };
        let cx = table.world.cx(table.north[0]).await;
        let pages = note::of_sessions(&cx, &[table.session.id], &filter, &PageArgs::default()).await.unwrap();
        pages[&table.session.id].edges.len()
    };
    assert_eq!((of(true).await, of(false).await), (0, 8), "a note under the Rule is nobody's own");
}

async fn nothing_is_kept_of_its_author(engine: Engine) {
    let table = Table::on(engine).await;
    let before = table.world.rows().await;
    let key = "a-key-of-22-characters";
    let sent = Post { idempotency_key: Some(key.to_owned()), ..table.rule(Visibility::Group, "a pleasant evening") };
    let posted = note::post(&table.world.cx(table.north[0]).await, sent).await.unwrap();
    let mut after = table.world.rows().await;
    assert_eq!((after["staged_note"], after["receipt"]), (1, 1));
    after.insert("staged_note".to_owned(), before["staged_note"]);
    after.insert("receipt".to_owned(), before["receipt"]);
    assert_eq!(after, before, "no other row is written: no audit event, no record that names a person");
    let dump = table.world.raw().dump().await;
    for hidden in [secret(&posted).expose_secret(), key, "a pleasant evening"] {
        assert!(!dump.contains(hidden));
    }
    table.passes("24h").await;
    let after = table.world.rows().await;
    assert_eq!((after["chatham_house_note"], after["staged_note"], after["note"]), (1, 0, 0));
    let told =
        table.world.raw().texts("SELECT coalesce(subject, '') FROM audit_event WHERE action = 'note.posted'").await;
    assert_eq!(told, [""], "the log tells of the tick, and names nothing");
    let actors = table
        .world
        .raw()
        .number("SELECT count(*) FROM audit_event WHERE action LIKE 'note.%' AND actor_id IS NOT NULL")
        .await;
    assert_eq!(actors, 0);
}

async fn who_has_the_secret_revises_and_withdraws(engine: Engine) {
    let table = Table::on(engine).await;
    let author = table.north[0];
    let posted = table.posts(author, Visibility::Group, "first").await;
    let (id, secret) = (posted.note.id(), secret(&posted));
    table.passes("24h").await;
    let revised = table.revises(author, id, 1, "second ", secret).await;
    assert_eq!((revised.note.body(), revised.note.version()), ("second", 2));
    assert!(revised.edit_secret.is_none() && revised.takes_effect_at.is_some());
    assert_eq!(table.read_by(author).await, ["first"], "nothing shows it before the tick, to the author neither");
    let stale = note::revise(&table.world.cx(author).await, revision(id, 1, "third", secret)).await;
    assert_eq!(refused(stale), one(Code::Conflict, "expectedVersion"));
    table.revises(author, id, 2, "third", secret).await;
    table.passes("24h").await;
    let seen = table.seen(table.south, id).await.unwrap();
    assert_eq!((seen.body(), seen.version()), ("third", 2), "one tick, one change");
    // Whoever has the secret is the author, from whatever seat.
    table.withdraws(table.south, id, secret).await;
    let again = note::withdraw(&table.world.cx(author).await, &id.to_string(), Some(secret)).await;
    assert_eq!(refused(again), one(Code::FailedPrecondition, ""));
    table.passes("24h").await;
    let seen = table.seen(table.north[2], id).await.unwrap();
    assert_eq!((seen.body(), seen.withdrawn(), seen.version()), ("", true, 3));
    let late = note::revise(&table.world.cx(author).await, revision(id, 3, "fourth", secret)).await;
    assert_eq!(refused(late), one(Code::FailedPrecondition, ""));
}

async fn without_the_secret_everyone_is_a_stranger(engine: Engine) {
    let table = Table::on(engine).await;
    let posted = table.posts(table.north[0], Visibility::Group, "text").await;
    let other = table.posts(table.north[1], Visibility::Group, "other").await;
    let waiting = table.posts(table.north[1], Visibility::Group, "waiting").await;
    table.passes("24h").await;
    let waiting_now = table.posts(table.north[1], Visibility::Group, "waiting").await;
    let before = table.world.rows().await;
    let stranger = table.world.member(&table.world.group(Attribution::Named).await, Role::Facilitator).await;
    for who in [table.north[0], table.south, table.facilitator, table.observer, stranger] {
        let cx = table.world.cx(who).await;
        for note in [posted.note.id(), waiting_now.note.id(), NoteId::random()] {
            for wrong in [Some(secret(&other).clone()), Some("no secret".into()), None] {
                let revise = Revise { edit_secret: wrong.clone(), ..revision(note, 1, "mine", secret(&other)) };
                assert_eq!(refused(note::revise(&cx, revise).await), one(Code::NotFound, "noteId"));
                if who == table.facilitator && wrong.is_none() {
                    continue;
                }
                let withdrawn = note::withdraw(&cx, &note.to_string(), wrong.as_ref()).await;
                assert_eq!(refused(withdrawn), one(Code::NotFound, "noteId"));
            }
        }
    }
    // The right secret in the wrong hands: of no seat that posts.
    for who in [table.observer, stranger] {
        let cx = table.world.cx(who).await;
        let right = note::withdraw(&cx, &waiting.note.id().to_string(), Some(secret(&waiting))).await;
        assert_eq!(refused(right), one(Code::NotFound, "noteId"));
    }
    let mut after = table.world.rows().await;
    // The last group, its member and their account are the test's.
    for made in ["audit_event", "membership", "person", "working_group"] {
        after.insert(made.to_owned(), before[made]);
    }
    assert_eq!(after, before, "nothing was written");
    let denials = table.world.raw().number("SELECT count(*) FROM audit_event WHERE action = 'permission.denied'").await;
    assert_eq!(denials, 0, "refusals on such a note are not audited");
}

async fn a_note_that_waits_can_be_changed_and_taken_back(engine: Engine) {
    let table = Table::on(engine).await;
    let author = table.north[0];
    let kept = table.posts(author, Visibility::Group, "hasty").await;
    let revised = table.revises(author, kept.note.id(), 1, "considered", secret(&kept)).await;
    assert_eq!((revised.note.version(), revised.takes_effect_at), (1, kept.takes_effect_at));
    let gone = table.posts(author, Visibility::Group, "regretted").await;
    table.withdraws(author, gone.note.id(), secret(&gone)).await;
    table.passes("24h").await;
    assert_eq!(table.read_by(table.south).await, ["considered"]);
    let seen = table.seen(table.south, kept.note.id()).await.unwrap();
    assert_eq!(seen.version(), 1, "nobody saw the first wording");
    assert!(table.seen(table.south, gone.note.id()).await.is_none());
    assert_eq!(table.world.rows().await["chatham_house_note"], 1);
}

async fn any_reader_may_ask_for_a_withdrawal(engine: Engine) {
    let table = Table::on(engine).await;
    let posted = table.posts(table.north[0], Visibility::Group, "Bram said so.").await;
    let ours = table.posts(table.north[0], Visibility::Delegation, "ours").await;
    table.passes("24h").await;
    let ask = async |who: Someone, note: NoteId| {
        under_the_rule::ask_to_withdraw(&table.world.cx(who).await, &note.to_string()).await
    };
    assert_eq!(refused(ask(table.observer, posted.note.id()).await), one(Code::NotFound, "noteId"));
    assert_eq!(refused(ask(table.north[1], ours.note.id()).await), one(Code::FailedPrecondition, "noteId"));
    ask(table.south, posted.note.id()).await.unwrap();
    let asked = async |who: Someone| {
        let note = table.seen(who, posted.note.id()).await.unwrap();
        under_the_rule::withdrawal_asked(&table.world.cx(who).await, &note)
    };
    assert_eq!(asked(table.facilitator).await, Some(false));
    table.passes("24h").await;
    assert_eq!(asked(table.facilitator).await, Some(true));
    assert_eq!((asked(table.south).await, asked(table.north[0]).await), (None, None));
    assert_eq!(table.seen(table.south, posted.note.id()).await.unwrap().version(), 1);
}

async fn a_facilitator_withdraws_a_group_note(engine: Engine) {
    let table = Table::on(engine).await;
    let posted = table.posts(table.north[0], Visibility::Group, "to the group").await;
    let aside = table.posts(table.north[0], Visibility::Facilitators, "aside").await;
    table.passes("24h").await;
    let chair = table.world.cx(table.facilitator).await;
    let can = |note: &AnyNote| note::can(&chair, note).withdraw;
    assert!(can(&table.seen(table.facilitator, posted.note.id()).await.unwrap()));
    assert!(!can(&table.seen(table.facilitator, aside.note.id()).await.unwrap()));
    let caucus = note::withdraw(&chair, &aside.note.id().to_string(), None).await;
    assert_eq!(refused(caucus), one(Code::NotFound, "noteId"));
    note::withdraw(&chair, &posted.note.id().to_string(), None).await.unwrap();
    assert_eq!(table.read_by(table.south).await, ["to the group"], "on the tick");
    table.passes("24h").await;
    assert!(table.seen(table.south, posted.note.id()).await.unwrap().withdrawn());
    assert_eq!(table.read_by(table.north[0]).await, [""], "its author does not see what they said aside");
}

async fn too_few_hide_nobody(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::ChathamHouse).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    let (amina, _) = (world.member(&group, Role::Participant).await, world.member(&group, Role::Participant).await);
    let post = async || {
        let input = Post { attribution: None, ..text(&session, Visibility::Group, "text") };
        note::post(&world.cx(amina).await, input).await
    };
    let before = world.rows().await;
    assert_eq!(refused(post().await), one(Code::AnonymitySetTooSmall, "attribution"));
    assert_eq!(world.rows().await, before);
    // Two puppets of a minute ago hide nobody; a week later they count.
    world.passes("24h");
    world.member(&group, Role::Participant).await;
    world.member(&group, Role::Participant).await;
    world.member(&group, Role::Observer).await;
    world.passes("1m");
    assert_eq!(refused(post().await), one(Code::AnonymitySetTooSmall, "attribution"));
    world.passes("7d");
    post().await.expect("five could have written it");
}

async fn a_delegation_hides_its_own_only(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.south).await;
    let alone = note::post(&cx, table.rule(Visibility::Delegation, "one of one")).await;
    assert_eq!(refused(alone), one(Code::AnonymitySetTooSmall, "attribution"));
    table.posts(table.north[0], Visibility::Delegation, "four of us").await;
    table.passes("24h").await;
    assert_eq!(table.read_by(table.north[3]).await, ["four of us"]);
    assert!(table.read_by(table.south).await.is_empty() && table.read_by(table.facilitator).await.is_empty());
    let chair = table.world.cx(table.facilitator).await;
    let without_a_side = note::post(&chair, table.rule(Visibility::Delegation, "text")).await;
    assert_eq!(refused(without_a_side), one(Code::FailedPrecondition, "visibility"));
}

async fn the_part_of_the_meeting_says_how_a_note_starts(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(world.member(&group, Role::Participant).await);
    }
    let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
    let amina = world.cx(people[0]).await;
    let strict = agenda::Propose { attribution: Some(Attribution::ChathamHouse), ..proposal(&session, "Water") };
    let item = agenda::propose(&amina, strict).await.unwrap().item.id.to_string();
    let starts = async |item: Option<&String>, visibility, attribution| {
        let input = Post { agenda_item_id: item.cloned(), attribution, ..text(&session, visibility, "text") };
        note::post(&amina, input).await.unwrap().note.attribution()
    };
    use Attribution::{ChathamHouse, Named};
    assert_eq!(starts(None, Visibility::Group, None).await, Named);
    assert_eq!(starts(Some(&item), Visibility::Group, None).await, ChathamHouse);
    assert_eq!(starts(Some(&item), Visibility::Group, Some(Named)).await, Named, "authors may always name themselves");
    assert_eq!(starts(None, Visibility::Group, Some(ChathamHouse)).await, ChathamHouse, "and always choose the Rule");
    assert_eq!(starts(Some(&item), Visibility::Facilitators, None).await, Named);
    let change = dipoli_domain::session::Rewording {
        attribution: dipoli_domain::patch::Patch::Set(ChathamHouse),
        ..Default::default()
    };
    let id = session.id.to_string();
    let update = session::Update { session_id: id, expected_version: 1, change };
    session::update(&world.cx(organizer).await, update).await.unwrap();
    assert_eq!(starts(None, Visibility::Group, None).await, ChathamHouse);
    let pages = note::of_sessions(&amina, &[session.id], &Filter::default(), &PageArgs::default()).await.unwrap();
    let stay = pages[&session.id].edges.iter().filter(|edge| edge.node.attribution() == Named).count();
    assert_eq!(stay, 3, "NAMED notes that exist stay as their authors chose");
}

async fn the_same_sending_has_the_same_answer(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let key = "Zm9ydHktdHdvIGJ5dGVz22";
    let sent = |body: &str| Post { idempotency_key: Some(key.to_owned()), ..table.rule(Visibility::Group, body) };
    let first = note::post(&cx, sent("once")).await.unwrap();
    let same = |again: &Posted| {
        assert_eq!(again.note, first.note);
        assert_eq!(secret(again).expose_secret(), secret(&first).expose_secret());
    };
    let twins: Vec<_> = (0..10)
        .map(|_| {
            let (cx, input) = (cx.clone(), sent("once"));
            tokio::spawn(async move { note::post(&cx, input).await })
        })
        .collect();
    for twin in twins {
        same(&twin.await.unwrap().unwrap());
    }
    assert_eq!(refused(note::post(&cx, sent("twice")).await), one(Code::Conflict, "idempotencyKey"));
    let short = Post { idempotency_key: Some("k".repeat(21)), ..table.rule(Visibility::Group, "text") };
    assert_eq!(refused(note::post(&cx, short).await), one(Code::BadUserInput, "idempotencyKey"));
    table.passes("1h").await;
    same(&note::post(&table.world.cx(table.north[0]).await, sent("once")).await.unwrap());
    table.world.stands_at("2027-03-02T00:00:10Z");
    table.passes("1s").await;
    assert_eq!(table.read_by(table.south).await, ["once"], "it is one note");
    dipoli_app::audit::end_day(&table.world.track).await.unwrap();
    assert_eq!(table.world.rows().await["receipt"], 0, "it goes at the day's end");
    // From then on the key proves nothing, to whoever has it.
    let anew = note::post(&table.world.cx(table.south).await, sent("another's")).await.unwrap();
    assert_ne!(anew.note.id(), first.note.id());
    assert_ne!(secret(&anew).expose_secret(), secret(&first).expose_secret());
    table.passes("24h").await;
    let mut read = table.read_by(table.south).await;
    read.sort_unstable();
    assert_eq!(read, ["another's", "once"]);
    // Its secret is a secret.
    table.withdraws(table.north[0], first.note.id(), secret(&first)).await;
}

/// Of sendings with one key and different texts, at once, one is taken and none is lost in silence.
async fn a_key_is_of_one_text(engine: Engine) {
    let table = Table::on(engine).await;
    let cx = table.world.cx(table.north[0]).await;
    let key = "Zm9ydHktdHdvIGJ5dGVz23";
    let twins: Vec<_> = (0..8)
        .map(|number| {
            let body = format!("text {}", number % 2);
            let input = Post { idempotency_key: Some(key.to_owned()), ..table.rule(Visibility::Group, &body) };
            let cx = cx.clone();
            tokio::spawn(async move { (body, note::post(&cx, input).await) })
        })
        .collect();
    let mut taken = Vec::new();
    for twin in twins {
        match twin.await.unwrap() {
            (body, Ok(posted)) => taken.push((body, posted.note.id())),
            (_, refusal) => assert_eq!(refused(refusal), one(Code::Conflict, "idempotencyKey")),
        }
    }
    assert!(!taken.is_empty() && taken.iter().all(|sent| *sent == taken[0]), "{taken:?}");
    table.passes("24h").await;
    assert_eq!(table.read_by(table.south).await, [taken[0].0.clone()]);
}

/// A row that waits for a note that is out already, however it came there, stops no tick.
async fn what_is_out_already_stops_no_tick(engine: Engine) {
    let table = Table::on(engine).await;
    let raw = table.world.raw();
    table.posts(table.north[0], Visibility::Group, "once").await;
    raw.run("CREATE TABLE kept AS SELECT * FROM staged_note").await;
    table.passes("24h").await;
    raw.run("INSERT INTO staged_note SELECT * FROM kept").await;
    raw.run("DROP TABLE kept").await;
    table.posts(table.north[1], Visibility::Group, "after").await;
    table.passes("24h").await;
    let mut read = table.read_by(table.south).await;
    read.sort_unstable();
    assert_eq!(read, ["after", "once"]);
    assert_eq!(table.world.rows().await["staged_note"], 0);
}

/// Neither what came out nor what was put back to wait lies in the order in which it came: by chance once in 12! times.
async fn rows_lie_in_an_order_that_tells_nothing(engine: Engine) {
    let table = Table::on(engine).await;
    let raw = table.world.raw();
    let lie = async |of: &str, column: &str| {
        let (hex, place) = if raw.is_sqlite() {
            (format!("hex({column})"), "rowid")
        } else {
            (format!("upper(replace(CAST({column} AS text), '-', ''))"), "ctid")
        };
        raw.texts(&format!("SELECT {hex} FROM {of} ORDER BY {place}")).await
    };
    let mut posted = Vec::new();
    for number in 0..12 {
        let note = table.posts(table.north[number % 4], Visibility::Group, &format!("note {number}")).await.note;
        posted.push(format!("{:X}", note.id().uuid().simple()));
    }
    let came = lie("staged_note", "id").await;
    table.world.stands_at("2027-03-29T08:01:30Z");
    table.passes("1s").await;
    let out = lie("chatham_house_note", "id").await;
    assert_ne!(out, posted);
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(out), sorted(posted));
    assert_eq!(came.len(), 12);

    let organizes = table.world.cx(table.organizer).await;
    session::conclude(&organizes, &table.session.id.to_string(), 1, None).await.unwrap();
    for number in 0..12 {
        table.posts(table.north[number % 4], Visibility::Group, &format!("late {number}")).await;
    }
    let waited = lie("staged_note", "id").await;
    // The tick of something sooner puts the others back.
    let sooner = table.world.begins().await;
    let due = sooner.now();
    sooner.stage_note(&waiting(&table), [1; 32], due).await.unwrap();
    table.world.commits(sooner).await;
    table.passes("1s").await;
    let waits = lie("staged_note", "id").await;
    assert_ne!(waits, waited, "put back, and not as it was");
    assert_eq!(sorted(waits), sorted(waited));
}

/// A note that was never posted by anyone, to be staged by hand.
fn waiting(table: &Table) -> ChathamHouseNote {
    ChathamHouseNote {
        id: NoteId::random(),
        group: table.group.id,
        session: table.session.id,
        agenda_item: None,
        body: "sooner".to_owned(),
        withdrawn: false,
        withdrawal_asked: false,
        released: false,
        visibility: Visibility::Group,
        delegation: None,
        version: 1,
    }
}

/// Acts of different people on one note wait apart: none brings another's forward, and none is told of another.
async fn nobody_elses_act_moves_a_tick(engine: Engine) {
    let table = Table::on(engine).await;
    let author = table.north[0];
    let posted = table.posts(author, Visibility::Group, "first").await;
    let (id, secret) = (posted.note.id(), secret(&posted));
    table.world.stands_at("2027-03-29T00:00:01Z");
    table.passes("1s").await;
    let revised = table.revises(author, id, 1, "second", secret).await;
    assert_eq!(revised.takes_effect_at.unwrap().to_string(), "2027-03-30T00:00:00Z");
    table.world.stands_at("2027-03-29T08:01:30Z");
    let asks = async |who| under_the_rule::ask_to_withdraw(&table.world.cx(who).await, &id.to_string()).await.unwrap();
    assert_eq!(asks(table.south).await.takes_effect_at.unwrap().to_string(), "2027-03-29T08:05:00Z");
    table.passes("4m").await;
    assert_eq!(table.read_by(table.south).await, ["first"], "the author's act keeps its tick");
    let seen = table.seen(table.facilitator, id).await.unwrap();
    let chair = table.world.cx(table.facilitator).await;
    assert_eq!((under_the_rule::withdrawal_asked(&chair, &seen), seen.version()), (Some(true), 1));
    // While another's waits for the meeting's tick, whoever asks after the meeting is told their own.
    asks(table.north[1]).await;
    let organizes = table.world.cx(table.organizer).await;
    session::conclude(&organizes, &table.session.id.to_string(), 1, None).await.unwrap();
    assert_eq!(asks(table.north[2]).await.takes_effect_at.unwrap().to_string(), "2027-03-30T00:00:00Z");
    table.passes("16h").await;
    assert_eq!(table.read_by(table.south).await, ["second"]);
}

async fn a_seat_opens_what_comes_out_after_it(engine: Engine) {
    let table = Table::on(engine).await;
    table.posts(table.north[0], Visibility::Group, "out before").await;
    table.passes("24h").await;
    table.world.passes("1s");
    table.posts(table.north[0], Visibility::Group, "written before, out after").await;
    let late = table.world.member(&table.group, Role::Participant).await;
    table.passes("24h").await;
    assert_eq!(table.read_by(late).await, ["written before, out after"]);
    assert_eq!(table.read_by(table.south).await.len(), 2);
}

async fn a_changed_row_shows_nothing(engine: Engine) {
    let table = Table::on(engine).await;
    let other = session::schedule(&table.world.cx(table.organizer).await, in_four_weeks(&table.group)).await.unwrap();
    let posted = table.posts(table.north[0], Visibility::Facilitators, "aside").await;
    table.passes("24h").await;
    let raw = table.world.raw();
    let others = raw.id(&json!(other.id.to_string()));
    for (change, back) in [
        ("visibility = 'group'".to_owned(), "visibility = 'facilitators'".to_owned()),
        (format!("session_id = {others}"), format!("session_id = {}", raw.id(&json!(table.session.id.to_string())))),
        ("withdrawn = NOT withdrawn".to_owned(), "withdrawn = NOT withdrawn".to_owned()),
        ("version = 7".to_owned(), "version = 1".to_owned()),
        (
            format!("delegation_id = {}", raw.id(&json!(table.north_side.id.to_string()))),
            "delegation_id = NULL".to_owned(),
        ),
    ] {
        raw.run(&format!("UPDATE chatham_house_note SET {change}")).await;
        for who in [table.facilitator, table.south] {
            assert!(table.seen(who, posted.note.id()).await.is_none(), "{change}");
        }
        raw.run(&format!("UPDATE chatham_house_note SET {back}")).await;
        assert!(table.seen(table.facilitator, posted.note.id()).await.is_some(), "{back}");
    }
    assert_eq!(table.world.store().integrity(), [posted.note.id().into()], "told once");
    // What waits and was changed does not come out.
    table.posts(table.north[0], Visibility::Facilitators, "later").await;
    raw.run(&format!("UPDATE staged_note SET group_id = {others}")).await;
    table.passes("24h").await;
    assert_eq!(table.world.rows().await["staged_note"], 0);
    assert_eq!(table.read_by(table.facilitator).await, ["aside"]);
}
