//! What happens to open cases, day by day.
//!
//! Barriers and crises are Poisson processes whose rate per open client-day is the base rate times the season times
//! the planted multiplier, and nothing else: no frailty of clients, no habit of workers. The difference between two
//! slices is then chance or truth.

use time::Date;

use crate::cases::Case;
use crate::days::{DAYS_PER_MONTH, days_between, plus, weekday_after, weekday_before};
use crate::people::{Client, Organization, SYSTEMS, Staff};
use crate::places::{Area, District};
use crate::rates::{BARRIERS, CONTACT, CRISES, Kind, Process, REFERRAL, SERVICE};
use crate::rng::{Stream, whole};
use crate::truth::{Place, Truth};
use crate::words::{
    ATTEMPTED, CALL_TOPICS, NEXT_STEPS, SYSTEM_TOPICS, VISIT_PLACES, VISIT_TOPICS, system_words,
};

/// One event of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Place of this event in [`crate::World::events`].
    pub id: usize,
    pub kind: Kind,
    pub code: &'static str,
    /// Empty where no system is involved (a visit to the client).
    pub system: &'static str,
    /// Place in [`crate::World::organizations`]; the system's office nearest to the client.
    pub organization: Option<usize>,
    /// Place in [`crate::World::cases`].
    pub case: usize,
    /// Place in [`crate::World::clients`].
    pub client: usize,
    /// Place in [`crate::World::areas`]: where the client lives.
    pub area: usize,
    /// Place in [`crate::World::staff`]: who recorded it.
    pub worker: usize,
    pub occurred_on: Date,
    /// Last day of an inpatient stay; `None` for all else and while the stay lasts.
    pub ended_on: Option<Date>,
    /// Not before `occurred_on`.
    pub recorded_on: Date,
    /// Of a `waitlist` barrier: days waited by then. Of an outcome or a service: days since the referral was sent.
    pub days_waited: Option<u32>,
    /// The referral (its `sent` event) that this outcome, service or barrier came out of.
    pub referral: Option<usize>,
    /// What the worker wrote, for contacts; empty otherwise.
    pub note: String,
}

/// All that the stages need to know about the world so far.
pub(crate) struct Setting<'a> {
    pub seed: u64,
    pub end: Date,
    pub truth: &'a Truth,
    pub areas: &'a [Area],
    pub districts: &'a [District],
    pub organizations: &'a [Organization],
    pub staff: &'a [Staff],
    pub clients: &'a [Client],
    pub cases: &'a [Case],
}

/// A case with what it refers to.
#[derive(Clone, Copy)]
struct Open<'a> {
    at: usize,
    case: &'a Case,
    client: &'a Client,
    worker: &'a Staff,
    place: Place<'a>,
    /// First day no longer open or no longer simulated.
    until: Date,
}

/// A referral sent, and what became of it.
struct Sent {
    system: &'static str,
    outcome: Option<(&'static str, Date)>,
    service_on: Option<Date>,
}

pub(crate) fn events(setting: &Setting<'_>) -> Vec<Event> {
    let open = open_cases(setting);
    let nearest = nearest_offices(setting);
    let mut book = Book {
        setting,
        nearest,
        records: Stream::new(setting.seed, "records"),
        events: Vec::new(),
        by_case: vec![Vec::new(); setting.cases.len()],
    };
    for process in BARRIERS {
        book.barriers(&process, &open);
    }
    for process in CRISES {
        book.crises(&process, &open);
    }
    book.referrals(&open);
    book.services(&open);
    book.contacts(&open);
    in_order(book.events)
}

fn open_cases<'a>(setting: &Setting<'a>) -> Vec<Open<'a>> {
    setting
        .cases
        .iter()
        .enumerate()
        .filter_map(|(at, case)| {
            let client = setting.clients.get(case.client)?;
            let area = setting.areas.get(client.area)?;
            Some(Open {
                at,
                case,
                client,
                worker: setting.staff.get(case.worker)?,
                place: Place {
                    area: &area.code,
                    district: &setting.districts.get(area.district)?.code,
                    language: client.language,
                },
                until: case.closed_on.unwrap_or(setting.end).min(setting.end),
            })
        })
        .collect()
}

