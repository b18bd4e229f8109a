//! Time at risk, and what was planted in a slice of it.

use std::collections::BTreeMap;

use time::Date;

use crate::World;
use crate::days::{DAYS_PER_MONTH, days_between, month_start};
use crate::rates::Kind;
use crate::truth::Place;

/// Open client-months of one area, month and combination of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientMonths {
    /// Area code.
    pub area: String,
    /// First day of the month.
    pub month: Date,
    pub language: &'static str,
    pub age_band: &'static str,
    pub gender: &'static str,
    /// Days on which a case was open, over [`DAYS_PER_MONTH`].
    pub client_months: f64,
}

/// A part of the record; what is `None` is not restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Area codes.
    pub areas: Option<Vec<String>>,
    pub language: Option<String>,
    pub age_band: Option<String>,
    pub gender: Option<String>,
    /// Months from this one on, by their first day.
    pub from: Option<Date>,
    /// Months up to and with this one, by their first day.
    pub to: Option<Date>,
}

impl Slice {
    fn holds(&self, cell: &ClientMonths) -> bool {
        let same = |want: &Option<String>, have: &str| want.as_deref().is_none_or(|want| want == have);
        self.areas.as_ref().is_none_or(|areas| areas.contains(&cell.area))
            && same(&self.language, cell.language)
            && same(&self.age_band, cell.age_band)
            && same(&self.gender, cell.gender)
            && self.from.is_none_or(|from| cell.month >= from)
            && self.to.is_none_or(|to| cell.month <= to)
    }
}

impl World {
    /// Time at risk by area, month, language, age band and gender; cells without any are left out. In the order of
    /// area, month and groups.
    pub fn client_months(&self) -> Vec<ClientMonths> {
        let mut days: BTreeMap<(usize, Date, &'static str, &'static str, &'static str), u32> =
            BTreeMap::new();
        for case in &self.cases {
            let Some(client) = self.clients.get(case.client) else {
                continue;
            };
            let until = case.closed_on.unwrap_or(self.end()).min(self.end());
            let mut from = case.opened_on;
            while from < until {
                let next_month = month_start(from, 1);
                let to = until.min(next_month);
                let cell =
                    (client.area, month_start(from, 0), client.language, client.age_band, client.gender);
                *days.entry(cell).or_insert(0) += days_between(from, to);
                from = to;
            }
        }
        days.into_iter()
            .filter_map(|((area, month, language, age_band, gender), days)| {
                Some(ClientMonths {
                    area: self.areas.get(area)?.code.clone(),
                    month,
                    language,
                    age_band,
                    gender,
                    client_months: f64::from(days) / DAYS_PER_MONTH,
                })
            })
            .collect()
    }

    /// The true rate ratio that the planted effects make between the part of the record in `inside` and the part in
    /// `outside` that is not in `inside`, the season of the year left out; 1 where nothing was planted. `None` where
    /// one of the two has no time at risk. `Slice::default()` as `outside` compares with all the rest.
    /// `client_months` is what [`World::client_months`] gives, handed in because many slices share it.
    ///
    /// A signal of a higher rate is right where this is above 1, a signal of a lower rate where it is below. The path
    /// to crisis is not in it (it makes no difference between slices).
    pub fn planted_ratio(
        &self,
        client_months: &[ClientMonths],
        kind: Kind,
        code: &str,
        inside: &Slice,
        outside: &Slice,
    ) -> Option<f64> {
        let districts: BTreeMap<&str, &str> = self
            .areas
            .iter()
            .filter_map(|area| Some((area.code.as_str(), self.districts.get(area.district)?.code.as_str())))
            .collect();
        // Sums of (multiplier x time, time).
        let (mut within, mut without) = ((0.0, 0.0), (0.0, 0.0));
        for cell in client_months {
            let sum = if inside.holds(cell) {
                &mut within
            } else if outside.holds(cell) {
                &mut without
            } else {
                continue;
            };
            let district = districts.get(cell.area.as_str()).copied().unwrap_or("");
            let place = Place { area: &cell.area, district, language: cell.language };
            // Everything planted begins on the first of a month, so that a month has one multiplier.
            sum.0 += cell.client_months * self.truth.multiplier(kind.as_str(), code, place, cell.month);
            sum.1 += cell.client_months;
        }
        (within.1 > 0.0 && without.0 > 0.0).then(|| (within.0 / within.1) / (without.0 / without.1))
    }
}
