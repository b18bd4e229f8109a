//! The Corner, the home of everyone: the clients' day beside the causes' news.

use askama::Template;

use super::Chrome;
use super::quick_log::QuickLogForm;
use super::tasks::TaskRow;
use crate::web::i18n::Lang;

/// A client who needs action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedRow {
    pub href: String,
    /// First name and initial: "Lucía M."
    pub name: String,
    pub area: String,
    /// Why, in words; the most urgent first.
    pub reasons: Vec<String>,
    /// After a crisis.
    pub is_crisis: bool,
}

/// What changed lately among the caseworker's clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsRow {
    /// ISO text.
    pub on: String,
    pub href: String,
    pub name: String,
    /// The evidence's kind (`barrier`, `crisis` ...) and code.
    pub kind: String,
    pub code: String,
}

/// What kind of news the cause lane tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseKind {
    Signal,
    /// An issue at this of its five steps, 1 to 5.
    Issue {
        step: u8,
    },
}

/// One line of the cause lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRow {
    pub kind: CauseKind,
    pub title: String,
    pub href: String,
    /// The plain sentence, or the next step.
    pub note: String,
}

/// What a new agency does first, and what of it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstSteps {
    pub has_areas: bool,
    pub has_events: bool,
    pub has_run: bool,
    /// Whether this account may open the imports and start a run.
    pub may_import: bool,
    pub may_run: bool,
}

/// The lane of those who work with clients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MyDay {
    /// Due today or before; the first of them.
    pub tasks: Vec<TaskRow>,
    pub due_tasks: u64,
    /// What is due tomorrow.
    pub tomorrow: Vec<TaskRow>,
    /// Ended today or yesterday.
    pub ended: Vec<TaskRow>,
    /// All open tasks, those shown among them.
    pub open_tasks: u64,
    pub needs: Vec<NeedRow>,
    /// Clients who need action, those shown among them.
    pub in_need: u64,
    /// Open clients of one's own.
    pub clients: u64,
    pub lately: Vec<NewsRow>,
    pub log: Option<QuickLogForm>,
    pub may_search: bool,
    /// Closings that wait for a supervisor; None: not for this account.
    pub closures: Option<u64>,
}

/// `GET /`.
#[derive(Debug, Template)]
#[template(path = "corner/page.html")]
pub struct CornerView {
    pub chrome: Chrome,
    /// The name the person is greeted by.
    pub first_name: String,
    /// ISO text.
    pub today: String,
    /// `None`: the account has no caseload.
    pub my_day: Option<MyDay>,
    pub causes: Vec<CauseRow>,
    /// `None`: everything has been done once.
    pub first_steps: Option<FirstSteps>,
    pub may_see_signals: bool,
    pub may_see_issues: bool,
}

impl CornerView {
    fn lang(&self) -> Lang {
        self.chrome.lang
    }

    pub fn today_text(&self) -> String {
        self.lang().day(&self.today)
    }

    pub fn clients_text(&self, n: &u64) -> String {
        self.lang().t1("corner-clients", "n", *n)
    }

    pub fn day_sentence(&self, day: &MyDay) -> String {
        let mut parts = Vec::new();
        if day.clients > 0 {
            parts.push(self.clients_text(&day.clients));
        }
        parts.push(self.lang().t1("corner-due", "n", day.due_tasks));
        parts.join(" · ")
    }

    pub fn news_text(&self, news: &NewsRow) -> String {
        self.lang().word(&news.kind, &news.code)
    }

    pub fn kind_text(&self, news: &NewsRow) -> String {
        self.lang().word("kind", &news.kind)
    }

