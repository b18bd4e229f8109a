//! Groundswell, one binary: pages, commands and jobs wired to the domain. Nothing clever lives here.

mod web;

fn main() {}
