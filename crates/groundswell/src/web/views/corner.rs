//! The Corner, the home of everyone: the clients' day beside the causes' news.

use askama::Template;

use super::Chrome;
use crate::web::i18n::Lang;

/// One of the caseworker's open clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// First name and initial: "Lucía M."
    pub name: String,
    pub area: String,
    /// Days since the last contact that reached the client; `None`: none yet.
    pub days_since_contact: Option<u32>,
    /// The last contact is longer ago than the agency wants it to be.
    pub is_quiet: bool,
    pub barrier: Option<LastBarrier>,
}

/// What got in this client's way last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBarrier {
    /// The code, as in the evidence.
    pub code: String,
    /// The day it was met, ISO text.
    pub on: String,
}

/// What changed lately among the caseworker's clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsRow {
    /// ISO text.
    pub on: String,
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

/// The caseworker's lane.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MyDay {
    pub clients: Vec<ClientRow>,
    pub lately: Vec<NewsRow>,
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

    pub fn clients_text(&self, n: usize) -> String {
        self.lang().t1("corner-clients", "n", n)
    }

    pub fn contact_text(&self, client: &ClientRow) -> String {
        match client.days_since_contact {
            None => self.chrome.t("corner-no-contact"),
            Some(0) => self.chrome.t("corner-today"),
            Some(days) => self.lang().t1("corner-days", "n", days),
        }
    }

    pub fn barrier_text(&self, barrier: &LastBarrier) -> String {
        self.lang().word("barrier", &barrier.code)
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

    const NAMES: [&str; 30] = [
        "Lucía M.",
        "Jamal T.",
        "Dee W.",
        "Kim A.",
        "Nour H.",
        "Tomás R.",
        "Grace O.",
        "Mei L.",
        "Andre P.",
        "Fatima Z.",
        "Sofía G.",
        "Elijah B.",
        "Hanh N.",
        "Rosalind K.",
        "Marco V.",
        "Aaliyah J.",
        "Piotr S.",
        "Yusuf D.",
        "Camila E.",
        "Bao T.",
        "Ruth I.",
        "Dwayne C.",
        "Leïla F.",
        "Oksana U.",
        "Miguel Á.",
        "Zainab Q.",
        "Joy X.",
        "Wren Y.",
        "Ada L.",
        "Emmanuel-Christophe S.",
    ];
    const AREAS: [&str; 4] = ["Eastside North", "Millrace", "Quarry Hill", "Harbor"];
    const CODES: [&str; 5] =
        ["notice_not_understood", "waitlist", "transport", "procedural_denial", "documents_missing"];

    fn client(index: usize, name: &str) -> ClientRow {
        let days = u32::try_from(index * 7 % 40).unwrap();
        ClientRow {
            name: name.into(),
            area: AREAS[index % 4].into(),
            days_since_contact: (index != 4).then_some(days),
            is_quiet: days > 28 || index == 4,
            barrier: (index % 4 != 3)
                .then(|| LastBarrier { code: CODES[index % 5].into(), on: "2027-05-02".into() }),
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
                on: "2027-05-11".into(),
                name: "Lucía M.".into(),
                kind: "barrier".into(),
                code: "notice_not_understood".into(),
            },
            NewsRow {
                on: "2027-05-10".into(),
                name: "Jamal T.".into(),
                kind: "referral".into(),
                code: "accepted".into(),
            },
            NewsRow {
                on: "2027-05-09".into(),
                name: "نور ه.".into(),
                kind: "crisis".into(),
                code: "inpatient_stay".into(),
            },
            NewsRow {
                on: "2027-05-08".into(),
                name: "Dee W.".into(),
                kind: "service".into(),
                code: "received".into(),
            },
        ];
        let clients: Vec<ClientRow> = NAMES.iter().enumerate().map(|(i, name)| client(i, name)).collect();
        let usual = CornerView {
            my_day: Some(MyDay { clients: clients[..9].to_vec(), lately: lately.clone() }),
            ..base()
        };
        let longest = CornerView { my_day: Some(MyDay { clients, lately: lately.clone() }), ..base() };
        let mut right_to_left = CornerView {
            chrome: Chrome::sample_right_to_left(lang, "nav-corner", Some(NavItem::Corner)),
            first_name: "نور".into(),
            my_day: Some(MyDay { clients: vec![client(0, "نور ه."), client(1, "שירה ל.")], lately }),
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
