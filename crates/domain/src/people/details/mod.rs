//! Who a client is, in their own words: names, pronouns, language, groups for equity, where they live, how to reach them,
//! the numbers under which others know them, a strength and a wish.
//!
//! Two people may edit at once: whoever saves second is told what the first has changed and loses nothing
//! ([`SaveError::Changed`]). All that is wrong with what was typed is said at once ([`Wrong`]).

mod store;

pub(crate) use store::STATEMENTS;
pub use store::numbers_insert;

use std::collections::BTreeMap;

use super::matching::Traits;
use super::search;
use crate::kernel::access::{self, AccessError, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::ClientId;

/// Groups for equity that every client is asked for.
pub const DIMENSIONS: [&str; 3] = ["gender", "race_ethnicity", "disability"];

/// What an identifier belongs to.
pub const IDENTIFIER_KINDS: [&str; 8] =
    ["agency", "hmis", "school", "court", "probation", "benefits", "health", "other"];

/// What was answered when a client was asked for a group. Why there is no answer is kept apart, as HUD's data standards
/// ask: not knowing is not the same as not wanting to say, and neither is the same as not having been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Said(String),
    DoesntKnow,
    PrefersNotToAnswer,
    NotCollected,
}

impl Answer {
    /// As it stands in the record.
    pub fn stored(&self) -> &str {
        match self {
            Self::Said(words) => words,
            Self::DoesntKnow => "client_doesnt_know",
            Self::PrefersNotToAnswer => "client_prefers_not_to_answer",
            Self::NotCollected => "data_not_collected",
        }
    }

    pub fn from_stored(text: &str) -> Self {
        match text {
            "client_doesnt_know" => Self::DoesntKnow,
            "client_prefers_not_to_answer" => Self::PrefersNotToAnswer,
            "" | "data_not_collected" => Self::NotCollected,
            words => Self::Said(words.to_owned()),
        }
    }
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    pub preferred_name: String,
    pub legal_name: String,
    pub pronouns: String,
    pub language: String,
    pub born_on: Option<Day>,
    pub address: String,
    /// The code of an area; empty where it is not known.
    pub area: String,
    pub strength: String,
    pub wish: String,
    pub groups: BTreeMap<String, Answer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    pub id: String,
    pub number: String,
    /// Whose it is, when to call.
    pub label: String,
    /// A message may be left there: at home somebody else may hear it.
    pub may_leave_message: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub id: String,
    pub kind: String,
    pub value: String,
}

/// The details of a client as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Goes up with every change.
    pub version: i64,
    pub person: Person,
    pub area_name: String,
    pub phones: Vec<Phone>,
    pub identifiers: Vec<Identifier>,
}

/// What there is to pick from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Values by dimension, in the words that the record uses already.
    pub values: BTreeMap<String, Vec<String>>,
    pub languages: Vec<String>,
    /// Code and name.
    pub areas: Vec<(String, String)>,
}

/// What was typed into the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entered {
    pub preferred_name: String,
    pub legal_name: String,
    pub pronouns: String,
    pub language: String,
    pub born_on: String,
    pub address: String,
    /// The code or the name of an area.
    pub area: String,
    pub strength: String,
    pub wish: String,
    /// Dimension to answer as stored; words of the client's own among them.
    pub groups: BTreeMap<String, String>,
    pub phones: Vec<EnteredPhone>,
    pub identifiers: Vec<EnteredIdentifier>,
}

/// A line of phones. Without a number, the line is taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnteredPhone {
    /// Empty for a new line.
    pub id: String,
    pub number: String,
    pub label: String,
    pub may_leave_message: bool,
}

/// A line of identifiers. Without a value, the line is taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnteredIdentifier {
    pub id: String,
    pub kind: String,
    pub value: String,
}

impl Entered {
    /// As it would be compared with the record.
    pub fn traits(&self, area: &str) -> Traits {
        let day = match search::days(self.born_on.trim()).as_slice() {
            [day] => Some(*day),
            _ => None,
        };
        Traits::of(&[&self.preferred_name, &self.legal_name], day, area)
            .with_phones(self.phones.iter().map(|phone| phone.number.as_str()))
            .with_identifiers(self.identifiers.iter().map(|it| (it.kind.as_str(), it.value.as_str())))
    }
}

/// Why a field cannot stay as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Missing,
    TooLong,
    NotADay,
    /// `5/3/1990`: the third of May or the fifth of March?
    TwoDays(Day, Day),
    InTheFuture,
    NoSuchArea,
    NotAPhone,
}

/// Field to reason. Lines of phones and identifiers are `phone-0`, `identifier-0` and so on.
pub type Wrong = BTreeMap<String, Why>;

