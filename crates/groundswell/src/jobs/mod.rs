//! Long work that a command and a page share: bringing files in, looking for signals, making the demo agency.

pub mod demo;
pub mod evaluate;
pub mod import;
pub mod running;
