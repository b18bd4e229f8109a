//! Reading a time column: ISO days, months, ISO weeks or plain numbers, as one increasing number.
//!
//! Knows nothing of files. A column is read as a whole, because `2005-40` is a week only beside others
//! that cannot be months, and days that are always the first of a month are months.

use serde_json::{Value, json};
use time::{Date, Month, Weekday};

/// What one step of the column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Numbers as they stand.
    Number,
    /// Days, counted from Julian day 0 (a Monday).
    Day,
    /// ISO weeks, counted likewise.
    Week,
    /// Months, `12 * year + month - 1`.
    Month,
}

/// One entry of a time column.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Position on the scale.
    pub key: f64,
    /// First day of the period; `None` for plain numbers.
    pub day: Option<Date>,
}

/// A time column that has been read.
#[derive(Debug, Clone)]
pub struct Axis {
    pub scale: Scale,
    pub moments: Vec<Moment>,
    /// Calendar units in one step: 3 for months that are always a quarter apart.
    step: i32,
    /// Each position as the file writes it, in order.
    written: Vec<(f64, String)>,
}

/// The form of one entry.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Number(f64),
    Day(Date),
    Week(Date),
    /// Year and a second number that may be a month or a week.
    Pair(i32, u8),
}

/// Reads a column. On failure gives the position of the entry that does not fit and what was expected.
pub fn read(entries: &[&str]) -> Result<Axis, (usize, &'static str)> {
    let mut forms = Vec::with_capacity(entries.len());
    for (i, e) in entries.iter().enumerate() {
        forms.push(
            form(e).ok_or((i, "a day (2024-03-16), a month (2024-03), a week (2024-W12) or a number"))?,
        );
    }
    // Numbers such as 200401 are year and month (or week) when every one of them can be.
    if forms.iter().all(|f| matches!(f, Form::Number(_))) {
        let pairs: Option<Vec<Form>> = forms
            .iter()
            .map(|f| match f {
                Form::Number(v) => six_digits(*v),
                _ => None,
            })
            .collect();
        if let Some(pairs) = pairs {
            forms = pairs;
        }
    }
    let weeks = forms.iter().any(|f| matches!(f, Form::Pair(_, second) if *second > 12));
    let mut scale = None;
    let mut moments = Vec::with_capacity(forms.len());
    for (i, f) in forms.iter().enumerate() {
        let (s, m) = match *f {
            Form::Number(v) => (Scale::Number, Moment { key: v, day: None }),
            Form::Day(d) => (Scale::Day, Moment { key: f64::from(d.to_julian_day()), day: Some(d) }),
            Form::Week(d) => (Scale::Week, week(d)),
            Form::Pair(year, second) if weeks => {
                let d = Date::from_iso_week_date(year, second, Weekday::Monday)
                    .map_err(|_| (i, "a week that the year has"))?;
                (Scale::Week, week(d))
            }
            Form::Pair(year, second) => {
                let m = Month::try_from(second).map_err(|_| (i, "a month from 1 to 12"))?;
                let d = Date::from_calendar_date(year, m, 1).map_err(|_| (i, "a month of a year"))?;
                (Scale::Month, month(d))
            }
        };
        match scale {
            None => scale = Some(s),
            Some(other) if other != s => return Err((i, "the same form as the entries before it")),
            Some(_) => {}
        }
        moments.push(m);
    }
    let axis = Axis { scale: scale.unwrap_or(Scale::Number), moments, step: 1, written: Vec::new() };
    Ok(axis.coarsened().stepped().with_names(entries))
}

impl Axis {
    /// Days that are always the same day of the month become months, days always weeks apart become weeks.
    fn coarsened(mut self) -> Axis {
        if self.scale != Scale::Day {
            return self;
        }
        let mut days: Vec<Date> = self.moments.iter().filter_map(|m| m.day).collect();
        days.sort_unstable();
        days.dedup();
        let Some(first) = days.first().copied() else { return self };
        if days.len() < 3 {
            return self;
        }
        if days.iter().all(|d| d.day() == first.day()) {
            self.scale = Scale::Month;
            self.moments = days_as(&self.moments, month);
        } else if days.iter().all(|d| (d.to_julian_day() - first.to_julian_day()) % 7 == 0) {
            self.scale = Scale::Week;
            self.moments = days_as(&self.moments, |d| {
                let monday = d.to_julian_day().div_euclid(7);
                Moment { key: f64::from(monday), day: Some(d) }
            });
        }
        self
    }

    /// Months or weeks that are always the same number apart become steps of one.
    fn stepped(mut self) -> Axis {
        if !matches!(self.scale, Scale::Week | Scale::Month) {
            return self;
        }
        let Some(first) = self.moments.first().and_then(|m| whole(m.key)) else { return self };
        let apart = self
            .moments
            .iter()
            .filter_map(|m| whole(m.key))
            .fold(0_i32, |d, k| common_divisor(d, (k - first).abs()));
        if apart > 1 {
            self.step = apart;
            for m in &mut self.moments {
                m.key = (m.key / f64::from(apart)).floor();
            }
        }
        self
    }

