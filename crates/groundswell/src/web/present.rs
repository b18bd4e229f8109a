//! From stored findings to what pages show, through the privacy gate.
//!
//! Stored figures are exact. Everything that leaves here about a group of people is a [`privacy::Disclosed`]; counts
//! in a column that is shown with its total are suppressed together, so that none follows by subtraction.

use std::collections::BTreeMap;

use analytics::Base;
use analytics::evaluate::{Refusal, RefusalNote, Step};
use analytics::said::Setting;
use domain::evidence::signals::{self, Detail, Detector, GroupFigure, Signal};
use domain::kernel::clock::Day;
use domain::kernel::places::Area;
use privacy::{Disclosed, Policy, suppress_column};

use super::i18n::Lang;
use super::views::charts::{MapArea, MapChart, Sparkline, TrendChart, TrendPoint};
use super::views::signals::{
    Caveat, Finding, FindingKind, GroupBlock, GroupValue, NotLookedRow, NumberRow, Period, sentence_case,
};

/// Names of areas by code.
pub type AreaNames = BTreeMap<String, String>;

pub fn area_names(areas: &[Area]) -> AreaNames {
    areas.iter().map(|area| (area.code.clone(), area.name.clone())).collect()
}

/// What kind of finding a signal is to a reader.
pub fn finding_kind(signal: &Signal) -> FindingKind {
    match signal.detector {
        Detector::Scan => FindingKind::Cluster,
        Detector::Trend => FindingKind::Trend,
        Detector::RateRatio if signal.dimension.is_empty() => FindingKind::Cluster,
        Detector::RateRatio => FindingKind::Disparity,
    }
}

/// The facts of a signal's title and sentence.
pub fn finding(policy: &Policy, names: &AreaNames, signal: &Signal) -> Finding {
    let kind = finding_kind(signal);
    let counts = [signal.observed];
    let places =
        signal.areas.iter().map(|code| names.get(code).cloned().unwrap_or_else(|| code.clone())).collect();
    let group = if signal.dimension.is_empty() {
        Vec::new()
    } else {
        vec![GroupValue { dimension: signal.dimension.clone(), value: signal.value.clone() }]
    };
    // An area against the rest is a finding about the whole time: its sentence names no month.
    let is_timed = signal.detector != Detector::RateRatio;
    let last = last_day(&signal.detail).unwrap_or(signal.to);
    Finding {
        kind,
        list: signal.kind.code().to_owned(),
        code: signal.code.clone(),
        dataset: signal.dataset.clone(),
        system: signal.system.clone(),
        areas: places,
        group,
        reference: None,
        from: if is_timed { signal.from.to_string() } else { String::new() },
        to: if is_timed { signal.to.to_string() } else { String::new() },
        is_ongoing: signal.to >= last,
        observed: policy.count(signal.observed),
        expected: policy.derived(signal.expected, &counts),
        ratio: policy.derived(signal.ratio, &counts),
        low: policy.derived(signal.lower, &counts),
        high: policy.derived(signal.upper.unwrap_or(f64::INFINITY), &counts),
        hardest: hardest(policy, signal),
    }
}

fn last_day(detail: &Detail) -> Option<Day> {
    detail.trend.iter().map(|point| point.to).max()
}

/// The group that a cluster hits hardest, when it clearly stands out (its whole interval above the others').
fn hardest(policy: &Policy, signal: &Signal) -> Option<GroupValue> {
    if signal.detector != Detector::Scan {
        return None;
    }
    let clear = signal
        .detail
        .groups
        .iter()
        .filter(|group| group.lower > 1.2 && group.events >= policy.threshold())
        .max_by(|a, b| a.lower.total_cmp(&b.lower))?;
    Some(GroupValue { dimension: clear.dimension.clone(), value: clear.value.clone() })
}

/// The whole map with every area's observed over expected, those of the finding outlined.
pub fn map(policy: &Policy, areas: &[Area], signal: &Signal) -> Option<MapChart> {
    if signal.detail.areas.is_empty() || areas.is_empty() {
        return None;
    }
    let figures: BTreeMap<&str, _> =
        signal.detail.areas.iter().map(|figure| (figure.area.as_str(), figure)).collect();
    let areas = areas
        .iter()
        .map(|area| {
            let figure = figures.get(area.code.as_str());
            let observed = figure.map_or(0, |figure| figure.observed);
            let counts = [observed];
            MapArea {
                name: area.name.clone(),
                geometry: area.geometry.clone(),
                longitude: area.longitude,
                latitude: area.latitude,
                ratio: figure
                    .filter(|figure| figure.expected > 0.0)
                    .map(|figure| policy.derived(figure.observed as f64 / figure.expected, &counts)),
                observed: policy.count(observed),
                expected: figure.map(|figure| policy.derived(figure.expected, &counts)),
                is_marked: signal.areas.contains(&area.code),
            }
        })
        .collect();
    Some(MapChart { areas })
}

