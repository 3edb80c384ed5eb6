//! Accounts: what a person changes of their own, and what administrators do with others'.
//!
//! Nobody sets another's password, address or second factor. Deliberately absent: the last administrator's end.

use dipoli_auth::secret::Secret;
use dipoli_domain::{
    audit::{Action, Event},
    email::EmailAddress,
    id::PersonId,
    language::LanguageTag,
    letter::LetterKind,
    patch::Patch,
    person::{Person, PersonSeen, Security, Standing},
    policy::{Act, On, Permit},
    refusal::{Refusal, Refusals},
    text, time,
    time::Zone,
};
use dipoli_store::{Account, AddressChange, OneTime, Queued, StoreError, Tx};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Cx, Error, Result, Topic,
    cx::id,
    delivery,
    identity::{self, TOKEN_LETTERS_AN_HOUR, bad_token, notice, token_letter},
    second_factor, session_letters, silence,
};

/// How long a change of address waits for both of its ends.
pub(crate) const ADDRESS_CHANGE: SignedDuration = SignedDuration::from_hours(24);

/// What a person changes of their own account, as it was sent.
pub struct Change {
    /// The name on the name plate.
    pub display_name: Patch<String>,
    /// Function or institution.
    pub affiliation: Patch<String>,
    /// BCP 47.
    pub language: Patch<String>,
    /// IANA.
    pub time_zone: Patch<String>,
    /// What stands in every letter to them.
    pub mail_phrase: Patch<String>,
    /// Whether the password can be reset by mail.
    pub reset_by_mail: Patch<bool>,
}

impl Change {
    /// Whether it touches what proves letters, or the person.
    const fn is_of_credentials(&self) -> bool {
        !self.mail_phrase.is_keep() || !self.reset_by_mail.is_keep()
    }

    fn over(self, person: Person) -> Result<Person> {
        let mut refusals = Refusals::default();
        let display_name = refusals.keep(match self.display_name {
            Patch::Keep => Ok(person.display_name),
            Patch::Set(name) => text::line("displayName", &name),
            Patch::Clear => Err(Refusal::bad_input("displayName", "A name cannot be taken away.")),
        });
        let affiliation = refusals.keep(match self.affiliation {
            Patch::Keep => Ok(person.affiliation),
            Patch::Clear => Ok(None),
            Patch::Set(line) => text::optional_line("affiliation", &line, text::LINE_MAX),
        });
        let language = refusals.keep(match self.language {
            Patch::Keep => Ok(person.language),
            Patch::Set(tag) => LanguageTag::parse("language", &tag),
            Patch::Clear => Err(Refusal::bad_input("language", "A language cannot be taken away.")),
        });
        let zone = refusals.keep(match self.time_zone {
            Patch::Keep => Ok(person.zone),
            Patch::Set(name) => Zone::parse("timeZone", &name),
            Patch::Clear => Err(Refusal::bad_input("timeZone", "A time zone cannot be taken away.")),
        });
        let phrase = refusals.keep(match self.mail_phrase {
            Patch::Keep => Ok(person.security.phrase),
            Patch::Clear => Ok(None),
            Patch::Set(line) => text::optional_line("mailPhrase", &line, text::LINE_MAX),
        });
        // Whoever says anything about it is not locked out: the operator's way back is over.
        let (reset_by_mail, reset_once_from) = match self.reset_by_mail {
            Patch::Keep => (person.security.reset_by_mail, person.security.reset_once_from),
            Patch::Clear => (true, None),
            Patch::Set(on) => (on, None),
        };
        refusals.check()?;
        let (Some(display_name), Some(affiliation), Some(language), Some(zone), Some(phrase)) =
            (display_name, affiliation, language, zone, phrase)
        else {
            return Err(Refusal::bad_input("input", "It is incomplete.").into());
        };
        let security = Security { phrase, reset_by_mail, reset_once_from, ..person.security };
        Ok(Person { display_name, affiliation, language, zone, security, ..person })
    }
}

/// Changes one's own account. The phrase of letters, and whether the password can be reset by mail, need a fresh sign-in, and
/// their owner is told (requirements A-14).
pub async fn change(cx: &Cx, change: Change) -> Result<()> {
    let permit = cx.may("input", Act::ChangeOwnAccount, On::track()).await?;
    if change.is_of_credentials() {
        cx.fresh()?;
    }
    let tx = cx.track.store.begin(permit).await?;
    let Account { person, .. } = own(&tx, cx).await?;
    let (zone, security) = (person.zone.clone(), person.security.clone());
    let changed = change.over(person)?;
    tx.overwrite_person(&changed).await?;
    if changed.security != security {
        tx.queue(&notice(LetterKind::ProtectionChanged, changed.id, tx.now())).await?;
    }
    if changed.zone != zone {
        // The day before at nine o'clock is another instant now.
        session_letters::plan_all_anew(&tx, &cx.track, Some(changed.id)).await?;
    }
    tx.commit(&[Event::on(Action::AccountChanged, cx.viewer.person)]).await?;
    done(cx);
    Ok(())
}

