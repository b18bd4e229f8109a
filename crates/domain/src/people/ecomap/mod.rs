//! The ecomap: what helps a client and what drains them.
//!
//! A tie joins the client with a system as a whole, an organization, a person or a group of their own (Hartman 1978).
//! It is never overwritten: each change is a new row that holds from its day on, so the map can be drawn as it was on
//! any day. Whoever changes a tie says which state they looked at, so that two people cannot overwrite each other unseen.
//!
//! [`across`] puts the maps of all clients with an open case together: for how many of them a system is stressful.
//! It hands out nothing but figures that have passed the privacy gate. Restricted clients are counted there like
//! everybody else, since a figure that passes the gate points at nobody, and leaving them out would make the systems that
//! weigh on people in hiding look lighter than they are. They are in no list and in no figure that does not pass.

mod store;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use store::STATEMENTS;
pub use store::{across, ecomap, tie_add, tie_change, tie_end, ties_insert};

use privacy::{Cell, Disclosed};

use super::coded::{coded, line};
use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, ClientId};

coded! {
    /// How a tie is: the four lines of the picture.
    TieKind {
        Strong = "strong",
        Tenuous = "tenuous",
        Stressful = "stressful",
        /// There was a tie, and it broke off.
        Broken = "broken",
    }
}

coded! {
    /// Where strength flows along a tie.
    Energy {
        ToClient = "to_client",
        FromClient = "from_client",
        Both = "both",
        /// Not asked yet, or none to speak of.
        Neither = "neither",
    }
}

/// Whom a tie is with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum With {
    /// A system as a whole: "the courts".
    System(System),
    /// The id of an organization.
    Organization(String),
    /// By name.
    Person(String),
    /// A congregation, a team, by name.
    Group(String),
}

/// How a tie is, in whose words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    pub kind: TieKind,
    pub energy: Energy,
    pub note: String,
    /// The first day on which it was so.
    pub since: Day,
}

/// One state of one tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieState {
    /// Place in the order of recording; what a change names as the state it looked at.
    pub seq: i64,
    /// What all states of one tie share.
    pub node: String,
    pub with: With,
    /// Of a system as a whole or of an organization.
    pub system: Option<System>,
    /// The organization's, the person's or the group's; empty for a system as a whole.
    pub name: String,
    /// None: taken off the map on that day.
    pub kind: Option<TieKind>,
    pub energy: Energy,
    pub note: String,
    pub since: Day,
    pub recorded_at: Instant,
    pub recorded_by: String,
}

/// All states of all ties of a client, in the order of recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ecomap {
    pub states: Vec<TieState>,
}

impl Ecomap {
    /// The map as it was on a day: of each tie the newest statement that holds from that day or before; in the order in
    /// which the ties first came onto the map, so that pictures of two days compare.
    pub fn on(&self, day: Day) -> Vec<&TieState> {
        let mut newest: BTreeMap<&str, &TieState> = BTreeMap::new();
        for state in self.states.iter().filter(|state| state.since <= day) {
            newest.insert(&state.node, state);
        }
        self.nodes()
            .into_iter()
            .filter_map(|node| newest.get(node).copied())
            .filter(|state| state.kind.is_some())
            .collect()
    }

    /// The ties that ever were on the map, in the order in which they came.
    pub fn nodes(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.states.iter().map(|state| state.node.as_str()).filter(|node| seen.insert(*node)).collect()
    }

    /// The states of one tie, newest first.
    pub fn of(&self, node: &str) -> Vec<&TieState> {
        self.states.iter().rev().filter(|state| state.node == node).collect()
    }

    /// The newest state of a tie.
    pub fn newest(&self, node: &str) -> Option<&TieState> {
        self.states.iter().rev().find(|state| state.node == node)
    }

    /// The days on which something changed, newest first.
    pub fn days(&self) -> Vec<Day> {
        let days: BTreeSet<Day> = self.states.iter().map(|state| state.since).collect();
        days.into_iter().rev().collect()
    }

    /// The tie with somebody, on the map or taken off it.
    fn node_with(&self, with: &With) -> Option<&TieState> {
        self.states.iter().rev().find(|state| is_same(&state.with, with))
    }
}

