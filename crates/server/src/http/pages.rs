//! The two pages: where invitations and resets lead, and the explorer. Each is the same for every slug.
//!
//! A page loads nothing: its one script and one style are in it, and the policy sent with it allows these two by their
//! digest and nothing else. Deliberately absent: anything of a track.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const WELCOME: &str = include_str!("../../assets/welcome.html");
const EXPLORER: &str = include_str!("../../assets/explorer.html");

/// The documents of `schema/operations/`, by name.
macro_rules! operations {
    ($($name:ident)+) => {
        &[$((
            stringify!($name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/operations/", stringify!($name), ".graphql")),
        )),+]
    };
}

pub(crate) const OPERATIONS: &[(&str, &str)] = operations![
    AcceptInvitation AddDelegation AddMember AdoptAgendaItem AgreeOnOrder AgreeOnSpokesperson AttachStatement AuditEvents
    BreakSilence CancelSecondFactorRecovery CancelSession ChangeAddress ChangeMember ChangePassword ChooseDate CirculateRecord
    ConcludeSession ConfirmAddress ConfirmSecondFactor CorrectRecord CreatePersonalAccessToken CreateWorkingGroup
    DateAvailability DateSearches DeferAgendaItem DelegationChanged Deliveries DisablePerson DraftRecord EnablePerson EndOtherSignIns EndSignIn
    EraseMyAccount ExportMyData ExportRecord GrantAdministration InvitePerson IssueRecord MarkDates MoveAgendaItem MyAccount
    MyLetters MySessions NameSpokesperson NotePosted ObjectToAdoption ObjectToRecord OpenEarlierNotes
    OpenSilenceProcedure PassChair People PostNote ProposeAgendaItem ProposeAgendaItemAnew ProposeDates PublishSession RecallRecord
    RecordAttendance RecordChanged RefreshTokens RemoveAttendance RemoveMember RemoveSecondFactor Renew RenewCalendarFeed RenewRecoveryCodes
    RequestPasswordReset RequeueDelivery RescheduleSession ResetPassword RespondToSession ResumeParticipation
    ReviseNote RevokePersonalAccessToken ScheduleSession ScheduleSessions Session SessionChanged SessionNotes SessionRecord
    SetCalendarEntriesAttached SetCalendarLabel SetLetterWanted SetMyReminders SetSessionReminders SetTrackReminders
    SetUpSecondFactor SignIn SignOut StartSecondFactorRecovery SuspendParticipation UpdateAccount UpdateAgendaItem
    UpdateSession UpdateWorkingGroup Viewer WhoCanRead WithdrawAdministration WithdrawAgendaItem WithdrawDates WithdrawNote
    WithdrawSilenceProcedure WorkingGroup WorkingGroups
];

/// By what a document of `schema/operations/` is asked for instead of being sent (docs/api.md).
///
/// # Panics
/// Where there is no such document.
pub(crate) fn document_id(operation: &str) -> String {
    let document = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (_, text) = document.expect("only documents that are there are asked for");
    let digest = Sha256::digest(text);
    digest.iter().fold("sha256:".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// `GET /{track}/welcome`.
pub async fn welcome() -> Response {
    static PAGE: LazyLock<Page> = LazyLock::new(|| Page::new(WELCOME.to_owned()));
    PAGE.answer()
}

/// `GET /{track}/explorer`.
pub async fn explorer() -> Response {
    static PAGE: LazyLock<Page> = LazyLock::new(|| Page::new(explorer_html(&dipoli_graphql::sdl())));
    PAGE.answer()
}

fn explorer_html(sdl: &str) -> String {
    let operations: Map<_, _> =
        OPERATIONS.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
    EXPLORER.replacen("/*OPERATIONS*/", &json_in_html(&Value::Object(operations)), 1).replacen(
        "/*SDL*/",
        &json_in_html(&Value::from(sdl)),
        1,
    )
}

/// JSON that ends no element and opens none, wherever it stands in a page.
fn json_in_html(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

struct Page {
    body: Bytes,
    policy: HeaderValue,
}

impl Page {
    fn new(html: String) -> Self {
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            digest(between(&html, "<script>", "</script>")),
            digest(between(&html, "<style>", "</style>")),
        );
        let policy = HeaderValue::try_from(policy).expect("digests are base64");
        Self { body: html.into(), policy }
    }

    fn answer(&self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, self.policy.clone()),
        ];
        (headers, self.body.clone()).into_response()
    }
}

/// The digest by which a policy allows the one style of a page.
pub fn digest_of_style(html: &str) -> String {
    digest(between(html, "<style>", "</style>"))
}

/// What stands between two marks, of which the page has one each; the data blocks of a page have other opening tags.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let rest = html.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(inner, _)| inner)
}

fn digest(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    #[test]
    fn every_operation_of_the_folder_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/operations");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<_> = files.collect();
        let offered: BTreeSet<_> = OPERATIONS.iter().map(|(name, _)| format!("{name}.graphql")).collect();
        assert_eq!(offered, there);
    }

    #[test]
    fn what_the_readme_runs_is_of_the_folder() {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let run: BTreeSet<_> = readme.split("run ").skip(1).filter_map(|rest| rest.split([' ', '`']).next()).collect();
        let run: Vec<_> = run.into_iter().filter(|name| name.starts_with(char::is_uppercase)).collect();
        assert!(run.len() > 10, "{run:?}");
        for name in run {
            assert!(OPERATIONS.iter().any(|(known, _)| *known == name), "{name}");
            assert_eq!(document_id(name).len(), "sha256:".len() + 64);
        }
        assert!(!readme.contains("mutation {") && !readme.contains("\"query\""), "no other document");
    }

    #[test]
    fn a_page_has_one_script_and_one_style() {
        for html in [WELCOME, EXPLORER] {
            for mark in ["<script>", "<style>"] {
                assert_eq!(html.matches(mark).count(), 1, "{mark}");
            }
            assert!(!html.contains(" style=") && !html.contains(" onclick="));
        }
    }

    #[test]
    fn data_blocks_hold_what_was_put_in_and_end_nothing() {
        let html = explorer_html("\"</script><!--\" & type Query");
        assert_eq!(html.matches("</script>").count(), EXPLORER.matches("</script>").count());
        let block = between(&html, "id=\"sdl\">", "</script>");
        assert_eq!(serde_json::from_str::<String>(block).unwrap(), "\"</script><!--\" & type Query");
        let block = between(&html, "id=\"operations\">", "</script>");
        let operations: Map<String, Value> = serde_json::from_str(block).unwrap();
        assert_eq!(operations.len(), OPERATIONS.len());
    }
}