/// Asks for another address. It is changed when both ends have agreed; whether somebody has the new one is not told.
pub async fn change_address(cx: &Cx, email: &str) -> Result<()> {
    let permit = cx.may("email", Act::ChangeOwnAccount, On::track()).await?;
    cx.fresh()?;
    let to = EmailAddress::parse("email", email)?;
    let tx = cx.track.store.begin(permit).await?;
    let person = cx.viewer.person;
    if own(&tx, cx).await?.person.email.folded() == to.folded() {
        return Err(Refusal::bad_input("email", "This is your address already.").into());
    }
    // Two letters each time, one to each end.
    if tx.letters_last_hour(person, LetterKind::AddressToConfirm).await? >= 2 * TOKEN_LETTERS_AN_HOUR {
        return Err(identity::too_many_letters());
    }
    let expires_at = time::after(tx.now(), ADDRESS_CHANGE);
    tx.end_one_time_tokens(person).await?;
    tx.put_address_change(&AddressChange { person, to, old_confirmed: false, new_confirmed: false, expires_at })
        .await?;
    let letter =
        |own| Queued { own, expires: Some(expires_at), ..token_letter(LetterKind::AddressToConfirm, person, tx.now()) };
    tx.queue_all(&[letter(true), letter(false)]).await?;
    tx.commit(&[Event::on(Action::AddressChangeAsked, person)]).await?;
    cx.track.wake();
    Ok(())
}

/// Agrees to a change of one's own address with the code of one of its two letters; whether it is changed now.
pub async fn confirm_address(cx: &Cx, token: &SecretString) -> Result<bool> {
    let permit = cx.may("token", Act::ChangeOwnAccount, On::track()).await?;
    let digest = Secret::parse(token.expose_secret()).ok_or_else(bad_token)?.digest();
    let tx = cx.track.store.begin(permit).await?;
    let person = cx.viewer.person;
    let is_own = |taken: Option<PersonId>| taken == Some(person);
    let old = is_own(tx.take_one_time_token(&digest, OneTime::OldAddress).await?);
    let new = !old && is_own(tx.take_one_time_token(&digest, OneTime::NewAddress).await?);
    if !(old || new) {
        return Err(bad_token());
    }
    let mut change = tx.address_change(person).await?.ok_or_else(bad_token)?;
    change.old_confirmed |= old;
    change.new_confirmed |= new;
    let is_changed = change.old_confirmed && change.new_confirmed;
    let action = if is_changed { Action::AddressChanged } else { Action::AddressConfirmed };
    if is_changed {
        let account = own(&tx, cx).await?;
        let moved = Person { email: change.to, ..account.person };
        tx.overwrite_person(&moved).await.map_err(|error| match error == StoreError::Taken("person.email") {
            true => Error::from(Refusal::state("This address is another account's.")),
            false => error.into(),
        })?;
        tx.end_address_change(person).await?;
        tx.end_one_time_tokens(person).await?;
        delivery::start_anew(&tx, person).await?;
        tx.queue(&notice(LetterKind::AddressChanged, person, tx.now())).await?;
    } else {
        tx.put_address_change(&change).await?;
    }
    tx.commit(&[Event::on(action, person)]).await?;
    done(cx);
    Ok(is_changed)
}

/// Makes someone an administrator: administrators, with a fresh sign-in. All administrators are told.
pub async fn grant_administration(cx: &Cx, person: &str) -> Result<PersonSeen> {
    let (permit, person) = of_another(cx, Act::ManageAdministration, person, true).await?;
    let tx = cx.track.store.begin(permit).await?;
    let administrators = tx.administrators().await?;
    let account = known(&tx, person).await?;
    if account.person.standing != Standing::Active {
        return Err(Refusal::state("Only an account that is in use can be an administrator's.").into());
    }
    let raised = Person { is_administrator: true, ..account.person };
    tx.overwrite_person(&raised).await?;
    tell_administrators(&tx, administrators.into_iter().chain([person])).await?;
    tx.commit(&[Event::on(Action::AdministrationGranted, person)]).await?;
    done(cx);
    Ok(PersonSeen::from(&raised))
}

