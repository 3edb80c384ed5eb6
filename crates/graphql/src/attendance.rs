//! Who was at sessions: what is done about it. It is read on the session.

use async_graphql::{Context, ID, InputObject, Object};
use dipoli_app as app;

use crate::{
    context::{act, cx},
    nullable::Nullable,
    session::SessionPayload,
};

/// Who was at a session.
#[derive(InputObject)]
pub(crate) struct RecordAttendanceInput {
    /// At which session; one that has begun or is concluded.
    session_id: ID,
    /// The seats of those who were there, 1 to 100; those who are recorded already stay.
    membership_ids: Vec<ID>,
}

/// Who is to be taken out of what was recorded.
#[derive(InputObject)]
pub(crate) struct RemoveAttendanceInput {
    /// Of which session.
    session_id: ID,
    /// Their seats, 1 to 100.
    membership_ids: Vec<ID>,
}

/// What is done about attendance.
#[derive(Default)]
pub(crate) struct AttendanceMutation;

#[Object]
impl AttendanceMutation {
    /// Records who was at a session that has begun or is concluded, whatever was answered to the invitation; organizers and facilitators, who alone see it.
    async fn record_attendance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At which session, and whose seats.")] input: RecordAttendanceInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, async move { app::attendance::record(cx(ctx), &input.session_id, &texts(input.membership_ids)).await })
            .await
    }

    /// Takes people out of what was recorded of a session, at any time; organizers and facilitators. Nothing is left of it but that something was removed.
    async fn remove_attendance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which session, and whose seats.")] input: RemoveAttendanceInput,
    ) -> Nullable<SessionPayload> {
        act(ctx, async move { app::attendance::remove(cx(ctx), &input.session_id, &texts(input.membership_ids)).await })
            .await
    }
}

fn texts(ids: Vec<ID>) -> Vec<String> {
    ids.into_iter().map(Into::into).collect()
}
