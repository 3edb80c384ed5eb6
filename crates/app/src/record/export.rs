//! A record as it leaves the system, for whoever may read it.

use dipoli_domain::{
    agenda::{AgendaItem, ItemStatus},
    delegation::Delegation,
    id::RecordId,
    record::{
        Record,
        export::{Adopted, Beside, Export},
    },
    statement::{Speaker, Statement},
};

use crate::{Cx, Result, agenda, cx::id, delegation, record, session, statement, working_group};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain Markdown.
    Markdown,
    /// A page that is whole in itself and prints as it is.
    Html,
}

/// The record, with what has to stand on it; `None` where the viewer may not read it, or it is no id at all.
pub async fn export(cx: &Cx, record_id: &str, format: Format) -> Result<Option<String>> {
    let Ok(which) = id::<RecordId>("recordId", record_id) else { return Ok(None) };
    match record::many(cx, &[which]).await?.remove(&which) {
        Some(record) => exported(cx, &record, format).await.map(Some),
        None => Ok(None),
    }
}

async fn exported(cx: &Cx, record: &Record, format: Format) -> Result<String> {
    let session = session::seen(cx, "recordId", record.session).await?;
    let group = working_group::seen(cx, "recordId", &record.group.to_string()).await?;
    let delegations = delegation::of_groups(cx, &[record.group]).await?.remove(&record.group).unwrap_or_default();
    let agenda = agenda::of_sessions(cx, &[record.session]).await?.remove(&record.session).unwrap_or_default();
    let items: Vec<AgendaItem> = agenda.into_iter().map(|placed| placed.item).collect();
    let adopted = items.iter().filter(|item| item.status == ItemStatus::Adopted);
    let which: Vec<_> = adopted.clone().map(|item| item.id).collect();
    let statements = statement::beside(cx, &which).await?;
    let beside = |item: &AgendaItem| {
        let statements = statements.get(&item.id).into_iter().flatten();
        statements.map(|statement| Beside { delegation: of(&delegations, statement), text: &statement.text }).collect()
    };
    let settings = cx.track.settings();
    let export = Export {
        marking: settings.record_marking.as_deref(),
        formality: settings.formality,
        track: &settings.name,
        group: &group.name,
        session: &session,
        delegations: delegations.iter().map(|delegation| delegation.name.as_str()).collect(),
        adopted: adopted
            .map(|item| Adopted {
                title: &item.title,
                description: &item.description,
                at: item.adopted_at,
                statements: beside(item),
            })
            .collect(),
        record,
    };
    Ok(match format {
        Format::Markdown => export.markdown(),
        Format::Html => export.html(),
    })
}

/// The name of the delegation whose a statement is.
fn of<'a>(delegations: &'a [Delegation], statement: &Statement) -> Option<&'a str> {
    let Speaker::Delegation(id) = statement.speaker else { return None };
    delegations.iter().find(|delegation| delegation.id == id).map(|delegation| delegation.name.as_str())
}