/// The numbers by area, the finding's own first, then the largest ratios.
pub fn area_rows(policy: &Policy, names: &AreaNames, signal: &Signal) -> Vec<NumberRow> {
    let mut figures: Vec<_> = signal.detail.areas.iter().collect();
    let ratio = |observed: u64, expected: f64| if expected > 0.0 { observed as f64 / expected } else { 0.0 };
    figures.sort_by(|a, b| {
        let inside = |area: &str| signal.areas.iter().any(|it| it == area);
        inside(&b.area)
            .cmp(&inside(&a.area))
            .then((a.observed < policy.threshold()).cmp(&(b.observed < policy.threshold())))
            .then(ratio(b.observed, b.expected).total_cmp(&ratio(a.observed, a.expected)))
            .then(a.area.cmp(&b.area))
    });
    let counts: Vec<u64> = figures.iter().map(|figure| figure.observed).collect();
    let shown = suppress_column(policy, &counts);
    figures
        .iter()
        .zip(shown)
        .map(|(figure, cell)| {
            let is_hidden = cell.count.value().is_none();
            let gate = |value: f64| gated(policy, value, is_hidden);
            let relative = ratio(figure.observed, figure.expected);
            let (low, high) = poisson_interval(figure.observed, figure.expected);
            NumberRow {
                label: names.get(&figure.area).cloned().unwrap_or_else(|| figure.area.clone()),
                observed: cell.count,
                expected: Some(gate(figure.expected)),
                ratio: gate(relative),
                low: gate(low),
                high: gate(high),
                is_marked: signal.areas.contains(&figure.area),
            }
        })
        .collect()
}

/// Exact interval of observed over expected, the expectation taken as known.
fn poisson_interval(observed: u64, expected: f64) -> (f64, f64) {
    match stats::rates::rate_exact(observed, expected, 0.95) {
        Ok(rate) => (rate.lower, rate.upper),
        Err(_) => (0.0, f64::INFINITY),
    }
}

/// A figure beside a count: hidden when its count is.
fn gated(policy: &Policy, value: f64, is_hidden: bool) -> Disclosed<f64> {
    // A count of one stands for "small" at any threshold.
    if is_hidden { policy.derived(value, &[1]) } else { policy.about_nobody(value) }
}

/// Counts over time with the expected range. Where most single periods are too small to be shown, neighbouring ones
/// are put together, three or six at a time, until most can.
pub fn trend(policy: &Policy, signal: &Signal) -> Option<TrendChart> {
    let points = &merged(policy, &signal.detail.trend);
    if points.len() < 2 {
        return None;
    }
    let is_cluster = signal.detector == Detector::Scan;
    let points = points
        .iter()
        .map(|point| {
            let counts = [point.observed];
            let inside = point.from <= signal.to && point.to >= signal.from;
            TrendPoint {
                day: point.from.to_string(),
                observed: policy.count(point.observed),
                expected: point.expected.map(|expected| policy.derived(expected, &counts)),
                low: None,
                high: point.upper.map(|upper| policy.derived(upper, &counts)),
                is_marked: point.stands_out || (is_cluster && inside),
            }
        })
        .collect();
    let mark_from = (signal.detector != Detector::RateRatio).then(|| signal.from.to_string());
    Some(TrendChart { points, mark_from })
}

fn merged(policy: &Policy, points: &[signals::TrendPoint]) -> Vec<signals::TrendPoint> {
    let mut best = points.to_vec();
    for together in [1, 3, 6] {
        // The last, incomplete piece would look like a fall.
        best = points.chunks_exact(together).filter_map(sum).collect();
        let small = best.iter().filter(|point| policy.count(point.observed).value().is_none()).count();
        if small * 2 <= best.len() {
            break;
        }
    }
    best
}

fn sum(points: &[signals::TrendPoint]) -> Option<signals::TrendPoint> {
    let (first, last) = (points.first()?, points.last()?);
    let total = |part: fn(&signals::TrendPoint) -> Option<f64>| points.iter().map(part).sum::<Option<f64>>();
    Some(signals::TrendPoint {
        from: first.from,
        to: last.to,
        observed: points.iter().map(|point| point.observed).sum(),
        expected: total(|point| point.expected),
        // Limits of single periods do not add up to the limit of their sum.
        upper: if points.len() == 1 { first.upper } else { None },
        stands_out: points.iter().any(|point| point.stands_out),
    })
}

