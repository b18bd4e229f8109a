//! Signals: what the statistics found in the record, said in words, drawn, and with its numbers.
//!
//! Addresses: `GET /signals` (filters `kind`, `code`, `area`, `group`, `dataset` in the query), `POST /signals/look`
//! starts a run, `GET /signals/run` is the running state alone ([`RunFragment`]; answer `HX-Refresh: true` once it
//! is done), `GET /signals/{id}`, `POST /signals/{id}/dismiss` (`reason`), `POST /signals/{id}/restore`.

use askama::Template;
use askama::filters::Safe;
use privacy::Disclosed;

use super::charts::{ForestChart, ForestRow, ForestScale, MapChart, Sparkline, TrendChart};
use super::form::{Choice, Field, Problem, problems};
use super::{Chrome, rich};
use crate::web::i18n::Lang;

/// What kind of pattern was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// Neighbouring areas, and a time, with more than their share.
    Cluster,
    /// A group with more (or less) than the group it is compared with.
    Disparity,
    /// A period above the range that the past leads one to expect.
    Trend,
}

impl FindingKind {
    #[cfg(test)]
    pub const ALL: [Self; 3] = [Self::Cluster, Self::Disparity, Self::Trend];

    /// Its code in addresses and in the filter.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Disparity => "disparity",
            Self::Trend => "trend",
        }
    }
}

/// A value of a group dimension: `language`, `Spanish`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupValue {
    pub dimension: String,
    pub value: String,
}

/// The facts of a finding, from which its title and its sentence are made in either language.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: FindingKind,
    /// The evidence's kind (`barrier`, `crisis` ...) and code.
    pub list: String,
    pub code: String,
    /// The evidence's data set; `casework` is the agency's own.
    pub dataset: String,
    /// The system the barrier belongs to; empty for none.
    pub system: String,
    /// Names of the areas; empty: everywhere.
    pub areas: Vec<String>,
    /// The group it is about: one value for a disparity, several for a subgroup.
    pub group: Vec<GroupValue>,
    /// The value the group is compared with.
    pub reference: Option<String>,
    /// First and last day, ISO text.
    pub from: String,
    pub to: String,
    /// It goes on at the end of the record.
    pub is_ongoing: bool,
    pub observed: Disclosed<u64>,
    pub expected: Disclosed<f64>,
    /// Observed over expected, or the ratio of the two groups' rates, with its interval.
    pub ratio: Disclosed<f64>,
    pub low: Disclosed<f64>,
    pub high: Disclosed<f64>,
    /// The group that is hit hardest inside the finding, when one stands out.
    pub hardest: Option<GroupValue>,
}

