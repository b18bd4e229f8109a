//! What is true in the simulated world: the effects planted in it, and what follows from them.
//!
//! A detector or an estimator that runs on the world can be held against this: a signal about a slice of the
//! evidence in which the planted multiplier differs from the rest is right, any other is false.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::Config;
use crate::days::{iso_day, iso_day_option, month_start};
use crate::places::{Area, District};
use crate::rng::Stream;

/// A notice in benefits makes one barrier cluster in three areas that border on each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    pub code: String,
    pub system: String,
    /// Area codes, in order.
    pub areas: Vec<String>,
    /// First day on which the rate is raised; it stays so to the end.
    #[serde(with = "iso_day")]
    pub from: Date,
    /// Rate in these areas from then on, over the rate elsewhere and before.
    pub rate_ratio: f64,
}

/// One group meets a barrier more often than every other, everywhere and all the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disparity {
    pub code: String,
    /// The barrier is raised in every system in which it occurs.
    pub dimension: String,
    pub group: String,
    /// Rate of this group over the rate of each of the others.
    pub rate_ratio: f64,
}

/// A code that jumps county-wide in one month and stays there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendBreak {
    pub code: String,
    pub system: String,
    #[serde(with = "iso_day")]
    pub from: Date,
    /// Rate from then on over the rate before.
    pub rate_ratio: f64,
}

/// A barrier that leads to a crisis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    pub barrier: String,
    /// The barrier counts where the wait was longer than this.
    pub wait_days_over: u32,
    /// Share of the barrier's records that exceed the wait.
    pub share_over: f64,
    pub crisis: String,
    /// Days after the barrier, without its own day, on which the hazard is raised.
    pub window_days: u32,
    pub hazard_ratio: f64,
}

/// A county rule that the districts adopt at different times and some never do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleChange {
    pub code: String,
    pub system: String,
    /// By district, in the order of the districts.
    pub adoptions: Vec<Adoption>,
    /// Rate from adoption on over the rate before, for clients whom the rule reaches.
    pub rate_ratio: f64,
}

/// A district, and the first day on which the rule holds there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adoption {
    pub district: String,
    /// `None`: never adopted.
    #[serde(with = "iso_day_option")]
    pub from: Option<Date>,
}

/// The groups that the rule change does not reach: their rate stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftBehind {
    pub dimension: String,
    pub groups: Vec<String>,
}

/// A true contrast that nobody planted by itself: it follows from a planted effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consequence {
    /// Name of the planted effect's field in [`Truth`].
    pub of: String,
    pub kind: String,
    pub code: String,
    /// `higher` or `lower`.
    pub direction: String,
    pub contrast: String,
}

/// Everything that was planted in one world.
///
/// Apart from these effects the rate of every barrier and every crisis per open client-day is the same in every
/// area and group and at every time but for the season of the year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    pub disclaimer: String,
    pub seed: u64,
    #[serde(with = "iso_day")]
    pub first_day: Date,
    #[serde(with = "iso_day")]
    pub last_day: Date,
    pub cluster: Cluster,
    pub disparity: Disparity,
    pub trend_break: TrendBreak,
    pub path: Path,
    pub rule_change: RuleChange,
    pub left_behind: LeftBehind,
    pub consequences: Vec<Consequence>,
    /// Planted rate of every barrier and crisis, events per 1,000 open client-months, before any effect; keys are
    /// `barrier/waitlist` and the like.
    pub base_rates_per_1000: BTreeMap<String, f64>,
}

/// Where and for whom an event may happen: what the planted effects depend on.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Area code.
    pub area: &'a str,
    /// District code.
    pub district: &'a str,
    pub language: &'a str,
}

impl Truth {
    pub(crate) fn plant(
        config: &Config,
        areas: &[Area],
        districts: &[District],
        end: Date,
        base_rates_per_1000: BTreeMap<String, f64>,
    ) -> Self {
        let mut stream = Stream::new(config.seed, "truth");
        let at_share = |share: (u32, u32)| month_start(config.start, config.months * share.0 / share.1);
        let before_end = |months: u32| month_start(config.start, config.months.saturating_sub(months));
        let cluster_areas = cluster_areas(areas, &mut stream);

        // Four districts adopt one after the other, two never.
        let mut cohorts = [
            Some(at_share((1, 3))),
            Some(at_share((5, 12))),
            Some(at_share((1, 2))),
            Some(at_share((7, 12))),
            None,
            None,
        ];
        stream.shuffle(&mut cohorts);
        let adoptions = districts
            .iter()
            .zip(cohorts)
            .map(|(district, from)| Adoption { district: district.code.clone(), from })
            .collect();

        Self {
            disclaimer: crate::DISCLAIMER.to_owned(),
            seed: config.seed,
            first_day: config.start,
            last_day: crate::days::minus(end, 1),
            cluster: Cluster {
                code: "procedural_denial".to_owned(),
                system: "benefits".to_owned(),
                areas: cluster_areas,
                from: before_end(14),
                rate_ratio: 3.0,
            },
            disparity: Disparity {
                code: "notice_not_understood".to_owned(),
                dimension: "language".to_owned(),
                group: "Spanish".to_owned(),
                rate_ratio: 2.0,
            },
            trend_break: TrendBreak {
                code: "capacity_closed".to_owned(),
                system: "housing".to_owned(),
                from: before_end(8),
                rate_ratio: 1.75,
            },
            path: Path {
                barrier: "waitlist".to_owned(),
                wait_days_over: 30,
                share_over: 0.65,
                crisis: "inpatient_stay".to_owned(),
                window_days: 60,
                hazard_ratio: 3.0,
            },
            rule_change: RuleChange {
                code: "documents_missing".to_owned(),
                system: "benefits".to_owned(),
                adoptions,
                rate_ratio: 0.7,
            },
            left_behind: LeftBehind {
                dimension: "language".to_owned(),
                groups: vec!["Haitian Creole".to_owned(), "Somali".to_owned()],
            },
            consequences: consequences(),
            base_rates_per_1000,
        }
    }

