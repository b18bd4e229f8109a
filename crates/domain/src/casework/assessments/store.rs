//! SQL of assessments.

use super::answers::{self, Answers, Score};
use super::instrument::{Instrument, InstrumentError};
use super::{SHIPPED, Stage};
use crate::casework::drafts;
use crate::kernel::access::{self, AccessError, CaseGrant, ClientGrant, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Reads, Row, Tx};
use crate::kernel::ids::CaseId;

crate::statements! {
    INSTRUMENT_INSERT = "\
insert into instrument (id, version, content, added_at, added_by)
values ($1, $2, $3, $4, $5)";
    INSTRUMENTS = "select content from instrument order by id, version";
    ASSESSMENT_INSERT = "\
insert into assessment (id, case_id, instrument, instrument_version, stage, on_day, system, made_with_client, answers,
  recorded_at, recorded_by, superseded_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')";
    /// Only what stands: two corrections of one assessment cannot both win.
    ASSESSMENT_SUPERSEDE = "\
update assessment
set superseded_by = $2
where id = $1
  and case_id = $3
  and superseded_by = ''";
    SCORE_INSERT = "\
insert into assessment_score (assessment_id, scale, value, level, answered, of_items)
values ($1, $2, $3, $4, $5, $6)";
    ASSESSMENTS = "\
select a.id, a.case_id, a.instrument, a.instrument_version, a.stage, a.on_day, a.system, a.made_with_client,
  a.answers, a.recorded_at, coalesce(acc.name, a.recorded_by)
from assessment a
join client_case cc on cc.id = a.case_id
left join account acc on acc.id = a.recorded_by
where cc.client_id = $1
  and a.superseded_by = ''
order by a.on_day desc, a.seq desc
limit 200";
    ASSESSMENT_BY_ID = "\
select a.id, a.case_id, a.instrument, a.instrument_version, a.stage, a.on_day, a.system, a.made_with_client,
  a.answers, a.recorded_at, coalesce(acc.name, a.recorded_by)
from assessment a
join client_case cc on cc.id = a.case_id
left join account acc on acc.id = a.recorded_by
where a.id = $1
  and cc.client_id = $2";
    OPEN_NEED_DOMAINS = "select domain from client_need where client_id = $1 and state = 'open'";
    NEED_INSERT = "\
insert into client_need (id, client_id, domain, state, named_on, assessment_id, item, met_on, note)
values ($1, $2, $3, 'open', $4, $5, $6, '', '')";
    NEEDS_WITHDRAW = "delete from client_need where assessment_id = $1 and state = 'open' and note = ''";
    NEEDS_OF = "\
select id, domain, state, named_on, met_on, note, assessment_id
from client_need
where client_id = $1
order by case when state = 'open' then 0 else 1 end, named_on desc, domain, id";
    NEED_CLOSE = "\
update client_need
set state = $3, met_on = $4, note = $5
where id = $1
  and client_id = $2
  and state = 'open'";
}

/// What a worker enters.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAssessment {
    pub instrument: String,
    pub version: u32,
    pub stage: Stage,
    pub on: Day,
    /// Code of a system, where the instrument is about one.
    pub system: String,
    pub made_with_client: bool,
    pub answers: Answers,
    /// The assessment that this one corrects.
    pub corrects: Option<String>,
}

/// An assessment as it stands in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub id: String,
    pub case: CaseId,
    pub instrument: String,
    pub version: u32,
    pub stage: Stage,
    pub on: Day,
    pub system: String,
    pub made_with_client: bool,
    pub answers: Answers,
    pub recorded_at: Instant,
    pub recorded_by: String,
}

listed! {
    /// What became of a need.
    NeedState {
        Open = "open",
        Met = "met",
        /// The client wants no help with it.
        Declined = "declined",
        NoLonger = "no_longer",
    }
}

/// A need of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub id: String,
    pub domain: String,
    pub state: NeedState,
    pub named_on: Day,
    pub met_on: Option<Day>,
    pub note: String,
    pub assessment: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AssessmentError {
    #[error("add the instrument: {0}")]
    Instrument(#[from] InstrumentError),
    #[error(
        "add the instrument: version {version} of {id} is there already; give a changed one the next version"
    )]
    VersionTaken { id: String, version: u32 },
    #[error("record the assessment: there is no such instrument")]
    NoInstrument,
    #[error("record the assessment: its day lies in the future")]
    InTheFuture,
    #[error("record the assessment: the one to correct has been corrected meanwhile")]
    Superseded,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Every instrument there is, shipped ones first, all versions.
