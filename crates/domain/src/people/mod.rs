//! Clients and the organizations around them.
//!
//! Owns who a client is and how they describe themselves. Deliberately knows nothing of cases, of what happened in
//! them, or of who works on them.

#[cfg(test)]
mod around_tests;
mod coded;
pub mod details;
pub mod ecomap;
pub mod household;
pub mod matching;
pub mod merge;
pub mod professionals;
pub mod search;
mod store;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use store::STATEMENTS;
pub use store::{clients_insert, identity, organizations_insert};

use std::collections::BTreeMap;

use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::ids::ClientId;

#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub id: ClientId,
    pub preferred_name: String,
    pub legal_name: String,
    pub pronouns: String,
    pub language: String,
    pub born_on: Day,
    /// Code of the area where the client lives.
    pub area: String,
    pub strength: String,
    pub wish: String,
    /// Groups for equity by self-description: dimension to value.
    pub groups: BTreeMap<String, String>,
}

impl Client {
    /// First name and initial, as lists show a client: `Lucía M.`
    pub fn list_name(preferred_name: &str) -> String {
        let mut words = preferred_name.split_whitespace();
        let first = words.next().unwrap_or_default();
        match words.next_back().and_then(|last| last.chars().next()) {
            Some(initial) => format!("{first} {initial}."),
            None => first.to_owned(),
        }
    }
}

/// Who a client is, in the words that stand above every page of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub preferred_name: String,
    pub pronouns: String,
    pub language: String,
    pub born_on: Option<Day>,
    pub area_name: String,
    pub strength: String,
    pub wish: String,
    /// Names of those who work with the client now, the lead first.
    pub workers: Vec<String>,
    pub is_restricted: bool,
}

impl Identity {
    /// Full years on a day; None without a birth date.
    pub fn age(&self, on: Day) -> Option<u32> {
        let born = self.born_on?;
        let had_birthday = (on.month(), on.date().day()) >= (born.month(), born.date().day());
        u32::try_from(on.year() - born.year() - i32::from(!had_birthday)).ok()
    }
}

/// A school, a clinic, a benefits office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: String,
    pub name: String,
    pub system: System,
    pub area: String,
}

#[cfg(test)]
mod own_tests {
    use super::*;

    #[test]
    fn lists_show_a_first_name_and_an_initial() {
        assert_eq!(Client::list_name("Lucía Moreno"), "Lucía M.");
        assert_eq!(Client::list_name("Dee"), "Dee");
        assert_eq!(Client::list_name("Ana Maria de Souza"), "Ana S.");
        assert_eq!(Client::list_name(""), "");
    }
}
