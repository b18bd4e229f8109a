//! SQL of merging.

use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Sql, Tx, Value};
use crate::kernel::ids::ClientId;

/// A column that says whose a row is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owned {
    pub table: &'static str,
    pub column: &'static str,
    /// Keys of the rows of `$1` that can become rows of `$2`.
    keys: Sql,
    /// The row `$1` from `$2` to `$3`.
    give: Sql,
}

/// A column of a client that the survivor takes over where it has nothing there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub column: &'static str,
    read: Sql,
    /// The row `$1` from `$2` to `$3`.
    write: Sql,
}

macro_rules! owned {
    ($(($table:literal, $column:literal, $key:literal, $where:literal)),+ $(,)?) => {
        pub(super) const OWNED: &[Owned] = &[$(Owned {
            table: $table,
            column: $column,
            keys: Sql {
                name: concat!("keys of ", $table, ".", $column),
                text: concat!("select ", $key, " from ", $table, " t where t.", $column, " = $1 and $2 <> ''", $where,
                    " order by 1"),
            },
            give: Sql {
                name: concat!("give ", $table, ".", $column),
                text: concat!("update ", $table, " set ", $column, " = $3 where ", $column, " = $2 and ", $key, " = $1"),
            },
        }),+];

        /// For the test that prepares every statement.
        pub(crate) const OWNED_STATEMENTS: &[Sql] = &[$(
            Sql {
                name: concat!("keys of ", $table, ".", $column),
                text: concat!("select ", $key, " from ", $table, " t where t.", $column, " = $1 and $2 <> ''", $where,
                    " order by 1"),
            },
            Sql {
                name: concat!("give ", $table, ".", $column),
                text: concat!("update ", $table, " set ", $column, " = $3 where ", $column, " = $2 and ", $key, " = $1"),
            },
        )+];
    };
}

owned! {
    ("client_case", "client_id", "id", ""),
    ("client_need", "client_id", "id",
     " and not exists (select 1 from client_need o where o.client_id = $2 and o.domain = t.domain and o.state = 'open' and t.state = 'open')"),
    // What both records have stays with the one that was merged away.
    ("client_identifier", "client_id", "id",
     " and not exists (select 1 from client_identifier o where o.client_id = $2 and o.kind = t.kind and o.folded = t.folded)"),
    ("client_phone", "client_id", "id",
     " and not exists (select 1 from client_phone o where o.client_id = $2 and o.number = t.number)"),
    ("client_group", "client_id", "dimension",
     " and not exists (select 1 from client_group o where o.client_id = $2 and o.dimension = t.dimension)"),
    ("client_professional", "client_id", "id",
     " and not exists (select 1 from client_professional o where o.client_id = $2 and o.professional_id = t.professional_id and o.to_day = '' and t.to_day = '')"),
    ("client_tie", "client_id", "cast(seq as text)", ""),
    // A tie between the two records ends up within the one that was merged away.
    ("client_relation", "client_id", "id", " and t.other_client_id <> $2 and t.other_client_id <> t.client_id"),
    ("client_relation", "other_client_id", "id", " and t.client_id <> $2 and t.other_client_id <> t.client_id"),
    ("draft", "record_id", "(author_id || ' ' || form)",
     " and not exists (select 1 from draft o where o.record_id = $2 and o.author_id = t.author_id and o.form = t.form)"),
}

macro_rules! cells {
    ($($column:literal),+ $(,)?) => {
        pub(super) const CELLS: &[Cell] = &[$(Cell {
            column: $column,
            read: Sql {
                name: concat!("read client.", $column),
                text: concat!("select ", $column, " from client where id = $1"),
            },
            write: Sql {
                name: concat!("write client.", $column),
                text: concat!("update client set ", $column, " = $3 where id = $1 and ", $column, " = $2"),
            },
        }),+];
    };
}

cells! {
    "legal_name", "pronouns", "language", "born_on", "address", "area", "strength", "wish", "merged_into",
}