pub async fn instruments(on: &impl Reads) -> Result<Vec<Instrument>, DbError> {
    let parsed = |text: &str| {
        Instrument::parse(text).map_err(|error| DbError::Stored(format!("an instrument: {error}")))
    };
    let mut all = SHIPPED.iter().map(|text| parsed(text)).collect::<Result<Vec<_>, _>>()?;
    for row in on.read(INSTRUMENTS, vec![]).await? {
        all.push(parsed(&row.text(0)?)?);
    }
    Ok(all)
}

/// One version of an instrument; the newest where none is named.
pub async fn instrument(
    on: &impl Reads,
    id: &str,
    version: Option<u32>,
) -> Result<Option<Instrument>, DbError> {
    let fits = |it: &Instrument| it.id == id && version.is_none_or(|version| it.version == version);
    Ok(instruments(on).await?.into_iter().filter(fits).max_by_key(|it| it.version))
}

/// Adds an instrument of the agency's own, or a new version of one.
pub async fn add_instrument(ctx: &Ctx, text: &str) -> Result<Instrument, AssessmentError> {
    let instrument = Instrument::parse(text)?;
    let mut tx = ctx.begin().await?;
    let taken = || AssessmentError::VersionTaken { id: instrument.id.clone(), version: instrument.version };
    let is_there = |it: &Instrument| it.id == instrument.id && it.version == instrument.version;
    if instruments(&tx).await?.iter().any(is_there) {
        return Err(taken());
    }
    let by = ctx.actor.label();
    let values = vec![
        instrument.id.clone().into(),
        i64::from(instrument.version).into(),
        text.to_owned().into(),
        ctx.now.micros().into(),
        by.into(),
    ];
    tx.execute(INSTRUMENT_INSERT, values).await?;
    let detail = format!("version={}", instrument.version);
    let act = Act {
        action: "instrument.add",
        subject_kind: "instrument",
        subject_id: &instrument.id,
        detail: &detail,
    };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(instrument)
}