/// Whether the trend's points are weeks or longer.
pub fn period(signal: &Signal) -> Period {
    match signal.detail.trend.first() {
        Some(point) if point.to.days_since(point.from) <= 7 => Period::Week,
        _ => Period::Month,
    }
}

/// The shape of the trend for a list. Small counts are drawn as the threshold, so that the line tells nothing more
/// than the table.
pub fn sparkline(policy: &Policy, signal: &Signal) -> Option<Sparkline> {
    let points = &signal.detail.trend;
    if points.len() < 4 {
        return None;
    }
    let last = points.len().saturating_sub(60);
    let points = points.get(last..).unwrap_or_default();
    let small = points.iter().filter(|point| policy.count(point.observed).value().is_none()).count();
    if small * 3 > points.len() {
        return None;
    }
    let values = points
        .iter()
        .map(|point| policy.count(point.observed).value().map_or(policy.threshold() as f64, |n| *n as f64))
        .collect();
    let hot_from = (signal.detector != Detector::RateRatio)
        .then(|| points.iter().position(|point| point.to >= signal.from))
        .flatten();
    Some(Sparkline { values, hot_from })
}

/// The numbers by group, one block to a dimension.
pub fn group_blocks(policy: &Policy, signal: &Signal) -> Vec<GroupBlock> {
    let mut dimensions: Vec<&str> = Vec::new();
    for group in &signal.detail.groups {
        if !dimensions.contains(&group.dimension.as_str()) {
            dimensions.push(&group.dimension);
        }
    }
    // The finding's own dimension stands first.
    dimensions.sort_by_key(|dimension| *dimension != signal.dimension);
    dimensions
        .into_iter()
        .map(|dimension| {
            let rows: Vec<&GroupFigure> =
                signal.detail.groups.iter().filter(|group| group.dimension == dimension).collect();
            let counts: Vec<u64> = rows.iter().map(|group| group.events).collect();
            let shown = suppress_column(policy, &counts);
            let total_events: u64 = counts.iter().sum();
            let total_exposure: f64 = rows.iter().map(|group| group.exposure).sum();
            let rows = rows
                .iter()
                .zip(shown)
                .map(|(group, cell)| {
                    let is_hidden = cell.count.value().is_none();
                    let gate = |value: f64| gated(policy, value, is_hidden);
                    let expected =
                        (total_exposure > 0.0).then(|| total_events as f64 * group.exposure / total_exposure);
                    NumberRow {
                        label: group.value.clone(),
                        observed: cell.count,
                        expected: expected.map(gate),
                        ratio: gate(group.ratio.unwrap_or(f64::NAN)),
                        low: gate(group.lower),
                        high: gate(group.upper.unwrap_or(f64::INFINITY)),
                        is_marked: signal.dimension == dimension && signal.value == group.value,
                    }
                })
                .collect();
            GroupBlock { dimension: dimension.to_owned(), rows }
        })
        .collect()
}

/// What could fool us, from the message keys that the run left.
pub fn caveats(lang: Lang, signal: &Signal) -> Vec<Caveat> {
    let mut caveats: Vec<Caveat> = Vec::new();
    if signal.detail.base == "base-records" {
        caveats.push(Caveat::NoDenominator);
    }
    if signal.detector == Detector::Scan {
        caveats.push(Caveat::SelectedBySearch);
    }
    for key in &signal.detail.cautions {
        match (key.as_str(), lang.find(key)) {
            // Said by `NoDenominator` already.
            ("caution-no-population", _) if caveats.contains(&Caveat::NoDenominator) => {}
            ("caution-small-numbers", _) => caveats.push(Caveat::SmallNumbers),
            ("caution-late-records", _) => caveats.push(Caveat::LateRecords),
            (_, Some(text)) => caveats.push(Caveat::Other(text)),
            (_, None) => {}
        }
    }
    caveats.push(Caveat::NotACause);
    caveats
}

/// What rates are measured against, in the page's words, from [`Base::label`].
pub fn base(lang: Lang, label: &str) -> String {
    if Base::KEYS.contains(&label) {
        lang.t(label)
    } else {
        lang.t1("base-relative", "unit", unit(lang, label))
    }
}