/// By area and system (in the order of [`SYSTEMS`]): the nearest office.
fn nearest_offices(setting: &Setting<'_>) -> Vec<[Option<usize>; 7]> {
    let away = |area: &Area, office: &Organization| {
        setting.areas.get(office.area).map_or(f64::INFINITY, |other| {
            ((area.longitude - other.longitude) * area.latitude.to_radians().cos())
                .hypot(area.latitude - other.latitude)
        })
    };
    setting
        .areas
        .iter()
        .map(|area| {
            SYSTEMS.map(|system| {
                setting
                    .organizations
                    .iter()
                    .enumerate()
                    .filter(|(_, office)| office.system == system)
                    .min_by(|(_, a), (_, b)| away(area, a).total_cmp(&away(area, b)))
                    .map(|(at, _)| at)
            })
        })
        .collect()
}

/// Sorts by day (then case, then kind) and gives the events their places, links between them included.
fn in_order(events: Vec<Event>) -> Vec<Event> {
    let mut places = vec![0; events.len()];
    let mut events = events;
    events.sort_by_key(|event| (event.occurred_on, event.case, event.kind, event.id));
    for (new, event) in events.iter().enumerate() {
        if let Some(place) = places.get_mut(event.id) {
            *place = new;
        }
    }
    for (new, event) in events.iter_mut().enumerate() {
        event.id = new;
        event.referral = event.referral.and_then(|old| places.get(old).copied());
    }
    events
}

/// The days on which a process strikes a case: candidates at the highest rate, kept in proportion to the rate of
/// their day (thinning; Lewis and Shedler 1979, doi 10.1002/nav.3800260304). `multiplier` must not exceed `highest`.
fn strikes(
    process: &Process,
    rate_factor: f64,
    open: &Open<'_>,
    stream: &mut Stream,
    highest: f64,
    multiplier: impl Fn(Date) -> f64,
) -> Vec<Date> {
    let ceiling = highest * (1.0 + process.season.0);
    let mean_gap_days = DAYS_PER_MONTH / (process.per_month * rate_factor * ceiling);
    let days = f64::from(days_between(open.case.opened_on, open.until));
    let mut struck = Vec::new();
    let mut at = stream.exponential(mean_gap_days);
    while at < days {
        let day = plus(open.case.opened_on, whole(at));
        let day = if process.weekdays_only() { weekday_before(day).max(open.case.opened_on) } else { day };
        if stream.chance(process.season_on(day) * multiplier(day) / ceiling) {
            struck.push(day);
        }
        at += stream.exponential(mean_gap_days);
    }
    struck
}

/// The events so far.
struct Book<'a> {
    setting: &'a Setting<'a>,
    nearest: Vec<[Option<usize>; 7]>,
    /// When things get recorded.
    records: Stream,
    events: Vec<Event>,
    /// Places of the barriers of each case.
    by_case: Vec<Vec<usize>>,
}

