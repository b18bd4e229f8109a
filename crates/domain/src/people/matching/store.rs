//! SQL of matching.

use std::collections::BTreeMap;

use stats::linkage::Level;

use super::super::search::{IDS, padded};
use super::super::words;
use super::{Decision, Evidence, Field, Traits};
use crate::is_seen_by;
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Tx, Value};
use crate::kernel::ids::ClientId;

crate::statements! {
    CLIENTS_COUNT = "select cast(count(*) as bigint) from client where merged_into = ''";
    TRAITS = "\
select id, preferred_name, legal_name, born_on, area
from client
where id in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50)
  and merged_into = ''";
    TRAITS_PHONES = "select client_id, tail from client_phone where client_id in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50)";
    TRAITS_IDENTIFIERS = "select client_id, kind, folded from client_identifier where client_id in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50)";
    EVERYBODY = "\
select id, preferred_name, legal_name, born_on, area
from client
where merged_into = ''
order by id";
    EVERY_PHONE = "select client_id, tail from client_phone where tail <> ''";
    EVERY_IDENTIFIER = "select client_id, kind, folded from client_identifier where folded <> ''";
    LEVELS = "select field, level, m, u from match_level";
    LEVELS_DELETE = "delete from match_level";
    LEVEL_INSERT = "insert into match_level (field, level, m, u) values ($1, $2, $3, $4)";
    DECIDED = "select one_id, other_id from client_match where state <> 'open'";
    /// What was only found, and is looked for again.
    OPEN_FIELDS_DELETE = "\
delete from client_match_field
where exists (select 1 from client_match m
              where m.one_id = client_match_field.one_id and m.other_id = client_match_field.other_id and m.state = 'open')";
    OPEN_DELETE = "delete from client_match where state = 'open'";
    MATCH_INSERT = "\
insert into client_match (one_id, other_id, weight, probability, state, found_at, decided_by)
values ($1, $2, $3, $4, $5, $6, $7)";
    MATCH_FIELD_INSERT = "\
insert into client_match_field (one_id, other_id, field, level, weight)
values ($1, $2, $3, $4, $5)";
    /// Pairs to decide, the surest first, of clients that the caller sees.
    OPEN = concat!("\
select m.one_id, m.other_id, m.weight, m.probability
from client_match m
join client a on a.id = m.one_id
join client b on b.id = m.other_id
where m.state = 'open'
  and a.merged_into = ''
  and b.merged_into = ''
  and ", is_seen_by!("m.one_id", "$1"), "
  and ", is_seen_by!("m.other_id", "$1"), "
order by m.weight desc, m.one_id, m.other_id
limit $2");
    OPEN_COUNT = concat!("\
select cast(count(*) as bigint)
from client_match m
join client a on a.id = m.one_id
join client b on b.id = m.other_id
where m.state = 'open'
  and a.merged_into = ''
  and b.merged_into = ''
  and ", is_seen_by!("m.one_id", "$1"), "
  and ", is_seen_by!("m.other_id", "$1"));
    FIELDS = "\
select field, level, weight
from client_match_field
where one_id = $1
  and other_id = $2";
    DECIDE = "\
update client_match
set state = $3, decided_at = $4, decided_by = $5
where one_id = $1
  and other_id = $2";
    LAST_LOOK = "select max(found_at) from client_match";
}

pub(super) async fn clients_count(tx: &Tx) -> Result<i64, DbError> {
    tx.row(CLIENTS_COUNT, vec![]).await?.map_or(Ok(0), |row| row.int(0))
}

fn traits(row: &Row) -> Result<(String, Traits), DbError> {
    let born = Day::parse_iso(&row.text(3)?).ok();
    Ok((row.text(0)?, Traits::of(&[&row.text(1)?, &row.text(2)?], born, &row.text(4)?)))
}

/// The traits of these clients, without their phones and identifiers.
pub(super) async fn traits_of(tx: &Tx, clients: &[String]) -> Result<BTreeMap<String, Traits>, DbError> {
    let mut out = BTreeMap::new();
    for piece in clients.chunks(IDS) {
        for row in tx.rows(TRAITS, padded(piece.iter().map(String::as_str), IDS)).await? {
            out.extend([traits(&row)?]);
        }
    }
    Ok(out)
}

/// Adds the phones and identifiers of these clients to their traits.
pub(super) async fn numbers_add(
    tx: &Tx,
    clients: &[String],
    out: &mut BTreeMap<String, Traits>,
) -> Result<(), DbError> {
    for piece in clients.chunks(IDS) {
        let ids = || padded(piece.iter().map(String::as_str), IDS);
        for row in tx.rows(TRAITS_PHONES, ids()).await? {
            if let Some(found) = out.get_mut(&row.text(0)?) {
                found.phones.push(row.text(1)?);
            }
        }
        for row in tx.rows(TRAITS_IDENTIFIERS, ids()).await? {
            if let Some(found) = out.get_mut(&row.text(0)?) {
                found.identifiers.push((row.text(1)?, row.text(2)?));
            }
        }
    }
    Ok(())
}

/// Everybody's traits, in the order of ids.
pub(super) async fn everybody(tx: &Tx) -> Result<Vec<(String, Traits)>, DbError> {
    let rows = tx.rows(EVERYBODY, vec![]).await?;
    let mut out = rows.iter().map(traits).collect::<Result<Vec<_>, _>>()?;
    let place: BTreeMap<String, usize> =
        out.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
    for row in tx.rows(EVERY_PHONE, vec![]).await? {
        let found = place.get(&row.text(0)?).and_then(|at| out.get_mut(*at));
        if let Some((_, traits)) = found {
            traits.phones.push(row.text(1)?);
        }
    }
    for row in tx.rows(EVERY_IDENTIFIER, vec![]).await? {
        let found = place.get(&row.text(0)?).and_then(|at| out.get_mut(*at));
        if let Some((_, traits)) = found {
            traits.identifiers.push((row.text(1)?, row.text(2)?));
        }
    }
    Ok(out)
}

/// Levels that a look over the whole record estimated; None before there was one.
pub(super) async fn levels(tx: &Tx) -> Result<Option<BTreeMap<(String, i64), Level>>, DbError> {
    let mut out = BTreeMap::new();
    for row in tx.rows(LEVELS, vec![]).await? {
        out.insert((row.text(0)?, row.int(1)?), Level { m: row.real(2)?, u: row.real(3)? });
    }
    Ok((!out.is_empty()).then_some(out))
}

pub(super) async fn levels_write(tx: &Tx, levels: &[(Field, usize, Level)]) -> Result<(), DbError> {
    tx.execute(LEVELS_DELETE, vec![]).await?;
    for (field, at, level) in levels {
        let at = i64::try_from(*at).unwrap_or(i64::MAX);
        tx.execute(LEVEL_INSERT, vec![field.code().into(), at.into(), level.m.into(), level.u.into()])
            .await?;
    }
    Ok(())
}

/// Pairs that somebody has decided on.
pub(super) async fn decided(tx: &Tx) -> Result<std::collections::BTreeSet<(String, String)>, DbError> {
    tx.rows(DECIDED, vec![]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Puts the pairs that were found in the place of those that were open.
pub(super) async fn open_write(
    ctx: &Ctx,
    tx: &Tx,
    found: &[(String, String, Evidence)],
) -> Result<(), DbError> {
    tx.execute(OPEN_FIELDS_DELETE, vec![]).await?;
    tx.execute(OPEN_DELETE, vec![]).await?;
    let (mut pairs, mut fields): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    for (one, other, evidence) in found {
        pairs.extend([
            one.clone().into(),
            other.clone().into(),
            evidence.total.into(),
            evidence.probability.into(),
            Decision::Open.code().into(),
            ctx.now.micros().into(),
            Value::from(""),
        ]);
        for found in &evidence.fields {
            fields.extend([
                one.clone().into(),
                other.clone().into(),
                found.field.code().into(),
                i64::from(found.level).into(),
                found.weight.into(),
            ]);
        }
    }
    tx.insert_many(MATCH_INSERT, 7, pairs).await?;
    tx.insert_many(MATCH_FIELD_INSERT, 5, fields).await?;
    Ok(())
}

/// A pair with its evidence.
pub(super) type Pair = (ClientId, ClientId, Evidence);

pub(super) async fn open(ctx: &Ctx, tx: &Tx, limit: i64) -> Result<(Vec<Pair>, u64), DbError> {
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let mut out = Vec::new();
    for row in tx.rows(OPEN, vec![account.clone().into(), limit.into()]).await? {
        let (one, other) = (row.text(0)?, row.text(1)?);
        let mut fields = Vec::new();
        for row in tx.rows(FIELDS, vec![one.clone().into(), other.clone().into()]).await? {
            if let Some(field) = Field::from_code(&row.text(0)?) {
                let level = u8::try_from(row.int(1)?).unwrap_or(u8::MAX);
                fields.push(super::FieldEvidence { field, level, weight: row.real(2)? });
            }
        }
        fields.sort_by_key(|it| it.field);
        let evidence = Evidence { fields, total: row.real(2)?, probability: row.real(3)? };
        out.push((ClientId::from_text(one), ClientId::from_text(other), evidence));
    }
    let n = tx.row(OPEN_COUNT, vec![account.into()]).await?.map_or(Ok(0), |row| row.count(0))?;
    Ok((out, n))
}

pub(crate) async fn decide(
    ctx: &Ctx,
    tx: &Tx,
    one: &ClientId,
    other: &ClientId,
    decision: Decision,
) -> Result<u64, DbError> {
    let (one, other) = if one < other { (one, other) } else { (other, one) };
    let (at, by) = match decision {
        Decision::Open => (None, String::new()),
        Decision::Different | Decision::Merged => (Some(ctx.now.micros()), ctx.actor.label()),
    };
    let values = vec![one.into(), other.into(), decision.code().into(), at.into(), by.into()];
    tx.execute(DECIDE, values).await
}

pub(super) async fn pair_insert_different(
    ctx: &Ctx,
    tx: &Tx,
    one: &ClientId,
    other: &ClientId,
) -> Result<(), DbError> {
    let (one, other) = if one < other { (one, other) } else { (other, one) };
    let values = vec![
        one.into(),
        other.into(),
        0.0.into(),
        0.0.into(),
        Decision::Open.code().into(),
        ctx.now.micros().into(),
        Value::from(""),
    ];
    tx.execute(MATCH_INSERT, values).await?;
    decide(ctx, tx, one, other, Decision::Different).await.map(drop)
}

/// When pairs were last looked for; None: never, or nothing was found.
pub(super) async fn last_look(tx: &Tx) -> Result<Option<i64>, DbError> {
    tx.row(LAST_LOOK, vec![]).await?.map_or(Ok(None), |row| row.int_or_none(0))
}

/// How many clients have each of these words.
pub(super) async fn word_counts(tx: &Tx, words: &[String]) -> Result<BTreeMap<String, i64>, DbError> {
    let mut out = BTreeMap::new();
    for piece in words.chunks(16) {
        out.extend(super::super::search::words_known(tx, piece).await?);
    }
    Ok(out)
}

/// The words that may be meant by a word of a name.
pub(super) fn forms(word: &str) -> Vec<String> {
    let mut out = vec![word.to_owned()];
    out.extend(words::short_forms(word).into_iter().map(str::to_owned));
    out
}
