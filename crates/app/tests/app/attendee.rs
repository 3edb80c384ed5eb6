//! Answers: whose they are, who may give them, and how a new seat comes to have them.

use dipoli_app::{Cx, PageArgs, attendee, session};
use dipoli_domain::{
    attendee::{AttendanceMode, Rsvp},
    id::SessionId,
    membership::Role,
    note::Attribution,
    refusal::Code,
};
use dipoli_testkit::{Engine, on_each_database};

use crate::{
    session::{in_four_weeks, plan},
    world::{World, one, refused},
};

on_each_database!(
    everyone_answers_for_themselves,
    an_answer_comes_too_late,
    attendees_are_paged_by_their_ids,
    who_has_left_attends_no_more,
    an_unknown_session_is_like_a_foreign_one,
);

async fn answer(cx: &Cx, session: SessionId) -> Option<(Rsvp, Option<AttendanceMode>)> {
    let own = attendee::of_viewer(cx, &[session]).await.unwrap().remove(&session);
    own.map(|attendee| (attendee.response, attendee.mode))
}

async fn everyone_answers_for_themselves(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let session = {
        let [observer, other] =
            [world.member(&group, Role::Observer).await, world.member(&group, Role::Participant).await];
        let session = session::schedule(&world.cx(organizer).await, in_four_weeks(&group)).await.unwrap();
        let cx = world.cx(observer).await;
        assert_eq!(answer(&cx, session.id).await, Some((Rsvp::Pending, None)));
        let given = attendee::respond(&cx, &session.id.to_string(), Rsvp::Accepted, Some(AttendanceMode::Remote))
            .await
            .unwrap();
        assert_eq!(given.membership.id, cx.viewer.seats[0].membership);
        assert_eq!(answer(&cx, session.id).await, Some((Rsvp::Accepted, Some(AttendanceMode::Remote))));
        assert_eq!(answer(&world.cx(other).await, session.id).await, Some((Rsvp::Pending, None)));
        attendee::respond(&cx, &session.id.to_string(), Rsvp::Declined, None).await.unwrap();
        assert_eq!(answer(&cx, session.id).await, Some((Rsvp::Declined, None)));
        session
    };
    let counts = attendee::counts_of_sessions(&world.cx(organizer).await, &[session.id]).await.unwrap();
    assert_eq!(counts[&session.id], 3);
}

async fn an_answer_comes_too_late(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let draft = session::schedule(&cx, session::Schedule { draft: true, ..in_four_weeks(&group) }).await.unwrap();
    let off = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    session::cancel(&cx, &off.id.to_string(), 1, None).await.unwrap();
    let before = world.rows().await;
    for id in [draft.id, off.id] {
        let late = attendee::respond(&cx, &id.to_string(), Rsvp::Accepted, None).await;
        assert_eq!(refused(late), one(Code::FailedPrecondition, ""));
    }
    world.stands_at("2027-03-29T09:59:59Z");
    attendee::respond(&world.cx(organizer).await, &session.id.to_string(), Rsvp::Accepted, None).await.unwrap();
    world.stands_at("2027-03-29T10:00:00Z");
    let late = attendee::respond(&world.cx(organizer).await, &session.id.to_string(), Rsvp::Declined, None).await;
    assert_eq!(refused(late), one(Code::FailedPrecondition, ""));
    assert_eq!(world.rows().await["audit_event"], before["audit_event"] + 1);
}

async fn attendees_are_paged_by_their_ids(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    for _ in 0..6 {
        world.member(&group, Role::Participant).await;
    }
    let cx = world.cx(organizer).await;
    let mut sessions = Vec::new();
    for day in [1, 2, 3] {
        let (starts, ends) = (format!("2027-04-0{day}T08:00:00Z"), format!("2027-04-0{day}T09:00:00Z"));
        sessions.push(session::schedule(&cx, plan(&group, &starts, &ends)).await.unwrap().id);
    }
    let args = PageArgs { last: Some(4), ..PageArgs::default() };
    let before = world.track.statements();
    let pages = attendee::of_sessions(&cx, &sessions, &args).await.unwrap();
    assert_eq!(world.track.statements() - before, 1, "people and delegations come along");
    let whole = attendee::of_sessions(&cx, &sessions, &PageArgs::default()).await.unwrap();
    for session in &sessions {
        let ids: Vec<_> = whole[session].edges.iter().map(|edge| edge.node.id).collect();
        assert!(ids.is_sorted() && ids.len() == 7);
        let page = &pages[session];
        assert_eq!(page.edges.iter().map(|edge| edge.node.id).collect::<Vec<_>>(), ids[3..]);
        assert_eq!((page.has_previous, page.has_next), (true, false));
        let before = PageArgs { before: Some(page.edges[0].cursor.clone()), ..args.clone() };
        let rest = attendee::of_sessions(&cx, &[*session], &before).await.unwrap();
        assert_eq!(rest[session].edges.iter().map(|edge| edge.node.id).collect::<Vec<_>>(), ids[..3]);
        assert_eq!((rest[session].has_previous, rest[session].has_next), (false, true));
        // A cursor of one session's list is none of another's.
        let elsewhere: Vec<_> = sessions.iter().filter(|other| *other != session).copied().collect();
        assert_eq!(refused(attendee::of_sessions(&cx, &elsewhere, &before).await), one(Code::BadUserInput, "before"));
    }
}

async fn who_has_left_attends_no_more(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let leaver = world.person().await;
    let seat = world.seats(leaver, &group, Role::Participant, None).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let theirs = attendee::of_viewer(&world.cx(leaver).await, &[session.id]).await.unwrap()[&session.id].clone();
    assert!(attendee::many(&cx, &[theirs.id]).await.unwrap().contains_key(&theirs.id));
    let tx = world.begins().await;
    tx.leave_seat(seat).await.unwrap();
    world.commits(tx).await;
    assert!(attendee::many(&cx, &[theirs.id]).await.unwrap().is_empty());
    assert_eq!(attendee::counts_of_sessions(&cx, &[session.id]).await.unwrap()[&session.id], 1);
    let left = world.cx(leaver).await;
    let gone = attendee::respond(&left, &session.id.to_string(), Rsvp::Accepted, None).await;
    assert_eq!(refused(gone), one(Code::NotFound, "sessionId"));
}

async fn an_unknown_session_is_like_a_foreign_one(engine: Engine) {
    let world = World::on(engine).await;
    let group = world.group(Attribution::Named).await;
    let organizer = world.member(&group, Role::Organizer).await;
    let participant = world.member(&group, Role::Participant).await;
    let cx = world.cx(organizer).await;
    let session = session::schedule(&cx, in_four_weeks(&group)).await.unwrap();
    let draft = session::schedule(&cx, session::Schedule { draft: true, ..in_four_weeks(&group) }).await.unwrap();
    let stranger = world.cx(world.person().await).await;
    let member = world.cx(participant).await;
    let unknown = one(Code::NotFound, "sessionId");
    for (cx, id) in [(&stranger, session.id), (&stranger, SessionId::random()), (&member, draft.id)] {
        let result = attendee::respond(cx, &id.to_string(), Rsvp::Accepted, None).await;
        assert_eq!(refused(result), unknown);
        assert!(attendee::of_sessions(cx, &[id], &PageArgs::default()).await.unwrap()[&id].edges.is_empty());
        assert_eq!(attendee::counts_of_sessions(cx, &[id]).await.unwrap()[&id], 0);
    }
}