/// A unit of a population; one that a file brought and we have no word for is shown as it is.
pub fn unit(lang: Lang, unit: &str) -> String {
    let key = format!("unit-{}", unit.to_lowercase().replace([' ', '_'], "-"));
    lang.find(&key).unwrap_or_else(|| unit.to_owned())
}

/// Settings of a computation as label and value, in the page's words.
pub fn settings(lang: Lang, names: &AreaNames, settings: &[(String, String)]) -> Vec<(String, String)> {
    settings
        .iter()
        .map(|(name, value)| (lang.word("setting", name), setting_value(lang, names, name, value)))
        .collect()
}

fn setting_value(lang: Lang, names: &AreaNames, name: &str, value: &str) -> String {
    if let Some(words) = lang.find(&format!("setting-{name}-{value}")) {
        return words;
    }
    let place = |code: &str| names.get(code).cloned().unwrap_or_else(|| code.to_owned());
    if name == Setting::Center.key() {
        place(value)
    } else if name == Setting::AreasExplained.key() {
        lang.list(&value.split(", ").map(place).collect::<Vec<_>>())
    } else if let Some((from, to)) = value.split_once('/').filter(|_| name == Setting::BaseCovers.key()) {
        lang.period(from, to)
    } else {
        figure(lang, value)
    }
}

/// A figure that was stored as text, with the language's own decimal point and a minus of a minus's length. None at all
/// is a dash.
pub fn figure(lang: Lang, text: &str) -> String {
    if text.is_empty() {
        return "–".to_owned();
    }
    if text.parse::<f64>().is_err() {
        return text.to_owned();
    }
    let text = text.replacen('-', "−", usize::from(text.starts_with('-')));
    match lang {
        Lang::En => text,
        Lang::Es => text.replace('.', ","),
    }
}

/// What a run could not look at, one row to a reason and a data set.
pub fn not_looked(lang: Lang, notes: &[signals::Note]) -> Vec<NotLookedRow> {
    let mut by_reason: BTreeMap<(Detector, &str, &str), Vec<String>> = BTreeMap::new();
    for note in notes {
        let what = lang.word(note.kind.code(), &note.code);
        by_reason.entry((note.detector, note.key.as_str(), note.dataset.as_str())).or_default().push(what);
    }
    by_reason
        .into_iter()
        .map(|((detector, key, dataset), outcomes)| {
            let kind = match detector {
                Detector::Scan => FindingKind::Cluster,
                Detector::Trend => FindingKind::Trend,
                Detector::RateRatio => FindingKind::Disparity,
            };
            let kind = sentence_case(&lang.t(&format!("finding-kind-{}", kind.code())));
            let why = [("kind", kind.into()), ("why", lang.t(key).into())];
            let dataset = sentence_case(&lang.word("dataset", dataset));
            let what = [("dataset", dataset.into()), ("what", lang.list(&outcomes).into())];
            NotLookedRow {
                why: lang.t_with("signals-not-looked-why", &why),
                what: lang.t_with("signals-not-looked-what", &what),
                n: outcomes.len(),
            }
        })
        .collect()
}

/// Why an evaluation has no estimate, from what is kept of the refusal.
pub fn refusal(lang: Lang, stored: &str) -> String {
    let known = serde_json::from_str::<RefusalNote>(stored).ok();
    let note = known.filter(|note| Refusal::KEYS.contains(&note.key.as_str()));
    let Some(note) = note else { return lang.t(RefusalNote::BROKEN) };
    let args = [
        ("have", note.have.unwrap_or(0).into()),
        ("need", note.need.unwrap_or(0).into()),
        ("step", note.step.map_or("month", Step::code).into()),
        ("place", note.place.as_str().into()),
    ];
    lang.t_with(&note.key, &args)
}