    /// The colour of a kind of news; the word stands beside it.
    pub fn kind_class(&self, news: &NewsRow) -> &'static str {
        match news.kind.as_str() {
            "crisis" | "barrier" => "tag tag--rust",
            "service" => "tag tag--green",
            _ => "tag tag--teal",
        }
    }

    pub fn day_text(&self, iso: &str) -> String {
        self.lang().day_short(iso)
    }

    pub fn step_text(&self, step: &u8) -> String {
        self.lang().t1("step-of-five", "n", *step)
    }

    pub fn step_class(&self, step: &u8) -> &'static str {
        if *step == 5 { "tag tag--green" } else { "tag tag--gold" }
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::views::NavItem;

    fn need(lang: Lang, name: &str, days: u64) -> NeedRow {
        NeedRow {
            href: "/clients/c1".into(),
            name: name.into(),
            area: "Eastside North".into(),
            reasons: vec![lang.t1("need-quiet", "n", days)],
            is_crisis: days == 40,
        }
    }

    fn causes() -> Vec<CauseRow> {
        vec![
            CauseRow {
                kind: CauseKind::Signal,
                title: "Renewals denied for a missed letter, Eastside".into(),
                href: "/signals/1".into(),
                note:
                    "3.1 times as often as elsewhere: 64 seen, 20.6 expected (2.4 to 4.0). Since March 2027."
                        .into(),
            },
            CauseRow {
                kind: CauseKind::Issue { step: 3 },
                title: "Suspensions without a hearing".into(),
                href: "/issues/1".into(),
                note: "Opened 4 March 2027 from 2 signals.".into(),
            },
            CauseRow {
                kind: CauseKind::Issue { step: 5 },
                title: "Counsel in eviction court".into(),
                href: "/issues/2".into(),
                note: "Evaluated: removals fell by a quarter (5 % to 41 %).".into(),
            },
        ]
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, CornerView)> {
        let base = || CornerView {
            chrome: Chrome::sample(lang, "nav-corner", Some(NavItem::Corner)),
            first_name: "Rosa".into(),
            today: "2027-05-12".into(),
            my_day: None,
            causes: causes(),
            first_steps: None,
            may_see_signals: true,
            may_see_issues: true,
        };
        let lately = vec![
            NewsRow {
                href: "/clients/c1".into(),
                on: "2027-05-11".into(),
                name: "Lucía M.".into(),
                kind: "barrier".into(),
                code: "notice_not_understood".into(),
            },
            NewsRow {
                href: "/clients/c1".into(),
                on: "2027-05-10".into(),
                name: "Jamal T.".into(),
                kind: "referral".into(),
                code: "accepted".into(),
            },
            NewsRow {
                href: "/clients/c1".into(),
                on: "2027-05-09".into(),
                name: "نور ه.".into(),
                kind: "crisis".into(),
                code: "inpatient_stay".into(),
            },
            NewsRow {
                href: "/clients/c1".into(),
                on: "2027-05-08".into(),
                name: "Dee W.".into(),
                kind: "service".into(),
                code: "received".into(),
            },
        ];
        let tasks = crate::web::views::tasks::samples::rows(lang);
        let day = MyDay {
            tasks: tasks.clone(),
            due_tasks: 3,
            tomorrow: vec![TaskRow { id: "t7".into(), ..tasks[0].clone() }],
            ended: vec![TaskRow { id: "t8".into(), is_open: false, ..tasks[1].clone() }],
            open_tasks: 9,
            needs: ["Lucía M.", "Jamal T."].iter().map(|name| need(lang, name, 40)).collect(),
            in_need: 12,
            clients: 27,
            lately,
            log: None,
            may_search: true,
            closures: None,
        };
        let usual = CornerView { my_day: Some(day.clone()), ..base() };
        let many = (0..30_u64).map(|at| need(lang, "Emmanuel-Christophe S.", at)).collect();
        let longest =
            CornerView { my_day: Some(MyDay { needs: many, closures: Some(3), ..day.clone() }), ..base() };
        let mut right_to_left = CornerView {
            chrome: Chrome::sample_right_to_left(lang, "nav-corner", Some(NavItem::Corner)),
            first_name: "نور".into(),
            my_day: Some(MyDay { needs: vec![need(lang, "نور ه.", 31)], ..day }),
            ..base()
        };
        right_to_left.chrome.is_demo = false;
        let empty = CornerView {
            my_day: Some(MyDay::default()),
            causes: Vec::new(),
            first_steps: Some(FirstSteps {
                has_areas: true,
                has_events: false,
                has_run: false,
                may_import: true,
                may_run: true,
            }),
            ..base()
        };
        vec![
            ("usual", usual),
            ("longest", longest),
            ("right-to-left", right_to_left),
            ("empty", empty),
            ("causes-only", base()),
        ]
    }
}
