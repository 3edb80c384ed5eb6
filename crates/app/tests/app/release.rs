//! The caucus channel: what is said aside goes nowhere without its author, and then refers to nothing.

use dipoli_app::{
    PageArgs, chatham_house_note as under_the_rule,
    note::{self, Filter, Post, Posted, Revise},
    release::{self, Answer, Propose, Release},
};
use dipoli_domain::{
    delegation::Delegation,
    membership::Role,
    note::{AnyNote, Attribution, Visibility},
    refusal::Code,
    release::{Paraphrase, ParaphraseState},
    session::Session,
    working_group::WorkingGroup,
};
use dipoli_testkit::{Engine, on_each_database};
use secrecy::SecretString;

use crate::{
    note::{bodies, text},
    session::in_four_weeks,
    world::{Someone, World, one, refused},
};

on_each_database!(
    a_note_is_released_under_its_authors_name,
    a_note_is_released_without_its_authors_name,
    nothing_joins_a_release_to_its_source,
    only_the_author_releases,
    a_paraphrase_goes_where_its_author_agrees,
    the_author_of_a_note_under_the_rule_answers_by_secret,
    nothing_takes_a_release_back,
    each_release_is_one_note,
    what_cannot_be_released,
);

struct Table {
    world: World,
    session: Session,
    facilitator: Someone,
    amina: Someone,
    bram: Someone,
    south: Someone,
    south_side: Delegation,
}

impl Table {
    async fn on(engine: Engine) -> Self {
        let world = World::on(engine).await;
        let group: WorkingGroup = world.group(Attribution::Named).await;
        let organizer = world.member(&group, Role::Organizer).await;
        let facilitator = world.member(&group, Role::Facilitator).await;
        let amina = world.member(&group, Role::Participant).await;
        let bram = world.member(&group, Role::Participant).await;
        let south_side = world.delegation(&group, "South").await;
        let south = world.person().await;
        world.seats(south, &group, Role::Participant, Some(&south_side)).await;
        let session = dipoli_app::session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
        Self { world, session, facilitator, amina, bram, south, south_side }
    }

    async fn aside(&self, who: Someone, attribution: Attribution, body: &str) -> Posted {
        let input = Post { attribution: Some(attribution), ..text(&self.session, Visibility::Facilitators, body) };
        note::post(&self.world.cx(who).await, input).await.unwrap()
    }

    async fn ticks(&self) {
        self.world.passes("24h");
        under_the_rule::let_out(&self.world.track).await.unwrap();
    }

    async fn read_by(&self, who: Someone) -> Vec<String> {
        let cx = self.world.cx(who).await;
        let pages = note::of_sessions(&cx, &[self.session.id], &Filter::default(), &PageArgs::default()).await;
        bodies(&pages.unwrap()[&self.session.id])
    }

    async fn releases(&self, who: Someone, input: Release) -> dipoli_app::Result<Posted> {
        release::release(&self.world.cx(who).await, input).await
    }

    async fn asks_for(&self, of: &AnyNote, names_source: bool) -> Paraphrase {
        let input = wording(of, names_source);
        release::propose(&self.world.cx(self.facilitator).await, input).await.unwrap()
    }

    async fn state(&self, who: Someone, of: &AnyNote) -> Vec<ParaphraseState> {
        let cx = self.world.cx(who).await;
        let found = release::paraphrases(&cx, &[of.id()]).await.unwrap().remove(&of.id()).unwrap();
        found.iter().map(|paraphrase| paraphrase.state).collect()
    }

    async fn released_on(&self, of: &AnyNote) -> Option<String> {
        let cx = self.world.cx(self.facilitator).await;
        release::days(&cx, &[of.id()]).await.unwrap().get(&of.id()).map(ToString::to_string)
    }
}

fn to_group(note: &AnyNote) -> Release {
    Release {
        note_id: note.id().to_string(),
        edit_secret: None,
        visibility: Visibility::Group,
        delegation_id: None,
        names_source: false,
    }
}

fn wording(of: &AnyNote, names_source: bool) -> Propose {
    Propose {
        note_id: of.id().to_string(),
        body: "One side could accept more.".to_owned(),
        visibility: Visibility::Group,
        delegation_id: None,
        names_source,
        idempotency_key: None,
    }
}

fn answer(paraphrase: &Paraphrase, agree: bool, edit_secret: Option<SecretString>) -> Answer {
    Answer { paraphrase_id: paraphrase.id.to_string(), agree, edit_secret }
}

