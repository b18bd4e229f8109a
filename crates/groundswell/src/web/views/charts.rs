//! The numbers of a chart, as the page's script reads them. Each is drawn from the figures that stand in the table
//! under it, so everything about people is [`Disclosed`].

use privacy::Disclosed;
use serde::Serialize;
use serde_json::{Value, json};

use crate::web::i18n::Lang;

/// JSON that may stand inside a `<script type="application/json">`: nothing in it can end the element.
fn script_text(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// One area of a map.
#[derive(Debug, Clone)]
pub struct MapArea {
    pub name: String,
    /// The area's GeoJSON geometry; empty or unreadable: a dot at the centroid.
    pub geometry: String,
    pub longitude: f64,
    pub latitude: f64,
    /// Observed over expected. `None`: nothing was expected there.
    pub ratio: Option<Disclosed<f64>>,
    pub observed: Disclosed<u64>,
    pub expected: Option<Disclosed<f64>>,
    /// Part of the finding: outlined.
    pub is_marked: bool,
}

/// Areas coloured by observed over expected.
#[derive(Debug, Clone, Default)]
pub struct MapChart {
    pub areas: Vec<MapArea>,
}

impl MapChart {
    /// The chart's data, ready for its `<script>`.
    pub fn json(&self, lang: Lang) -> String {
        let areas: Vec<Value> = self
            .areas
            .iter()
            .map(|area| {
                let geometry: Value = serde_json::from_str(&area.geometry).unwrap_or(Value::Null);
                let text = match area.expected {
                    Some(expected) => lang.t_with(
                        "map-area",
                        &[
                            ("observed", lang.count(area.observed).into()),
                            ("expected", lang.figure(expected, 1).into()),
                        ],
                    ),
                    None => lang.count(area.observed),
                };
                json!({
                    "name": area.name,
                    "geometry": geometry,
                    "longitude": area.longitude,
                    "latitude": area.latitude,
                    "ratio": area.ratio,
                    "text": text,
                    "is_marked": area.is_marked,
                })
            })
            .collect();
        script_text(&json!({
            "areas": areas,
            "labels": {
                "fewer": lang.t("map-fewer"),
                "more": lang.t("map-more"),
                "hidden": lang.t("map-hidden"),
                "marked": lang.t("map-marked"),
            },
        }))
    }
}

/// One week or month of a trend.
#[derive(Debug, Clone, Serialize)]
pub struct TrendPoint {
    /// The period's first day, ISO text.
    pub day: String,
    pub observed: Disclosed<u64>,
    /// What was to be expected, and the range that chance explains; `None` in the run-in.
    pub expected: Option<Disclosed<f64>>,
    pub low: Option<Disclosed<f64>>,
    pub high: Option<Disclosed<f64>>,
    /// Inside the finding's period, or above the range.
    pub is_marked: bool,
}

/// Counts over time with the expected range.
#[derive(Debug, Clone, Default)]
pub struct TrendChart {
    pub points: Vec<TrendPoint>,
    /// Where the finding begins, ISO text.
    pub mark_from: Option<String>,
}

impl TrendChart {
    /// The chart's data, ready for its `<script>`.
    pub fn json(&self, lang: Lang) -> String {
        let mark = self.mark_from.as_ref().map(|day| lang.t1("trend-mark", "month", lang.month(day)));
        script_text(&json!({
            "points": self.points,
            "mark_from": self.mark_from,
            "labels": {
                "observed": lang.t("observed"),
                "band": lang.t("trend-band"),
                "mark": mark.unwrap_or_default(),
                "hidden": lang.t("trend-hidden"),
            },
        }))
    }
}

/// One line of a forest plot.
#[derive(Debug, Clone)]
pub struct ForestRow {
    pub label: String,
    pub estimate: Disclosed<f64>,
    pub low: Disclosed<f64>,
    /// May be infinite: the interval is open above.
    pub high: Disclosed<f64>,
    /// The group the others are compared with.
    pub is_reference: bool,
    /// The one to look at.
    pub is_marked: bool,
    /// Text at the right end: the count behind the line.
    pub note: String,
}

/// What the axis of a forest plot measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForestScale {
    /// Times as often as the reference or as expected; 1 is "the same"; a logarithmic axis.
    #[default]
    Ratio,
    /// A difference; 0 is "the same".
    Difference,
}

/// Estimates with their intervals, one under the other.
#[derive(Debug, Clone, Default)]
pub struct ForestChart {
    pub rows: Vec<ForestRow>,
    pub scale: ForestScale,
    /// What the axis says, in the page's language.
    pub axis: String,
    /// What the reference line says, in the page's language.
    pub same: String,
}