/// A text's first letter in upper case.
pub fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Finding {
    pub fn what(&self, lang: Lang) -> String {
        lang.word(&self.list, &self.code)
    }

    pub fn kind_text(&self, lang: Lang) -> String {
        lang.t(&format!("finding-kind-{}", self.kind.code()))
    }

    /// The areas in words: up to three by name, more as a number.
    pub fn places(&self, lang: Lang) -> String {
        match self.areas.as_slice() {
            [] => lang.t("everywhere"),
            few if few.len() <= 3 => lang.list(few),
            [first, second, rest @ ..] => lang.t_with(
                "places-many",
                &[
                    ("n", self.areas.len().into()),
                    ("first", first.as_str().into()),
                    ("second", second.as_str().into()),
                    ("rest", rest.len().into()),
                ],
            ),
            [one] => one.clone(),
        }
    }

    pub fn group_text(&self, lang: Lang) -> String {
        let values: Vec<String> = self.group.iter().map(|group| group_text(lang, group)).collect();
        lang.list(&values)
    }

    /// "Notice not understood, Millrace": for lists, headings and the browser's tab.
    pub fn title(&self, lang: Lang) -> String {
        let what = sentence_case(&self.what(lang));
        let whom = match self.kind {
            FindingKind::Cluster | FindingKind::Trend if self.areas.is_empty() => return what,
            FindingKind::Cluster | FindingKind::Trend => match self.areas.as_slice() {
                few if few.len() <= 2 => lang.list(few),
                areas => lang.t1("areas-number", "n", areas.len()),
            },
            FindingKind::Disparity => {
                let values: Vec<&str> = self.group.iter().map(|group| group.value.as_str()).collect();
                values.join(" + ")
            }
        };
        format!("{what}: {whom}")
    }

    /// The finding in words, with the point between `**`; see [`rich`].
    pub fn sentence(&self, lang: Lang) -> String {
        let code = self.kind.code();
        // Without one, the comparison is with everybody else.
        let reference = self.reference.clone().unwrap_or_else(|| "rest".to_owned());
        let mut args: Vec<(&str, crate::web::i18n::Arg<'_>)> = vec![
            ("what", self.what(lang).into()),
            ("start", sentence_case(&self.what(lang)).into()),
            ("places", self.places(lang).into()),
            ("group", self.group_text(lang).into()),
            ("reference", reference.into()),
            ("system", lang.word("system", &self.system).into()),
            ("month", lang.month(&self.from).into()),
        ];
        let mut sentences = Vec::new();
        if let Some(ratio) = self.ratio.value() {
            args.push(("ratio", lang.number(*ratio, 1).into()));
            args.push(("observed", lang.count(self.observed).into()));
            args.push(("expected", lang.figure(self.expected, 1).into()));
            sentences.push(lang.t_with(&format!("finding-{code}"), &args));
            if let (Some(low), Some(high)) = (self.low.value(), self.high.value()) {
                let fit = lang.interval(*low, *high, 1);
                sentences.push(lang.t1("finding-fit", "interval", fit));
            }
        } else {
            sentences.push(lang.t_with(&format!("finding-{code}-hidden"), &args));
        }
        let is_in_time = matches!(self.kind, FindingKind::Cluster) && !self.from.is_empty();
        if is_in_time && self.is_ongoing {
            sentences.push(lang.t1("finding-since", "month", lang.month(&self.from)));
        } else if is_in_time {
            let args = [("from", lang.month(&self.from).into()), ("to", lang.month(&self.to).into())];
            sentences.push(lang.t_with("finding-between", &args));
        }
        if let Some(hardest) = &self.hardest {
            sentences.push(lang.t1("finding-hardest", "group", group_text(lang, hardest)));
        }
        sentences.join(" ")
    }
}

/// A group in words: “Spanish” (language).
pub fn group_text(lang: Lang, group: &GroupValue) -> String {
    let dimension = lang.word("dimension", &group.dimension);
    lang.t_with("group-value", &[("value", group.value.as_str().into()), ("dimension", dimension.into())])
}

/// What became of a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalStatus {
    /// Found for the first time by the last run.
    New,
    /// Found before, nobody has acted on it.
    Open,
    InIssue {
        title: String,
        href: String,
    },
    Dismissed {
        reason: String,
        by: String,
        at: i64,
    },
}

/// A signal on the list.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalCard {
    pub href: String,
    pub finding: Finding,
    pub status: SignalStatus,
    pub spark: Option<Sparkline>,
}

/// The last finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// When it ended, microseconds since 1970.
    pub at: i64,
    pub n_looked: u64,
    pub n_passed: u64,
    /// The false-discovery limit, a share: 0.05.
    pub limit: f64,
    /// The last day of the record it read, ISO text.
    pub until: String,
}

/// Outcomes that a run could not look at, in the page's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLookedRow {
    /// "Sudden rise: the record is too short."
    pub why: String,
    /// "Our own casework: cost and waitlist."
    pub what: String,
    /// How many outcomes.
    pub n: usize,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    pub n_done: u64,
    pub n_total: u64,
    /// What it does now: the code of a kind of finding, or empty while it prepares.
    pub step: String,
}

/// The list's filters. Each choice list begins with an empty value for "all".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalFilters {
    pub kind: Field,
    pub kinds: Vec<Choice>,
    pub code: Field,
    pub codes: Vec<Choice>,
    pub area: Field,
    pub areas: Vec<Choice>,
    pub group: Field,
    pub groups: Vec<Choice>,
    pub dataset: Field,
    pub datasets: Vec<Choice>,
}

impl SignalFilters {
    pub fn is_set(&self) -> bool {
        [&self.kind, &self.code, &self.area, &self.group, &self.dataset]
            .iter()
            .any(|field| !field.value.is_empty())
    }
}

