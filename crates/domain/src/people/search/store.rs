//! SQL of the search.
//!
//! Candidates come from indexes only: words of names through `client_word`, days through `client_by_birth`, numbers
//! through their own tables; each statement has a limit. Lists of parameters have a fixed length and are filled up with
//! empty texts, which match nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::words;
use crate::is_seen_by;
use crate::kernel::access::{AFTER_CLOSING, Relation};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Row, Sql, Tx, Value};
use crate::kernel::ids::ClientId;

/// Words in a list of parameters.
pub(crate) const WORDS: usize = 16;
/// Ids in a list of parameters.
pub(crate) const IDS: usize = 50;
/// Variants of a word in a list of parameters.
const VARIANTS: usize = 24;

crate::statements! {
    /// Words that begin like this, the most common first.
    WORDS_BEGINNING = "\
select word, n
from name_word
where word >= $1
  and word < $2
order by n desc, word
limit 16";
    WORDS_KNOWN = "select word, n from name_word where word in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)";
    WORDS_VARIANT = "\
select distinct w.word, w.n
from name_variant v
join name_word w on w.word = v.word
where v.variant in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24)
order by w.n desc, w.word
limit 64";
    WORDS_SOUND = "\
select word, n
from name_word
where sound = $1
order by n desc, word
limit 64";
    /// Clients with one of the words, born within the days.
    BY_WORD = concat!("\
select c.id
from client_word a
join client c on c.id = a.client_id
where a.word in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)
  and c.merged_into = ''
  and (c.born_on || '') >= $17
  and (c.born_on || '') <= $18
  and ", is_seen_by!("c.id", "$19"), "
limit $20");
    /// Clients with one of the first words and one of the second. `|| ''` keeps an engine from probing its index for every
    /// word of the list where a client has but three.
    BY_TWO_WORDS = concat!("\
select c.id
from client_word a
join client c on c.id = a.client_id
where a.word in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)
  and exists (select 1 from client_word b where b.client_id = a.client_id and (b.word || '') in ($17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32))
  and c.merged_into = ''
  and (c.born_on || '') >= $33
  and (c.born_on || '') <= $34
  and ", is_seen_by!("c.id", "$35"), "
limit $36");
    /// The caller's own clients with one of the words: those the caller most likely means.
    OWN_BY_WORD = concat!("\
select distinct c.id
from client_case cc
join client c on c.id = cc.client_id
join client_word a on a.client_id = c.id
where cc.worker_id = $19
  and cc.closed_on = ''
  and a.word in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)
  and c.merged_into = ''
  and (c.born_on || '') >= $17
  and (c.born_on || '') <= $18
  and ", is_seen_by!("c.id", "$19"), "
limit $20");
    BY_BIRTH = concat!("\
select c.id
from client c
where c.born_on >= $1
  and c.born_on <= $2
  and c.merged_into = ''
  and ", is_seen_by!("c.id", "$3"), "
limit $4");
    BY_IDENTIFIER = concat!("\
select c.id
from client_identifier i
join client c on c.id = i.client_id
where i.folded = $1
  and c.merged_into = ''
  and ", is_seen_by!("c.id", "$2"), "
limit $3");
    BY_PHONE = concat!("\
select c.id
from client_phone p
join client c on c.id = p.client_id
where p.tail = $1
  and c.merged_into = ''
  and ", is_seen_by!("c.id", "$2"), "
limit $3");
    WORDS_OF_CLIENTS = "select client_id, word from client_word where client_id in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50)";
    /// What a list shows of clients, and how the caller stands to them.
    LINES = "\
select c.id, c.preferred_name, c.born_on, coalesce(a.name, c.area),
  coalesce((select coalesce(w.name, cc.worker_id) from client_case cc left join account w on w.id = cc.worker_id
    where cc.client_id = c.id and cc.closed_on = '' order by cc.opened_on desc, cc.id limit 1), ''),
  (select cast(count(*) as bigint) from client_case cc
   where cc.client_id = c.id and (cc.closed_on = '' or cc.closed_on >= $52)
     and (cc.worker_id = $51
          or exists (select 1 from case_assignment ca
                     where ca.case_id = cc.id and ca.account_id = $51 and ca.to_day = ''))),
  (select cast(count(*) as bigint) from client_restriction r where r.client_id = c.id),
  (select cast(count(*) as bigint) from client_restriction_member m where m.client_id = c.id and m.account_id = $51),
  (select cast(count(*) as bigint) from emergency_access e
   where e.client_id = c.id and e.account_id = $51 and e.from_at <= $53 and e.until_at > $53)
from client c
left join area_current a on a.code = c.area
where c.id in ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47,$48,$49,$50)
  and c.merged_into = ''";
    WORD_ADD = "\
insert into name_word (word, sound, n)
values ($1, $2, $3)
on conflict (word) do update set n = name_word.n + excluded.n";
    VARIANT_ADD = "\
insert into name_variant (variant, word)
values ($1, $2)
on conflict (variant, word) do nothing";
    CLIENT_WORD_ADD = "\
insert into client_word (word, client_id)
values ($1, $2)";
    WORDS_OF = "select word from client_word where client_id = $1 order by word";
    CLIENT_WORD_DELETE = "delete from client_word where client_id = $1 and word = $2";
    WORD_LESS = "update name_word set n = n - 1 where word = $1";
    VARIANTS_DELETE = "\
delete from name_variant
where word = $1
  and not exists (select 1 from client_word cw where cw.word = $1)";
    WORD_DELETE = "\
delete from name_word
where word = $1
  and not exists (select 1 from client_word cw where cw.word = $1)";
    NAMES_OF = "select preferred_name, legal_name from client where id = $1";
    /// Records that were merged into this one keep their names.
    MERGED_INTO = "select id from client where merged_into = $1 and merged_into <> '' order by id";
}

/// Fills a list of parameters up with texts that match nothing.
pub(crate) fn padded<'a>(values: impl IntoIterator<Item = &'a str>, length: usize) -> Vec<Value> {
    let mut out: Vec<Value> = values.into_iter().take(length).map(Value::from).collect();
    out.resize(length, Value::from(""));
    out
}

