//! The pages: routes, handlers and views.

pub mod assets;
pub mod i18n;
pub mod views;