    /// By how much the planted effects multiply the rate of a barrier at a place on a day; 1 where nothing was
    /// planted. The path to crisis is not in it: it depends on the client's own history.
    pub fn multiplier(&self, kind: &str, code: &str, place: Place<'_>, day: Date) -> f64 {
        if kind != "barrier" {
            return 1.0;
        }
        let mut multiplier = 1.0;
        if code == self.cluster.code
            && day >= self.cluster.from
            && self.cluster.areas.iter().any(|area| area == place.area)
        {
            multiplier *= self.cluster.rate_ratio;
        }
        if code == self.disparity.code && place.language == self.disparity.group {
            multiplier *= self.disparity.rate_ratio;
        }
        if code == self.trend_break.code && day >= self.trend_break.from {
            multiplier *= self.trend_break.rate_ratio;
        }
        if code == self.rule_change.code
            && !self.left_behind.groups.iter().any(|group| group == place.language)
            && self.adopted_on(place.district).is_some_and(|adopted_on| day >= adopted_on)
        {
            multiplier *= self.rule_change.rate_ratio;
        }
        multiplier
    }

    /// First day of the rule in a district.
    pub fn adopted_on(&self, district: &str) -> Option<Date> {
        self.rule_change
            .adoptions
            .iter()
            .find(|adoption| adoption.district == district)
            .and_then(|adoption| adoption.from)
    }
}

/// Three areas that border on each other on one bank, with 4.5 to 7.5 % of the county's residents: enough to be
/// found, too few to move the county's own rate much.
fn cluster_areas(areas: &[Area], stream: &mut Stream) -> Vec<String> {
    let county: u32 = areas.iter().map(Area::people).sum();
    let mut triples = Vec::new();
    for (i, a) in areas.iter().enumerate() {
        for j in a.neighbours.iter().copied().filter(|j| *j > i) {
            for k in a.neighbours.iter().copied().filter(|k| *k > j) {
                let (Some(b), Some(c)) = (areas.get(j), areas.get(k)) else {
                    continue;
                };
                let share = f64::from(a.people() + b.people() + c.people()) / f64::from(county);
                if b.neighbours.contains(&k)
                    && a.west_bank == b.west_bank
                    && b.west_bank == c.west_bank
                    && (0.045..0.075).contains(&share)
                {
                    triples.push([a, b, c]);
                }
            }
        }
    }
    let at = stream.below(triples.len());
    triples.get(at).map(|triple| triple.iter().map(|area| area.code.clone()).collect()).unwrap_or_default()
}

fn consequences() -> Vec<Consequence> {
    [
        ("cluster", "barrier", "procedural_denial", "higher", "any set of areas that holds a cluster area, its district, or the benefits office of its area, from the cluster's month on and, weaker, over the whole time"),
        ("cluster", "barrier", "procedural_denial", "lower", "any set of areas without a cluster area against a rest that holds one, from the cluster's month on"),
        ("cluster", "barrier", "procedural_denial", "higher", "the whole county from the cluster's month on (by about a tenth)"),
        ("disparity", "barrier", "notice_not_understood", "lower", "every language group but Spanish against a rest that holds Spanish; most of all English"),
        ("disparity", "barrier", "notice_not_understood", "higher", "areas where more clients speak Spanish (by at most a twentieth)"),
        ("trend_break", "barrier", "capacity_closed", "higher", "any set of areas or groups from the break's month on against the months before"),
        ("trend_break", "barrier", "capacity_closed", "lower", "any set of areas or groups in months before the break against the months after"),
        ("path", "crisis", "inpatient_stay", "higher", "in the 60 days after any waitlist barrier, whatever the wait (hazard ratio about 2.3), and after a referral that failed for a waitlist"),
        ("rule_change", "barrier", "documents_missing", "lower", "districts, areas and the county in the months after adoption"),
        ("rule_change", "barrier", "documents_missing", "higher", "districts and areas without the rule, or before it, against a rest with it"),
        ("left_behind", "barrier", "documents_missing", "higher", "Haitian Creole and Somali speakers against the others, in adopting districts after adoption and, weaker, overall"),
    ]
    .into_iter()
    .map(|(of, kind, code, direction, contrast)| Consequence {
        of: of.to_owned(),
        kind: kind.to_owned(),
        code: code.to_owned(),
        direction: direction.to_owned(),
        contrast: contrast.to_owned(),
    })
    .collect()
}
