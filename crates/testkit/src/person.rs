//! Someone who uses the track: signs in, asks, and does what the field's verbs say.
//!
//! A person's verbs expect to succeed; [`Person::tries`] is for what is to be refused. Deliberately absent: any way
//! into the track but its public API, and any token but the person's own.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{Answer, Clock, Door};

/// A person with an account, and a client of their own.
#[derive(Clone)]
pub struct Person(Arc<Inner>);

struct Inner {
    door: Door,
    clock: Clock,
    track: String,
    name: String,
    email: String,
    password: String,
    id: String,
    tokens: Mutex<Tokens>,
}

/// What a sign-in gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Bearer token.
    pub access: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Good for one refresh.
    pub refresh: String,
}

impl Tokens {
    /// Reads a SignInPayload.
    pub fn of(payload: &Value) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_else(|| panic!("{name} in {payload}")).to_owned();
        Self {
            access: text("accessToken"),
            expires_at: text("accessTokenExpiresAt").parse().expect("an instant"),
            refresh: text("refreshToken"),
        }
    }
}

const TOKENS: &str = "accessToken accessTokenExpiresAt refreshToken viewer { person { id } }";

impl Person {
    /// Accepts an invitation with the token from its letter.
    pub async fn accepts(door: &Door, clock: &Clock, track: &str, name: &str, email: &str, token: &str) -> Self {
        let password = format!("{track} correct horse of {}", email.len() * 7919);
        let document = mutation("acceptInvitation", TOKENS);
        let input = json!({ "token": token, "password": password });
        let answer = door.ask(track, None, &document, json!({ "input": input })).await;
        Self::known(door, clock, track, name, email, &password, &answer.good()["acceptInvitation"])
    }

    /// Signs in with a password that is set already.
    pub async fn arrives(door: &Door, clock: &Clock, track: &str, name: &str, email: &str, password: &str) -> Self {
        let answer = sign_in(door, track, email, password).await;
        Self::known(door, clock, track, name, email, password, &answer.good()["signIn"])
    }