crate::statements! {
    VERSION = "select version from client where id = $1";
    VERSION_UP = "update client set version = version + 1 where id = $1";
    /// Back to what it was, where nobody has changed the client since.
    VERSION_BACK = "update client set version = $2 where id = $1 and version = $2 + 1";
    RELATIONS_BETWEEN = "select id from client_relation where client_id = $1 and other_client_id = $2 order by id";
    RESTRICTED = "select cast(count(*) as bigint) from client_restriction where client_id = $1";
    RESTRICTION_COPY = "\
insert into client_restriction (client_id, reason, set_at, set_by)
select $2, reason, set_at, set_by
from client_restriction
where client_id = $1";
    RESTRICTION_MEMBERS_COPY = "\
insert into client_restriction_member (client_id, account_id)
select $2, account_id
from client_restriction_member
where client_id = $1";
    RESTRICTION_MEMBERS = "select account_id from client_restriction_member where client_id = $1 order by account_id";
    RESTRICTION_MEMBERS_DELETE = "delete from client_restriction_member where client_id = $1";
    RESTRICTION_DELETE = "delete from client_restriction where client_id = $1";
    MERGE_INSERT = "\
insert into client_merge (id, survivor_id, merged_id, merged_at, merged_by, version_before, undone_by)
values ($1, $2, $3, $4, $5, $6, '')";
    CHANGE_INSERT = "\
insert into client_merge_change (merge_id, table_name, row_key, column_name, before, after)
values ($1, $2, $3, $4, $5, $6)";
    CHANGES = "\
select table_name, row_key, column_name, before, after
from client_merge_change
where merge_id = $1
order by table_name, row_key, column_name";
    MERGE = "select survivor_id, merged_id, version_before from client_merge where id = $1 and undone_at is null";
    MERGE_UNDONE = "update client_merge set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null";
    MERGED_INTO = "select merged_into from client where id = $1";
    /// The newest first; those of clients that the caller sees.
    MERGES = concat!("\
select m.id, m.survivor_id, s.preferred_name, o.preferred_name, m.merged_at, coalesce(a.name, m.merged_by)
from client_merge m
join client s on s.id = m.survivor_id
join client o on o.id = m.merged_id
left join account a on a.id = m.merged_by
where m.undone_at is null
  and s.merged_into = ''
  and ", crate::is_seen_by!("m.survivor_id", "$1"), "
  and ", crate::is_seen_by!("m.merged_id", "$1"), "
order by m.merged_at desc, m.id desc
limit $2");
    MATCH_STATE = "select state from client_match where one_id = $1 and other_id = $2";
}

pub(super) async fn keys(
    tx: &Tx,
    owned: &Owned,
    from: &ClientId,
    to: &ClientId,
) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(owned.keys, vec![from.into(), to.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

pub(super) async fn give(tx: &Tx, owned: &Owned, key: &str, from: &str, to: &str) -> Result<u64, DbError> {
    tx.execute(owned.give, vec![key.into(), from.into(), to.into()]).await
}

pub(super) async fn read(tx: &Tx, cell: &Cell, client: &ClientId) -> Result<String, DbError> {
    tx.row(cell.read, vec![client.into()]).await?.map_or_else(|| Ok(String::new()), |row| row.text(0))
}

pub(super) async fn write(tx: &Tx, cell: &Cell, client: &str, from: &str, to: &str) -> Result<u64, DbError> {
    tx.execute(cell.write, vec![client.into(), from.into(), to.into()]).await
}

pub(super) async fn change_insert(tx: &Tx, merge: &str, change: &super::Change) -> Result<(), DbError> {
    let values: Vec<Value> = vec![
        merge.into(),
        change.table.clone().into(),
        change.key.clone().into(),
        change.column.clone().into(),
        change.before.clone().into(),
        change.after.clone().into(),
    ];
    tx.execute(CHANGE_INSERT, values).await.map(drop)
}

pub(super) async fn changes(tx: &Tx, merge: &str) -> Result<Vec<super::Change>, DbError> {
    let rows = tx.rows(CHANGES, vec![merge.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(super::Change {
                table: row.text(0)?,
                key: row.text(1)?,
                column: row.text(2)?,
                before: row.text(3)?,
                after: row.text(4)?,
            })
        })
        .collect()
}

pub(super) async fn relations_between(
    tx: &Tx,
    one: &ClientId,
    other: &ClientId,
) -> Result<Vec<String>, DbError> {
    let rows = tx.rows(RELATIONS_BETWEEN, vec![one.into(), other.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// Whom a client is restricted to; None where it is not.
pub(super) async fn restricted_to(tx: &Tx, client: &ClientId) -> Result<Option<Vec<String>>, DbError> {
    let n = tx.row(RESTRICTED, vec![client.into()]).await?.map_or(Ok(0), |row| row.int(0))?;
    if n == 0 {
        return Ok(None);
    }
    let rows = tx.rows(RESTRICTION_MEMBERS, vec![client.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>().map(Some)
}

pub(super) async fn restriction_copy(tx: &Tx, from: &ClientId, to: &ClientId) -> Result<(), DbError> {
    tx.execute(RESTRICTION_COPY, vec![from.into(), to.into()]).await?;
    tx.execute(RESTRICTION_MEMBERS_COPY, vec![from.into(), to.into()]).await.map(drop)
}

pub(super) async fn restriction_delete(tx: &Tx, client: &ClientId) -> Result<(), DbError> {
    tx.execute(RESTRICTION_MEMBERS_DELETE, vec![client.into()]).await?;
    tx.execute(RESTRICTION_DELETE, vec![client.into()]).await.map(drop)
}

pub(super) async fn merge_insert(
    ctx: &Ctx,
    tx: &Tx,
    id: &str,
    survivor: &ClientId,
    merged: &ClientId,
) -> Result<(), DbError> {
    let row = tx.row(VERSION, vec![survivor.into()]).await?;
    let version = row.map_or(Ok(1), |row| row.int(0))?;
    let values = vec![
        id.into(),
        survivor.into(),
        merged.into(),
        ctx.now.micros().into(),
        ctx.actor.label().into(),
        version.into(),
    ];
    tx.execute(MERGE_INSERT, values).await?;
    tx.execute(VERSION_UP, vec![survivor.into()]).await.map(drop)
}

/// Survivor, merged, the survivor's version before; None where there is no such merge that stands.
pub(super) async fn merge(tx: &Tx, id: &str) -> Result<Option<(ClientId, ClientId, i64)>, DbError> {
    let row = tx.row(MERGE, vec![id.into()]).await?;
    row.map(|row| Ok((ClientId::from_text(row.text(0)?), ClientId::from_text(row.text(1)?), row.int(2)?)))
        .transpose()
}

pub(super) async fn merge_undone(
    ctx: &Ctx,
    tx: &Tx,
    id: &str,
    survivor: &ClientId,
    version: i64,
) -> Result<u64, DbError> {
    tx.execute(VERSION_BACK, vec![survivor.into(), version.into()]).await?;
    let values = vec![id.into(), ctx.now.micros().into(), ctx.actor.label().into()];
    tx.execute(MERGE_UNDONE, values).await
}

pub(super) async fn merged_into(tx: &Tx, client: &ClientId) -> Result<Option<String>, DbError> {
    let row = tx.row(MERGED_INTO, vec![client.into()]).await?;
    row.map(|row| row.text(0)).transpose()
}

pub(super) async fn merges(ctx: &Ctx, tx: &Tx, limit: i64) -> Result<Vec<super::Merged>, DbError> {
    let account = ctx.actor.account().map(ToString::to_string).unwrap_or_default();
    let rows = tx.rows(MERGES, vec![account.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(super::Merged {
                id: row.text(0)?,
                survivor: ClientId::from_text(row.text(1)?),
                survivor_name: row.text(2)?,
                merged_name: row.text(3)?,
                at: row.instant(4)?,
                by: row.text(5)?,
            })
        })
        .collect()
}

/// The state of a pair of records, where it is known.
pub(super) async fn match_state(
    tx: &Tx,
    one: &ClientId,
    other: &ClientId,
) -> Result<Option<String>, DbError> {
    let (one, other) = if one < other { (one, other) } else { (other, one) };
    let row = tx.row(MATCH_STATE, vec![one.into(), other.into()]).await?;
    row.map(|row| row.text(0)).transpose()
}
