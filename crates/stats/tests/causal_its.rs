//! Segmented regression against R and statsmodels on the Sicilian smoking ban of January 2005.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails loudly, and says when it is skipped"
)]

use serde_json::Value;
use stats::its::{Change, Column, Error, Fit, Input, Model, Season, Series, Shape, its};
use std::path::PathBuf;

struct Sicily {
    time: Vec<f64>,
    month: Vec<i64>,
    aces: Vec<f64>,
    population: Vec<f64>,
    rate: Vec<f64>,
    r: Value,
}

fn sicily() -> Option<Sicily> {
    let p = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/evaluate/sicily");
    if !p.is_dir() {
        println!("skipped: no reference data at {}", p.display());
        return None;
    }
    let mut csv = csv::Reader::from_path(p.join("data.csv")).unwrap();
    let rows: Vec<Vec<f64>> =
        csv.records().map(|r| r.unwrap().iter().map(|v| v.parse().unwrap()).collect()).collect();
    let column = |j: usize| rows.iter().map(|r| r[j]).collect::<Vec<f64>>();
    Some(Sicily {
        time: column(3),
        month: (1..=59).collect(),
        rate: rows.iter().map(|r| r[2] / r[6] * 1e5).collect(),
        aces: column(2),
        population: column(6),
        r: serde_json::from_str(&std::fs::read_to_string(p.join("expected_r_its.json")).unwrap()).unwrap(),
    })
}

impl Sicily {
    fn expected(&self, id: &str) -> &Value {
        self.r.as_array().unwrap().iter().find(|v| v["id"] == id).unwrap()
    }

    fn fit(&self, model: Model, shape: Shape, harmonics: Option<usize>, lag: Option<usize>) -> Fit {
        let counts = model.is_log();
        its(&Input {
            time: &self.time,
            series: Series {
                outcome: if counts { &self.aces } else { &self.rate },
                exposure: counts.then_some(self.population.as_slice()),
            },
            control: None,
            changes: &[Change { label: "37".into(), at: 37.0 }],
            shape,
            season: harmonics.map(|k| Season {
                period: 12,
                position: self.month.clone(),
                harmonics: Some(k),
            }),
            covariates: &[],
            model,
            lag,
            level: 0.95,
        })
        .unwrap()
    }
}

const NAMES: [(&str, &str); 8] = [
    ("intercept", "(Intercept)"),
    ("time", "time"),
    ("level:37", "smokban"),
    ("slope:37", "t36"),
    ("season:sin1", "s1"),
    ("season:cos1", "c1"),
    ("season:sin2", "s2"),
    ("season:cos2", "c2"),
];

fn same(fit: &Fit, expected: &Value, tolerance: f64) {
    let mut seen = 0;
    for (ours, theirs) in NAMES {
        let Some(b) = expected["coef"][theirs].as_f64() else { continue };
        let term = fit.terms.iter().find(|t| t.name == ours).unwrap();
        let se = expected["se"][theirs].as_f64().unwrap();
        let near = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs();
        assert!(near(term.estimate.unwrap(), b), "{ours}: {term:?} against {b}");
        assert!(near(term.se.unwrap(), se), "{ours}: {term:?} against {se}");
        seen += 1;
    }
    assert_eq!(seen, fit.terms.len(), "every coefficient was compared");
}

#[test]
fn poisson_and_quasi_poisson_steps_are_those_of_r() {
    let Some(s) = sicily() else { return };
    for (id, model) in [("poisson_step", Model::Poisson), ("quasipoisson_step", Model::QuasiPoisson)] {
        let fit = s.fit(model, Shape::Level, None, None);
        let e = s.expected(id);
        same(&fit, e, 1e-6);
        assert!((fit.dispersion - e["dispersion"].as_f64().unwrap()).abs() < 1e-5);
        assert!((fit.deviance.unwrap() - e["deviance"].as_f64().unwrap()).abs() < 1e-3);
        let term = &fit.terms[2];
        let ci = &e["rr_ci95_wald_normal"];
        assert!((term.lower.unwrap().exp() - ci[0].as_f64().unwrap()).abs() < 1e-6);
        assert!((term.upper.unwrap().exp() - ci[1].as_f64().unwrap()).abs() < 1e-6);
        let p = e["p_value_reported"].as_f64().unwrap();
        assert!((term.p.unwrap() - p).abs() < 1e-5 * p, "{:?} {p}", term.p);
    }
}

