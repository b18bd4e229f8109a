//! Organizations with their contacts, the professionals in them, and who is to be called about a client.
//!
//! The directory of organizations and professionals holds no client data and is edited by whoever records casework; each
//! save names the version it was filled from, so that two people cannot overwrite each other unseen. A link between a
//! client and a professional is part of the client's file and opens with a grant only. How many clients are tied to an
//! organization leaves here through the privacy gate alone.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{
    contacts_insert, directory, link_add, link_change, link_end, links_insert, organization,
    organization_add, organization_edit, professional, professional_add, professional_edit,
    professionals_insert, professionals_to_pick, talked_in, tied, who_to_call,
};

use super::coded::line;
use crate::kernel::access::AccessError;
use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::db::DbError;

/// How to reach an organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contacts {
    pub address: String,
    pub phone: String,
    /// When somebody answers, in words.
    pub hours: String,
    pub note: String,
}

/// An organization as its own page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRecord {
    pub id: String,
    pub name: String,
    pub system: System,
    /// Code of its area.
    pub area: String,
    pub area_name: String,
    pub contacts: Contacts,
    /// Grows with every edit.
    pub version: i64,
}

/// One line of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryLine {
    pub id: String,
    pub name: String,
    pub system: System,
    pub area_name: String,
    pub phone: String,
    pub hours: String,
    /// How many professionals work there now.
    pub n_professionals: u64,
}

/// Somebody who works in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Professional {
    pub id: String,
    pub organization_id: String,
    pub name: String,
    pub role: String,
    pub phone: String,
    pub email: String,
    pub note: String,
    /// No longer there since this day.
    pub left_on: Option<Day>,
    pub version: i64,
}

/// A professional among those to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    pub id: String,
    pub name: String,
    pub role: String,
    pub organization: String,
}

/// Somebody to call about a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: String,
    pub professional_id: String,
    pub name: String,
    /// The part played for this client: teacher, probation officer.
    pub part: String,
    pub organization_id: String,
    pub organization: String,
    pub system: System,
    /// The professional's own number, else the organization's.
    pub phone: String,
    pub email: String,
    /// The one who brings the others together.
    pub is_lead: bool,
    pub talked_on: Option<Day>,
    pub next_step: String,
    /// Has left the organization: the number may lead nowhere.
    pub has_left: bool,
    pub version: i64,
}

/// An organization's words, to be added or saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOrganization {
    pub name: String,
    pub system: System,
    /// Code of an area, or empty.
    pub area: String,
    pub contacts: Contacts,
}

/// A professional's words, to be added or saved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaveProfessional {
    pub name: String,
    pub role: String,
    pub phone: String,
    pub email: String,
    pub note: String,
    pub left_on: Option<Day>,
}

/// What a professional is to a client, to be added or saved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaveLink {
    /// Empty: the professional's role.
    pub part: String,
    pub is_lead: bool,
    pub talked_on: Option<Day>,
    pub next_step: String,
}

/// A field of one of the forms, for saying where the error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryField {
    Name,
    Area,
    Address,
    Phone,
    Email,
    Hours,
    Note,
    Role,
    Part,
    NextStep,
    TalkedOn,
    Professional,
}

#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("save the name: give it 1 to 200 characters")]
    Name,
    #[error("save the entry: {0:?} is too long")]
    TooLong(DirectoryField),
    #[error("save the phone: write a number that can be dialled")]
    Phone,
    #[error("save the e-mail address: it needs one @ and no spaces")]
    Email,
    #[error("save the entry: there is no such area")]
    Area,
    #[error("save the day: it lies in the future")]
    Future,
    #[error("add the professional: they are on this client's list already")]
    AlreadyThere,
    #[error(
        "save the entry: somebody else changed it meanwhile; look at the newest version and apply your change to it"
    )]
    ChangedMeanwhile,
    #[error("find the organization or professional")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl DirectoryError {
    /// The field that the person can set right; None where there is none.
    pub const fn field(&self) -> Option<DirectoryField> {
        match self {
            Self::Name => Some(DirectoryField::Name),
            Self::TooLong(field) => Some(*field),
            Self::Phone => Some(DirectoryField::Phone),
            Self::Email => Some(DirectoryField::Email),
            Self::Area => Some(DirectoryField::Area),
            Self::Future => Some(DirectoryField::TalkedOn),
            Self::AlreadyThere => Some(DirectoryField::Professional),
            Self::ChangedMeanwhile | Self::NotFound | Self::Access(_) | Self::Db(_) => None,
        }
    }
}

