//! Evaluations: a plan that is locked before the outcome is read, then the estimate with its assumptions.
//!
//! Addresses: `GET /evaluations`, `GET /evaluations/new`, `POST /evaluations` (multipart: `title`, `outcome`
//! (`dataset/kind/code`), `same_day` and `elsewhere` (`yes` or `no`), `changed_on` (one day a line), `starts`
//! (lines of `area,date`), `starts_file`, `step` (`week` or `month`), `group` (`dimension=value` or empty),
//! `smallest`), `GET /evaluations/{id}`, `GET /evaluations/{id}/progress` ([`EvaluationFragment`]).

use askama::Template;
use askama::filters::Safe;
use privacy::Disclosed;

use super::charts::{EventStudyChart, ForestChart, ForestRow, ForestScale, ItsChart};
use super::form::{Choice, Field, Problem, problems};
use super::signals::sentence_case;
use super::{Chrome, rich};

/// Where an evaluation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum EvaluationState {
    /// The plan is locked, the estimate is on its way.
    Estimating,
    /// Why there is no estimate, in the page's language.
    Failed {
        reason: String,
    },
    Done(Verdict),
}

/// Which way the outcome moved, from the point of view of the people it happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Better,
    Worse,
    CannotTell,
}

impl Verdict {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Better => "verdict-better",
            Self::Worse => "verdict-worse",
            Self::CannotTell => "verdict-cannot-tell",
        }
    }

    pub const fn class(self) -> &'static str {
        match self {
            Self::Better => "tag tag--green",
            Self::Worse => "tag tag--rust",
            Self::CannotTell => "tag",
        }
    }
}

/// An evaluation on the list.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationRow {
    pub href: String,
    pub title: String,
    /// The outcome in words.
    pub what: String,
    pub state: EvaluationState,
    /// Microseconds since 1970.
    pub locked_at: i64,
}

/// `GET /evaluations`.
#[derive(Debug, Template)]
#[template(path = "evaluation/list.html")]
pub struct EvaluationsView {
    pub chrome: Chrome,
    /// Newest first.
    pub rows: Vec<EvaluationRow>,
    pub may_add: bool,
    pub has_evidence: bool,
    pub next_href: Option<String>,
}

/// `GET /evaluations/new`.
#[derive(Debug, Template)]
#[template(path = "evaluation/new.html")]
pub struct NewEvaluationView {
    pub chrome: Chrome,
    pub title: Field,
    pub outcome: Field,
    pub outcomes: Vec<Choice>,
    /// `yes`: the change came on the same day everywhere.
    pub same_day: Field,
    /// `yes`: there are places without it.
    pub elsewhere: Field,
    pub changed_on: Field,
    pub starts: Field,
    pub starts_file: Field,
    pub step: Field,
    /// One group only; empty for everybody.
    pub group: Field,
    /// Begins with an empty value.
    pub groups: Vec<Choice>,
    /// The smallest change worth having, in percent.
    pub smallest: Field,
}

impl NewEvaluationView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("title", &self.title),
            ("outcome", &self.outcome),
            ("group", &self.group),
            ("same_day", &self.same_day),
            ("changed_on", &self.changed_on),
            ("elsewhere", &self.elsewhere),
            ("starts", &self.starts),
            ("starts_file", &self.starts_file),
            ("step", &self.step),
            ("smallest", &self.smallest),
        ])
    }

    pub fn yes_no(&self) -> Vec<Choice> {
        vec![Choice::new("yes", self.chrome.t("yes")), Choice::new("no", self.chrome.t("no"))]
    }

    pub fn steps(&self) -> Vec<Choice> {
        vec![
            Choice::new("month", self.chrome.t("step-month")),
            Choice::new("week", self.chrome.t("step-week")),
        ]
    }
}

/// Percent change against what was to be expected; -30 is three tenths fewer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    pub percent: Disclosed<f64>,
    pub low: Disclosed<f64>,
    pub high: Disclosed<f64>,
    pub observed: Disclosed<f64>,
    pub expected: Disclosed<f64>,
    pub expected_low: Disclosed<f64>,
    pub expected_high: Disclosed<f64>,
    /// Two-sided p of "nothing changed"; `None`: not computed.
    pub p: Option<f64>,
    /// The smallest change, in percent, that data like these would show in four cases of five.
    pub smallest_visible: Option<f64>,
}

