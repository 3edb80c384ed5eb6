//! People of a world beyond its members: administrators, those whom somebody knows from elsewhere, those with a name.

use dipoli_app::Cx;
use dipoli_domain::{
    email::EmailAddress,
    id::{PersonId, SignInId},
    language::LanguageTag,
    membership::Role,
    note::Attribution,
    person::{Person, Security, Standing},
    policy::{By, Viewer},
    time::Zone,
};
use uuid::Uuid;

use crate::world::{Someone, World};

impl World {
    /// Someone with a name and an affiliation.
    pub async fn named(&self, name: &str, affiliation: &str) -> Someone {
        self.adds(name, Some(affiliation), false).await
    }

    /// An administrator without a seat.
    pub async fn administrator(&self) -> Someone {
        self.adds("Ada", None, true).await
    }

    async fn adds(&self, name: &str, affiliation: Option<&str>, is_administrator: bool) -> Someone {
        let id = PersonId::random();
        let person = Person {
            id,
            display_name: name.to_owned(),
            affiliation: affiliation.map(str::to_owned),
            email: EmailAddress::parse("email", &format!("{id}@example.org")).expect("an address"),
            language: LanguageTag::english(),
            zone: Zone::utc(),
            is_administrator,
            standing: Standing::Active,
            security: Security::default(),
        };
        let tx = self.begins().await;
        tx.add_person(&person).await.expect("added");
        self.commits(tx).await;
        Someone(id)
    }

    /// A request of an administrator without a seat.
    pub fn cx_of_administrator(&self, who: Someone) -> Cx {
        let (person, sign_in) = (who.0, SignInId::random());
        self.cx_of(Viewer { person, by: By::SignIn(sign_in), is_administrator: true, seats: Vec::new() })
    }

    /// A new person whom `viewer` knows from another group.
    pub async fn person_seen_by(&self, viewer: Someone) -> Someone {
        let elsewhere = self.group(Attribution::Named).await;
        self.seats(viewer, &elsewhere, Role::Observer, None).await;
        self.member(&elsewhere, Role::Observer).await
    }

    /// An id as it stands in raw SQL.
    pub fn raw_id(&self, id: Uuid) -> String {
        if self.raw().is_sqlite() { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
    }
}
