//! Answers from people without an account: a link with a secret, which opens one referral and nothing else.
//!
//! Only a hash of the secret is kept. The page behind the link knows the first name and initial of the client, what is
//! asked, and how to reach whoever asks. The link works until the referral has ended or its time is over; a wrong
//! secret, an old one and nonsense are the same, and whoever tries many is made to wait.

use super::commands::{apply, written};
use super::store;
use super::{
    Command, LINE_MOST, NewStep, REASONS, Referral, ReferralError, State, TEXT_MOST, Urgency, Via, Wrong,
    decide,
};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::{Actor, Ctx};
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::ReferralId;
use crate::people::Client;

/// Days that a link works.
pub const LINK_DAYS: i64 = 90;
/// Tries in a quarter of an hour, from one address with wrong secrets or with one secret, after which it is to wait.
pub const ADDRESS_MISSES: u64 = 20;
const WINDOW_SECONDS: i64 = 15 * 60;

/// Letters that nobody mistakes for another on paper or on the phone: no i, l, o, u.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 25 letters of 5 bits.
const SECRET_LETTERS: usize = 25;

/// A link's secret, shown once to the worker.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Five groups of five letters.
    pub secret: String,
    pub expires_at: Instant,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Makes the link of a referral; one that was there stops working.
pub(super) async fn make(ctx: &Ctx, tx: &Tx, id: &ReferralId) -> Result<Link, ReferralError> {
    let mut bytes = [0_u8; SECRET_LETTERS];
    getrandom::fill(&mut bytes).map_err(ReferralError::Random)?;
    let mut secret = String::with_capacity(SECRET_LETTERS + 4);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at.is_multiple_of(5) {
            secret.push('-');
        }
        // 256 is a multiple of 32: every letter is equally likely.
        let letter = LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        secret.push(char::from(letter));
    }
    let link = Link { expires_at: ctx.now.plus_seconds(LINK_DAYS * 86_400), secret };
    tx.execute(store::LINKS_DELETE, vec![id.into()]).await?;
    let values = vec![
        hash(&link.secret).into(),
        id.into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        link.expires_at.micros().into(),
    ];
    tx.execute(store::LINK_INSERT, values).await?;
    Ok(link)
}

/// The hash of a secret as somebody typed it: capitals, hyphens and the usual mistakes of reading aside. It has 125
/// random bits, so an unkeyed hash gives nothing away.
pub(super) fn hash(secret: &str) -> String {
    let letters: String = secret
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' '))
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    blake3::hash(letters.as_bytes()).to_hex().to_string()
}

/// What the page behind a link shows: the least that an answer needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// First name and initial.
    pub client_name: String,
    pub recipient: String,
    pub service: String,
    pub need: String,
    pub urgency: Urgency,
    pub sent_on: Option<Day>,
    /// By when an answer is expected.
    pub due_on: Option<Day>,
    pub state: State,
    pub expected_on: Option<Day>,
    pub worker_name: String,
    pub contact: String,
    /// The answers that make sense now.
    pub answers: Vec<Answer>,
}

/// What a secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    Asked(Box<Asked>),
    /// The referral has ended: thank you, and nothing about anybody.
    Over,
    /// There is no such link, or not any more: the two look the same.
    Nothing,
    /// Too many tries; come back in a quarter of an hour.
    Wait,
}

/// What a recipient can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// We have it and will answer.
    Later,
    Accept,
    Wait,
    Decline,
    Done,
}

impl Answer {
    pub const ALL: [Self; 5] = [Self::Later, Self::Accept, Self::Wait, Self::Decline, Self::Done];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Accept => "accept",
            Self::Wait => "wait",
            Self::Decline => "decline",
            Self::Done => "done",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The step that this is for a referral as it stands: who takes back an acceptance lets it fail.
    const fn command(self, state: State) -> Command {
        match self {
            Self::Later => Command::Receive,
            Self::Accept => Command::Accept,
            Self::Wait => Command::Wait,
            Self::Decline if decide(state, Command::Reject).is_ok() => Command::Reject,
            Self::Decline => Command::Fail,
            Self::Done => Command::Complete,
        }
    }
}

/// Why an answer was not taken.
#[derive(Debug)]
pub enum AnswerError {
    Opened(Opened),
    Wrong(Vec<Wrong>),
    Broken(ReferralError),
}

impl From<DbError> for AnswerError {
    fn from(error: DbError) -> Self {
        Self::Broken(error.into())
    }
}

/// Looks up what a secret opens. `address` is where the request came from.
pub async fn open(ctx: &Ctx, secret: &str, address: &str) -> Result<Opened, DbError> {
    let mut tx = ctx.begin().await?;
    let found = find(ctx, &mut tx, secret, address).await?;
    tx.commit().await?;
    Ok(match found {
        Ok((referral, name)) if referral.state.is_open() => Opened::Asked(Box::new(asked(&referral, &name))),
        Ok(_) => Opened::Over,
        Err(nothing) => nothing,
    })
}