/// `GET /signals`.
#[derive(Debug, Template)]
#[template(path = "signals/list.html")]
pub struct SignalsView {
    pub chrome: Chrome,
    /// Strongest first.
    pub cards: Vec<SignalCard>,
    /// The rank of the first card: 1 on the first page.
    pub first_rank: usize,
    pub filters: SignalFilters,
    pub last_run: Option<RunInfo>,
    pub running: Option<Running>,
    /// Why the last run failed, in the page's language.
    pub run_error: Option<String>,
    /// What the last finished run could not look at.
    pub not_looked: Vec<NotLookedRow>,
    pub may_run: bool,
    /// Whether there is anything to look at.
    pub has_evidence: bool,
    pub may_import: bool,
    /// The next page of the list.
    pub next_href: Option<String>,
}

/// `GET /signals/run`: the running state alone, which refreshes itself.
#[derive(Debug, Template)]
#[template(path = "signals/running.html")]
pub struct RunFragment {
    pub chrome: Chrome,
    pub running: Option<Running>,
}

fn step_text(lang: Lang, running: &Running) -> String {
    if running.step.is_empty() {
        lang.t("run-preparing")
    } else {
        lang.find(&format!("run-step-{}", running.step)).unwrap_or_else(|| running.step.clone())
    }
}

impl RunFragment {
    pub fn step_text(&self, running: &Running) -> String {
        step_text(self.chrome.lang, running)
    }
}

impl SignalsView {
    pub fn step_text(&self, running: &Running) -> String {
        step_text(self.chrome.lang, running)
    }

    pub fn n_not_looked(&self) -> usize {
        self.not_looked.iter().map(|row| row.n).sum()
    }

    pub fn rank(&self, index: usize) -> usize {
        self.first_rank + index
    }

    pub fn sentence(&self, card: &SignalCard) -> Safe<String> {
        rich(&card.finding.sentence(self.chrome.lang))
    }

    pub fn factor(&self, card: &SignalCard) -> String {
        match card.finding.ratio.value() {
            Some(ratio) => format!("{}×", self.chrome.lang.number(*ratio, 1)),
            None => "–".to_owned(),
        }
    }

    pub fn interval(&self, card: &SignalCard) -> String {
        match (card.finding.low.value(), card.finding.high.value()) {
            (Some(low), Some(high)) => self.chrome.lang.interval(*low, *high, 1),
            _ => self.chrome.lang.figure(card.finding.ratio, 1),
        }
    }

    pub fn run_text(&self, run: &RunInfo) -> String {
        let lang = self.chrome.lang;
        lang.t_with(
            "run-last",
            &[
                ("at", lang.instant(run.at).into()),
                ("until", lang.day(&run.until).into()),
                ("looked", lang.int(run.n_looked).into()),
                ("passed", run.n_passed.into()),
                ("limit", lang.percent(run.limit, 0).into()),
            ],
        )
    }
}

/// One line of a table of numbers, and of the forest plot drawn from it.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberRow {
    pub label: String,
    pub observed: Disclosed<u64>,
    /// `None`: nothing to compare with.
    pub expected: Option<Disclosed<f64>>,
    pub ratio: Disclosed<f64>,
    pub low: Disclosed<f64>,
    pub high: Disclosed<f64>,
    /// Part of the finding.
    pub is_marked: bool,
}

/// The numbers by the values of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBlock {
    pub dimension: String,
    pub rows: Vec<NumberRow>,
}

/// How long a period of the trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Week,
    Month,
}

/// How a finding was computed: enough to compute it again.
#[derive(Debug, Clone, PartialEq)]
pub struct How {
    /// The method's name: "Space-time scan (Kulldorff 1998)".
    pub method: String,
    /// Its page of documentation.
    pub docs_href: Option<String>,
    pub n_events: Disclosed<u64>,
    /// First and last day of the record, ISO text.
    pub from: String,
    pub to: String,
    pub seed: Option<u64>,
    /// Shuffles of the data, and in how many of them a pattern as strong turned up.
    pub n_replicates: Option<u64>,
    pub n_as_strong: Option<u64>,
    /// Patterns looked at together, the family of the false-discovery control.
    pub n_hypotheses: u64,
    pub p: f64,
    pub p_adjusted: f64,
    pub limit: f64,
    /// Further settings, label and value in the page's language.
    pub settings: Vec<(String, String)>,
    /// The evidence's fingerprint.
    pub fingerprint: String,
    pub code_version: String,
    /// When, microseconds since 1970.
    pub computed_at: i64,
}

