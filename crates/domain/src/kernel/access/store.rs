//! SQL of access.

use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::{AccountId, CaseId};

crate::statements! {
    CASE_WORKER = "select worker_id from client_case where id = $1";
}

pub(super) async fn case_worker(tx: &Tx, case: &CaseId) -> Result<Option<AccountId>, DbError> {
    let row = tx.row(CASE_WORKER, vec![case.into()]).await?;
    row.map(|row| row.text(0).map(AccountId::from_text)).transpose()
}