#[test]
fn a_season_as_harmonics_is_that_of_r() {
    let Some(s) = sicily() else { return };
    let level = s.fit(Model::QuasiPoisson, Shape::Level, Some(2), None);
    same(&level, s.expected("quasipoisson_step_harmonic2"), 1e-6);
    let both = s.fit(Model::QuasiPoisson, Shape::Both, Some(2), None);
    same(&both, s.expected("quasipoisson_step_slope_harmonic2"), 1e-6);
    // The F test of the slope: difference of deviances over the larger model's dispersion.
    let f = (level.deviance.unwrap() - both.deviance.unwrap()) / both.dispersion;
    assert!((f - 0.638_791_5).abs() < 1e-5);
}

#[test]
fn least_squares_with_newey_west_errors_is_that_of_sandwich() {
    let Some(s) = sicily() else { return };
    same(&s.fit(Model::Ols, Shape::Both, None, None), s.expected("ols_segmented_classical"), 1e-6);
    same(&s.fit(Model::Ols, Shape::Both, None, Some(3)), s.expected("ols_segmented_NW_lag3_adj"), 1e-6);
    let season = s.fit(Model::Ols, Shape::Both, Some(2), Some(12));
    same(&season, s.expected("ols_segmented_harmonic_NW_lag12_adj"), 1e-6);
    // Statsmodels, lags 1 and 12.
    for (lag, se) in [(1, 6.790_257), (12, 5.207_485)] {
        let fit = s.fit(Model::Ols, Shape::Both, None, Some(lag));
        assert!((fit.terms[2].se.unwrap() - se).abs() < 1e-5);
    }
    let dw = s.expected("autocorrelation_tests")["DW"].as_f64().unwrap();
    assert!((s.fit(Model::Ols, Shape::Both, None, None).durbin_watson - dw).abs() < 1e-6);
}

#[test]
fn autocorrelated_errors_are_those_of_the_peers() {
    let Some(s) = sicily() else { return };
    let pw = s.fit(Model::PraisWinsten, Shape::Both, None, None);
    let e = s.expected("prais_winsten_iterated");
    same(&pw, e, 1e-5);
    assert!((pw.rho - e["rho"].as_f64().unwrap()).abs() < 1e-6);
    let gls = s.fit(Model::GlsAr1, Shape::Both, None, None);
    let e = s.expected("gls_ar1_ml");
    same(&gls, e, 1e-5);
    assert!((gls.rho - e["phi"].as_f64().unwrap()).abs() < 1e-5);
}

#[test]
fn the_expected_sum_lies_inside_its_interval_and_over_what_was_seen() {
    let Some(s) = sicily() else { return };
    let fit = s.fit(Model::QuasiPoisson, Shape::Level, Some(2), None);
    let e = &fit.effects[0];
    assert_eq!((e.from, e.to), (36, 58));
    assert!(e.expected.lower < e.expected.value && e.expected.value < e.expected.upper);
    assert!(e.observed < e.expected.lower, "the ban's effect is clear in these data");
    let ratio = fit.fitted[40].value / fit.counterfactual[40].value;
    assert!((ratio - fit.terms[2].estimate.unwrap().exp()).abs() < 1e-12);
    assert!((fit.fitted[10].value - fit.counterfactual[10].value).abs() < 1e-9);
}

