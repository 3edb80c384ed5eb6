//! The mutation root: each noun brings its own acts.

use async_graphql::MergedObject;

use crate::{
    account::AccountMutation,
    agenda::AgendaMutation,
    attendance::AttendanceMutation,
    attendee::AttendeeMutation,
    correspondence::CorrespondenceMutation,
    date_search::DateSearchMutation,
    delegation::DelegationMutation,
    delivery::DeliveryMutation,
    identity::IdentityMutation,
    membership::MembershipMutation,
    note::NoteMutation,
    order::OrderMutation,
    own_data::OwnDataMutation,
    person::PersonMutation,
    record::RecordMutation,
    release::ReleaseMutation,
    session::{SeriesMutation, SessionMutation},
    silence::SilenceMutation,
    statement::StatementMutation,
    working_group::WorkingGroupMutation,
};

/// What can be done. Each field is null, with an error, where it was refused; its neighbours stand.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    IdentityMutation,
    AccountMutation,
    OwnDataMutation,
    PersonMutation,
    WorkingGroupMutation,
    DelegationMutation,
    OrderMutation,
    MembershipMutation,
    SessionMutation,
    SeriesMutation,
    DateSearchMutation,
    AttendeeMutation,
    AttendanceMutation,
    CorrespondenceMutation,
    DeliveryMutation,
    AgendaMutation,
    SilenceMutation,
    StatementMutation,
    RecordMutation,
    NoteMutation,
    ReleaseMutation,
);