/// What could fool us.
#[derive(Debug, Clone, PartialEq)]
pub enum Caveat {
    /// No population to compare with: the base is all records of the data set.
    NoDenominator,
    /// The strongest of many patterns looks stronger than it is.
    SelectedBySearch,
    /// The latest periods may still grow.
    LateRecords,
    /// Few events: one more or less would change the picture.
    SmallNumbers,
    /// Correlation in the record; the reason is not in it.
    NotACause,
    Other(String),
}

impl Caveat {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoDenominator => lang.t("caveat-no-denominator"),
            Self::SelectedBySearch => lang.t("caveat-selected"),
            Self::LateRecords => lang.t("caveat-late"),
            Self::SmallNumbers => lang.t("caveat-small"),
            Self::NotACause => lang.t("caveat-not-a-cause"),
            Self::Other(text) => text.clone(),
        }
    }
}

/// `GET /signals/{id}`.
#[derive(Debug, Template)]
#[template(path = "signals/page.html")]
pub struct SignalView {
    pub chrome: Chrome,
    pub id: String,
    pub finding: Finding,
    pub status: SignalStatus,
    pub may_open_issue: bool,
    pub may_dismiss: bool,
    pub dismiss_reason: Field,
    /// What the counts are measured against, in the page's language: "per 1,000 people", "all records".
    pub base: String,
    pub map: Option<MapChart>,
    /// The numbers by area, the finding's own first.
    pub areas: Vec<NumberRow>,
    pub trend: Option<TrendChart>,
    pub period: Period,
    pub groups: Vec<GroupBlock>,
    pub how: How,
    pub caveats: Vec<Caveat>,
}

impl SignalView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("reason", &self.dismiss_reason)])
    }

    pub fn sentence(&self) -> Safe<String> {
        rich(&self.finding.sentence(self.chrome.lang))
    }

    pub fn period_text(&self) -> String {
        let key = match self.period {
            Period::Week => "signal-by-week",
            Period::Month => "signal-by-month",
        };
        self.chrome.t1(key, "what", self.finding.what(self.chrome.lang))
    }

    pub fn period_head(&self) -> String {
        self.chrome.t(match self.period {
            Period::Week => "week-of",
            Period::Month => "month",
        })
    }

    pub fn point_text(&self, day: &str) -> String {
        match self.period {
            Period::Week => self.chrome.lang.day_short(day),
            Period::Month => self.chrome.lang.month(day),
        }
    }

    pub fn where_text(&self) -> String {
        let args =
            [("what", self.finding.what(self.chrome.lang).into()), ("base", self.base.as_str().into())];
        self.chrome.lang.t_with("signal-where-help", &args)
    }

    pub fn group_help(&self, block: &GroupBlock) -> String {
        let dimension = self.chrome.lang.word("dimension", &block.dimension);
        self.chrome.t1("signal-group-help", "dimension", dimension)
    }

    pub fn forest(&self, block: &GroupBlock) -> String {
        let lang = self.chrome.lang;
        let rows = block
            .rows
            .iter()
            .map(|row| ForestRow {
                label: row.label.clone(),
                estimate: row.ratio,
                low: row.low,
                high: row.high,
                is_reference: false,
                is_marked: row.is_marked,
                note: lang.count(row.observed),
            })
            .collect();
        ForestChart {
            rows,
            scale: ForestScale::Ratio,
            axis: lang.t("signal-group-axis"),
            same: lang.t("forest-expected"),
        }
        .json(lang)
    }

    pub fn ratio_text(&self, row: &NumberRow) -> String {
        self.chrome.lang.figure(row.ratio, 1)
    }

    pub fn interval_text(&self, row: &NumberRow) -> String {
        match (row.low.value(), row.high.value()) {
            (Some(low), Some(high)) => self.chrome.lang.interval(*low, *high, 1),
            _ => String::new(),
        }
    }

    pub fn expected_text(&self, expected: &Option<Disclosed<f64>>) -> String {
        expected.as_ref().map_or_else(|| "–".to_owned(), |expected| self.chrome.lang.figure(expected, 1))
    }

    /// How sure we are, in sentences.
    pub fn sure(&self) -> Vec<String> {
        let lang = self.chrome.lang;
        let how = &self.how;
        let mut sentences = Vec::new();
        match (how.n_as_strong, how.n_replicates) {
            (Some(strong), Some(all)) => sentences.push(
                lang.t_with("sure-shuffles", &[("strong", strong.into()), ("all", lang.int(all).into())]),
            ),
            _ => sentences.push(lang.t1("sure-p", "p", lang.p_value(how.p))),
        }
        sentences.push(lang.t_with(
            "sure-family",
            &[
                ("limit", lang.percent(how.limit, 0).into()),
                ("n", lang.int(how.n_hypotheses).into()),
                ("adjusted", lang.p_value(how.p_adjusted).into()),
            ],
        ));
        sentences
    }

    pub fn fooled(&self) -> Vec<String> {
        self.caveats.iter().map(|caveat| caveat.text(self.chrome.lang)).collect()
    }
}

