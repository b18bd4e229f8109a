//! Disparities: one event, one dimension, every group against one of them.
//!
//! Address: `GET /disparities` with `dataset`, `event` (`kind/code`), `dimension`, `reference` in the query.

use askama::Template;
use askama::filters::Safe;
use privacy::Disclosed;

use super::charts::{ForestChart, ForestRow, ForestScale};
use super::form::{Choice, Field};
use super::signals::sentence_case;
use super::{Chrome, rich};

/// How the rates of a table are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateStyle {
    /// Events are some of the base: "44.85 %".
    Share,
    /// Events per so many of the base: 1,000 people.
    Per { n: u64, unit: String },
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct DisparityRow {
    pub value: String,
    pub events: Disclosed<u64>,
    pub base: Disclosed<f64>,
    /// Events per one of the base, with its interval. An unbounded upper limit is infinite.
    pub rate: Disclosed<f64>,
    pub rate_low: Disclosed<f64>,
    pub rate_high: Disclosed<f64>,
    /// Rate over the reference's rate, with its exact interval; `None` for the reference itself.
    pub ratio: Option<RatioFigures>,
    pub is_reference: bool,
}

/// A ratio and its exact interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioFigures {
    pub value: Disclosed<f64>,
    pub low: Disclosed<f64>,
    pub high: Disclosed<f64>,
    /// Exact central p of "no difference from the reference".
    pub p: Disclosed<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct DisparityResult {
    /// The event in words.
    pub what: String,
    /// The code of the dimension.
    pub dimension: String,
    pub reference: String,
    /// What the base is, in the page's language.
    pub base: String,
    pub style: RateStyle,
    /// First and last day of the record, ISO text; empty when unknown.
    pub from: String,
    pub to: String,
    pub rows: Vec<DisparityRow>,
    /// Message keys, `caution-...`.
    pub cautions: Vec<String>,
    pub docs_href: Option<String>,
}

/// `GET /disparities`.
#[derive(Debug, Template)]
#[template(path = "disparities/page.html")]
pub struct DisparitiesView {
    pub chrome: Chrome,
    pub dataset: Field,
    pub datasets: Vec<Choice>,
    pub event: Field,
    pub events: Vec<Choice>,
    pub dimension: Field,
    pub dimensions: Vec<Choice>,
    pub reference: Field,
    /// Begins with an empty value: the largest group.
    pub references: Vec<Choice>,
    pub has_evidence: bool,
    /// `None`: not asked yet.
    pub result: Option<DisparityResult>,
}

impl DisparitiesView {
    pub fn rate_text(&self, result: &DisparityResult, row: &DisparityRow) -> String {
        self.rate(result, row.rate)
    }

    fn rate(&self, result: &DisparityResult, rate: Disclosed<f64>) -> String {
        let lang = self.chrome.lang;
        match &result.style {
            RateStyle::Share => lang.share(rate, 2),
            RateStyle::Per { n, .. } => lang.figure(rate.map(|rate| rate * *n as f64), 2),
        }
    }

    pub fn rate_interval(&self, result: &DisparityResult, row: &DisparityRow) -> String {
        let lang = self.chrome.lang;
        let scale = match &result.style {
            RateStyle::Share => 100.0,
            RateStyle::Per { n, .. } => *n as f64,
        };
        match (row.rate_low.value(), row.rate_high.value()) {
            (Some(low), Some(high)) => lang.interval(low * scale, high * scale, 2),
            _ => String::new(),
        }
    }

    pub fn rate_head(&self, result: &DisparityResult) -> String {
        match &result.style {
            RateStyle::Share => self.chrome.t("disparity-share"),
            RateStyle::Per { n, unit } => self.chrome.lang.t_with(
                "disparity-rate",
                &[("n", self.chrome.lang.int(n).into()), ("unit", unit.as_str().into())],
            ),
        }
    }

    pub fn ratio_text(&self, ratio: &RatioFigures) -> String {
        self.chrome.lang.figure(ratio.value, 2)
    }

    pub fn ratio_interval(&self, ratio: &RatioFigures) -> String {
        match (ratio.low.value(), ratio.high.value()) {
            (Some(low), Some(high)) => self.chrome.lang.interval(*low, *high, 2),
            _ => String::new(),
        }
    }

    /// What there is to know: the group farthest from the reference whose interval leaves 1 out.
    pub fn sentence(&self, result: &DisparityResult) -> Safe<String> {
        let lang = self.chrome.lang;
        let shown = |row: &DisparityRow| {
            let ratio = row.ratio?;
            let (value, low, high) = (*ratio.value.value()?, *ratio.low.value()?, *ratio.high.value()?);
            let is_clear = low > 1.0 || high < 1.0;
            is_clear.then_some((value, low, high))
        };
        let clear = result.rows.iter().filter_map(|row| Some((row, shown(row)?)));
        let farthest = clear.max_by(|(_, a), (_, b)| a.0.ln().abs().total_cmp(&b.0.ln().abs()));
        let Some((row, (value, low, high))) = farthest else {
            let args = [
                ("what", sentence_case(&result.what).into()),
                ("reference", result.reference.as_str().into()),
            ];
            return rich(&lang.t_with("disparity-none", &args));
        };
        let reference = result.rows.iter().find(|row| row.is_reference);
        let args = [
            ("what", sentence_case(&result.what).into()),
            ("value", row.value.as_str().into()),
            ("reference", result.reference.as_str().into()),
            ("ratio", lang.number(value, 2).into()),
            ("interval", lang.interval(low, high, 2).into()),
            ("rate", self.rate(result, row.rate).into()),
            ("other", reference.map(|row| self.rate(result, row.rate)).unwrap_or_default().into()),
        ];
        rich(&lang.t_with("disparity-sentence", &args))
    }