/// Names are the same whatever their case.
fn is_same(one: &With, other: &With) -> bool {
    match (one, other) {
        (With::Person(one), With::Person(other)) | (With::Group(one), With::Group(other)) => {
            one.to_lowercase() == other.to_lowercase()
        }
        _ => one == other,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TieError {
    #[error("save the tie: name the person or group in 1 to 120 characters")]
    Name,
    #[error("save the tie: there is no such organization")]
    Organization,
    #[error("save the tie: keep the note under 2,000 characters")]
    Note,
    #[error("save the tie: the day lies in the future")]
    Future,
    #[error("add the tie: it is on the map already")]
    AlreadyThere,
    #[error(
        "save the tie: somebody else changed it meanwhile; look at the newest version and apply your change to it"
    )]
    ChangedMeanwhile,
    #[error("find the tie")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl With {
    fn checked(&self) -> Result<Self, TieError> {
        let named = |name: &str| line(name, 120).filter(|name| !name.is_empty()).ok_or(TieError::Name);
        Ok(match self {
            Self::System(_) | Self::Organization(_) => self.clone(),
            Self::Person(name) => Self::Person(named(name)?),
            Self::Group(name) => Self::Group(named(name)?),
        })
    }

    const fn kind_code(&self) -> &'static str {
        match self {
            Self::System(_) => "system",
            Self::Organization(_) => "organization",
            Self::Person(_) => "person",
            Self::Group(_) => "group",
        }
    }
}

impl Tie {
    fn checked(&self, today: Day) -> Result<Self, TieError> {
        if self.since > today {
            return Err(TieError::Future);
        }
        Ok(Self { note: line(&self.note, 2_000).ok_or(TieError::Note)?, ..self.clone() })
    }
}

/// Which node a new tie gets: that of the tie with the same, when it was taken off the map, so that its history goes on.
fn decide_add<'a>(map: &'a Ecomap, with: &With) -> Result<Option<&'a str>, TieError> {
    match map.node_with(with) {
        None => Ok(None),
        Some(state) if state.kind.is_none() => Ok(Some(&state.node)),
        Some(_) => Err(TieError::AlreadyThere),
    }
}

/// The state that a change goes on from: on the map, and the one that the caller looked at.
fn decide_change<'a>(map: &'a Ecomap, node: &str, seen: i64) -> Result<&'a TieState, TieError> {
    let newest = map.newest(node).ok_or(TieError::NotFound)?;
    if newest.seq != seen || newest.kind.is_none() {
        return Err(TieError::ChangedMeanwhile);
    }
    Ok(newest)
}

/// A state of a tie as an import or the demo adds it, many at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieRow {
    pub client: ClientId,
    pub node: String,
    pub with: With,
    /// Of an organization: its system.
    pub system: Option<System>,
    pub tie: Tie,
    pub recorded_by: AccountId,
}

/// One system over all clients with an open case.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemAcross {
    pub system: System,
    /// Clients tied to it in any way.
    pub clients: Disclosed<u64>,
    /// Clients by the hardest of their ties to it, in the order of [`HARDEST`]; they add up to `clients`.
    pub by_kind: [Cell; 4],
}

/// How a client with several ties to one system is counted: once, by the first of these among them.
pub const HARDEST: [TieKind; 4] = [TieKind::Stressful, TieKind::Broken, TieKind::Tenuous, TieKind::Strong];

impl SystemAcross {
    pub const fn of(&self, kind: TieKind) -> Cell {
        let [stressful, broken, tenuous, strong] = self.by_kind;
        match kind {
            TieKind::Stressful => stressful,
            TieKind::Broken => broken,
            TieKind::Tenuous => tenuous,
            TieKind::Strong => strong,
        }
    }
}

/// The web of systems over all clients with an open case.
#[derive(Debug, Clone, PartialEq)]
pub struct Across {
    /// Clients with an open case and a map.
    pub clients: Disclosed<u64>,
    /// The most often stressful first, going by what may be shown.
    pub systems: Vec<SystemAcross>,
}

/// The exact counts of a system, by [`HARDEST`], as what may be shown of them: the row is one column of the privacy
/// gate, whose total is shown beside it.
fn disclosed(policy: &privacy::Policy, system: System, counts: [u64; 4]) -> SystemAcross {
    let nothing = Cell { count: policy.count(0), complementary: false };
    let mut cells = privacy::suppress_column(policy, &counts).into_iter();
    SystemAcross {
        system,
        clients: policy.count(counts.iter().sum()),
        by_kind: std::array::from_fn(|_| cells.next().unwrap_or(nothing)),
    }
}