#[cfg(test)]
pub mod samples {
    use privacy::Policy;

    use super::super::charts::{MapArea, TrendPoint};
    use super::*;
    use crate::web::views::NavItem;

    pub fn finding(kind: FindingKind) -> Finding {
        let policy = Policy::default();
        let spanish = GroupValue { dimension: "language".into(), value: "Spanish".into() };
        Finding {
            kind,
            list: "barrier".into(),
            code: "procedural_denial".into(),
            dataset: "casework".into(),
            system: "benefits".into(),
            areas: match kind {
                FindingKind::Cluster => {
                    vec!["Eastside North".into(), "Millrace".into(), "Quarry Hill".into()]
                }
                FindingKind::Trend => vec!["Harbor".into()],
                _ => Vec::new(),
            },
            group: match kind {
                FindingKind::Disparity => vec![spanish.clone()],
                _ => Vec::new(),
            },
            reference: (kind == FindingKind::Disparity).then(|| "English".to_owned()),
            from: "2027-03-01".into(),
            to: "2027-05-31".into(),
            is_ongoing: true,
            observed: policy.count(64),
            expected: policy.derived(20.6, &[64]),
            ratio: policy.derived(3.1, &[64]),
            low: policy.derived(2.4, &[64]),
            high: policy.derived(4.0, &[64]),
            hardest: (kind == FindingKind::Cluster).then_some(spanish),
        }
    }

    /// The same with a count too small to be shown.
    pub fn hidden(kind: FindingKind) -> Finding {
        let policy = Policy::default();
        Finding {
            observed: policy.count(7),
            expected: policy.derived(1.2, &[7]),
            ratio: policy.derived(5.8, &[7]),
            low: policy.derived(2.3, &[7]),
            high: policy.derived(12.0, &[7]),
            code: "suspension_without_hearing".into(),
            areas: vec!["الميناء".into()],
            ..finding(kind)
        }
    }

    fn choices(lang: Lang, labels: &[&str]) -> Vec<Choice> {
        let all = Choice::new("", lang.t("filter-all"));
        std::iter::once(all).chain(labels.iter().map(|label| Choice::new(*label, *label))).collect()
    }