async fn a_note_is_released_under_its_authors_name(engine: Engine) {
    let table = Table::on(engine).await;
    let source = table.aside(table.amina, Attribution::Named, "We could accept more.").await.note;
    let input = Release {
        visibility: Visibility::Delegation,
        delegation_id: Some(table.south_side.id.to_string()),
        names_source: true,
        ..to_group(&source)
    };
    let released = table.releases(table.amina, input).await.unwrap().note;
    assert_eq!(released.author().map(|author| author.person.id), Some(table.amina.0));
    assert_ne!(released.id(), source.id());
    assert_eq!(table.read_by(table.south).await, ["We could accept more."]);
    assert!(table.read_by(table.bram).await.is_empty());
    assert_eq!(table.released_on(&source).await.as_deref(), Some("2027-03-01"));
    // Again to the same audience: the same note.
    let input = Release {
        visibility: Visibility::Delegation,
        delegation_id: Some(table.south_side.id.to_string()),
        names_source: true,
        ..to_group(&source)
    };
    assert_eq!(table.releases(table.amina, input).await.unwrap().note.id(), released.id());
    assert_eq!(table.read_by(table.south).await.len(), 1);
}

async fn a_note_is_released_without_its_authors_name(engine: Engine) {
    let table = Table::on(engine).await;
    for attribution in [Attribution::Named, Attribution::ChathamHouse] {
        let posted = table.aside(table.amina, attribution, attribution.word()).await;
        table.ticks().await;
        let events = table.world.rows().await["audit_event"];
        let input = Release { edit_secret: posted.edit_secret.clone(), ..to_group(&posted.note) };
        let released = table.releases(table.amina, input).await.unwrap();
        assert!(released.edit_secret.is_none() && released.note.author().is_none());
        assert_eq!(table.world.rows().await["audit_event"], events, "no actor is told");
        assert!(!table.read_by(table.south).await.contains(&attribution.word().to_owned()), "on the tick");
        assert_eq!(table.released_on(&posted.note).await, None);
        table.ticks().await;
        assert!(table.read_by(table.south).await.contains(&attribution.word().to_owned()));
        assert!(table.released_on(&posted.note).await.is_some());
    }
}

async fn nothing_joins_a_release_to_its_source(engine: Engine) {
    let table = Table::on(engine).await;
    let source = table.aside(table.amina, Attribution::Named, "We could accept more.").await.note;
    let paraphrase = table.asks_for(&source, false).await;
    release::answer(&table.world.cx(table.amina).await, answer(&paraphrase, true, None)).await.unwrap();
    table.releases(table.amina, to_group(&source)).await.unwrap();
    let raw = table.world.raw();
    let digits = raw.id(&serde_json::json!(source.id().to_string())).to_lowercase();
    let digits: String = digits.split('\'').nth(1).expect("quoted").to_owned();
    let holds = async |tables: &[&str]| {
        let mut dump = String::new();
        for table in tables {
            dump.push_str(&raw.dump_of(table).await.to_lowercase().replace('-', ""));
        }
        dump.contains(&digits)
    };
    assert!(holds(&["note"]).await, "the digits are looked for as the database writes them");
    assert!(!holds(&["staged_note", "paraphrase", "release"]).await);
    table.ticks().await;
    assert!(!holds(&["chatham_house_note", "paraphrase", "release"]).await);
    assert_eq!(table.read_by(table.south).await.len(), 2);
    let told =
        raw.number("SELECT count(*) FROM audit_event WHERE action = 'note.released' AND actor_id IS NOT NULL").await;
    assert_eq!(told, 0);
}

async fn only_the_author_releases(engine: Engine) {
    let table = Table::on(engine).await;
    let named = table.aside(table.amina, Attribution::Named, "aside").await.note;
    let ruled = table.aside(table.amina, Attribution::ChathamHouse, "aside").await;
    table.ticks().await;
    assert_eq!(refused(table.releases(table.facilitator, to_group(&named)).await), one(Code::Forbidden, ""));
    assert_eq!(refused(table.releases(table.bram, to_group(&named)).await), one(Code::NotFound, "noteId"));
    for who in [table.facilitator, table.bram, table.amina] {
        assert_eq!(refused(table.releases(who, to_group(&ruled.note)).await), one(Code::NotFound, "noteId"));
        let wrong = Release { edit_secret: Some("A".repeat(43).into()), ..to_group(&ruled.note) };
        assert_eq!(refused(table.releases(who, wrong).await), one(Code::NotFound, "noteId"));
    }
    let wording = release::propose(&table.world.cx(table.amina).await, wording(&named, false)).await;
    assert_eq!(refused(wording), one(Code::Forbidden, ""), "a paraphrase is the facilitators' to ask for");
    table.ticks().await;
    assert!(table.read_by(table.south).await.is_empty());
}

