//! Cases: who is open when, and with which worker.
//!
//! The agency is in a steady state from its first week on: about as many cases are open at any time, so that a count
//! per month can be compared with the month before.

use time::Date;

use crate::Config;
use crate::days::{plus, weekday_after};
use crate::people::{Role, Staff};
use crate::rng::{Stream, whole};

/// An episode of work with one client. Open on every day from `opened_on` to the day before `closed_on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `LW-C-00001`.
    pub number: String,
    /// Place in [`crate::World::clients`].
    pub client: usize,
    /// Place in [`crate::World::staff`].
    pub worker: usize,
    pub opened_on: Date,
    /// First day on which the case is no longer open; `None` while it is.
    pub closed_on: Option<Date>,
    pub closed_because: Option<&'static str>,
    /// Was the client known before the agency began to keep its files here?
    pub carried_over: bool,
    /// Is it the client's second case?
    pub second: bool,
}

/// Average days a case is open: 30 for certain, and two waits of this mean.
const WAIT_MEAN_DAYS: f64 = 140.0;
const SHARE_SECOND: f64 = 0.09;
/// A client who comes back does so after at least this long.
const PAUSE_DAYS: u32 = 45;

struct Slot {
    opened_on: Date,
    carried_over: bool,
}

/// The cases in the order of opening; clients are numbered in the order in which they come.
pub(crate) fn cases(config: &Config, end: Date, staff: &[Staff]) -> Vec<Case> {
    let mut stream = Stream::new(config.seed, "cases");
    let days = crate::days::days_between(config.start, end);
    let clients = config.clients;
    let seconds = whole(SHARE_SECOND * clients as f64) as usize;
    let total = (clients + seconds) as f64;
    let mean_days = 30.0 + 2.0 * WAIT_MEAN_DAYS;
    let carried = whole(total / (1.0 + f64::from(days) / mean_days)) as usize;
    let slots = slots(config.start, days, carried, clients + seconds, &mut stream);

    let mut cases: Vec<Case> = Vec::with_capacity(slots.len());
    let mut open: Vec<(Date, usize)> = Vec::new();
    let mut may_return: Vec<(Date, usize, usize)> = Vec::new();
    let mut clients_so_far = 0;
    let mut seconds_left = seconds;
    let n_slots = slots.len();
    for (at, slot) in slots.into_iter().enumerate() {
        open.retain(|(closed_on, _)| *closed_on > slot.opened_on);
        let ready: Vec<usize> = may_return
            .iter()
            .enumerate()
            .filter(|(_, (closed_on, _, _))| plus(*closed_on, PAUSE_DAYS) <= slot.opened_on)
            .map(|(place, _)| place)
            .collect();
        let left = (n_slots - at).max(1) as f64;
        let returns = !slot.carried_over
            && seconds_left > 0
            && !ready.is_empty()
            && (clients_so_far >= clients || stream.chance(seconds_left as f64 / left));
        let (client, known_worker) = if returns {
            let chosen = stream.below(ready.len());
            let Some(place) = ready.get(chosen) else {
                continue;
            };
            let (_, client, worker) = may_return.swap_remove(*place);
            seconds_left -= 1;
            (client, Some(worker))
        } else if clients_so_far < clients {
            clients_so_far += 1;
            (clients_so_far - 1, None)
        } else {
            continue;
        };
        let worker = worker_for(known_worker, staff, &open, &mut stream);
        let closed_on = closed_on(&slot, &mut stream);
        open.push((closed_on, worker));
        if !returns && closed_on < end {
            may_return.push((closed_on, client, worker));
        }
        let closed = closed_on < end;
        let because = stream.pick(&[
            "goals_met",
            "goals_met",
            "goals_met",
            "moved_away",
            "lost_touch",
            "asked_to_stop",
            "handed_over",
        ]);
        cases.push(Case {
            number: String::new(),
            client,
            worker,
            opened_on: slot.opened_on,
            closed_on: closed.then_some(closed_on),
            closed_because: closed.then_some(because),
            carried_over: slot.carried_over,
            second: returns,
        });
    }
    for (case, number) in cases.iter_mut().zip(1_u32..) {
        case.number = format!("LW-C-{number:05}");
    }
    cases
}

/// Opening days: those carried over in the first week, the others one after the other at an even pace.
fn slots(start: Date, days: u32, carried: usize, n: usize, stream: &mut Stream) -> Vec<Slot> {
    let first_day = weekday_after(start);
    let mut slots: Vec<Slot> = (0..carried.min(n))
        .map(|_| Slot { opened_on: weekday_after(plus(first_day, stream.between(0, 6))), carried_over: true })
        .collect();
    let rest = n.saturating_sub(carried);
    // A weekend may push a day two days on; it must not fall past the end.
    let span = f64::from(days.saturating_sub(3));
    for at in 0..rest {
        let day = whole((at as f64 + stream.unit()) / rest as f64 * span);
        slots.push(Slot { opened_on: weekday_after(plus(start, day)), carried_over: false });
    }
    slots.sort_by_key(|slot| (slot.opened_on, !slot.carried_over));
    slots
}

fn closed_on(slot: &Slot, stream: &mut Stream) -> Date {
    let wait = |stream: &mut Stream| stream.exponential(WAIT_MEAN_DAYS);
    let days = if slot.carried_over {
        // What is left of a case met on a random day: long cases are met more often (length bias, one more wait).
        let whole_case = 30.0 + wait(stream) + wait(stream) + wait(stream);
        whole_case * stream.unit() + 5.0
    } else {
        30.0 + wait(stream) + wait(stream)
    };
    weekday_after(plus(slot.opened_on, whole(days)))
}

/// The worker who knows the client, unless full; else the less busy of two drawn at random.
fn worker_for(known: Option<usize>, staff: &[Staff], open: &[(Date, usize)], stream: &mut Stream) -> usize {
    let workers: Vec<usize> = staff
        .iter()
        .enumerate()
        .filter(|(_, member)| member.role == Role::Caseworker)
        .map(|(at, _)| at)
        .collect();
    let load = |worker: usize| open.iter().filter(|(_, of)| *of == worker).count();
    let average = open.len() / workers.len().max(1);
    let draw = |stream: &mut Stream| {
        let at = stream.below(workers.len());
        workers.get(at).copied().unwrap_or(0)
    };
    let (a, b) = (draw(stream), draw(stream));
    match known {
        Some(worker) if load(worker) <= average + 5 => worker,
        _ if load(b) < load(a) => b,
        _ => a,
    }
}
