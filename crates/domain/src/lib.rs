//! The facts, states and rules of casework and of systems change, with their SQL.
//!
//! [`kernel`] holds what every domain needs: identifiers, the clock, the caller's context, access with its audit
//! trail, the database. Each other folder owns one part of the work and hands over to the next by id:
//! casework -> evidence -> issues -> evaluation. No folder calls another folder's store.

pub mod casework;
pub mod evaluation;
pub mod evidence;
pub mod issues;
pub mod kernel;
pub mod people;

#[cfg(test)]
mod tests;
