//! The pages: routes, handlers and views.

pub mod assets;
mod csrf;
pub mod current;
pub mod error;
pub mod file;
mod form;
mod guard;
mod handlers;
mod headers;
pub mod i18n;
mod present;
pub mod routes;
pub mod server;
mod session;
pub mod state;
pub mod upload;
pub mod views;

#[cfg(test)]
pub(crate) mod tests;