    fn known(
        door: &Door,
        clock: &Clock,
        track: &str,
        name: &str,
        email: &str,
        password: &str,
        payload: &Value,
    ) -> Self {
        Self(Arc::new(Inner {
            door: door.clone(),
            clock: clock.clone(),
            track: track.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
            id: payload["viewer"]["person"]["id"].as_str().expect("an id").to_owned(),
            tokens: Mutex::new(Tokens::of(payload)),
        }))
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Their address.
    pub fn email(&self) -> &str {
        &self.0.email
    }

    /// Their password.
    pub fn password(&self) -> &str {
        &self.0.password
    }

    /// Their id.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Their tokens as they are, good or not.
    pub fn tokens(&self) -> Tokens {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keeps(&self, tokens: Tokens) {
        *self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner) = tokens;
    }

    /// Signs in once more; what was waiting for that takes effect.
    pub async fn signs_in(&self) -> &Self {
        let answer = sign_in(&self.0.door, &self.0.track, self.email(), self.password()).await;
        self.keeps(Tokens::of(&answer.good()["signIn"]));
        self
    }

    /// Trades the refresh token for new tokens.
    pub async fn refreshes(&self) -> Answer {
        let input = json!({ "refreshToken": self.tokens().refresh });
        let answer =
            self.0.door.ask(&self.0.track, None, &mutation("refreshTokens", TOKENS), json!({ "input": input })).await;
        if !answer.at("/refreshTokens").is_null() {
            self.keeps(Tokens::of(answer.at("/refreshTokens")));
        }
        answer
    }

    /// A bearer token that is good at the clock's time.
    async fn bearer(&self) -> String {
        let tokens = self.tokens();
        if tokens.expires_at <= self.0.clock.now() && self.refreshes().await.at("/refreshTokens").is_null() {
            self.signs_in().await;
        }
        self.tokens().access
    }

    /// Sends a document.
    pub async fn asks(&self, document: &str, variables: Value) -> Answer {
        let bearer = self.bearer().await;
        self.0.door.ask(&self.0.track, Some(&bearer), document, variables).await
    }

    /// Sends a document that is answered without errors; gives its data.
    pub async fn reads(&self, document: &str, variables: Value) -> Value {
        self.asks(document, variables).await.good().clone()
    }

    /// One object by its id, with these fields; null where it is not to be seen.
    pub async fn node(&self, id: &Value, kind: &str, fields: &str) -> Value {
        let document = format!("query($id: ID!) {{ node(id: $id) {{ id ... on {kind} {{ {fields} }} }} }}");
        self.reads(&document, json!({ "id": id })).await["node"].take()
    }

    /// Sends one mutation, whatever comes of it.
    pub async fn tries(&self, name: &str, input: Value) -> Answer {
        self.asks(&mutation(name, selection(name)), json!({ "input": input })).await
    }

    /// Does something that succeeds; gives the changed object.
    pub async fn does(&self, name: &str, input: Value) -> Value {
        let answer = self.tries(name, input).await;
        let payload = answer.good()[name].as_object().cloned().unwrap_or_default();
        payload.into_iter().map(|(_, object)| object).find(|object| !object.is_null()).unwrap_or_default()
    }

    /// Convenes a group.
    pub async fn convenes(&self, slug: &str) -> Value {
        let input = json!({ "slug": slug, "name": format!("On {slug}"), "timeZone": "Europe/Warsaw",
            "defaultAttribution": "NAMED" });
        self.does("createWorkingGroup", input).await
    }

    /// Adds a delegation.
    pub async fn adds_delegation(&self, group: &Value, name: &str) -> Value {
        self.does("addDelegation", json!({ "workingGroupId": group["id"], "name": name })).await
    }

    /// Gives a seat to someone who has an account.
    pub async fn seats(&self, group: &Value, person: &Person, role: &str, delegation: Option<&Value>) -> Value {
        let delegation = delegation.map(|delegation| &delegation["id"]);
        let input = json!({ "workingGroupId": group["id"], "personId": person.id(), "role": role,
            "delegationId": delegation });
        self.does("addMember", input).await
    }

    /// Schedules a session for the Monday in four weeks, or as `changes` say.
    pub async fn schedules(&self, group: &Value, changes: Value) -> Value {
        let input = json!({ "workingGroupId": group["id"], "title": "Third round",
            "startsAt": "2027-03-29T08:00:00Z", "endsAt": "2027-03-29T10:00:00Z" });
        self.does("scheduleSession", merged(input, changes)).await
    }

    /// Proposes an agenda item.
    pub async fn proposes(&self, session: &Value, title: &str) -> Value {
        let input = json!({ "sessionId": session["id"], "title": title, "durationMinutes": 20 });
        self.does("proposeAgendaItem", input).await
    }

    /// Adopts an item by the chair's word.
    pub async fn adopts(&self, item: &Value) -> Value {
        self.does("adoptAgendaItem", json!({ "agendaItemId": item["id"] })).await
    }

    /// Puts an item to the group by silence, until an instant.
    pub async fn opens_silence(&self, item: &Value, deadline: &str) -> Value {
        self.does("openSilenceProcedure", json!({ "agendaItemId": item["id"], "deadline": deadline })).await
    }

    /// Breaks silence.
    pub async fn breaks(&self, silence: &Value, ground: &str, statement: &str) -> Value {
        let input = json!({ "silenceProcedureId": silence["id"], "ground": ground, "statement": statement });
        self.does("breakSilence", input).await
    }

    /// Posts a NAMED note on a session or on one of its items.
    pub async fn posts(&self, on: &Value, visibility: &str, body: &str) -> Value {
        let session = on.get("session").unwrap_or(on);
        let item = on.get("session").map(|_| &on["id"]);
        let input = json!({ "sessionId": session["id"], "agendaItemId": item, "body": body,
            "visibility": visibility, "attribution": "NAMED" });
        self.does("postNote", input).await
    }

    /// Answers a session.
    pub async fn answers(&self, session: &Value, response: &str) -> Value {
        self.does("respondToSession", json!({ "sessionId": session["id"], "response": response })).await
    }
}

async fn sign_in(door: &Door, track: &str, email: &str, password: &str) -> Answer {
    let input = json!({ "email": email, "password": password });
    door.ask(track, None, &mutation("signIn", TOKENS), json!({ "input": input })).await
}

/// The document of one mutation with its one input.
pub fn mutation(name: &str, selection: &str) -> String {
    let kind: String = match name {
        "startSecondFactorRecovery"
        | "grantAdministration"
        | "withdrawAdministration"
        | "disablePerson"
        | "enablePerson" => "OfPerson".to_owned(),
        _ => name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect(),
    };
    format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {selection} }} }}")
}

