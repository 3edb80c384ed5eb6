//! A record as it leaves the system, for whoever may read it, or the adopted agenda of a session alone.

use std::collections::HashMap;

use dipoli_domain::{
    agenda::{AgendaItem, ItemStatus},
    delegation::Delegation,
    id::{AgendaItemId, RecordId},
    record::{
        Record,
        export::{Adopted, Beside, Export},
    },
    session::Session,
    statement::{Speaker, Statement},
    working_group::WorkingGroup,
};

use crate::{Cx, Result, Settings, agenda, cx::id, delegation, record, session, statement, working_group};

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
    let agenda = agenda::of_sessions(cx, &[record.session]).await?.remove(&record.session).unwrap_or_default();
    let items: Vec<AgendaItem> = agenda.into_iter().map(|placed| placed.item).collect();
    let which: Vec<_> = items.iter().map(|item| item.id).collect();
    let pieces = Pieces {
        group: working_group::seen(cx, "recordId", &record.group.to_string()).await?,
        session: session::seen(cx, "recordId", record.session).await?,
        delegations: delegation::of_groups(cx, &[record.group]).await?.remove(&record.group).unwrap_or_default(),
        statements: statement::beside(cx, &which).await?,
        items,
        record: Some(record.clone()),
    };
    Ok(pieces.rendered(cx.track.settings(), format))
}

/// What an export is made of.
pub(crate) struct Pieces {
    /// Whose session it is.
    pub group: WorkingGroup,
    /// The session.
    pub session: Session,
    /// In the group's order.
    pub delegations: Vec<Delegation>,
    /// The agenda, as far as it may be told, in its order.
    pub items: Vec<AgendaItem>,
    /// What stands beside its items.
    pub statements: HashMap<AgendaItemId, Vec<Statement>>,
    /// The record, unless it is the adopted agenda alone.
    pub record: Option<Record>,
}

impl Pieces {
    /// The export, with what the track has to have on it.
    pub fn rendered(&self, settings: &Settings, format: Format) -> String {
        let adopted = self.items.iter().filter(|item| item.status == ItemStatus::Adopted);
        let export = Export {
            marking: settings.record_marking.as_deref(),
            formality: settings.formality,
            track: &settings.name,
            group: &self.group.name,
            session: &self.session,
            attribution: self.items.iter().fold(self.session.attribution, |all, it| all.or_stricter(it.attribution)),
            delegations: self.delegations.iter().map(|delegation| delegation.name.as_str()).collect(),
            adopted: adopted.map(|item| self.adopted(item)).collect(),
            record: self.record.as_ref(),
        };
        match format {
            Format::Markdown => export.markdown(),
            Format::Html => export.html(),
        }
    }

    fn adopted<'a>(&'a self, item: &'a AgendaItem) -> Adopted<'a> {
        let beside = self.statements.get(&item.id).into_iter().flatten();
        Adopted {
            title: &item.title,
            description: &item.description,
            at: item.adopted_at,
            statements: beside.map(|it| Beside { delegation: self.speaker(it), text: &it.text }).collect(),
        }
    }

    /// The name of the delegation whose a statement is.
    fn speaker(&self, statement: &Statement) -> Option<&str> {
        let Speaker::Delegation(id) = statement.speaker else { return None };
        let found = self.delegations.iter().find(|delegation| delegation.id == id);
        found.map(|delegation| delegation.name.as_str())
    }
}