    fn spark(index: usize) -> Option<Sparkline> {
        let values: Vec<f64> = (0..26)
            .map(|week| {
                let wave = f64::from(u32::try_from((week * 7 + index * 5) % 9).unwrap());
                if week >= 18 { 18.0 + wave } else { 6.0 + wave }
            })
            .collect();
        (index != 2).then_some(Sparkline { values, hot_from: Some(18) })
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, SignalsView)> {
        let run = RunInfo {
            at: 1_810_288_920_000_000,
            n_looked: 3412,
            n_passed: 6,
            limit: 0.05,
            until: "2027-05-11".into(),
        };
        let filters = SignalFilters {
            kinds: choices(lang, &["cluster", "disparity", "trend"]),
            codes: choices(lang, &["benefit denied for a missed form or letter", "waitlist"]),
            areas: choices(lang, &["Eastside North", "Millrace"]),
            groups: choices(lang, &["language", "age", "gender"]),
            datasets: choices(lang, &["our own casework", "Traffic stops 2016–2018"]),
            ..SignalFilters::default()
        };
        let base = || SignalsView {
            chrome: Chrome::sample(lang, "nav-signals", Some(NavItem::Signals)),
            cards: Vec::new(),
            first_rank: 1,
            filters: filters.clone(),
            last_run: Some(run.clone()),
            running: None,
            run_error: None,
            not_looked: Vec::new(),
            may_run: true,
            has_evidence: true,
            may_import: true,
            next_href: None,
        };
        let mut cards: Vec<SignalCard> = FindingKind::ALL
            .into_iter()
            .enumerate()
            .map(|(index, kind)| SignalCard {
                href: format!("/signals/{index}"),
                finding: finding(kind),
                status: match index {
                    0 | 1 => SignalStatus::New,
                    2 => SignalStatus::InIssue {
                        title: "Renewals in English only".into(),
                        href: "/issues/1".into(),
                    },
                    3 => SignalStatus::Dismissed {
                        reason: "Two offices merged in March; the count moved with them.".into(),
                        by: "Teo Lindqvist".into(),
                        at: 1_810_288_920_000_000,
                    },
                    _ => SignalStatus::Open,
                },
                spark: spark(index),
            })
            .collect();
        cards.push(SignalCard {
            href: "/signals/9".into(),
            finding: hidden(FindingKind::Cluster),
            status: SignalStatus::Open,
            spark: None,
        });
        let running = Some(Running { n_done: 3, n_total: 8, step: "cluster".into() });
        vec![
            (
                "usual",
                SignalsView { cards: cards.clone(), next_href: Some("/signals?after=6".into()), ..base() },
            ),
            ("running", SignalsView { cards: cards[..1].to_vec(), running, ..base() }),
            ("none-found", SignalsView { last_run: Some(RunInfo { n_passed: 0, ..run.clone() }), ..base() }),
            (
                "filtered-empty",
                SignalsView {
                    filters: SignalFilters { area: Field::new("Millrace"), ..filters.clone() },
                    run_error: Some(lang.t("error-run")),
                    not_looked: vec![NotLookedRow {
                        why: lang.t("note-no-map"),
                        what: lang.list(&[lang.word("barrier", "transport"), lang.word("crisis", "arrest")]),
                        n: 2,
                    }],
                    ..base()
                },
            ),
            ("never-run", SignalsView { last_run: None, ..base() }),
            ("no-evidence", SignalsView { last_run: None, has_evidence: false, ..base() }),
        ]
    }

    pub fn fragment(lang: Lang) -> Vec<(&'static str, RunFragment)> {
        let chrome = || Chrome::sample(lang, "nav-signals", Some(NavItem::Signals));
        vec![
            (
                "running",
                RunFragment {
                    chrome: chrome(),
                    running: Some(Running { n_done: 5, n_total: 8, step: "disparity".into() }),
                },
            ),
            ("done", RunFragment { chrome: chrome(), running: None }),
        ]
    }

    /// A made-up map of hexagons with three of them in the finding.
    pub fn map() -> MapChart {
        let policy = Policy::default();
        let mut areas = Vec::new();
        for row in 0..7_u32 {
            for column in 0..8_u32 {
                let n = u64::from((row * 13 + column * 29) % 37 + 4);
                let x = -71.2 + f64::from(column) * 0.03;
                let y = 42.3 + f64::from(row) * 0.0256 + f64::from(column % 2) * 0.0128;
                let corners: Vec<String> = (0..=6)
                    .map(|corner| {
                        let angle = f64::from(corner) * std::f64::consts::FRAC_PI_3;
                        format!("[{},{}]", x + 0.02 * angle.cos(), y + 0.0148 * angle.sin())
                    })
                    .collect();
                let is_marked = matches!((row, column), (3 | 4, 5) | (3, 4));
                let expected = 15.0;
                let n = if is_marked { 48 + n / 6 } else { n };
                areas.push(MapArea {
                    name: format!("Ward {}-{}", row + 1, column + 1),
                    geometry: format!("{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}", corners.join(",")),
                    longitude: x,
                    latitude: y,
                    ratio: Some(policy.derived(n as f64 / expected, &[n])),
                    observed: policy.count(n),
                    expected: Some(policy.derived(expected, &[n])),
                    is_marked,
                });
            }
        }
        MapChart { areas }
    }

    pub fn trend() -> TrendChart {
        let policy = Policy::default();
        let points = (0..30_u32)
            .map(|month| {
                let day = format!("{}-{:02}-01", 2024 + (month + 10) / 12, (month + 10) % 12 + 1);
                let wave = u64::from(month * 7 % 5);
                let n = if month >= 25 { 34 + wave } else { 9 + wave };
                let expected = 12.0 + f64::from(month % 4);
                let seen = |x: f64| Some(policy.about_nobody(x));
                TrendPoint {
                    day,
                    observed: policy.count(n),
                    expected: seen(expected),
                    low: seen(expected - 6.0),
                    high: seen(expected + 6.5),
                    is_marked: month >= 25,
                }
            })
            .collect();
        TrendChart { points, mark_from: Some("2026-12-01".into()) }
    }