impl Book<'_> {
    fn add(
        &mut self,
        open: &Open<'_>,
        kind: Kind,
        code: &'static str,
        system: &'static str,
        occurred_on: Date,
    ) -> &mut Event {
        let id = self.events.len();
        let last_day = crate::days::minus(self.setting.end, 1);
        let delay = whole(self.records.exponential(open.worker.delay_days));
        let recorded_on = weekday_after(plus(occurred_on, delay)).min(last_day).max(occurred_on);
        let organization = SYSTEMS
            .iter()
            .position(|of| *of == system)
            .and_then(|of| self.nearest.get(open.client.area)?.get(of).copied())
            .flatten();
        self.events.push(Event {
            id,
            kind,
            code,
            system,
            organization,
            case: open.at,
            client: open.case.client,
            area: open.client.area,
            worker: open.case.worker,
            occurred_on,
            ended_on: None,
            recorded_on,
            days_waited: None,
            referral: None,
            note: String::new(),
        });
        // `id` is the place that was just filled.
        let last = self.events.len() - 1;
        if kind == Kind::Barrier
            && let Some(of_case) = self.by_case.get_mut(open.at)
        {
            of_case.push(last);
        }
        #[expect(clippy::indexing_slicing, reason = "the event was pushed a few lines above")]
        &mut self.events[last]
    }

    fn barriers(&mut self, process: &Process, open: &[Open<'_>]) {
        let truth = self.setting.truth;
        let mut stream = Stream::new(self.setting.seed, process.code);
        let highest = [
            (&truth.cluster.code, truth.cluster.rate_ratio),
            (&truth.disparity.code, truth.disparity.rate_ratio),
            (&truth.trend_break.code, truth.trend_break.rate_ratio),
        ]
        .into_iter()
        .filter(|(code, _)| *code == process.code)
        .map(|(_, ratio)| ratio)
        .product();
        for open in open {
            let multiplier = |day| truth.multiplier(process.kind.as_str(), process.code, open.place, day);
            for day in strikes(process, 1.0, open, &mut stream, highest, multiplier) {
                let system = stream.weighted(process.systems).unwrap_or("");
                let waited = (process.code == truth.path.barrier).then(|| {
                    let long = truth.path.wait_days_over;
                    if stream.chance(truth.path.share_over) {
                        (long + 1 + whole(stream.exponential(40.0))).min(240)
                    } else {
                        stream.between(5, long)
                    }
                });
                self.add(open, process.kind, process.code, system, day).days_waited = waited;
            }
        }
    }

    fn crises(&mut self, process: &Process, open: &[Open<'_>]) {
        let path = &self.setting.truth.path;
        let mut stream = Stream::new(self.setting.seed, process.code);
        let on_path = process.code == path.crisis;
        for open in open {
            let waits: Vec<Date> = self
                .by_case
                .get(open.at)
                .into_iter()
                .flatten()
                .filter_map(|at| self.events.get(*at))
                .filter(|event| {
                    on_path && event.code == path.barrier && event.days_waited > Some(path.wait_days_over)
                })
                .map(|event| event.occurred_on)
                .collect();
            let (highest, ratio) =
                if waits.is_empty() { (1.0, 1.0) } else { (path.hazard_ratio, path.hazard_ratio) };
            let hazard = |day: Date| {
                let raised =
                    waits.iter().any(|wait| day > *wait && days_between(*wait, day) <= path.window_days);
                if raised { ratio } else { 1.0 }
            };
            for day in strikes(process, 1.0, open, &mut stream, highest, hazard) {
                let system = stream.weighted(process.systems).unwrap_or("");
                let stay_days = stream.between(2, 14);
                let end = self.setting.end;
                let event = self.add(open, process.kind, process.code, system, day);
                if process.code == "inpatient_stay" {
                    event.ended_on = Some(plus(day, stay_days)).filter(|ended_on| *ended_on < end);
                }
            }
        }
    }

    fn referrals(&mut self, open: &[Open<'_>]) {
        let mut stream = Stream::new(self.setting.seed, "referrals");
        for open in open {
            for on in strikes(&REFERRAL, 1.0, open, &mut stream, 1.0, |_| 1.0) {
                let mut sent = sent(on, open, &mut stream);
                let failed_on = match sent.outcome {
                    Some(("declined" | "no_response", day)) => Some(day),
                    _ => None,
                };
                let barrier = failed_on.and_then(|day| self.barrier_behind(open, on, day));
                if let Some((_, system)) = barrier {
                    sent.system = system;
                }
                let referral = self.add(open, Kind::Referral, "sent", sent.system, on).id;
                if let Some((outcome, day)) = sent.outcome {
                    let event = self.add(open, Kind::Referral, outcome, sent.system, day);
                    event.referral = Some(referral);
                    event.days_waited = Some(days_between(on, day));
                }
                if let Some(day) = sent.service_on {
                    let event = self.add(open, Kind::Service, "received", sent.system, day);
                    event.referral = Some(referral);
                    event.days_waited = Some(days_between(on, day));
                }
                if let Some(event) = barrier.and_then(|(at, _)| self.events.get_mut(at)) {
                    event.referral = Some(referral);
                }
            }
        }
    }

    /// A barrier of the case that fits as the reason why a referral failed: met after it was sent and near the
    /// failure. Codes with a planted effect are left out: referrals would inherit it by system.
    fn barrier_behind(
        &self,
        open: &Open<'_>,
        sent_on: Date,
        failed_on: Date,
    ) -> Option<(usize, &'static str)> {
        let truth = self.setting.truth;
        let planted =
            [&truth.cluster.code, &truth.disparity.code, &truth.trend_break.code, &truth.rule_change.code];
        let fits = |event: &&Event| {
            event.referral.is_none()
                && !planted.iter().any(|code| *code == event.code)
                && event.occurred_on > sent_on
                && event.occurred_on <= plus(failed_on, 21)
        };
        self.by_case
            .get(open.at)?
            .iter()
            .filter_map(|at| self.events.get(*at))
            .find(fits)
            .map(|event| (event.id, event.system))
    }

    fn services(&mut self, open: &[Open<'_>]) {
        let mut stream = Stream::new(self.setting.seed, "services");
        for open in open {
            for day in strikes(&SERVICE, 1.0, open, &mut stream, 1.0, |_| 1.0) {
                let system = stream.weighted(SERVICE.systems).unwrap_or("");
                self.add(open, Kind::Service, "received", system, day);
            }
        }
    }

    fn contacts(&mut self, open: &[Open<'_>]) {
        let mut stream = Stream::new(self.setting.seed, "contacts");
        let mut pen = Stream::new(self.setting.seed, "notes");
        for open in open {
            let effort = open.worker.effort;
            let name = open.client.preferred_name.split(' ').next().unwrap_or("the client");
            for day in strikes(&CONTACT, effort, open, &mut stream, 1.0, |_| 1.0) {
                let system = stream.weighted(CONTACT.systems).unwrap_or("");
                let code = stream
                    .weighted(&[("visit", 0.38), ("call", 0.47), ("attempted", 0.15)])
                    .unwrap_or("call");
                self.add(open, Kind::Contact, code, system, day).note = note(code, system, name, &mut pen);
            }
        }
    }
}

/// Draws what becomes of a referral; what would fall after the case's end has not happened.
fn sent(on: Date, open: &Open<'_>, stream: &mut Stream) -> Sent {
    let system = stream.weighted(REFERRAL.systems).unwrap_or("");
    let (outcome, days) = match stream.unit() {
        p if p < 0.58 => ("accepted", stream.between(3, 25)),
        p if p < 0.78 => ("declined", stream.between(4, 30)),
        _ => ("no_response", stream.between(28, 45)),
    };
    let outcome_on = weekday_after(plus(on, days));
    let service_on = (outcome == "accepted" && stream.chance(0.78))
        .then(|| weekday_after(plus(outcome_on, stream.between(5, 40))));
    Sent {
        system,
        outcome: (outcome_on < open.until).then_some((outcome, outcome_on)),
        service_on: service_on.filter(|day| *day < open.until),
    }
}

fn note(code: &str, system: &str, name: &str, pen: &mut Stream) -> String {
    let mut text = String::with_capacity(120);
    match (code, system) {
        ("attempted", "") => text.push_str(pen.pick(&ATTEMPTED)),
        ("attempted", system) => {
            text.push_str("Tried to reach ");
            text.push_str(system_words(system));
            text.push_str(", no luck.");
        }
        ("visit", "") => {
            text.push_str(pen.pick(&VISIT_PLACES));
            text.push(' ');
            text.push_str(pen.pick(&VISIT_TOPICS));
        }
        (_, "") => text.push_str(pen.pick(&CALL_TOPICS)),
        (code, system) => {
            text.push_str(if code == "visit" { "Went to see " } else { "Spoke with " });
            text.push_str(system_words(system));
            text.push_str(". ");
            text.push_str(pen.pick(&SYSTEM_TOPICS));
        }
    }
    if pen.chance(0.55) {
        text.push(' ');
        text.push_str(pen.pick(&NEXT_STEPS));
    }
    text.replace("{name}", name)
}
