//! The world that most stories happen in: one track, two groups, and someone of every kind.
//!
//! The water group has all five roles, two delegations, a former member and someone whose invitation is open. The
//! trade group is somebody else's table.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use crate::{Engine, Letter, Person, World, world::address};

/// A track with people at their tables.
pub struct Table {
    world: World,
    /// Administrator, without a seat anywhere.
    pub ada: Person,
    /// Organizer of the water group.
    pub olga: Person,
    /// Its facilitator.
    pub farid: Person,
    /// Its rapporteur.
    pub rita: Person,
    /// Participant for the northern delegation.
    pub amina: Person,
    /// The other participant for the northern delegation.
    pub bram: Person,
    /// Participant for the southern delegation.
    pub chen: Person,
    /// Observer.
    pub oskar: Person,
    /// Was a participant for the northern delegation and has lost the seat.
    pub leo: Person,
    /// Has an account and no seat.
    pub uma: Person,
    /// Organizer of the trade group, and facilitator of none.
    pub zoe: Person,
    /// The water group.
    pub water: Value,
    /// Its northern delegation.
    pub north: Value,
    /// Its southern delegation.
    pub south: Value,
    /// The trade group.
    pub trade: Value,
    /// Its one delegation.
    pub far: Value,
    /// Piet's invitation, which is open.
    pub invitation: Letter,
    /// The seats of the water group, by their people's names, Piet's among them, who has not accepted yet.
    pub seats: Value,
}

impl Table {
    /// Sets the table.
    pub async fn set(engine: Engine) -> Self {
        Self::set_in(World::new(engine).await, "aalto").await
    }

    /// Sets it in a track of a world.
    pub async fn set_in(world: World, track: &str) -> Self {
        let ada = world.administrator(track).await;
        let water = ada.convenes("water").await;
        let trade = ada.convenes("trade").await;
        let north = ada.adds_delegation(&water, "North").await;
        let south = ada.adds_delegation(&water, "South").await;
        let far = ada.adds_delegation(&trade, "Far").await;
        let mut seats = json!({});
        for (name, role, delegation) in [
            ("Olga", "ORGANIZER", None),
            ("Farid", "FACILITATOR", None),
            ("Rita", "RAPPORTEUR", None),
            ("Amina", "PARTICIPANT", Some(&north)),
            ("Bram", "PARTICIPANT", Some(&north)),
            ("Chen", "PARTICIPANT", Some(&south)),
            ("Oskar", "OBSERVER", None),
            ("Leo", "PARTICIPANT", Some(&north)),
            ("Piet", "PARTICIPANT", Some(&north)),
        ] {
            seats[name] = seat_by_address(&ada, &water, name, role, delegation).await;
        }
        seat_by_address(&ada, &trade, "Zoe", "ORGANIZER", None).await;
        ada.does("invitePerson", json!({ "email": address("Uma"), "displayName": "Uma" })).await;
        world.works().await;
        let invitation =
            world.letters_of(track).to(&address("Piet")).into_iter().find(|letter| letter.token().is_some());

        let table = Self {
            invitation: invitation.expect("he was invited"),
            olga: world.accepts(track, "Olga").await,
            farid: world.accepts(track, "Farid").await,
            rita: world.accepts(track, "Rita").await,
            amina: world.accepts(track, "Amina").await,
            bram: world.accepts(track, "Bram").await,
            chen: world.accepts(track, "Chen").await,
            oskar: world.accepts(track, "Oskar").await,
            leo: world.accepts(track, "Leo").await,
            uma: world.accepts(track, "Uma").await,
            zoe: world.accepts(track, "Zoe").await,
            ada,
            water,
            north,
            south,
            trade,
            far,
            seats,
            world,
        };
        table.ada.does("removeMember", json!({ "membershipId": table.seat("Leo") })).await;
        table.works().await;
        table.letters_of(track).take();
        table
    }

    /// The id of someone's seat in the water group.
    pub fn seat(&self, name: &str) -> &Value {
        &self.seats[name]["id"]
    }

    /// Everyone who can sign in, in the order of their entrance.
    pub fn people(&self) -> [&Person; 11] {
        [
            &self.ada,
            &self.olga,
            &self.farid,
            &self.rita,
            &self.amina,
            &self.bram,
            &self.chen,
            &self.oskar,
            &self.leo,
            &self.uma,
            &self.zoe,
        ]
    }
}

/// Gives a seat to an address, known or not.
pub async fn seat_by_address(by: &Person, group: &Value, name: &str, role: &str, delegation: Option<&Value>) -> Value {
    let delegation = delegation.map(|delegation| &delegation["id"]);
    let input = json!({ "workingGroupId": group["id"], "email": address(name), "displayName": name, "role": role,
        "delegationId": delegation });
    by.does("addMember", input).await
}

impl Deref for Table {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Table {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}
