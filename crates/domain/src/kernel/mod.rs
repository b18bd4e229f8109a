//! What every domain stands on. Nothing here knows a barrier from a bill.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod clock;
pub mod codes;
pub mod ctx;
pub mod db;
pub mod ids;
pub mod places;