/// Withdraws administration, but not the last administrator's. All administrators are told, and whom it was taken from.
pub async fn withdraw_administration(cx: &Cx, person: &str) -> Result<PersonSeen> {
    let (permit, person) = of_another(cx, Act::ManageAdministration, person, true).await?;
    let tx = cx.track.store.begin(permit).await?;
    let administrators = tx.administrators().await?;
    let account = known(&tx, person).await?;
    not_the_last(&administrators, person)?;
    let lowered = Person { is_administrator: false, ..account.person };
    tx.overwrite_person(&lowered).await?;
    tell_administrators(&tx, administrators.into_iter()).await?;
    tx.commit(&[Event::on(Action::AdministrationWithdrawn, person)]).await?;
    done(cx);
    Ok(PersonSeen::from(&lowered))
}

/// Disables an account, but not the last administrator's: every token and link of it is dead from the next request on. What is
/// under silence where its person could object is withdrawn: they are not heard any more. A recovery that is under way is over:
/// its owner could not cancel it. An administrator's is disabled by a fresh sign-in, and all administrators are told.
pub async fn disable(cx: &Cx, person: &str) -> Result<PersonSeen> {
    let (permit, person) = of_another(cx, Act::DisableAccount, person, false).await?;
    let tx = cx.track.store.begin(permit).await?;
    let administrators = tx.administrators().await?;
    let Account { person: known, .. } = known(&tx, person).await?;
    not_the_last(&administrators, person)?;
    if known.standing == Standing::Erased {
        return Err(Refusal::state("This account was erased.").into());
    }
    if known.is_administrator {
        cx.fresh()?;
        tell_administrators(&tx, administrators.into_iter()).await?;
    }
    let disabled = Person { standing: Standing::Disabled, ..known };
    tx.overwrite_person(&disabled).await?;
    second_factor::end_recovery(&tx, person).await?;
    tx.end_sign_ins_of(person).await?;
    tx.revoke_personal_access_tokens_of(person).await?;
    tx.end_one_time_tokens(person).await?;
    tx.end_address_change(person).await?;
    tx.renew_links(person).await?;
    let mut events = vec![Event::on(Action::PersonDisabled, person)];
    let groups = silence::left_unheard(&tx, person, &mut events).await?;
    tx.commit(&events).await?;
    done(cx);
    for group in groups {
        cx.track.tell(Topic::Silences(group));
    }
    Ok(PersonSeen::from(&disabled))
}

/// Enables an account again; its person signs in as before. What makes an administrator again needs a fresh sign-in, and all
/// administrators are told.
pub async fn enable(cx: &Cx, person: &str) -> Result<PersonSeen> {
    let (permit, person) = of_another(cx, Act::DisableAccount, person, false).await?;
    let tx = cx.track.store.begin(permit).await?;
    let Account { person: known, password_hash, .. } = known(&tx, person).await?;
    if known.standing != Standing::Disabled {
        return Err(Refusal::state("This account is not disabled.").into());
    }
    let standing = if password_hash.is_some() { Standing::Active } else { Standing::Invited };
    let enabled = Person { standing, ..known };
    if enabled.is_administrator {
        cx.fresh()?;
        let administrators = tx.administrators().await?;
        tell_administrators(&tx, administrators.into_iter().chain([person])).await?;
    }
    tx.overwrite_person(&enabled).await?;
    tx.commit(&[Event::on(Action::PersonEnabled, person)]).await?;
    done(cx);
    Ok(PersonSeen::from(&enabled))
}

/// The permit is asked for before the id is looked at: whoever may not learns nothing of it.
async fn of_another(cx: &Cx, act: Act, person: &str, fresh: bool) -> Result<(Permit, PersonId)> {
    let permit = cx.may("personId", act, On::track()).await?;
    if fresh {
        cx.fresh()?;
    }
    Ok((permit, id("personId", person)?))
}

pub(crate) fn not_the_last(administrators: &[PersonId], person: PersonId) -> Result<()> {
    match administrators {
        [last] if *last == person => Err(Refusal::state("A track has an administrator.").into()),
        _ => Ok(()),
    }
}

async fn tell_administrators(tx: &Tx, people: impl Iterator<Item = PersonId>) -> Result<()> {
    let letters: Vec<_> = people.map(|person| notice(LetterKind::AdministrationChanged, person, tx.now())).collect();
    Ok(tx.queue_all(&letters).await?)
}

async fn known(tx: &Tx, person: PersonId) -> Result<Account> {
    tx.account(person).await?.ok_or_else(|| Refusal::not_found("personId").into())
}

pub(crate) async fn own(tx: &Tx, cx: &Cx) -> Result<Account> {
    let account = tx.account(cx.viewer.person).await?;
    account.ok_or_else(|| Error::Fault("the viewer's own account does not open".to_owned()))
}

fn done(cx: &Cx) {
    cx.track.wake();
    cx.track.tell(Topic::People);
}