/// A line of a table of effects: a change, a group, a cohort, a second method.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRow {
    pub label: String,
    /// `None`: no estimate, with the reason in [`EffectRow::reason`].
    pub percent: Option<(Disclosed<f64>, Disclosed<f64>, Disclosed<f64>)>,
    pub p: Option<f64>,
    /// In the page's language; empty when there is an estimate.
    pub reason: String,
    /// The change in this group over the change among everybody else, with its interval; 1 is "as the others".
    pub against: Option<(Disclosed<f64>, Disclosed<f64>, Disclosed<f64>)>,
}

/// How sure one may be of what an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssumptionState {
    Checked,
    Weak,
    CannotBeChecked,
}

/// One assumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumptionRow {
    /// Message key, `assumption-...`.
    pub key: String,
    pub state: AssumptionState,
    /// The figures behind the state, in the page's language: "Durbin-Watson: 1.92".
    pub figures: String,
}

impl AssumptionRow {
    pub const fn state_key(&self) -> &'static str {
        match self.state {
            AssumptionState::Checked => "assumption-is-checked",
            AssumptionState::Weak => "assumption-is-weak",
            AssumptionState::CannotBeChecked => "assumption-is-open",
        }
    }

    pub const fn state_class(&self) -> &'static str {
        match self.state {
            AssumptionState::Checked => "tag tag--green",
            AssumptionState::Weak => "tag tag--rust",
            AssumptionState::CannotBeChecked => "tag tag--gold",
        }
    }
}

/// The picture of a result.
#[derive(Debug, Clone)]
pub enum EvaluationChart {
    Series(ItsChart),
    EventStudy(EventStudyChart),
}

/// An estimate with all that belongs to it.
#[derive(Debug, Clone)]
pub struct EvaluationResult {
    pub verdict: Verdict,
    pub effect: Effect,
    /// How its p was found, in the page's language.
    pub p_method: String,
    pub charts: Vec<EvaluationChart>,
    /// Several changes, cohorts, the second method.
    pub parts: Vec<EffectRow>,
    /// By the values of one dimension (its code), where there was enough.
    pub groups_of: String,
    pub groups: Vec<EffectRow>,
    pub assumptions: Vec<AssumptionRow>,
    /// Message keys, `caution-...`.
    pub cautions: Vec<String>,
    /// The method's name, its page, its settings (label and value), in the page's language.
    pub method: String,
    pub docs_href: Option<String>,
    pub options: Vec<(String, String)>,
    pub n_events: Disclosed<u64>,
    /// How long a period is: `week`, `month` or `quarter`.
    pub step: String,
    pub n_before: u64,
    pub n_after: u64,
    /// Places with the change and places compared with; 0 of both for one series.
    pub n_changed: u64,
    pub n_compared: u64,
    pub from: String,
    pub to: String,
    /// What the figures are measured against, in the page's language.
    pub base: String,
    pub fingerprint: String,
    pub code_version: String,
}

/// `GET /evaluations/{id}`.
#[derive(Debug, Template)]
#[template(path = "evaluation/page.html")]
pub struct EvaluationView {
    pub chrome: Chrome,
    pub id: String,
    pub title: String,
    /// The outcome in words.
    pub what: String,
    /// The design in words, from the page's language.
    pub design: String,
    /// When the change came, in words.
    pub when: String,
    pub locked_at: i64,
    pub locked_by: String,
    pub state: EvaluationState,
    pub result: Option<EvaluationResult>,
}

/// `GET /evaluations/{id}/progress`; answer `HX-Refresh: true` once it is done.
#[derive(Debug, Template)]
#[template(path = "evaluation/progress.html")]
pub struct EvaluationFragment {
    pub chrome: Chrome,
    pub id: String,
    pub state: EvaluationState,
}

impl EvaluationView {
    /// The verdict in one sentence.
    pub fn sentence(&self, result: &EvaluationResult) -> Safe<String> {
        let lang = self.chrome.lang;
        let effect = &result.effect;
        let what = sentence_case(&self.what);
        let shown = (effect.percent.value(), effect.low.value(), effect.high.value());
        let (Some(percent), Some(low), Some(high)) = shown else {
            return rich(&lang.t1("evaluation-hidden", "what", what));
        };
        let amount = |x: f64| format!("{}\u{a0}%", lang.number(x, 0));
        let mut args: Vec<(&str, crate::web::i18n::Arg<'_>)> = vec![
            ("what", what.into()),
            ("percent", amount(percent.abs()).into()),
            ("low", amount(*low).into()),
            ("high", amount(*high).into()),
        ];
        let key = match result.verdict {
            Verdict::CannotTell => "evaluation-cannot-tell",
            _ if *percent < 0.0 => "evaluation-fell",
            _ => "evaluation-rose",
        };
        let mut text = lang.t_with(key, &args);
        if result.verdict == Verdict::CannotTell
            && let Some(visible) = effect.smallest_visible
        {
            args.push(("visible", amount(visible.abs()).into()));
            text.push(' ');
            text.push_str(&lang.t_with("evaluation-visible", &args));
        }
        rich(&text)
    }

