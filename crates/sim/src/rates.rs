//! How often each thing happens per open client-month, in which system, and at which season.

use time::Date;

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Contact,
    Referral,
    Service,
    Barrier,
    Crisis,
}

impl Kind {
    /// `contact` and the like.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Referral => "referral",
            Self::Service => "service",
            Self::Barrier => "barrier",
            Self::Crisis => "crisis",
        }
    }
}

/// Something that happens to open cases at random (a Poisson process).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pub kind: Kind,
    pub code: &'static str,
    /// Events per open client-month, averaged over the year.
    pub per_month: f64,
    /// Swing around 1 over the year, and the day of the year of its height.
    pub season: (f64, u16),
    pub systems: &'static [(&'static str, f64)],
}

const fn process(
    kind: Kind,
    code: &'static str,
    per_month: f64,
    season: (f64, u16),
    systems: &'static [(&'static str, f64)],
) -> Process {
    Process { kind, code, per_month, season, systems }
}

impl Process {
    /// The season's factor on a day.
    pub(crate) fn season_on(&self, day: Date) -> f64 {
        let (swing, height) = self.season;
        let turn = (f64::from(day.ordinal()) - f64::from(height)) / 365.25;
        1.0 + swing * (std::f64::consts::TAU * turn).cos()
    }

    /// Offices work from Monday to Friday; crises do not wait.
    pub(crate) fn weekdays_only(&self) -> bool {
        self.kind != Kind::Crisis
    }
}

/// The barriers. Codes whose planted effect is tied to a system have that system alone: the effect is then the same
/// whether one counts by code or by code and system. The code that breaks its trend has no season, so that before and
/// after can be compared as they stand.
///
/// `language_access` stands for every kind of words that do not fit (no interpreter, legal language, no sign
/// language), which is why it can happen to anyone at the same rate.
pub(crate) const BARRIERS: [Process; 12] = [
    process(Kind::Barrier, "procedural_denial", 0.075, (0.08, 20), &[("benefits", 1.0)]),
    process(
        Kind::Barrier,
        "waitlist",
        0.090,
        (0.06, 300),
        &[("hospital", 0.5), ("housing", 0.3), ("school", 0.2)],
    ),
    process(
        Kind::Barrier,
        "notice_not_understood",
        0.060,
        (0.06, 60),
        &[("benefits", 0.4), ("court", 0.2), ("school", 0.2), ("housing", 0.2)],
    ),
    process(Kind::Barrier, "documents_missing", 0.180, (0.04, 250), &[("benefits", 1.0)]),
    process(
        Kind::Barrier,
        "transport",
        0.060,
        (0.12, 20),
        &[("hospital", 0.4), ("court", 0.2), ("school", 0.2), ("probation", 0.2)],
    ),
    process(
        Kind::Barrier,
        "language_access",
        0.030,
        (0.0, 0),
        &[("hospital", 0.4), ("court", 0.3), ("school", 0.3)],
    ),
    process(Kind::Barrier, "cost", 0.045, (0.10, 350), &[("hospital", 0.5), ("housing", 0.5)]),
    process(Kind::Barrier, "ineligible", 0.055, (0.05, 100), &[("benefits", 0.6), ("housing", 0.4)]),
    process(Kind::Barrier, "capacity_closed", 0.120, (0.0, 0), &[("housing", 1.0)]),
    process(
        Kind::Barrier,
        "digital_access",
        0.050,
        (0.05, 240),
        &[("benefits", 0.5), ("school", 0.3), ("housing", 0.2)],
    ),
    process(Kind::Barrier, "stigma_fear", 0.040, (0.0, 0), &[("hospital", 0.5), ("child_protection", 0.5)]),
    process(Kind::Barrier, "suspension_without_hearing", 0.030, (0.15, 60), &[("school", 1.0)]),
];

/// The crises. `inpatient_stay` is raised further by the planted path.
pub(crate) const CRISES: [Process; 5] = [
    process(Kind::Crisis, "inpatient_stay", 0.012, (0.10, 60), &[("hospital", 1.0)]),
    process(Kind::Crisis, "eviction", 0.007, (0.10, 220), &[("housing", 1.0)]),
    process(Kind::Crisis, "school_exclusion", 0.011, (0.25, 45), &[("school", 1.0)]),
    process(Kind::Crisis, "arrest", 0.009, (0.10, 200), &[("probation", 1.0)]),
    process(Kind::Crisis, "removal", 0.004, (0.0, 0), &[("child_protection", 1.0)]),
];

/// Referrals as they are sent; what becomes of them is drawn for each.
pub(crate) const REFERRAL: Process = process(
    Kind::Referral,
    "sent",
    0.34,
    (0.08, 270),
    &[
        ("school", 0.16),
        ("probation", 0.04),
        ("child_protection", 0.06),
        ("hospital", 0.28),
        ("housing", 0.22),
        ("benefits", 0.19),
        ("court", 0.05),
    ],
);

/// Services that come without a referral of ours.
pub(crate) const SERVICE: Process = process(
    Kind::Service,
    "received",
    0.17,
    (0.05, 150),
    &[
        ("school", 0.25),
        ("probation", 0.05),
        ("child_protection", 0.05),
        ("hospital", 0.30),
        ("housing", 0.12),
        ("benefits", 0.20),
        ("court", 0.03),
    ],
);

/// Contacts with the client (no system) and with the professionals of a system.
pub(crate) const CONTACT: Process = process(
    Kind::Contact,
    "visit",
    2.0,
    (0.07, 75),
    &[
        ("", 0.74),
        ("school", 0.06),
        ("probation", 0.03),
        ("child_protection", 0.03),
        ("hospital", 0.05),
        ("housing", 0.04),
        ("benefits", 0.04),
        ("court", 0.01),
    ],
);