    fn with_names(mut self, entries: &[&str]) -> Axis {
        self.written = self.moments.iter().zip(entries).map(|(m, e)| (m.key, e.trim().to_owned())).collect();
        self.written.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.written.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-9);
        self
    }

    /// A position for JSON: a number for plain numbers (whole ones without a point), else as written.
    pub fn value(&self, key: f64) -> Value {
        if self.scale == Scale::Number { plain(key) } else { json!(self.label(key)) }
    }

    /// The position on this axis of an entry that need not be in the column: a change, a first treatment.
    /// A date inside a period belongs to that period.
    pub fn place(&self, entry: &str) -> Option<Moment> {
        let mut m = self.placed(entry)?;
        if self.scale != Scale::Number {
            m.key = (m.key / f64::from(self.step)).floor();
        }
        Some(m)
    }

    fn placed(&self, entry: &str) -> Option<Moment> {
        let one = form(entry)?;
        let calendar = |d: Date| match self.scale {
            Scale::Day => Moment { key: f64::from(d.to_julian_day()), day: Some(d) },
            Scale::Week => Moment { key: f64::from(d.to_julian_day().div_euclid(7)), day: Some(d) },
            _ => Moment { day: Some(d), ..month(d) },
        };
        match (self.scale, one) {
            (Scale::Number, Form::Number(v)) => Some(Moment { key: v, day: None }),
            (Scale::Number, _) => None,
            (_, Form::Day(d) | Form::Week(d)) => Some(calendar(d)),
            (Scale::Week, Form::Pair(y, w)) => {
                Date::from_iso_week_date(y, w, Weekday::Monday).ok().map(calendar)
            }
            (_, Form::Pair(y, m)) => {
                Date::from_calendar_date(y, Month::try_from(m).ok()?, 1).ok().map(calendar)
            }
            (_, Form::Number(v)) => match six_digits(v) {
                Some(Form::Pair(y, s)) => self.placed(&format!("{y}-{s:02}")),
                _ if (1000.0..=9999.0).contains(&v) && v.fract().abs() < 1e-9 => {
                    Date::from_calendar_date(format!("{v}").parse().ok()?, Month::January, 1)
                        .ok()
                        .map(calendar)
                }
                _ => None,
            },
        }
    }

    /// A position written as the column writes it.
    pub fn label(&self, key: f64) -> String {
        let found = self.written.partition_point(|(k, _)| *k < key - 1e-9);
        if let Some((k, text)) = self.written.get(found)
            && (k - key).abs() < 1e-9
        {
            return text.clone();
        }
        let text = match (self.scale, whole(key).map(|k| k * self.step)) {
            (Scale::Day, Some(k)) => Date::from_julian_day(k).ok().map(iso),
            (Scale::Week, Some(k)) => Date::from_julian_day(k * 7).ok().map(|d| {
                let (y, w, _) = d.to_iso_week_date();
                format!("{y}-W{w:02}")
            }),
            (Scale::Month, Some(k)) => Some(format!("{}-{:02}", k.div_euclid(12), k.rem_euclid(12) + 1)),
            _ => None,
        };
        text.unwrap_or_else(|| format!("{key}"))
    }

    /// Where each entry stands in a season of `period` steps, counted from 1, so that equal remainders are
    /// the same season: the month of the year for 12, the day of the week for 7, and so on where the
    /// calendar has an answer; else the position itself.
    pub fn season(&self, period: usize, order: usize, m: &Moment) -> i64 {
        let counted = i64::try_from(order).unwrap_or(0) + 1;
        let place = || -> i64 {
            if m.key.fract().abs() < 1e-9 {
                format!("{:.0}", m.key).parse().unwrap_or(counted)
            } else {
                counted
            }
        };
        let Some(d) = m.day else { return place() };
        match (self.scale, period) {
            (Scale::Day, 7) => i64::from(d.weekday().number_from_monday()),
            (Scale::Day, 365 | 366) => i64::from(d.ordinal()),
            (Scale::Day | Scale::Week, 52 | 53) => i64::from(d.to_iso_week_date().1),
            (_, 12) => i64::from(u8::from(d.month())),
            (_, 4) => i64::from((u8::from(d.month()) - 1) / 3) + 1,
            (Scale::Month, _) => place() + 1,
            _ => place(),
        }
    }

    /// What a season is called: `month 3`, `weekday 6`, or `season 2`.
    pub fn season_word(&self, period: usize) -> &'static str {
        match (self.scale, period) {
            (Scale::Number, _) => "season",
            (Scale::Day, 7) => "weekday (Monday is 1)",
            (_, 12) => "month of the year",
            (_, 4) => "quarter of the year",
            (_, 52 | 53) => "ISO week",
            _ => "season",
        }
    }
}

/// A number for JSON; a whole one without a point, as files write it.
pub fn plain(x: f64) -> Value {
    let rounded = x.round();
    if (x - rounded).abs() < 1e-9
        && let Ok(n) = format!("{rounded:.0}").parse::<i64>()
    {
        return json!(n);
    }
    super::output::number(x)
}