    pub fn signed(&self, percent: &Disclosed<f64>) -> String {
        let lang = self.chrome.lang;
        match percent.value() {
            Some(value) if *value > 0.0 => format!("+{}\u{a0}%", lang.number(*value, 1)),
            Some(value) => format!("{}\u{a0}%", lang.number(*value, 1)),
            None => lang.t("too-few"),
        }
    }

    pub fn span(&self, low: &Disclosed<f64>, high: &Disclosed<f64>) -> String {
        match (low.value(), high.value()) {
            (Some(low), Some(high)) => self.chrome.lang.interval(*low, *high, 1),
            _ => String::new(),
        }
    }

    pub fn expected_span(&self, effect: &Effect) -> String {
        self.span(&effect.expected_low, &effect.expected_high)
    }

    pub fn p_text(&self, p: &Option<f64>) -> String {
        p.map_or_else(|| "–".to_owned(), |p| self.chrome.lang.p_value(p))
    }

    /// The p of a row; hidden together with its figures.
    pub fn row_p(&self, row: &EffectRow) -> String {
        let is_shown = row.percent.is_some_and(|(value, _, _)| value.value().is_some());
        if is_shown { self.p_text(&row.p) } else { "–".to_owned() }
    }

    /// "1.37 (0.97 to 1.94)": whether a group was reached as the others were.
    pub fn against(&self, row: &EffectRow) -> String {
        let lang = self.chrome.lang;
        match row.against.as_ref().map(|(value, low, high)| (value.value(), low.value(), high.value())) {
            Some((Some(value), Some(low), Some(high))) => {
                format!("{} {}", lang.number(*value, 2), lang.interval(*low, *high, 2))
            }
            Some(_) => lang.t("too-few"),
            None => "–".to_owned(),
        }
    }

    /// Whether any group was compared with the others: only then there is a column for it.
    pub fn has_against(&self, rows: &[EffectRow]) -> bool {
        rows.iter().any(|row| row.against.is_some())
    }

    pub fn forest(&self, rows: &[EffectRow]) -> String {
        let lang = self.chrome.lang;
        let rows = rows
            .iter()
            .filter_map(|row| {
                let (estimate, low, high) = row.percent?;
                let is_clear =
                    low.value().is_some_and(|low| *low > 0.0) || high.value().is_some_and(|high| *high < 0.0);
                Some(ForestRow {
                    label: row.label.clone(),
                    estimate,
                    low,
                    high,
                    is_reference: false,
                    is_marked: is_clear,
                    note: if estimate.value().is_some() { self.signed(&estimate) } else { String::new() },
                })
            })
            .collect();
        let axis = lang.t("evaluation-axis");
        ForestChart { rows, scale: ForestScale::Difference, axis, same: lang.t("forest-no-change") }
            .json(lang)
    }

    pub fn group_title(&self, result: &EvaluationResult) -> String {
        let dimension = self.chrome.lang.word("dimension", &result.groups_of);
        self.chrome.t1("evaluation-by-group", "dimension", dimension)
    }

    pub fn text_of(&self, key: &str) -> String {
        self.chrome.t(key)
    }

    pub fn places_text(&self, result: &EvaluationResult) -> String {
        let lang = self.chrome.lang;
        lang.t_with(
            "evaluation-places",
            &[("changed", result.n_changed.into()), ("compared", result.n_compared.into())],
        )
    }

    pub fn periods_text(&self, result: &EvaluationResult) -> String {
        let lang = self.chrome.lang;
        lang.t_with(
            "evaluation-periods",
            &[
                ("step", result.step.as_str().into()),
                ("before", result.n_before.into()),
                ("after", result.n_after.into()),
            ],
        )
    }
}

#[cfg(test)]
pub mod samples {
    use privacy::Policy;

    use super::super::charts::{EventStudyPoint, ItsPoint};
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::present;
    use crate::web::views::NavItem;

    const AT: i64 = 1_810_288_920_000_000;

