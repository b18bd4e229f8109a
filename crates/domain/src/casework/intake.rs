//! A new client and the first case, in one step: whoever adds somebody can open the file.

use std::collections::BTreeMap;

use super::cases::{self, CaseError, CaseState, OpenCase};
use crate::evidence;
use crate::kernel::access::{self, AccessError};
use crate::kernel::clock::Day;
use crate::kernel::ctx::{Ctx, Role};
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, CaseId, ClientId};
use crate::people::details::{self, Answer, Entered, Person, SaveError};

/// The case that is opened with a client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstCase {
    pub programme: String,
    /// Who leads it; None: whoever adds the client.
    pub worker: Option<AccountId>,
}

#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error(transparent)]
    Details(#[from] SaveError),
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Only a supervisor opens a case for somebody else.
    #[error("open a case for somebody else: a supervisor does that")]
    NotYours,
}

impl From<DbError> for IntakeError {
    fn from(error: DbError) -> Self {
        Self::Details(error.into())
    }
}

impl From<AccessError> for IntakeError {
    fn from(error: AccessError) -> Self {
        Self::Details(error.into())
    }
}

/// Adds a client with an active case from today on.
pub async fn add(ctx: &Ctx, entered: &Entered, first: &FirstCase) -> Result<(ClientId, CaseId), IntakeError> {
    let own = ctx.actor.account();
    let worker = match (&first.worker, own) {
        (Some(worker), _) if Some(worker) == own || ctx.actor.has(Role::Supervisor) => worker,
        (None, Some(own)) => own,
        _ => return Err(IntakeError::NotYours),
    };
    let mut tx = ctx.begin().await?;
    let (client, person) = details::insert_in(ctx, &mut tx, entered).await?;
    let strata = evidence::strata_ids(&tx, &[groups(&person, ctx.now.day())]).await?;
    let grant = access::new_client(ctx, &mut tx, client.clone()).await?;
    let new = OpenCase {
        state: CaseState::Active,
        programme: first.programme.trim().to_owned(),
        opened_on: ctx.now.day(),
        worker: worker.clone(),
        stratum_id: strata.first().copied(),
    };
    let case = cases::open_in(ctx, &mut tx, &grant, &new).await?;
    tx.commit().await.map_err(SaveError::Db)?;
    Ok((client, case))
}

/// The groups that a case counts for: what the client said, their language, and their age when the case was opened. What
/// was not answered is no group.
fn groups(person: &Person, on: Day) -> evidence::Stratum {
    let mut groups: BTreeMap<String, String> = person
        .groups
        .iter()
        .filter_map(|(dimension, answer)| match answer {
            Answer::Said(words) => Some((dimension.clone(), words.clone())),
            Answer::DoesntKnow | Answer::PrefersNotToAnswer | Answer::NotCollected => None,
        })
        .collect();
    if !person.language.is_empty() {
        groups.insert("language".to_owned(), person.language.clone());
    }
    if let Some(band) = person.born_on.and_then(|born| age_band(born, on)) {
        groups.insert("age_band".to_owned(), band.to_owned());
    }
    groups
}

/// The age band of somebody born on a day.
fn age_band(born: Day, on: Day) -> Option<&'static str> {
    let had_birthday = (on.month(), on.date().day()) >= (born.month(), born.date().day());
    let age = on.year() - born.year() - i32::from(!had_birthday);
    [(0, 11, "0-11"), (12, 14, "12-14"), (15, 17, "15-17"), (18, 20, "18-20"), (21, 24, "21-24")]
        .into_iter()
        .find(|(low, high, _)| (*low..=*high).contains(&age))
        .map(|(_, _, band)| band)
        .or_else(|| (age > 24).then_some("25+"))
}