fn whole(x: f64) -> Option<i32> {
    format!("{:.0}", x.floor()).parse().ok()
}

fn common_divisor(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn days_as(moments: &[Moment], f: impl Fn(Date) -> Moment) -> Vec<Moment> {
    moments.iter().map(|m| m.day.map_or_else(|| m.clone(), |d| Moment { day: Some(d), ..f(d) })).collect()
}

fn week(d: Date) -> Moment {
    Moment { key: f64::from(d.to_julian_day().div_euclid(7)), day: Some(d) }
}

fn month(d: Date) -> Moment {
    let k = d.year() * 12 + i32::from(u8::from(d.month())) - 1;
    Moment { key: f64::from(k), day: Some(d) }
}

fn iso(d: Date) -> String {
    format!("{:04}-{:02}-{:02}", d.year(), u8::from(d.month()), d.day())
}

/// 200403 as year and month or week.
fn six_digits(v: f64) -> Option<Form> {
    if v.fract().abs() > 1e-9 || !(190_000.0..=210_099.0).contains(&v) {
        return None;
    }
    let text = format!("{v:.0}");
    let (year, second) = (text.get(..4)?.parse().ok()?, text.get(4..)?.parse().ok()?);
    (1..=53).contains(&second).then_some(Form::Pair(year, second))
}

fn form(entry: &str) -> Option<Form> {
    let e = entry.trim();
    // A day may carry a time of day, which is of no use here.
    let e = e.split(['T', ' ']).next().unwrap_or(e);
    if let Ok(v) = e.parse::<f64>() {
        return v.is_finite().then_some(Form::Number(v));
    }
    let parts: Vec<&str> = e.split(['-', '/']).collect();
    match parts.as_slice() {
        [y, m, d] if y.len() == 4 => {
            let month = Month::try_from(m.parse::<u8>().ok()?).ok()?;
            Date::from_calendar_date(y.parse().ok()?, month, d.parse().ok()?).ok().map(Form::Day)
        }
        [y, second] if y.len() == 4 => {
            let year = y.parse().ok()?;
            if let Some(w) = second.strip_prefix(['W', 'w']) {
                return Date::from_iso_week_date(year, w.parse().ok()?, Weekday::Monday).ok().map(Form::Week);
            }
            let second = second.parse().ok()?;
            (1..=53).contains(&second).then_some(Form::Pair(year, second))
        }
        [whole] => {
            let (y, w) = whole.split_once(['W', 'w'])?;
            Date::from_iso_week_date(y.parse().ok()?, w.parse().ok()?, Weekday::Monday).ok().map(Form::Week)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_becomes_an_increasing_number() {
        let a = read(&["2002-12", "2003-01"]).unwrap();
        assert_eq!((a.scale, a.moments[1].key - a.moments[0].key), (Scale::Month, 1.0));
        let a = read(&["2004-W53", "2005-W01", "2005W02"]).unwrap();
        assert_eq!((a.scale, a.moments[2].key - a.moments[0].key), (Scale::Week, 2.0));
        let a = read(&["2004-52", "2005-01"]).unwrap();
        assert_eq!(a.scale, Scale::Week);
        let a = read(&["200412", "200501"]).unwrap();
        assert_eq!((a.scale, a.moments[1].key - a.moments[0].key), (Scale::Month, 1.0));
        let a = read(&["1", "2", "2.5"]).unwrap();
        assert_eq!(a.scale, Scale::Number);
        let a = read(&["2020-01-01", "2020-02-01", "2020-03-01"]).unwrap();
        assert_eq!((a.scale, a.label(a.moments[2].key + 1.0)), (Scale::Month, "2020-04".into()));
        let a = read(&["2020-01-06", "2020-01-13", "2020-01-20"]).unwrap();
        assert_eq!((a.scale, a.moments[2].key - a.moments[0].key), (Scale::Week, 2.0));
        let a = read(&["2004-01-01", "2005-01-01", "2006-01-01"]).unwrap();
        assert_eq!(a.moments[2].key - a.moments[0].key, 2.0);
        assert_eq!(a.label(a.moments[2].key), "2006-01-01");
        assert_eq!(a.place("2005-07-01").unwrap().key, a.moments[1].key);
        assert_eq!(read(&["2020-01-06", "soon"]).unwrap_err().0, 1);
    }

    #[test]
    fn a_change_between_two_periods_and_a_bare_year_have_a_place() {
        let a = read(&["2004-12", "2005-01", "2005-02"]).unwrap();
        assert_eq!(a.place("2005").unwrap().key, a.moments[1].key);
        assert_eq!(a.place("2005-01-10").unwrap().key, a.moments[1].key);
        assert_eq!(a.place("200502").unwrap().key, a.moments[2].key);
        let a = read(&["2020-03-14", "2020-03-15", "2020-03-16"]).unwrap();
        assert_eq!(a.season(7, 0, &a.moments[2]), 1, "16 March 2020 was a Monday");
    }
}