    fn refused(lang: Lang) -> String {
        present::refusal(lang, r#"{"key":"unable-too-few-before","have":5,"need":8,"step":"month"}"#)
    }

    pub fn list(lang: Lang) -> Vec<(&'static str, EvaluationsView)> {
        let view = |rows| EvaluationsView {
            chrome: Chrome::sample(lang, "nav-evaluate", Some(NavItem::Evaluate)),
            rows,
            may_add: true,
            has_evidence: true,
            next_href: None,
        };
        let row = |title: &str, state| EvaluationRow {
            href: "/evaluations/1".into(),
            title: title.into(),
            what: lang.word("crisis", "eviction"),
            state,
            locked_at: AT,
        };
        let failed = EvaluationState::Failed { reason: refused(lang) };
        vec![
            ("empty", view(Vec::new())),
            (
                "usual",
                view(vec![
                    row("Counsel in eviction court", EvaluationState::Done(Verdict::Better)),
                    row("رسوم أقل", EvaluationState::Done(Verdict::CannotTell)),
                    row("Longer renewal periods", EvaluationState::Done(Verdict::Worse)),
                    row("Verbal recertification", EvaluationState::Estimating),
                    row("Bus passes for clinic visits", failed),
                ]),
            ),
            ("no-evidence", EvaluationsView { has_evidence: false, ..view(Vec::new()) }),
        ]
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewEvaluationView)> {
        let view = || NewEvaluationView {
            chrome: Chrome::sample(lang, "evaluation-new", Some(NavItem::Evaluate)),
            title: Field::default(),
            outcome: Field::default(),
            outcomes: vec![
                Choice::new("casework/crisis/eviction", lang.word("crisis", "eviction")),
                Choice::new("casework/barrier/waitlist", lang.word("barrier", "waitlist")),
            ],
            same_day: Field::default(),
            elsewhere: Field::default(),
            changed_on: Field::default(),
            starts: Field::default(),
            starts_file: Field::default(),
            step: Field::new("month"),
            group: Field::default(),
            groups: vec![
                Choice::new("", lang.t("evaluation-everybody")),
                Choice::new("language=Spanish", "Spanish"),
            ],
            smallest: Field::default(),
        };
        let wrong = NewEvaluationView {
            title: Field::new("Counsel in eviction court"),
            same_day: Field::new("no"),
            starts: Field::wrong("Eastside North,2026-03-01\nMillrace,soon", lang.t("error-starts")),
            ..view()
        };
        vec![("empty", view()), ("wrong", wrong)]
    }

    fn series() -> ItsChart {
        let policy = Policy::default();
        let shown = |x: f64| policy.about_nobody(x);
        let points = (0..42_u32)
            .map(|month| {
                let t = f64::from(month);
                let season = 4.0 * (t / 12.0 * std::f64::consts::TAU).sin();
                let without = 40.0 + 0.2 * t + season;
                let is_after = month >= 24;
                let fitted = if is_after { without * 0.72 } else { without };
                let noise = f64::from(month * 37 % 11) - 5.0;
                ItsPoint {
                    day: format!("{}-{:02}-01", 2023 + month / 12, month % 12 + 1),
                    observed: shown(fitted + noise),
                    fitted: Some(shown(fitted)),
                    counterfactual: is_after.then(|| shown(without)),
                    low: is_after.then(|| shown(without - 6.0)),
                    high: is_after.then(|| shown(without + 6.0)),
                }
            })
            .collect();
        ItsChart { points, changed_on: "2025-01-01".into() }
    }

    fn event_study(lang: Lang) -> EventStudyChart {
        let policy = Policy::default();
        let points = (-8..=9_i32)
            .map(|step| {
                let at = if step >= 0 { -6.0 - f64::from(step) * 0.7 } else { f64::from(step % 3) * 0.9 };
                let at = if step == -1 { 0.0 } else { at };
                let half = if step == -1 { 0.0 } else { 3.2 };
                EventStudyPoint {
                    step,
                    estimate: policy.about_nobody(at),
                    low: policy.about_nobody(at - half),
                    high: policy.about_nobody(at + half),
                    is_reference: step == -1,
                }
            })
            .collect();
        EventStudyChart { points, axis: lang.t("event-study-axis-month") }
    }

    fn effect_row(lang: Lang, label: &str, percent: Option<(f64, f64, f64)>, n: u64) -> EffectRow {
        let policy = Policy::default();
        EffectRow {
            label: label.into(),
            percent: percent.map(|(value, low, high)| {
                (policy.derived(value, &[n]), policy.derived(low, &[n]), policy.derived(high, &[n]))
            }),
            p: percent.map(|_| 0.004),
            against: percent.map(|_| {
                (policy.derived(1.37, &[n]), policy.derived(0.97, &[n]), policy.derived(1.94, &[n]))
            }),
            reason: if percent.is_none() { lang.t("reason-too-few-events") } else { String::new() },
        }
    }

    fn result(lang: Lang) -> EvaluationResult {
        let policy = Policy::default();
        let shown = |x: f64| policy.about_nobody(x);
        let assumption = |key: &str, state, figures: &str| AssumptionRow {
            key: key.into(),
            state,
            figures: figures.into(),
        };
        EvaluationResult {
            verdict: Verdict::Better,
            effect: Effect {
                percent: shown(-27.6),
                low: shown(-41.2),
                high: shown(-11.3),
                observed: shown(598.0),
                expected: shown(826.0),
                expected_low: shown(742.0),
                expected_high: shown(918.0),
                p: Some(0.0007),
                smallest_visible: Some(18.0),
            },
            p_method: lang.t("p-method-wald"),
            charts: vec![EvaluationChart::Series(series())],
            parts: vec![effect_row(
                lang,
                &lang.t("evaluation-second-method"),
                Some((-25.1, -39.0, -8.0)),
                500,
            )],
            groups_of: "language".into(),
            groups: vec![
                effect_row(lang, "English", Some((-34.0, -47.0, -19.0)), 300),
                effect_row(lang, "Spanish", Some((-8.0, -31.0, 22.0)), 90),
                effect_row(lang, "Tiếng Việt", Some((-12.0, -60.0, 80.0)), 7),
                effect_row(lang, "العربية", None, 3),
            ],
            assumptions: vec![
                assumption("assumption-enough-points", AssumptionState::Checked, "24; 18"),
                assumption("assumption-autocorrelation", AssumptionState::Weak, "Durbin–Watson 1.31"),
                assumption("assumption-nothing-else-changed", AssumptionState::CannotBeChecked, ""),
                assumption("assumption-recording-unchanged", AssumptionState::CannotBeChecked, ""),
            ],
            cautions: vec!["caution-no-comparison".into(), "caution-late-records".into()],
            method: lang.t("method-interrupted-time-series"),
            docs_href: None,
            options: vec![
                (lang.t("setting-step"), lang.t("setting-step-month")),
                (lang.t("setting-season_harmonics"), "2".into()),
            ],
            n_events: policy.count(1641),
            step: "month".into(),
            n_before: 24,
            n_after: 18,
            n_changed: 0,
            n_compared: 0,
            from: "2023-01-01".into(),
            to: "2026-06-30".into(),
            base: lang.t("base-counts"),
            fingerprint: "b3:5f1c0a9e77d24c1f9b6a".into(),
            code_version: "0.1.0 (feb4ab9)".into(),
        }
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, EvaluationView)> {
        let view = |state, result| {
            let mut chrome = Chrome::sample(lang, "nav-evaluate", Some(NavItem::Evaluate));
            chrome.title = "Counsel in eviction court".into();
            EvaluationView {
                chrome,
                id: "01JXE".into(),
                title: "Counsel in eviction court".into(),
                what: lang.word("crisis", "eviction"),
                design: lang.t("design-its"),
                when: lang.day("2025-01-01"),
                locked_at: AT,
                locked_by: "Teo Lindqvist".into(),
                state,
                result,
            }
        };
        let staggered = EvaluationResult {
            charts: vec![EvaluationChart::EventStudy(event_study(lang))],
            n_changed: 14,
            n_compared: 22,
            ..result(lang)
        };
        let policy = Policy::default();
        let mut unclear = result(lang);
        unclear.verdict = Verdict::CannotTell;
        unclear.effect.percent = policy.about_nobody(-4.0);
        unclear.effect.low = policy.about_nobody(-19.0);
        unclear.effect.high = policy.about_nobody(14.0);
        unclear.groups = Vec::new();
        unclear.parts = Vec::new();
        let mut suppressed = result(lang);
        suppressed.effect.percent = policy.derived(-50.0, &[4]);
        suppressed.effect.low = policy.derived(-80.0, &[4]);
        suppressed.effect.high = policy.derived(10.0, &[4]);
        suppressed.charts = Vec::new();
        let done = EvaluationState::Done;
        let failed = EvaluationState::Failed { reason: refused(lang) };
        vec![
            ("series", view(done(Verdict::Better), Some(result(lang)))),
            ("staggered", view(done(Verdict::Better), Some(staggered))),
            ("unclear", view(done(Verdict::CannotTell), Some(unclear))),
            ("suppressed", view(done(Verdict::Better), Some(suppressed))),
            ("estimating", view(EvaluationState::Estimating, None)),
            ("failed", view(failed, None)),
        ]
    }

    pub fn fragment(lang: Lang) -> Vec<(&'static str, EvaluationFragment)> {
        let chrome = Chrome::sample(lang, "nav-evaluate", Some(NavItem::Evaluate));
        vec![(
            "estimating",
            EvaluationFragment { chrome, id: "01JXE".into(), state: EvaluationState::Estimating },
        )]
    }
}
