//! The calendar: a week as a list, and the address for other programs.

use askama::Template;

use super::Chrome;
use super::tasks::TaskRow;

/// One day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarDay {
    /// "Monday 12 May".
    pub name: String,
    pub is_today: bool,
    pub rows: Vec<TaskRow>,
}

/// `GET /calendar`.
#[derive(Debug, Template)]
#[template(path = "calendar/page.html")]
pub struct CalendarView {
    pub chrome: Chrome,
    /// "10 to 16 May 2027".
    pub week: String,
    pub days: Vec<CalendarDay>,
    pub earlier: String,
    pub later: String,
    /// None: it is this week.
    pub this_week: Option<String>,
    /// There is an address already.
    pub has_feed: bool,
    /// The new address: shown this once.
    pub feed: Option<String>,
    pub back: String,
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::tasks::samples::rows;

    pub fn page(lang: Lang) -> Vec<(&'static str, CalendarView)> {
        let day =
            |at: usize, rows| CalendarDay { name: lang.t(&format!("weekday-{at}")), is_today: at == 2, rows };
        let view = |days| CalendarView {
            chrome: Chrome::sample(lang, "calendar-title", Some(NavItem::Corner)),
            week: lang.period("2027-05-10", "2027-05-16"),
            days,
            earlier: "/calendar?week=2027-05-03".into(),
            later: "/calendar?week=2027-05-17".into(),
            this_week: None,
            has_feed: false,
            feed: None,
            back: "/calendar".into(),
        };
        let usual = (1..=7).map(|at| day(at, if at == 2 { rows(lang) } else { vec![] })).collect();
        let empty = (1..=7).map(|at| day(at, vec![])).collect();
        let made = CalendarView {
            has_feed: true,
            feed: Some("http://localhost/calendar/0123456789abcdef.ics".into()),
            this_week: Some("/calendar".into()),
            ..view(vec![])
        };
        vec![("usual", view(usual)), ("empty", view(empty)), ("feed", made)]
    }
}