/// A made series: level 20, slope 1, a jump of 7 at period 13, everything else zero.
fn made() -> (Vec<f64>, Vec<f64>) {
    let time: Vec<f64> = (1..=24).map(f64::from).collect();
    let wobble = [0.3, -0.2, 0.1, -0.3, 0.2, -0.1];
    let y = time
        .iter()
        .enumerate()
        .map(|(i, t)| 20.0 + t + f64::from(u8::from(*t >= 13.0)) * 7.0 + wobble[i % 6])
        .collect();
    (time, y)
}

#[test]
fn a_control_series_takes_out_what_happened_to_both() {
    let (time, y) = made();
    // The control jumps by 4 at the same time, so only 3 of the 7 belong to the watched series.
    let control: Vec<f64> = time
        .iter()
        .zip([0.1, 0.2, -0.3, 0.0].iter().cycle())
        .map(|(t, w)| 50.0 + 0.5 * t + f64::from(u8::from(*t >= 13.0)) * 4.0 + w)
        .collect();
    let fit = its(&Input {
        time: &time,
        series: Series { outcome: &y, exposure: None },
        control: Some(Series { outcome: &control, exposure: None }),
        changes: &[Change { label: "13".into(), at: 13.0 }],
        shape: Shape::Level,
        season: None,
        covariates: &[],
        model: Model::Ols,
        lag: Some(2),
        level: 0.95,
    })
    .unwrap();
    let value = |name: &str| fit.terms.iter().find(|t| t.name == name).unwrap().estimate.unwrap();
    assert!((value("level:13") - 3.0).abs() < 0.3);
    assert!((value("shared:level:13") - 4.0).abs() < 0.3);
    assert!((value("control") - 30.0).abs() < 0.3);
}

#[test]
fn a_column_that_repeats_another_has_no_estimate_and_the_others_do() {
    let (time, y) = made();
    let twice: Vec<f64> = time.iter().map(|t| 2.0 * t).collect();
    let fit = its(&Input {
        time: &time,
        series: Series { outcome: &y, exposure: None },
        control: None,
        changes: &[Change { label: "13".into(), at: 13.0 }],
        shape: Shape::Level,
        season: None,
        covariates: &[Column { name: "twice".into(), values: twice }],
        model: Model::Ols,
        lag: None,
        level: 0.9,
    })
    .unwrap();
    assert_eq!(fit.terms[3].estimate, None);
    assert!((fit.terms[2].estimate.unwrap() - 7.0).abs() < 0.3);
}

#[test]
fn a_line_that_meets_every_point_has_no_errors_and_no_p_values() {
    let time: Vec<f64> = (1..=20).map(f64::from).collect();
    let y: Vec<f64> = time.iter().map(|t| 3.0 + 0.1 * t).collect();
    for model in [Model::Ols, Model::PraisWinsten, Model::GlsAr1] {
        let fit = its(&Input {
            time: &time,
            series: Series { outcome: &y, exposure: None },
            control: None,
            changes: &[Change { label: "11".into(), at: 11.0 }],
            shape: Shape::Both,
            season: None,
            covariates: &[],
            model,
            lag: None,
            level: 0.95,
        })
        .unwrap();
        assert!(fit.is_exact && fit.terms.iter().all(|t| t.p.is_none() && t.se == Some(0.0)));
        assert!((fit.terms[1].estimate.unwrap() - 0.1).abs() < 1e-12);
    }
}

#[test]
fn a_change_outside_the_series_is_refused() {
    let (time, y) = made();
    let err = its(&Input {
        time: &time,
        series: Series { outcome: &y, exposure: None },
        control: None,
        changes: &[Change { label: "2030".into(), at: 25.0 }],
        shape: Shape::Level,
        season: None,
        covariates: &[],
        model: Model::Ols,
        lag: None,
        level: 0.95,
    })
    .unwrap_err();
    assert_eq!(err, Error::ChangeOutside { label: "2030".into(), before: 24, after: 0 });
}