#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("save the details: {} fields need another look", .0.len())]
    Wrong(Wrong),
    /// Somebody else saved in the meantime; how things are now.
    #[error("save the details: somebody else changed them in the meantime")]
    Changed(Box<Details>),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The longest name, word or address.
const LETTERS: usize = 200;

/// The longest strength or wish.
const SENTENCE: usize = 400;

/// Checks what was typed; everything that is wrong at once.
pub fn checked(entered: &Entered, area: Option<&str>, today: Day) -> Result<Person, Wrong> {
    let mut wrong = Wrong::new();
    let mut text = |field: &str, value: &str, most: usize| {
        let value = value.trim();
        if value.chars().count() > most {
            wrong.insert(field.to_owned(), Why::TooLong);
        }
        value.to_owned()
    };
    let mut person = Person {
        preferred_name: text("preferred_name", &entered.preferred_name, LETTERS),
        legal_name: text("legal_name", &entered.legal_name, LETTERS),
        pronouns: text("pronouns", &entered.pronouns, LETTERS),
        language: text("language", &entered.language, LETTERS),
        address: text("address", &entered.address, LETTERS),
        strength: text("strength", &entered.strength, SENTENCE),
        wish: text("wish", &entered.wish, SENTENCE),
        ..Person::default()
    };
    for (dimension, answer) in &entered.groups {
        let answer = text(dimension, answer, 80);
        person.groups.insert(dimension.clone(), Answer::from_stored(&answer));
    }
    for dimension in DIMENSIONS {
        person.groups.entry(dimension.to_owned()).or_insert(Answer::NotCollected);
    }
    if person.preferred_name.is_empty() {
        wrong.insert("preferred_name".to_owned(), Why::Missing);
    }
    match (entered.area.trim(), area) {
        ("", _) => {}
        (_, Some(code)) => code.clone_into(&mut person.area),
        (_, None) => {
            wrong.insert("area".to_owned(), Why::NoSuchArea);
        }
    }
    match born(&entered.born_on, today) {
        Ok(born_on) => person.born_on = born_on,
        Err(why) => {
            wrong.insert("born_on".to_owned(), why);
        }
    }
    for (at, phone) in entered.phones.iter().enumerate() {
        let digits = phone.number.chars().filter(char::is_ascii_digit).count();
        let is_phone = (7..=18).contains(&digits) && phone.number.chars().count() <= 40;
        if !phone.number.trim().is_empty() && !is_phone {
            wrong.insert(format!("phone-{at}"), Why::NotAPhone);
        }
    }
    for (at, identifier) in entered.identifiers.iter().enumerate() {
        if identifier.value.chars().count() > 60 {
            wrong.insert(format!("identifier-{at}"), Why::TooLong);
        }
    }
    if wrong.is_empty() { Ok(person) } else { Err(wrong) }
}

/// A birth date as typed; none at all is allowed.
fn born(text: &str, today: Day) -> Result<Option<Day>, Why> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match search::days(text).as_slice() {
        [] => Err(Why::NotADay),
        [day] if *day > today => Err(Why::InTheFuture),
        [day] => Ok(Some(*day)),
        [one, other, ..] => Err(Why::TwoDays(*one, *other)),
    }
}

/// The details of the client of a grant.
pub async fn details(_: &Ctx, tx: &Tx, grant: &ClientGrant) -> Result<Details, DbError> {
    store::details(tx, grant.client()).await
}

/// The details of several clients, each opened for the caller and written down as read.
pub async fn details_of(ctx: &Ctx, clients: &[ClientId]) -> Result<Vec<Option<Details>>, DbError> {
    let mut tx = ctx.begin().await?;
    let mut out = Vec::with_capacity(clients.len());
    for client in clients {
        out.push(match access::client(ctx, &mut tx, client.clone(), May::Read).await {
            Ok(grant) => Some(store::details(&tx, grant.client()).await?),
            Err(AccessError::NotFound) => None,
            Err(AccessError::Db(error)) => return Err(error),
        });
    }
    tx.commit().await?;
    Ok(out)
}

/// What there is to pick from.
pub async fn known(ctx: &Ctx) -> Result<Known, DbError> {
    store::known(&ctx.db().snapshot().await?).await
}

/// The code of an area by its code or name; None where there is none such.
pub async fn area_code(ctx: &Ctx, typed: &str) -> Result<Option<String>, DbError> {
    store::area_code(&ctx.db().snapshot().await?, typed.trim()).await
}