fn asked(referral: &Referral, preferred_name: &str) -> Asked {
    Asked {
        client_name: Client::list_name(preferred_name),
        recipient: referral.recipient.clone(),
        service: referral.service.clone(),
        need: referral.need.clone(),
        urgency: referral.urgency,
        sent_on: referral.sent_on,
        due_on: referral.due_on,
        state: referral.state,
        expected_on: referral.expected_on,
        worker_name: referral.sent_by_name.clone(),
        contact: referral.contact.clone(),
        answers: Answer::ALL
            .into_iter()
            .filter(|answer| decide(referral.state, answer.command(referral.state)).is_ok())
            .collect(),
    }
}

/// The referral behind a secret with its client's preferred name; else what to say instead.
async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    secret: &str,
    address: &str,
) -> Result<Result<(Referral, String), Opened>, DbError> {
    let misses = ctx.keys().seal("referral-link", &["address", address]);
    if is_too_many(ctx, tx, &misses).await? {
        return Ok(Err(Opened::Wait));
    }
    let hash = hash(secret);
    let row = tx.row(store::LINK, vec![hash.clone().into(), ctx.now.micros().into()]).await?;
    let found = match row {
        None => None,
        Some(row) => store::referral(tx, &ReferralId::from_text(row.text(0)?)).await?,
    };
    let Some((referral, name)) = found.filter(|(it, _)| it.state != State::Draft) else {
        count(ctx, tx, &misses).await?;
        return Ok(Err(Opened::Nothing));
    };
    if tx.execute(store::LINK_OPENED, vec![hash.into(), ctx.now.micros().into()]).await? > 0 {
        written(&as_link(ctx), tx, "referral.link_opened", &referral.id, "").await?;
    }
    Ok(Ok((referral, name)))
}

/// Records an answer. The day is today's; `step` holds the rest, and its command is the answer's.
pub async fn answer(
    ctx: &Ctx,
    secret: &str,
    address: &str,
    answer: Answer,
    step: NewStep,
) -> Result<(), AnswerError> {
    let mut tx = ctx.begin().await?;
    let (before, _) = match find(ctx, &mut tx, secret, address).await? {
        Ok((referral, _)) if !referral.state.is_open() => {
            tx.commit().await?;
            return Err(AnswerError::Opened(Opened::Over));
        }
        Ok(found) => found,
        Err(nothing) => {
            tx.commit().await?;
            return Err(AnswerError::Opened(nothing));
        }
    };
    let tries = ctx.keys().seal("referral-link", &["answer", &hash(secret)]);
    if is_too_many(ctx, &tx, &tries).await? {
        return Err(AnswerError::Opened(Opened::Wait));
    }
    count(ctx, &tx, &tries).await?;
    let today = ctx.now.day();
    let step = NewStep {
        command: answer.command(before.state),
        on: today,
        outcome: None,
        reason: if answer == Answer::Decline { step.reason } else { String::new() },
        ..step
    };
    let wrong = answer_checked(&step, answer);
    if !wrong.is_empty() {
        tx.commit().await?;
        return Err(AnswerError::Wrong(wrong));
    }
    apply(&as_link(ctx), &mut tx, &before, &step, Via::Link).await.map_err(AnswerError::Broken)?;
    tx.commit().await?;
    Ok(())
}

fn answer_checked(step: &NewStep, answer: Answer) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let latest = step.on.plus_days(3 * 366);
    if step.expected_on.is_some_and(|expected| expected < step.on || expected > latest) {
        wrong.push(Wrong::ExpectedOn);
    }
    if answer == Answer::Decline && !REASONS.contains(&step.reason.as_str()) {
        wrong.push(Wrong::Reason);
    }
    if step.words.chars().count() > TEXT_MOST || step.said_by.chars().count() > LINE_MOST {
        wrong.push(Wrong::TooLong);
    }
    wrong
}

/// Nobody who has logged in: the audit trail says that it was the link.
fn as_link(ctx: &Ctx) -> Ctx {
    ctx.acting_as(Actor::System { name: "referral-link" })
}

async fn is_too_many(ctx: &Ctx, tx: &Tx, subject: &str) -> Result<bool, DbError> {
    let after = ctx.now.plus_seconds(-WINDOW_SECONDS).micros();
    let row = tx.row(store::LINK_MISSES, vec![subject.into(), after.into()]).await?;
    Ok(row.map_or(Ok(0), |row| row.count(0))? >= ADDRESS_MISSES)
}

async fn count(ctx: &Ctx, tx: &Tx, subject: &str) -> Result<(), DbError> {
    tx.execute(store::LINK_MISS_INSERT, vec![subject.into(), ctx.now.micros().into()]).await.map(drop)
}