/// A word and how many clients have it.
pub(super) type Counted = (String, i64);

fn counted(rows: &[Row]) -> Result<Vec<Counted>, DbError> {
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

pub(crate) async fn words_known(tx: &Tx, words: &[String]) -> Result<Vec<Counted>, DbError> {
    counted(&tx.rows(WORDS_KNOWN, padded(words.iter().map(String::as_str), WORDS)).await?)
}

pub(super) async fn words_beginning(tx: &Tx, start: &str) -> Result<Vec<Counted>, DbError> {
    let Some(end) = after(start) else { return Ok(Vec::new()) };
    counted(&tx.rows(WORDS_BEGINNING, vec![start.into(), end.into()]).await?)
}

/// The first text behind all that begin with `start`. Letters only: an engine may sort signs anywhere.
fn after(start: &str) -> Option<String> {
    let mut letters: Vec<char> = start.chars().collect();
    while let Some(last) = letters.pop() {
        let next = match last {
            'z' => continue,
            '9' => 'a',
            other => char::from_u32(u32::from(other) + 1)?,
        };
        letters.push(next);
        return Some(letters.into_iter().collect());
    }
    Some("zzzzzzzzzzzz".to_owned())
}

pub(super) async fn words_one_slip_away(tx: &Tx, word: &str) -> Result<Vec<Counted>, DbError> {
    let variants = words::variants(word);
    counted(&tx.rows(WORDS_VARIANT, padded(variants.iter().map(String::as_str), VARIANTS)).await?)
}

pub(super) async fn words_sounding(tx: &Tx, sound: &str) -> Result<Vec<Counted>, DbError> {
    if sound.is_empty() {
        return Ok(Vec::new());
    }
    counted(&tx.rows(WORDS_SOUND, vec![sound.into()]).await?)
}

/// Days of birth to look between; no day at all is the whole calendar and those whose birth date nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Born {
    pub from: String,
    pub to: String,
}

impl Born {
    pub(crate) fn any() -> Self {
        Self { from: String::new(), to: "9999-12-31".to_owned() }
    }
}

async fn ids(tx: &Tx, sql: Sql, values: Vec<Value>) -> Result<Vec<String>, DbError> {
    tx.rows(sql, values).await?.iter().map(|row| row.text(0)).collect()
}

pub(crate) async fn by_words(
    ctx: &Ctx,
    tx: &Tx,
    first: &[String],
    second: Option<&[String]>,
    born: &Born,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let mut values = padded(first.iter().map(String::as_str), WORDS);
    if let Some(second) = second {
        values.extend(padded(second.iter().map(String::as_str), WORDS));
    }
    values.extend([born.from.clone().into(), born.to.clone().into(), account(ctx).into(), limit.into()]);
    ids(tx, if second.is_some() { BY_TWO_WORDS } else { BY_WORD }, values).await
}

pub(super) async fn own_by_words(
    ctx: &Ctx,
    tx: &Tx,
    first: &[String],
    born: &Born,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let mut values = padded(first.iter().map(String::as_str), WORDS);
    values.extend([born.from.clone().into(), born.to.clone().into(), account(ctx).into(), limit.into()]);
    ids(tx, OWN_BY_WORD, values).await
}

pub(crate) async fn by_birth(ctx: &Ctx, tx: &Tx, born: &Born, limit: i64) -> Result<Vec<String>, DbError> {
    let values = vec![born.from.clone().into(), born.to.clone().into(), account(ctx).into(), limit.into()];
    ids(tx, BY_BIRTH, values).await
}

pub(crate) async fn by_identifier(
    ctx: &Ctx,
    tx: &Tx,
    folded: &str,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    ids(tx, BY_IDENTIFIER, vec![folded.into(), account(ctx).into(), limit.into()]).await
}