/// Puts the rows in an order that tells no more than they do.
fn in_order(systems: &mut [SystemAcross]) {
    let shown = |count: &Disclosed<u64>| count.value().copied().unwrap_or_default();
    systems.sort_by_key(|row| {
        let hard = row.of(TieKind::Stressful).count;
        (std::cmp::Reverse((shown(&hard), shown(&row.clients))), row.system)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn state(seq: i64, node: &str, kind: Option<TieKind>, since: &str) -> TieState {
        TieState {
            seq,
            node: node.to_owned(),
            with: With::Person(node.to_owned()),
            system: None,
            name: node.to_owned(),
            kind,
            energy: Energy::Neither,
            note: String::new(),
            since: day(since),
            recorded_at: Instant::from_micros(0),
            recorded_by: String::new(),
        }
    }

    fn drawn(map: &Ecomap, on: &str) -> Vec<(String, TieKind)> {
        map.on(day(on)).into_iter().map(|it| (it.node.clone(), it.kind.unwrap())).collect()
    }

    #[test]
    fn the_map_of_a_day_is_what_was_said_to_hold_from_then_on() {
        use TieKind::{Broken, Stressful, Strong};
        let map = Ecomap {
            states: vec![
                state(1, "aunt", Some(Strong), "2025-01-10"),
                state(2, "school", Some(Strong), "2025-01-10"),
                state(3, "school", Some(Stressful), "2025-03-01"),
                state(4, "aunt", None, "2025-05-01"),
                // Said last, and of an earlier day: the break came before anybody noticed.
                state(5, "school", Some(Broken), "2025-02-01"),
            ],
        };
        let pair = |node: &str, kind| (node.to_owned(), kind);
        assert_eq!(drawn(&map, "2025-01-09"), []);
        assert_eq!(drawn(&map, "2025-01-31"), [pair("aunt", Strong), pair("school", Strong)]);
        assert_eq!(drawn(&map, "2025-04-01"), [pair("aunt", Strong), pair("school", Broken)]);
        assert_eq!(drawn(&map, "2025-05-01"), [pair("school", Broken)]);
        assert_eq!(map.days().len(), 4);
        assert_eq!(map.of("school").iter().map(|it| it.seq).collect::<Vec<_>>(), [5, 3, 2]);
    }

    #[test]
    fn a_tie_that_was_taken_off_comes_back_with_its_history_and_none_stands_twice() {
        let mut map = Ecomap { states: vec![state(1, "Ruth", Some(TieKind::Strong), "2025-01-10")] };
        let again = With::Person("ruth".to_owned());
        assert!(matches!(decide_add(&map, &again), Err(TieError::AlreadyThere)));
        map.states.push(state(2, "Ruth", None, "2025-02-01"));
        assert_eq!(decide_add(&map, &again).unwrap(), Some("Ruth"));
        assert_eq!(decide_add(&map, &With::Group("ruth".to_owned())).unwrap(), None);
    }

    #[test]
    fn a_change_of_what_somebody_else_changed_meanwhile_is_refused() {
        let map = Ecomap {
            states: vec![
                state(1, "a", Some(TieKind::Strong), "2025-01-10"),
                state(2, "a", Some(TieKind::Broken), "2025-01-11"),
            ],
        };
        assert!(matches!(decide_change(&map, "a", 1), Err(TieError::ChangedMeanwhile)));
        assert_eq!(decide_change(&map, "a", 2).unwrap().seq, 2);
        assert!(matches!(decide_change(&map, "b", 2), Err(TieError::NotFound)));
    }

    #[test]
    fn a_small_count_takes_a_second_one_with_it_and_a_small_row_hides_whole() {
        let policy = privacy::Policy::default();
        let row = disclosed(&policy, System::Benefits, [40, 3, 25, 60]);
        assert_eq!(row.clients.value(), Some(&128));
        let shown: Vec<_> = row.by_kind.iter().map(|cell| cell.count.value().copied()).collect();
        // 3 alone would be 128 - 40 - 25 - 60.
        assert_eq!(shown, [Some(40), None, None, Some(60)]);
        assert!(row.of(TieKind::Tenuous).complementary && !row.of(TieKind::Broken).complementary);
        let small = disclosed(&policy, System::Court, [10, 0, 0, 0]);
        assert_eq!(small.clients.to_string(), "fewer than 11");
        assert_eq!(small.of(TieKind::Stressful).count.to_string(), "fewer than 11");
    }
}