/// A signal's key as a part of an address.
pub fn key_in_address(key: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use analytics::said::{Caution, MethodName, NoGroupEstimate, NotLooked, PMethod, Premise, PremiseFigure};

    use super::*;

    /// Every key that a run or an evaluation may leave behind, as the pages look it up.
    fn keys() -> Vec<String> {
        let own = |key: &'static str| key.to_owned();
        let mut keys: Vec<String> = Vec::new();
        keys.extend(Caution::ALL.iter().map(|it| own(it.key())));
        keys.extend(NotLooked::ALL.iter().map(|it| own(it.key())));
        keys.extend(Premise::ALL.iter().map(|it| own(it.key())));
        keys.extend(NoGroupEstimate::ALL.iter().map(|it| own(it.key())));
        keys.extend(PremiseFigure::ALL.iter().map(|it| format!("figure-{}", it.key())));
        keys.extend(MethodName::ALL.iter().map(|it| format!("method-{}", it.key())));
        keys.extend(PMethod::ALL.iter().map(|it| format!("p-method-{}", it.key())));
        keys.extend(Base::KEYS.map(own));
        for setting in Setting::ALL {
            keys.push(format!("setting-{}", setting.key()));
            let choices = setting.choices().iter();
            keys.extend(choices.map(|choice| format!("setting-{}-{}", setting.key(), choice.key())));
        }
        for step in [Step::Week, Step::Month, Step::Quarter] {
            keys.push(format!("event-study-axis-{}", step.code()));
        }
        keys
    }

    #[test]
    fn every_key_that_a_result_may_carry_has_words_in_both_languages() {
        let missing: Vec<(&str, String)> = Lang::ALL
            .into_iter()
            .flat_map(|lang| keys().into_iter().map(move |key| (lang, key)))
            .filter(|(lang, key)| lang.find(key).is_none())
            .map(|(lang, key)| (lang.code(), key))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(keys().len() > 90);
    }

    #[test]
    fn every_refusal_is_said_in_both_languages_with_its_figures() {
        for lang in Lang::ALL {
            for key in Refusal::KEYS {
                for step in [Step::Week, Step::Month, Step::Quarter] {
                    for have in [0, 1, 5] {
                        let note = RefusalNote {
                            key: key.to_owned(),
                            have: Some(have),
                            need: Some(8),
                            step: Some(step),
                            place: "Nowhere".to_owned(),
                        };
                        let text = refusal(lang, &serde_json::to_string(&note).unwrap());
                        assert!(!text.contains(['⟦', '{', '$']) && text.ends_with('.'), "{text}");
                    }
                }
            }
        }
        let few = |have| {
            let json = format!(r#"{{"key":"unable-too-few-before","have":{have},"need":8,"step":"month"}}"#);
            refusal(Lang::Es, &json)
        };
        let rest = "antes del cambio; hacen falta al menos 8. Traiga registros más antiguos.";
        assert_eq!(few(5), format!("Solo hay 5 meses enteros {rest}"));
        assert_eq!(few(1), format!("Solo hay un mes entero {rest}"));
        assert_eq!(few(0), format!("No hay ningún mes entero {rest}"));
    }

    #[test]
    fn a_reason_that_cannot_be_read_is_never_shown_as_it_is() {
        for stored in ["only 5 whole months lie before it", r#"{"key":"people"}"#, ""] {
            assert_eq!(refusal(Lang::En, stored), Lang::En.t("unable-broken"));
        }
    }

    #[test]
    fn what_could_not_be_looked_at_stands_together_by_reason() {
        let note = |code: &str, detector, key: &str| signals::Note {
            dataset: "casework".to_owned(),
            kind: domain::kernel::codes::EventKind::Barrier,
            code: code.to_owned(),
            detector,
            key: key.to_owned(),
        };
        let notes = [
            note("cost", Detector::Trend, "note-series-short"),
            note("cost", Detector::Scan, "note-no-map"),
            note("waitlist", Detector::Trend, "note-series-short"),
        ];
        let rows = not_looked(Lang::Es, &notes);
        let shown: Vec<(&str, usize)> =
            rows.iter().map(|row| (row.why.split(':').next().unwrap(), row.n)).collect();
        assert_eq!(shown, [("Lugar y tiempo", 1), ("Aumento repentino", 2)]);
        assert_eq!(rows[1].what, "Nuestros propios casos: coste y lista de espera.");
    }

    #[test]
    fn settings_are_words_in_the_readers_language() {
        let names = AreaNames::from([("A1".to_owned(), "Millrace".to_owned())]);
        let stored = [
            ("step", "quarter"),
            ("center", "A1"),
            ("areas_explained", "A1, A2"),
            ("base_covers", "2024-01-01/2024-12-31"),
            ("dispersion", "1.250"),
            ("p_gumbel", ""),
            ("radius_km", "-0.50"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shown: Vec<String> = settings(Lang::Es, &names, &stored)
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "Contado por: trimestre",
                "Centro: Millrace",
                "Zonas que explica: Millrace y A2",
                "Base conocida para: 1 de enero de 2024 al 31 de diciembre de 2024",
                "Dispersión: 1,250",
                "p por la distribución de Gumbel: –",
                "Radio, km: −0,50",
            ]
        );
    }
}