async fn a_paraphrase_goes_where_its_author_agrees(engine: Engine) {
    let table = Table::on(engine).await;
    let source = table.aside(table.amina, Attribution::Named, "We could accept 30 %.").await.note;
    let (no, yes) = (table.asks_for(&source, false).await, table.asks_for(&source, true).await);
    let amina = table.world.cx(table.amina).await;
    for who in [table.facilitator, table.bram] {
        let cx = table.world.cx(who).await;
        let answered = refused(release::answer(&cx, answer(&no, true, None)).await);
        assert!(answered == one(Code::Forbidden, "") || answered == one(Code::NotFound, "paraphraseId"));
    }
    let declined = release::answer(&amina, answer(&no, false, None)).await.unwrap();
    assert_eq!((declined.paraphrase.state, declined.note.is_none()), (ParaphraseState::Declined, true));
    assert!(
        declined.takes_effect_at.is_some(),
        "what would not have named its source is declined by nobody, on the tick"
    );
    let again = refused(release::answer(&amina, answer(&no, true, None)).await);
    assert_eq!(again, one(Code::FailedPrecondition, "paraphraseId"), "an answer stands");
    let agreed = release::answer(&amina, answer(&yes, true, None)).await.unwrap();
    let note = agreed.note.unwrap();
    assert_eq!(note.author().map(|author| author.person.id), Some(table.amina.0));
    assert_eq!(table.read_by(table.south).await, ["One side could accept more."]);
    table.ticks().await;
    let mut states = table.state(table.facilitator, &source).await;
    states.sort_unstable();
    assert_eq!(states, [ParaphraseState::Agreed, ParaphraseState::Declined]);
    let named = "SELECT count(*) FROM audit_event WHERE action = 'note.paraphrase_declined' AND actor_id IS NOT NULL";
    assert_eq!(table.world.raw().number(named).await, 0);
}

async fn the_author_of_a_note_under_the_rule_answers_by_secret(engine: Engine) {
    let table = Table::on(engine).await;
    let posted = table.aside(table.amina, Attribution::ChathamHouse, "We could accept 30 %.").await;
    table.ticks().await;
    let named = release::propose(&table.world.cx(table.facilitator).await, wording(&posted.note, true)).await;
    assert_eq!(refused(named), one(Code::BadUserInput, "namesSource"));
    let (no, yes) = (table.asks_for(&posted.note, false).await, table.asks_for(&posted.note, false).await);
    let amina = table.world.cx(table.amina).await;
    let id = posted.note.id().to_string();
    let secret = posted.edit_secret.unwrap();
    assert_eq!(release::paraphrases_by_secret(&amina, &id, &secret).await.unwrap().len(), 2);
    assert!(release::paraphrases_by_secret(&amina, &id, &"A".repeat(43).into()).await.unwrap().is_empty());
    let without = refused(release::answer(&amina, answer(&yes, true, None)).await);
    assert_eq!(without, one(Code::NotFound, "paraphraseId"));
    let agreed = release::answer(&amina, answer(&yes, true, Some(secret.clone()))).await.unwrap();
    assert!(agreed.takes_effect_at.is_some() && agreed.note.unwrap().author().is_none());
    release::answer(&amina, answer(&no, false, Some(secret.clone()))).await.unwrap();
    let twice = refused(release::answer(&amina, answer(&no, true, Some(secret))).await);
    assert_eq!(twice, one(Code::FailedPrecondition, "paraphraseId"));
    assert_eq!(table.state(table.facilitator, &posted.note).await, [ParaphraseState::Open; 2], "on the tick");
    table.ticks().await;
    let mut states = table.state(table.facilitator, &posted.note).await;
    states.sort_unstable();
    assert_eq!(states, [ParaphraseState::Agreed, ParaphraseState::Declined]);
    assert_eq!(table.read_by(table.south).await, ["One side could accept more."]);
}