/// Records an assessment, its scores and the needs it names.
pub async fn record(ctx: &Ctx, case: &CaseId, new: &NewAssessment) -> Result<String, AssessmentError> {
    let mut tx = ctx.begin().await?;
    let grant = access::case(ctx, &mut tx, case.clone(), May::Record).await?;
    let id = record_in(ctx, &mut tx, &grant, new).await?;
    drafts::drop_in(ctx, &tx, drafts::Form::Assessment, grant.of_client().client().as_str()).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same within a transaction.
pub async fn record_in(
    ctx: &Ctx,
    tx: &mut Tx,
    grant: &CaseGrant,
    new: &NewAssessment,
) -> Result<String, AssessmentError> {
    let found = instrument(tx, &new.instrument, Some(new.version)).await?;
    let instrument = found.ok_or(AssessmentError::NoInstrument)?;
    if new.on > ctx.now.day() {
        return Err(AssessmentError::InTheFuture);
    }
    let id = ctx.new_id();
    if let Some(old) = &new.corrects {
        let values = vec![old.clone().into(), id.clone().into(), grant.case().into()];
        if tx.execute(ASSESSMENT_SUPERSEDE, values).await? == 0 {
            return Err(AssessmentError::Superseded);
        }
        // What only the corrected answers named is named no longer.
        tx.execute(NEEDS_WITHDRAW, vec![old.clone().into()]).await?;
    }
    let answers = serde_json::to_string(&new.answers).map_err(|error| DbError::Stored(error.to_string()))?;
    let by = ctx.actor.label();
    tx.execute(
        ASSESSMENT_INSERT,
        vec![
            id.clone().into(),
            grant.case().into(),
            new.instrument.clone().into(),
            i64::from(new.version).into(),
            new.stage.code().into(),
            new.on.to_string().into(),
            new.system.clone().into(),
            i64::from(new.made_with_client).into(),
            answers.into(),
            ctx.now.micros().into(),
            by.into(),
        ],
    )
    .await?;
    for score in answers::scores(&instrument, &new.answers) {
        tx.execute(SCORE_INSERT, score_values(&id, score)).await?;
    }
    let client = grant.of_client().client();
    let open = tx.rows(OPEN_NEED_DOMAINS, vec![client.into()]).await?;
    let open = open.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    for need in answers::needs(&instrument, &new.answers) {
        if !open.contains(&need.domain) {
            let values = vec![
                ctx.new_id().into(),
                client.into(),
                need.domain.into(),
                new.on.to_string().into(),
                id.clone().into(),
                need.item.into(),
            ];
            tx.execute(NEED_INSERT, values).await?;
        }
    }
    let act = Act {
        action: if new.corrects.is_some() { "assessment.correct" } else { "assessment.record" },
        subject_kind: "client_case",
        subject_id: grant.case().as_str(),
        detail: &instrument.id,
    };
    audit::append(ctx, tx, act).await?;
    Ok(id)
}

fn score_values(id: &str, score: Score) -> Vec<crate::kernel::db::Value> {
    let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    vec![
        id.to_owned().into(),
        score.scale.into(),
        score.value.into(),
        score.level.into(),
        whole(score.answered).into(),
        whole(score.of_items).into(),
    ]
}

/// A client's assessments that stand, newest first.
pub async fn assessments(tx: &Tx, grant: &ClientGrant) -> Result<Vec<Kept>, DbError> {
    tx.rows(ASSESSMENTS, vec![grant.client().into()]).await?.iter().map(kept).collect()
}

/// One of them, also one that was corrected.
pub async fn assessment(tx: &Tx, grant: &ClientGrant, id: &str) -> Result<Option<Kept>, DbError> {
    let row = tx.row(ASSESSMENT_BY_ID, vec![id.to_owned().into(), grant.client().into()]).await?;
    row.as_ref().map(kept).transpose()
}

fn kept(row: &Row) -> Result<Kept, DbError> {
    let unknown = |what: &str| DbError::Stored(format!("{what} of an assessment"));
    Ok(Kept {
        id: row.text(0)?,
        case: CaseId::from_text(row.text(1)?),
        instrument: row.text(2)?,
        version: u32::try_from(row.int(3)?).map_err(|_| unknown("the version"))?,
        stage: Stage::from_code(&row.text(4)?).ok_or_else(|| unknown("the stage"))?,
        on: row.day(5)?,
        system: row.text(6)?,
        made_with_client: row.int(7)? > 0,
        answers: serde_json::from_str(&row.text(8)?).map_err(|_| unknown("the answers"))?,
        recorded_at: Instant::from_micros(row.int(9)?),
        recorded_by: row.text(10)?,
    })
}

/// A client's needs, open ones first.
pub async fn needs_of(tx: &Tx, grant: &ClientGrant) -> Result<Vec<Need>, DbError> {
    tx.rows(NEEDS_OF, vec![grant.client().into()])
        .await?
        .iter()
        .map(|row| {
            let state = NeedState::from_code(&row.text(2)?);
            Ok(Need {
                id: row.text(0)?,
                domain: row.text(1)?,
                state: state.ok_or_else(|| DbError::Stored("the state of a need".to_owned()))?,
                named_on: row.day(3)?,
                met_on: row.day_or_none(4)?,
                note: row.text(5)?,
                assessment: row.text(6)?,
            })
        })
        .collect()
}

/// Closes a need: it was met, or is wanted no longer. False where it is not open.
pub async fn need_close(
    ctx: &Ctx,
    client: crate::kernel::ids::ClientId,
    need: &str,
    state: NeedState,
    note: &str,
) -> Result<bool, AssessmentError> {
    let mut tx = ctx.begin().await?;
    let grant = access::client(ctx, &mut tx, client, May::Record).await?;
    let values = vec![
        need.to_owned().into(),
        grant.client().into(),
        state.code().into(),
        ctx.now.day().to_string().into(),
        note.trim().to_owned().into(),
    ];
    let is_done = tx.execute(NEED_CLOSE, values).await? > 0;
    if is_done {
        let act = Act {
            action: "need.close",
            subject_kind: "client",
            subject_id: grant.client().as_str(),
            detail: state.code(),
        };
        audit::append(ctx, &mut tx, act).await?;
        tx.commit().await?;
    }
    Ok(is_done)
}
