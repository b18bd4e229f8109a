//! What the pages show: one struct per page, made by a handler, drawn by one template.
//!
//! A view holds prepared facts and no permissions: the handler has decided what the account may see. Words come
//! from `locales/`, numbers are written by [`Lang`](crate::web::i18n::Lang), and figures about groups of people
//! are [`Disclosed`](privacy::Disclosed), so that a hidden one says "fewer than 11".
//!
//! The addresses that the templates link to stand in one place each: navigation in [`chrome::NavItem`], the rest
//! in the view that owns the thing.

pub mod account;
pub mod asks;
pub mod assessments;
pub mod audit;
pub mod barriers;
pub mod calendar;
pub mod caseload;
pub mod charts;
pub mod chrome;
pub mod client;
pub mod client_file;
pub mod clients;
pub mod corner;
pub mod crises;
pub mod disparities;
pub mod ecomap;
pub mod errors;
pub mod evaluation;
pub mod form;
pub mod genogram;
pub mod imports;
pub mod issues;
pub mod organizations;
pub mod people;
pub mod plan;
pub mod quick_log;
pub mod referrals;
pub mod signals;
pub mod systems;
pub mod tasks;

use askama::Template;
use askama::filters::Safe;

pub use chrome::{Account, Chrome, Flash, FlashKind, NavItem};
pub use form::{Choice, Field};

/// A view as the text of its page.
pub trait Page: Template {
    /// The page. A template writes into memory and has no other way to fail, so a failure is a broken build of
    /// the page; the reader gets a plain sentence and the log the cause.
    fn page(&self) -> String {
        self.render().unwrap_or_else(|error| {
            tracing::error!(%error, "a page could not be drawn");
            "Groundswell could not draw this page.".to_owned()
        })
    }
}

impl<T: Template> Page for T {}

/// Text in which `**this**` is emphasised; everything else is escaped.
pub fn rich(text: &str) -> Safe<String> {
    let mut out = String::with_capacity(text.len() + 32);
    for (index, part) in text.split("**").enumerate() {
        let is_strong = index % 2 == 1;
        if is_strong {
            out.push_str("<strong>");
        }
        for letter in part.chars() {
            match letter {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                other => out.push(other),
            }
        }
        if is_strong {
            out.push_str("</strong>");
        }
    }
    Safe(out)
}

#[cfg(test)]
mod tests;