    pub fn number(label: &str, n: u64, expected: f64, is_marked: bool) -> NumberRow {
        let policy = Policy::default();
        let ratio = n as f64 / expected;
        let spread = 2.0 / (n as f64).sqrt();
        NumberRow {
            label: label.into(),
            observed: policy.count(n),
            expected: Some(policy.derived(expected, &[n])),
            ratio: policy.derived(ratio, &[n]),
            low: policy.derived(ratio * (-spread).exp(), &[n]),
            high: policy.derived(ratio * spread.exp(), &[n]),
            is_marked,
        }
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, SignalView)> {
        let policy = Policy::default();
        let base = |kind: FindingKind| {
            let finding = finding(kind);
            let mut chrome = Chrome::sample(lang, "nav-signals", Some(NavItem::Signals));
            chrome.title = finding.title(lang);
            SignalView {
                chrome,
                id: "01JX".into(),
                finding,
                status: SignalStatus::New,
                may_open_issue: true,
                may_dismiss: true,
                dismiss_reason: Field::default(),
                base: lang.t("base-client-months"),
                map: Some(map()),
                areas: vec![
                    number("Eastside North", 27, 8.1, true),
                    number("Millrace", 22, 7.4, true),
                    number("Quarry Hill", 15, 5.1, true),
                    number("Harbor", 31, 29.8, false),
                    number("الميناء", 6, 7.0, false),
                ],
                trend: Some(trend()),
                period: Period::Month,
                groups: vec![GroupBlock {
                    dimension: "language".into(),
                    rows: vec![
                        number("Spanish", 41, 11.0, true),
                        number("Haitian Creole", 14, 6.1, false),
                        number("Tiếng Việt", 8, 4.2, false),
                        number("English", 38, 33.1, false),
                        number("العربية", 3, 2.2, false),
                    ],
                }],
                how: How {
                    method: "Space-time scan, Poisson (Kulldorff 1998)".into(),
                    docs_href: None,
                    n_events: policy.count(1843),
                    from: "2024-11-01".into(),
                    to: "2027-05-11".into(),
                    seed: Some(20_270_512),
                    n_replicates: Some(999),
                    n_as_strong: Some(0),
                    n_hypotheses: 3412,
                    p: 0.001,
                    p_adjusted: 0.012,
                    limit: 0.05,
                    settings: vec![(lang.t("setting-radius_km"), lang.number(4.2, 2))],
                    fingerprint: "b3:5f1c0a9e77d24c1f9b6a".into(),
                    code_version: "0.1.0 (feb4ab9)".into(),
                    computed_at: 1_810_288_920_000_000,
                },
                caveats: vec![
                    Caveat::NotACause,
                    Caveat::SelectedBySearch,
                    Caveat::LateRecords,
                    Caveat::NotACause,
                ],
            }
        };
        let mut disparity = base(FindingKind::Disparity);
        disparity.map = None;
        disparity.areas = Vec::new();
        disparity.how.n_as_strong = None;
        disparity.status =
            SignalStatus::InIssue { title: "Renewals in English only".into(), href: "/issues/1".into() };
        let mut suppressed = base(FindingKind::Cluster);
        suppressed.finding = hidden(FindingKind::Cluster);
        suppressed.chrome.title = suppressed.finding.title(lang);
        suppressed.areas = vec![number("الميناء", 7, 1.2, true)];
        suppressed.status = SignalStatus::Dismissed {
            reason: "Two offices merged in March; the count moved with them.".into(),
            by: "Teo Lindqvist".into(),
            at: 1_810_288_920_000_000,
        };
        let mut wrong = base(FindingKind::Trend);
        wrong.dismiss_reason = Field::wrong("", lang.t("error-reason"));
        wrong.map = None;
        wrong.groups = Vec::new();
        vec![
            ("usual", base(FindingKind::Cluster)),
            ("disparity", disparity),
            ("suppressed", suppressed),
            ("wrong", wrong),
        ]
    }
}