impl ForestChart {
    /// The chart's data, ready for its `<script>`.
    pub fn json(&self, lang: Lang) -> String {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "label": row.label,
                    "estimate": row.estimate,
                    "low": row.low,
                    "high": row.high,
                    "is_open_above": row.high.value().is_some_and(|high| high.is_infinite()),
                    "is_reference": row.is_reference,
                    "is_marked": row.is_marked,
                    "note": row.note,
                })
            })
            .collect();
        let reference = match self.scale {
            ForestScale::Ratio => 1.0,
            ForestScale::Difference => 0.0,
        };
        script_text(&json!({
            "rows": rows,
            "reference": reference,
            "is_log": self.scale == ForestScale::Ratio,
            "labels": {
                "axis": self.axis,
                "reference": self.same,
                "hidden": lang.t("too-few"),
            },
        }))
    }
}

/// One period before or after the change.
#[derive(Debug, Clone, Serialize)]
pub struct EventStudyPoint {
    /// Periods since the change; negative before it.
    pub step: i32,
    pub estimate: Disclosed<f64>,
    pub low: Disclosed<f64>,
    pub high: Disclosed<f64>,
    /// The period the others are compared with.
    pub is_reference: bool,
}

/// Effects by time since the change.
#[derive(Debug, Clone, Default)]
pub struct EventStudyChart {
    pub points: Vec<EventStudyPoint>,
    /// What the steps are, in the page's language: "Months since the change".
    pub axis: String,
}

impl EventStudyChart {
    /// The chart's data, ready for its `<script>`.
    pub fn json(&self, lang: Lang) -> String {
        script_text(&json!({
            "points": self.points,
            "labels": {
                "axis": self.axis,
                "change": lang.t("chart-change"),
                "before": lang.t("chart-before"),
                "after": lang.t("chart-after"),
            },
        }))
    }
}

/// One period of an interrupted time series.
#[derive(Debug, Clone, Serialize)]
pub struct ItsPoint {
    /// The period's first day, ISO text.
    pub day: String,
    pub observed: Disclosed<f64>,
    pub fitted: Option<Disclosed<f64>>,
    /// What would have been without the change, with its interval; `None` before the change.
    pub counterfactual: Option<Disclosed<f64>>,
    pub low: Option<Disclosed<f64>>,
    pub high: Option<Disclosed<f64>>,
}

/// What was seen, what fits it, and what would have been.
#[derive(Debug, Clone, Default)]
pub struct ItsChart {
    pub points: Vec<ItsPoint>,
    /// ISO text.
    pub changed_on: String,
}

impl ItsChart {
    /// The chart's data, ready for its `<script>`.
    pub fn json(&self, lang: Lang) -> String {
        script_text(&json!({
            "points": self.points,
            "changed_on": self.changed_on,
            "labels": {
                "change": lang.t("chart-change"),
                "without": lang.t("chart-without"),
                "fitted": lang.t("chart-fitted"),
                "observed": lang.t("observed"),
            },
        }))
    }
}

/// A line without axes, drawn on the server: the shape of the last periods, the finding's part in rust.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sparkline {
    /// Heights in any unit. Hidden counts are left out by the caller.
    pub values: Vec<f64>,
    /// The index where the finding begins.
    pub hot_from: Option<usize>,
}

impl Sparkline {
    /// Points of the whole line, in a box of 100 by 30.
    pub fn line(&self) -> String {
        self.points(0)
    }

    /// Points of the finding's part; empty when there is none.
    pub fn hot(&self) -> String {
        // One step earlier, so that the rise itself is in colour.
        self.hot_from.map(|from| self.points(from.saturating_sub(1))).unwrap_or_default()
    }

    fn points(&self, from: usize) -> String {
        if self.values.len() < 2 {
            return String::new();
        }
        let top = self.values.iter().copied().fold(1e-9, f64::max);
        let last = self.values.len() - 1;
        let place = |(index, value): (usize, &f64)| {
            let x = 100.0 * index as f64 / last as f64;
            let y = 29.0 - 27.0 * value.max(0.0) / top;
            format!("{x:.1},{y:.1}")
        };
        let points: Vec<String> = self.values.iter().enumerate().skip(from).map(place).collect();
        points.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_the_script_element() {
        let policy = privacy::Policy::default();
        let chart = ForestChart {
            rows: vec![ForestRow {
                label: "</script><b>&".into(),
                estimate: policy.about_nobody(1.0),
                low: policy.about_nobody(0.5),
                high: policy.about_nobody(f64::INFINITY),
                is_reference: false,
                is_marked: false,
                note: String::new(),
            }],
            ..ForestChart::default()
        };
        let text = chart.json(Lang::En);
        assert!(!text.contains('<') && !text.contains('&'));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["rows"][0]["label"], "</script><b>&");
        assert_eq!(back["rows"][0]["is_open_above"], true);
    }

    #[test]
    fn a_hidden_count_travels_as_hidden() {
        let chart = TrendChart {
            points: vec![TrendPoint {
                day: "2027-03-01".into(),
                observed: privacy::Policy::default().count(4),
                expected: None,
                low: None,
                high: None,
                is_marked: false,
            }],
            mark_from: None,
        };
        let back: Value = serde_json::from_str(&chart.json(Lang::En)).unwrap();
        assert_eq!(back["points"][0]["observed"]["fewer_than"], 11);
    }
}
