//! Databases and a login role for one track in a PostgreSQL cluster, and whether a database is open to all.
//!
//! Names are random and tell nothing. Deliberately absent: superusers' rights for the track's role, which owns its two
//! databases and can connect to no other that was made here.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use zeroize::Zeroizing;

use crate::{OpenError, StoreError, connection::Connections, place::random};

/// Stands with a database that was made here; its name says nothing.
const MADE: &str = "Its CONNECT was revoked from PUBLIC when it was made, and must stay so.";

/// A cluster, by somebody who may make databases there.
pub struct Cluster {
    admin: Zeroizing<String>,
    before: Zeroizing<String>,
    after: String,
}

/// What was made for a track.
pub struct MadeInCluster {
    role: String,
    databases: [String; 2],
    urls: [Zeroizing<String>; 2],
}

impl MadeInCluster {
    /// The addresses of content and keys.
    pub fn urls(&self) -> [String; 2] {
        self.urls.each_ref().map(|url| url.to_string())
    }
}

impl Cluster {
    /// The cluster of an address (`postgres://user:password@host:port/database`).
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn at(admin_url: &str) -> Result<Self, String> {
        let rest = admin_url.strip_prefix("postgres://").ok_or("it should begin with postgres://")?;
        let (place, parameters) = rest.split_once('?').map_or((rest, ""), |(place, rest)| (place, rest));
        let authority = place.split_once('/').map_or(place, |(authority, _)| authority);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.is_empty() {
            return Err("it should name a host".to_owned());
        }
        let after = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        Ok(Self { admin: Zeroizing::new(admin_url.to_owned()), before: Zeroizing::new(host.to_owned()), after })
    }

    /// Makes a role and two databases that it owns and nobody else may connect to. What was made of them is taken away
    /// again where one cannot be.
    pub async fn make(&self) -> Result<MadeInCluster, StoreError> {
        let (role, password) = (format!("r{}", hex(12)), Zeroizing::new(hex(24)));
        let databases = [format!("d{}", hex(12)), format!("d{}", hex(12))];
        let url = |name: &String| {
            Zeroizing::new(format!("postgres://{role}:{}@{}/{name}{}", *password, *self.before, self.after))
        };
        let urls = [url(&databases[0]), url(&databases[1])];
        let made = MadeInCluster { role, databases, urls };
        let admin = Connections::of_administrator(&self.admin).await?;
        let done = make(&admin, &made, &password).await;
        admin.close().await?;
        if done.is_err() {
            // Whatever is left says nothing.
            let _ = self.unmake(&made).await;
        }
        done.map(|()| made)
    }

    /// Takes it away again.
    pub async fn unmake(&self, made: &MadeInCluster) -> Result<(), StoreError> {
        let admin = Connections::of_administrator(&self.admin).await?;
        for name in &made.databases {
            admin.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
        admin.administer(&format!("DROP ROLE IF EXISTS {}", made.role)).await?;
        admin.close().await
    }
}

async fn make(admin: &Connections, made: &MadeInCluster, password: &str) -> Result<(), StoreError> {
    let role = &made.role;
    admin.administer(&format!("CREATE ROLE {role} LOGIN PASSWORD '{password}'")).await?;
    // Whoever is no superuser can give a database only to a role that they belong to.
    admin.administer(&format!("GRANT {role} TO CURRENT_USER")).await?;
    for name in &made.databases {
        admin.administer(&format!("CREATE DATABASE {name} OWNER {role}")).await?;
        admin.administer(&format!("REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC")).await?;
        admin.administer(&format!("COMMENT ON DATABASE {name} IS '{MADE}'")).await?;
    }
    admin.administer(&format!("REVOKE {role} FROM CURRENT_USER")).await.map(drop)
}

/// Refuses a database that was made by [`Cluster::make`] and lets everybody connect; gives whether another does.
pub(crate) async fn is_open_to_all(database: &Connections) -> Result<bool, OpenError> {
    if database.backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let asked = format!(
        "SELECT EXISTS (SELECT 1 FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) AS right_of \
           WHERE right_of.grantee = 0 AND right_of.privilege_type = 'CONNECT'), \
         coalesce(shobj_description(oid, 'pg_database') = '{MADE}', false) \
         FROM pg_database WHERE datname = current_database()"
    );
    let row = database.reads().query_one_raw(Statement::from_string(DbBackend::Postgres, asked)).await;
    let Some(row) = row.map_err(StoreError::from)? else { return Ok(false) };
    let told = |column| row.try_get_by_index::<bool>(column).map_err(StoreError::from);
    match (told(0)?, told(1)?) {
        (true, true) => Err(OpenError::OpenToAll),
        (is_open, _) => Ok(is_open),
    }
}

/// So many random bytes, as hexadecimal digits.
fn hex(bytes: usize) -> String {
    let mut all = [0; 32];
    random(&mut all);
    all[..bytes].iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let cluster = Cluster::at("postgres://admin:se@cret@db.example.org:5433/postgres?sslmode=require").unwrap();
        assert_eq!((cluster.before.as_str(), cluster.after.as_str()), ("db.example.org:5433", "?sslmode=require"));
        assert!(Cluster::at("mysql://x").is_err() && Cluster::at("postgres:///x").is_err());
    }
}