/// `input` with the members of `changes` over its own.
pub fn merged(input: Value, changes: Value) -> Value {
    let mut members: Map<String, Value> = input.as_object().cloned().unwrap_or_default();
    members.extend(changes.as_object().cloned().unwrap_or_default());
    Value::Object(members)
}

/// What a client asks back of each mutation.
pub fn selection(mutation: &str) -> &'static str {
    match mutation {
        "signIn" | "refreshTokens" | "acceptInvitation" => TOKENS,
        "requestPasswordReset" | "changeAddress" => "accepted",
        "changePassword" | "confirmAddress" => "changed",
        "endSignIn" => "ended",
        "eraseMyAccount" => "erased",
        "confirmSecondFactor" => "recoveryCodes",
        "startSecondFactorRecovery" => "takesEffectAt",
        "createPersonalAccessToken" => "token",
        "revokePersonalAccessToken" => "revoked",
        "updateAccount" => "viewer { person { id displayName affiliation } language timeZone }",
        "grantAdministration" | "withdrawAdministration" | "disablePerson" | "enablePerson" => "person { id }",
        "resetPassword" => "reset",
        "invitePerson" => "person { id displayName affiliation email }",
        "createWorkingGroup" | "updateWorkingGroup" | "agreeOnOrder" => {
            "workingGroup { id slug name mandate timeZone defaultAttribution version }"
        }
        "addDelegation" => "delegation { id name }",
        "nameSpokesperson" | "agreeOnSpokesperson" | "suspendParticipation" | "resumeParticipation" => {
            "delegation { id name spokesperson { id } participation viewerCan { suspend } }"
        }
        "addMember" | "changeMember" | "openEarlierNotes" => {
            "membership { id role capacity delegation { id name } person { id displayName affiliation email } }"
        }
        "removeMember" => "removedMembershipId",
        "proposeAgendaItem"
        | "updateAgendaItem"
        | "moveAgendaItem"
        | "adoptAgendaItem"
        | "withdrawAgendaItem"
        | "objectToAdoption"
        | "proposeAgendaItemAnew"
        | "deferAgendaItem"
        | "attachStatement" => {
            "agendaItem { id session { id } position title description durationMinutes startsAt status attribution \
             adoptedAt needsSilence proposedBy { id } lead { id } version }"
        }
        "openSilenceProcedure" | "withdrawSilenceProcedure" | "breakSilence" => {
            "silenceProcedure { id status openedAt deadline agendaItem { id status version } objections { id ground \
             statement amendment objector { id } } }"
        }
        "draftRecord" => "record { id text status version } namesFound",
        "circulateRecord" | "correctRecord" | "issueRecord" | "recallRecord" | "objectToRecord" => {
            "record { id text status issuedAt version silence { status openedAt deadline } }"
        }
        "postNote" | "reviseNote" | "askToWithdrawNote" | "releaseNote" => {
            "note { id session { id } agendaItem { id } body withdrawn visibility attribution author { id } postedAt \
             version } editSecret takesEffectAt"
        }
        "withdrawNote" => "withdrawnNoteId takesEffectAt",
        "proposeParaphrase" | "answerParaphrase" => {
            "paraphrase { id body visibility delegation { id } namesSource state } note { id } takesEffectAt"
        }
        "setLetterWanted" | "setCalendarLabel" | "setMyReminders" => "correspondence { reminders calendarLabel }",
        "setTrackReminders" => "reminders",
        "requeueDelivery" => "requeued",
        "proposeDates" | "markDates" | "withdrawDates" => {
            "dateSearch { id status title slots { startsAt endsAt timeZone viewerMark } viewerCan { mark choose } }"
        }
        "scheduleSessions" => {
            "sessions { id title status startsAt endsAt timeZone venue attribution sequence version workingGroup { id } }"
        }
        "respondToSession" => "attendee { id response mode membership { id } }",
        _ => {
            "session { id title purpose status startsAt endsAt timeZone venue joinUrl attribution sequence version \
             workingGroup { id } }"
        }
    }
}
