//! Giving MACs to rows from before there were any, at the first opening after that migration: once. That it was done is
//! remembered in the key store, so that whoever writes into the content and takes a MAC away is not given another
//! (requirements N-16).

use jiff::civil::Date;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    StoreError,
    connection::{Connections, Sql},
    entity::{key_store, macs_given, membership, one_time_token, person, session, sign_in, working_group},
    keys::Keys,
    time,
    trusted::{self, Trusted},
};

/// Remembers that there is nothing from before: for a track that is being made.
pub(crate) async fn nothing_from_before(keys: &Sql<'_>, today: Date) -> Result<(), StoreError> {
    keys.insert(macs_given::Model { id: 1, given_on: time::bind_day(today) }).await
}

/// Gives their MACs to rows from before, unless it was done. Of several processes at once one does it and the others
/// wait; interrupted, it is done again from where it was.
pub(crate) async fn once(content: &Connections, keys: &Keys, today: Date) -> Result<(), StoreError> {
    let store = &keys.store.db;
    if macs_given::Entity::find().one(&store.reads()).await?.is_some() {
        return Ok(());
    }
    let remembering = store.begin().await?;
    let sql = store.within(&remembering);
    key_store::Entity::find().lock_exclusive().one(&sql).await?;
    if macs_given::Entity::find().one(&sql).await?.is_none() {
        let writing = content.begin().await?;
        give_all(&content.within(&writing), keys).await?;
        writing.commit().await?;
        nothing_from_before(&sql, today).await?;
    }
    Ok(remembering.commit().await?)
}

async fn give_all(sql: &Sql<'_>, keys: &Keys) -> Result<(), StoreError> {
    give(sql, keys, person::Entity, person::Column::Mac.is_null()).await?;
    let on = sign_in::Column::Mac.is_null().and(sign_in::Column::Ended.eq(false));
    give(sql, keys, sign_in::Entity, on).await?;
    give(sql, keys, one_time_token::Entity, one_time_token::Column::Mac.is_null()).await?;
    give(sql, keys, working_group::Entity, working_group::Column::Mac.is_null()).await?;
    give(sql, keys, membership::Entity, membership::Column::Mac.is_null()).await?;
    give(sql, keys, session::Entity, session::Column::Mac.is_null()).await
}

async fn give<E, A>(sql: &Sql<'_>, keys: &Keys, _: E, without: Expr) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: Trusted + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
{
    for row in E::find().filter(without).all(sql).await? {
        trusted::marked(keys, row).into_active_model().reset_all().update(sql).await?;
    }
    Ok(())
}