const LINE: usize = 200;
const LONG: usize = 4_000;

fn named(name: &str) -> Result<String, DirectoryError> {
    line(name, LINE).filter(|name| !name.is_empty()).ok_or(DirectoryError::Name)
}

fn short(text: &str, field: DirectoryField) -> Result<String, DirectoryError> {
    line(text, LINE).ok_or(DirectoryError::TooLong(field))
}

fn long(text: &str, field: DirectoryField) -> Result<String, DirectoryError> {
    line(text, LONG).ok_or(DirectoryError::TooLong(field))
}

/// A number as people write it, or nothing.
fn phone(text: &str) -> Result<String, DirectoryError> {
    let text = short(text, DirectoryField::Phone)?;
    if text.is_empty() || tel(&text).is_some() { Ok(text) } else { Err(DirectoryError::Phone) }
}

fn email(text: &str) -> Result<String, DirectoryError> {
    let text = short(text, DirectoryField::Email)?;
    let is_address = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if text.is_empty() || is_address { Ok(text) } else { Err(DirectoryError::Email) }
}

/// The address of a `tel:` link for a number as people write it: `(555) 010-0142 x7` -> `tel:5550100142;ext=7`.
/// None when there is nothing to dial.
pub fn tel(phone: &str) -> Option<String> {
    let lower = phone.trim().to_lowercase();
    let (number, extension) = match lower.split_once("ext").or_else(|| lower.split_once('x')) {
        Some((number, rest)) => (number, rest.trim_start_matches(['.', ' ']).trim_end()),
        None => (lower.as_str(), ""),
    };
    let is_dialled = |c: char| c.is_ascii_digit() || " +-().\u{a0}/".contains(c);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_good = number.chars().all(is_dialled)
        && digits.len() >= 3
        && extension.bytes().all(|byte| byte.is_ascii_digit());
    if !is_good {
        return None;
    }
    let plus = if number.trim_start().starts_with('+') { "+" } else { "" };
    let extension = if extension.is_empty() { String::new() } else { format!(";ext={extension}") };
    Some(format!("tel:{plus}{digits}{extension}"))
}

impl SaveOrganization {
    fn checked(&self) -> Result<Self, DirectoryError> {
        Ok(Self {
            name: named(&self.name)?,
            system: self.system,
            area: self.area.trim().to_owned(),
            contacts: Contacts {
                address: long(&self.contacts.address, DirectoryField::Address)?,
                phone: phone(&self.contacts.phone)?,
                hours: short(&self.contacts.hours, DirectoryField::Hours)?,
                note: long(&self.contacts.note, DirectoryField::Note)?,
            },
        })
    }
}

impl SaveProfessional {
    fn checked(&self) -> Result<Self, DirectoryError> {
        Ok(Self {
            name: named(&self.name)?,
            role: short(&self.role, DirectoryField::Role)?,
            phone: phone(&self.phone)?,
            email: email(&self.email)?,
            note: long(&self.note, DirectoryField::Note)?,
            left_on: self.left_on,
        })
    }
}

impl SaveLink {
    fn checked(&self, today: Day) -> Result<Self, DirectoryError> {
        if self.talked_on.is_some_and(|day| day > today) {
            return Err(DirectoryError::Future);
        }
        Ok(Self {
            part: short(&self.part, DirectoryField::Part)?,
            is_lead: self.is_lead,
            talked_on: self.talked_on,
            next_step: line(&self.next_step, 500).ok_or(DirectoryError::TooLong(DirectoryField::NextStep))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_as_people_write_it_can_be_dialled() {
        assert_eq!(tel("(555) 010-0142").as_deref(), Some("tel:5550100142"));
        assert_eq!(tel("+49 30 / 901 820").as_deref(), Some("tel:+4930901820"));
        assert_eq!(tel("555 0142 ext. 7").as_deref(), Some("tel:5550142;ext=7"));
        assert_eq!(tel("555-0142 x12").as_deref(), Some("tel:5550142;ext=12"));
        for wrong in ["", "ask at the desk", "55", "javascript:1112223"] {
            assert_eq!(tel(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_address_for_letters_without_paper_needs_a_name_and_a_host() {
        assert!(email("porter@eastside.example").is_ok() && email("").is_ok());
        for wrong in ["porter", "@x.y", "a b@c.d", "a@b@c.d", "a@b"] {
            assert!(matches!(email(wrong), Err(DirectoryError::Email)), "{wrong}");
        }
    }
}