async fn checked_in(ctx: &Ctx, tx: &Tx, entered: &Entered) -> Result<Person, SaveError> {
    let area = store::area_code(tx, entered.area.trim()).await?;
    checked(entered, area.as_deref(), ctx.now.day()).map_err(SaveError::Wrong)
}

/// Adds a client, in the transaction of whoever opens the case with it.
pub async fn insert_in(ctx: &Ctx, tx: &mut Tx, entered: &Entered) -> Result<(ClientId, Person), SaveError> {
    let person = checked_in(ctx, tx, entered).await?;
    let client = ClientId::from_text(ctx.new_id());
    store::insert(ctx, tx, &client, &person).await?;
    for phone in entered.phones.iter().filter(|it| !it.number.trim().is_empty()) {
        store::phone_write(ctx, tx, &client, &EnteredPhone { id: String::new(), ..phone.clone() }).await?;
    }
    for it in entered.identifiers.iter().filter(|it| !it.value.trim().is_empty()) {
        store::identifier_write(ctx, tx, &client, &EnteredIdentifier { id: String::new(), ..it.clone() })
            .await?;
    }
    let act = Act { action: "client.add", subject_kind: "client", subject_id: client.as_str(), detail: "" };
    audit::append(ctx, tx, act).await?;
    Ok((client, person))
}

/// Saves the details of a client, if they are still as they were when the form was opened.
pub async fn save(ctx: &Ctx, client: ClientId, version: i64, entered: &Entered) -> Result<(), SaveError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    let person = checked_in(ctx, &tx, entered).await?;
    let before = store::details(&tx, grant.client()).await?;
    if before.version != version || !store::save(&tx, grant.client(), version, &person).await? {
        return Err(SaveError::Changed(Box::new(before)));
    }
    for phone in &entered.phones {
        if !phone.id.is_empty() || !phone.number.trim().is_empty() {
            store::phone_write(ctx, &tx, grant.client(), phone).await?;
        }
    }
    for identifier in &entered.identifiers {
        if !identifier.id.is_empty() || !identifier.value.trim().is_empty() {
            store::identifier_write(ctx, &tx, grant.client(), identifier).await?;
        }
    }
    let detail = format!("fields={}", changed(&before.person, &person).join(","));
    let id = grant.client().as_str();
    let act = Act { action: "client.change", subject_kind: "client", subject_id: id, detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

/// The names of the fields that differ.
pub fn changed(before: &Person, after: &Person) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut differs = |name: &'static str, is_other: bool| {
        if is_other {
            names.push(name);
        }
    };
    differs("preferred_name", before.preferred_name != after.preferred_name);
    differs("legal_name", before.legal_name != after.legal_name);
    differs("pronouns", before.pronouns != after.pronouns);
    differs("language", before.language != after.language);
    differs("born_on", before.born_on != after.born_on);
    differs("address", before.address != after.address);
    differs("area", before.area != after.area);
    differs("strength", before.strength != after.strength);
    differs("wish", before.wish != after.wish);
    for dimension in DIMENSIONS {
        differs(dimension, before.groups.get(dimension) != after.groups.get(dimension));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let entered = Entered {
            born_on: "5/3/1990".to_owned(),
            area: "Nowhere".to_owned(),
            wish: "x".repeat(401),
            phones: vec![EnteredPhone { number: "12".to_owned(), ..EnteredPhone::default() }],
            ..Entered::default()
        };
        let wrong = checked(&entered, None, day("2025-06-15")).unwrap_err();
        let fields: Vec<&str> = wrong.keys().map(String::as_str).collect();
        assert_eq!(fields, ["area", "born_on", "phone-0", "preferred_name", "wish"]);
        assert_eq!(wrong["born_on"], Why::TwoDays(day("1990-05-03"), day("1990-03-05")));
    }

    #[test]
    fn a_birth_date_is_taken_where_it_can_mean_one_day_only() {
        let today = day("2025-06-15");
        assert_eq!(born("25/12/1990", today), Ok(Some(day("1990-12-25"))));
        assert_eq!(born(" ", today), Ok(None));
        assert_eq!(born("2025-06-16", today), Err(Why::InTheFuture));
        assert_eq!(born("1990", today), Err(Why::NotADay));
    }

    #[test]
    fn why_there_is_no_answer_is_kept_apart() {
        let entered = Entered { preferred_name: "Dee".to_owned(), ..Entered::default() };
        let person = checked(&entered, None, day("2025-06-15")).unwrap();
        assert_eq!(person.groups["gender"], Answer::NotCollected);
        for answer in [Answer::Said("woman".to_owned()), Answer::DoesntKnow, Answer::PrefersNotToAnswer] {
            assert_eq!(Answer::from_stored(answer.stored()), answer);
        }
    }
}