    pub fn base_text(&self, result: &DisparityResult) -> String {
        let lang = self.chrome.lang;
        let base = self.chrome.t1("disparity-base-is", "base", result.base.as_str());
        if result.from.is_empty() {
            base
        } else {
            format!("{base} {}.", lang.period(&result.from, &result.to))
        }
    }

    pub fn caution(&self, key: &str) -> String {
        self.chrome.t(key)
    }

    pub fn forest(&self, result: &DisparityResult) -> String {
        let lang = self.chrome.lang;
        let one = result.rows.iter().find(|row| row.is_reference);
        let rows = result
            .rows
            .iter()
            .filter_map(|row| {
                let (estimate, low, high) = match row.ratio {
                    Some(ratio) => (ratio.value, ratio.low, ratio.high),
                    // The reference against itself: 1, hidden when its own rate is.
                    None => {
                        let same = one?.rate.map(|_| 1.0);
                        (same, same, same)
                    }
                };
                let is_clear = low.value().is_some_and(|low| *low > 1.0);
                Some(ForestRow {
                    label: row.value.clone(),
                    estimate,
                    low,
                    high,
                    is_reference: row.is_reference,
                    is_marked: is_clear,
                    note: if estimate.value().is_some() {
                        self.rate(result, row.rate)
                    } else {
                        String::new()
                    },
                })
            })
            .collect();
        let axis = self.chrome.t1("disparity-axis", "reference", result.reference.as_str());
        ForestChart { rows, scale: ForestScale::Ratio, axis, same: self.chrome.t("forest-same") }.json(lang)
    }
}

#[cfg(test)]
pub mod samples {
    use privacy::Policy;

    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;

    fn row(value: &str, events: u64, base: u64, reference: Option<(u64, u64)>) -> DisparityRow {
        let policy = Policy::default();
        let rate = events as f64 / base as f64;
        let half = 1.96 * (rate * (1.0 - rate) / base as f64).sqrt();
        let counts = [events];
        let ratio = reference.map(|(a, n)| {
            let other = a as f64 / n as f64;
            let spread = 1.96 * (1.0 / events as f64 + 1.0 / a as f64).sqrt();
            RatioFigures {
                value: policy.derived(rate / other, &counts),
                low: policy.derived(rate / other * (-spread).exp(), &counts),
                high: policy.derived(rate / other * spread.exp(), &counts),
                p: policy.derived(0.0004, &counts),
            }
        });
        DisparityRow {
            value: value.into(),
            events: policy.count(events),
            base: policy.derived(base as f64, &counts),
            rate: policy.derived(rate, &counts),
            rate_low: policy.derived((rate - half).max(0.0), &counts),
            rate_high: policy.derived(rate + half, &counts),
            ratio,
            is_reference: reference.is_none(),
        }
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, DisparitiesView)> {
        let white = (349, 1488);
        let result = DisparityResult {
            what: "marked as high risk, no new offence within two years".into(),
            dimension: "race".into(),
            reference: "White".into(),
            base: lang.t("base-trials"),
            style: RateStyle::Share,
            from: "2013-01-01".into(),
            to: "2016-03-31".into(),
            rows: vec![
                row("Black", 805, 1795, Some(white)),
                row("White", white.0, white.1, None),
                row("Hispanic", 96, 452, Some(white)),
                row("אחר", 7, 80, Some(white)),
            ],
            cautions: vec!["caution-recording-effort".into(), "caution-not-adjusted".into()],
            docs_href: None,
        };
        let choices =
            |labels: &[&str]| labels.iter().map(|label| Choice::new(*label, *label)).collect::<Vec<_>>();
        let view = |result| DisparitiesView {
            chrome: Chrome::sample(lang, "nav-disparities", Some(NavItem::Disparities)),
            dataset: Field::new("risk-scores"),
            datasets: choices(&["casework", "risk-scores", "traffic-stops"]),
            event: Field::new("decision/high_risk"),
            events: choices(&["decision/high_risk", "decision/stopped"]),
            dimension: Field::new("race"),
            dimensions: choices(&["race", "sex", "age"]),
            reference: Field::default(),
            references: std::iter::once(Choice::new("", lang.t("disparity-largest")))
                .chain(choices(&["Black", "White"]))
                .collect(),
            has_evidence: true,
            result,
        };
        let rates = DisparityResult {
            style: RateStyle::Per { n: 1000, unit: lang.t("unit-people") },
            base: lang.t("base-people"),
            ..result.clone()
        };
        let no_rows = DisparityResult { rows: Vec::new(), ..result.clone() };
        let same = DisparityResult {
            rows: vec![row("White", 349, 1488, None), row("Hispanic", 106, 452, Some(white))],
            ..result.clone()
        };
        vec![
            ("usual", view(Some(result))),
            ("rates", view(Some(rates))),
            ("same", view(Some(same))),
            ("no-rows", view(Some(no_rows))),
            ("not-asked", view(None)),
            ("no-evidence", DisparitiesView { has_evidence: false, ..view(None) }),
        ]
    }
}
