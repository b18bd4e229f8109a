//! People who may sign in: their roles, passwords and sessions.

use crate::kernel::db::Sql;

pub(crate) const STATEMENTS: &[Sql] = &[];