pub(crate) async fn by_phone(ctx: &Ctx, tx: &Tx, tail: &str, limit: i64) -> Result<Vec<String>, DbError> {
    ids(tx, BY_PHONE, vec![tail.into(), account(ctx).into(), limit.into()]).await
}

fn account(ctx: &Ctx) -> String {
    ctx.actor.account().map(ToString::to_string).unwrap_or_default()
}

/// The words of many clients.
pub(super) async fn words_of_clients(
    tx: &Tx,
    clients: &[String],
) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for piece in clients.chunks(IDS) {
        for row in tx.rows(WORDS_OF_CLIENTS, padded(piece.iter().map(String::as_str), IDS)).await? {
            out.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
    }
    Ok(out)
}

/// A client as lists show one, with how the caller stands to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawLine {
    pub client: ClientId,
    pub preferred_name: String,
    pub born_on: String,
    pub area_name: String,
    pub worker: String,
    pub relation: Relation,
}

pub(super) async fn lines(ctx: &Ctx, tx: &Tx, clients: &[String]) -> Result<Vec<RawLine>, DbError> {
    let since = ctx.now.day().plus_days(-AFTER_CLOSING).to_string();
    let mut out = Vec::with_capacity(clients.len());
    for piece in clients.chunks(IDS) {
        let mut values = padded(piece.iter().map(String::as_str), IDS);
        values.extend([account(ctx).into(), since.clone().into(), ctx.now.micros().into()]);
        for row in tx.rows(LINES, values).await? {
            out.push(RawLine {
                client: ClientId::from_text(row.text(0)?),
                preferred_name: row.text(1)?,
                born_on: row.text(2)?,
                area_name: row.text(3)?,
                worker: row.text(4)?,
                relation: Relation {
                    works_with: row.int(5)? > 0,
                    is_restricted: row.int(6)? > 0,
                    is_named: row.int(7)? > 0,
                    broke_glass: row.int(8)? > 0,
                },
            });
        }
    }
    Ok(out)
}

/// The distinct words of names.
fn distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().flat_map(words::words).collect()
}

/// Makes new clients findable: their names, as many at once as there are.
pub(crate) async fn index_new<'a>(
    tx: &Tx,
    clients: impl IntoIterator<Item = (&'a ClientId, [&'a str; 2])>,
) -> Result<(), DbError> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let mut rows: Vec<Value> = Vec::new();
    for (client, names) in clients {
        for word in distinct(names) {
            rows.extend([word.clone().into(), client.into()]);
            *counts.entry(word).or_default() += 1;
        }
    }
    words_add(tx, &counts).await?;
    tx.insert_many(CLIENT_WORD_ADD, 2, rows).await?;
    Ok(())
}

async fn words_add(tx: &Tx, counts: &BTreeMap<String, i64>) -> Result<(), DbError> {
    let mut rows: Vec<Value> = Vec::with_capacity(counts.len() * 3);
    let mut variants: Vec<Value> = Vec::with_capacity(counts.len() * 16);
    for (word, n) in counts {
        rows.extend([word.clone().into(), words::sound(word).into(), (*n).into()]);
        for variant in words::variants(word) {
            variants.extend([variant.into(), word.clone().into()]);
        }
    }
    tx.insert_many(WORD_ADD, 3, rows).await?;
    tx.insert_many(VARIANT_ADD, 2, variants).await?;
    Ok(())
}

/// Brings the index of one client to the names that it has now, its own and those of the records merged into it. A record
/// that was merged away has none.
pub(crate) async fn index_again(tx: &Tx, client: &ClientId, is_merged: bool) -> Result<(), DbError> {
    let mut names: Vec<String> = Vec::new();
    let mut open: Vec<String> = if is_merged { Vec::new() } else { vec![client.to_string()] };
    while let Some(id) = open.pop() {
        if let Some(row) = tx.row(NAMES_OF, vec![id.clone().into()]).await? {
            names.extend([row.text(0)?, row.text(1)?]);
        }
        for row in tx.rows(MERGED_INTO, vec![id.into()]).await? {
            open.push(row.text(0)?);
        }
    }
    let wanted = distinct(names.iter().map(String::as_str));
    let rows = tx.rows(WORDS_OF, vec![client.into()]).await?;
    let known = rows.iter().map(|row| row.text(0)).collect::<Result<BTreeSet<_>, _>>()?;
    for word in known.difference(&wanted) {
        tx.execute(CLIENT_WORD_DELETE, vec![client.into(), word.clone().into()]).await?;
        tx.execute(WORD_LESS, vec![word.clone().into()]).await?;
        // A name that nobody has any more is not kept.
        tx.execute(VARIANTS_DELETE, vec![word.clone().into()]).await?;
        tx.execute(WORD_DELETE, vec![word.clone().into()]).await?;
    }
    let new: BTreeMap<String, i64> = wanted.difference(&known).map(|word| (word.clone(), 1)).collect();
    words_add(tx, &new).await?;
    for word in new.keys() {
        tx.execute(CLIENT_WORD_ADD, vec![word.clone().into(), client.into()]).await?;
    }
    Ok(())
}