async fn nothing_takes_a_release_back(engine: Engine) {
    let table = Table::on(engine).await;
    let source = table.aside(table.amina, Attribution::Named, "aside").await.note;
    let named = Release { names_source: true, ..to_group(&source) };
    let released = table.releases(table.amina, named).await.unwrap().note;
    let amina = table.world.cx(table.amina).await;
    let revise = Revise {
        note_id: released.id().to_string(),
        expected_version: 1,
        body: "something else".to_owned(),
        edit_secret: None,
    };
    assert_eq!(refused(note::revise(&amina, revise).await), one(Code::FailedPrecondition, "noteId"));
    let gone = note::withdraw(&amina, &released.id().to_string(), None).await;
    assert_eq!(refused(gone), one(Code::FailedPrecondition, "noteId"));
    let can = note::can(&amina, &released);
    assert!(!can.revise && !can.withdraw && !can.release);
    let chair = table.world.cx(table.facilitator).await;
    assert!(!note::can(&chair, &released).withdraw);
    let by_chair = note::withdraw(&chair, &released.id().to_string(), None).await;
    assert_eq!(refused(by_chair), one(Code::FailedPrecondition, "noteId"), "nor does a facilitator");
    // The source may go; what was released stays.
    note::withdraw(&amina, &source.id().to_string(), None).await.unwrap();
    assert_eq!(table.read_by(table.south).await, ["aside"]);
}

/// Under one's name and without it are two releases, each of them once; and another text is another.
async fn each_release_is_one_note(engine: Engine) {
    let table = Table::on(engine).await;
    let source = table.aside(table.amina, Attribution::Named, "aside").await.note;
    for names_source in [true, false, true, false] {
        table.releases(table.amina, Release { names_source, ..to_group(&source) }).await.unwrap();
    }
    table.ticks().await;
    assert_eq!(table.read_by(table.south).await, ["aside", "aside"]);
    let cx = table.world.cx(table.south).await;
    let pages = note::of_sessions(&cx, &[table.session.id], &Filter::default(), &PageArgs::default()).await.unwrap();
    let released: Vec<_> = pages[&table.session.id].edges.iter().map(|edge| edge.node.clone()).collect();
    assert!(released[0].author().is_some() && released[1].author().is_none());
    let chair = table.world.cx(table.facilitator).await;
    for note in &released {
        assert!(!note::can(&chair, note).withdraw);
        let gone = note::withdraw(&chair, &note.id().to_string(), None).await;
        assert_eq!(refused(gone), one(Code::FailedPrecondition, "noteId"));
    }

    let waiting = table.aside(table.amina, Attribution::ChathamHouse, "first words").await;
    let secret = waiting.edit_secret.clone();
    let release = || Release { edit_secret: secret.clone(), ..to_group(&waiting.note) };
    table.releases(table.amina, release()).await.unwrap();
    let revise = Revise {
        note_id: waiting.note.id().to_string(),
        expected_version: 1,
        body: "other words".to_owned(),
        edit_secret: secret.clone(),
    };
    note::revise(&table.world.cx(table.amina).await, revise).await.unwrap();
    let again = table.releases(table.amina, release()).await.unwrap();
    assert_eq!(again.note.body(), "other words");
    table.ticks().await;
    let read = table.read_by(table.south).await;
    assert!(["first words", "other words"].iter().all(|words| read.iter().any(|body| body == words)), "{read:?}");
}

async fn what_cannot_be_released(engine: Engine) {
    let table = Table::on(engine).await;
    let amina = table.world.cx(table.amina).await;
    let aloud = note::post(&amina, text(&table.session, Visibility::Group, "aloud")).await.unwrap().note;
    let state = one(Code::FailedPrecondition, "noteId");
    assert_eq!(refused(table.releases(table.amina, to_group(&aloud)).await), state);
    let source = table.aside(table.amina, Attribution::Named, "aside").await.note;
    for (visibility, delegation_id, field) in [
        (Visibility::Private, None, "visibility"),
        (Visibility::Facilitators, None, "visibility"),
        (Visibility::Delegation, None, "delegationId"),
        (Visibility::Group, Some(table.south_side.id.to_string()), "delegationId"),
    ] {
        let input = Release { visibility, delegation_id, ..to_group(&source) };
        assert_eq!(refused(table.releases(table.amina, input).await), one(Code::BadUserInput, field));
    }
    let elsewhere = table.world.group(Attribution::Named).await;
    let far = table.world.delegation(&elsewhere, "Far").await;
    let input =
        Release { visibility: Visibility::Delegation, delegation_id: Some(far.id.to_string()), ..to_group(&source) };
    assert_eq!(refused(table.releases(table.amina, input).await), one(Code::NotFound, "delegationId"));
    note::withdraw(&amina, &source.id().to_string(), None).await.unwrap();
    assert_eq!(refused(table.releases(table.amina, to_group(&source)).await), state);
}
