//! `dipoli track create --postgres`: a login role and two databases for one track.
//!
//! Names are random, because everybody who may connect to the cluster sees them; what they are of stands in no name.
//! PostgreSQL lets every role connect to every database unless told otherwise: here it is told, and `serve` refuses a
//! database that was made so and was opened to all later. The SQL is the store's; the administrator's address is used
//! here and kept nowhere.

use dipoli_store::{Cluster, MadeInCluster};
use secrecy::SecretString;

/// What was made.
pub(super) struct Made {
    cluster: Cluster,
    made: MadeInCluster,
}

/// Makes them.
pub(super) async fn make(admin_url: &str) -> anyhow::Result<Made> {
    let cluster = Cluster::at(admin_url).map_err(|wrong| anyhow::anyhow!("--postgres: {wrong}"))?;
    let made = cluster.make().await.map_err(|error| anyhow::anyhow!("--postgres: {error}"))?;
    Ok(Made { cluster, made })
}

impl Made {
    /// The addresses of content and keys.
    pub(super) fn urls(&self) -> [SecretString; 2] {
        self.made.urls().map(SecretString::from)
    }

    /// Takes all of it away again.
    pub(super) async fn unmake(self) {
        if self.cluster.unmake(&self.made).await.is_err() {
            super::super::complain("Two databases and a role were made in the cluster and could not be removed again.");
        }
    }
}
