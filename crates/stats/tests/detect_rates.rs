//! Rates, two-by-two tables and false discovery rates against R, epitools and epiR.

use serde_json::Value;
use stats::dist::{
    binomial_lower, binomial_point, binomial_upper, chi_square_upper, logistic, normal_p_two_sided,
    normal_quantile,
};
use stats::fdr::{FdrMethod, adjust};
use stats::rates::{RateStratum, disproportionality, mantel_haenszel, rate_exact, rate_ratio};
use stats::two_by_two::two_by_two;

/// The shared reference data, or `None` (said aloud) where they are not at hand.
fn reference(path: &str) -> Option<String> {
    let full = format!("{}/../../../shared/data/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&full).ok();
    if text.is_none() {
        eprintln!("skipped: {path} is not here");
    }
    text
}

fn json(path: &str) -> Option<Value> {
    reference(path).map(|text| serde_json::from_str(&text).expect("reference JSON"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::INFINITY)
}

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

#[track_caller]
fn close(ours: f64, theirs: f64, relative: f64, what: &str) {
    let same = ours.is_infinite() && theirs.is_infinite()
        || (ours - theirs).abs() <= relative * theirs.abs().max(1e-12);
    assert!(same, "{what}: {ours} against {theirs}");
}

#[test]
fn person_time_rates_match_r_and_epitools() {
    let Some(expected) = json("detect/two_by_two/expected.json") else { return };
    for case in expected["person_time"].as_array().expect("cases") {
        let (a, b) = (count(&case["a"]), count(&case["b"]));
        let (ta, tb) = (number(&case["pt_a"]), number(&case["pt_b"]));
        let what = format!("{a}/{ta} v {b}/{tb}");
        let ours = rate_ratio(a, ta, b, tb, 0.95).expect("a ratio");
        match ours.ratio {
            None => assert_eq!((a, b), (0, 0), "{what}"),
            Some(ratio) => close(ratio, number(&case["rr"]), 1e-9, &what),
        }
        close(ours.lower, number(&case["exact_ci_central"][0]), 1e-8, &what);
        close(ours.upper, number(&case["exact_ci_central"][1]), 1e-8, &what);
        close(ours.p_central, number(&case["exact_p_central"]), 1e-7, &what);
        close(ours.p_mid, number(&case["midp_p_twosided"]), 1e-7, &what);
        // epitools finds its mid-p limits by a search that stops near the fourth digit; the next test holds ours to the definition.
        close(ours.lower_mid, number(&case["epitools_midp"]["lo"]), 1e-3, &what);
        close(ours.upper_mid, number(&case["epitools_midp"]["hi"]), 1e-3, &what);
        close(ours.difference, number(&case["rd"]), 1e-9, &what);
        assert!(
            ours.difference_lower <= ours.difference && ours.difference <= ours.difference_upper,
            "{what}"
        );
        let rate = rate_exact(a, ta, 0.95).expect("a rate");
        // epitools searches for these limits and stops early; half of a chi-square quantile is the definition.
        close(rate.lower, number(&case["rate_a_exact_ci"][0]["lower"]), 2e-3, &what);
        close(rate.upper, number(&case["rate_a_exact_ci"][0]["upper"]), 2e-3, &what);
        close(
            1.0 - chi_square_upper(2.0 * rate.lower * ta, 2.0 * a as f64),
            if a == 0 { 0.0 } else { 0.025 },
            1e-9,
            &what,
        );
        close(chi_square_upper(2.0 * rate.upper * ta, 2.0 * a as f64 + 2.0), 0.025, 1e-9, &what);
    }
}

#[test]
fn no_event_on_either_side_is_no_information() {
    let ours = rate_ratio(0, 50.0, 0, 70.0, 0.95).expect("a ratio");
    assert_eq!(ours.ratio, None);
    assert!(ours.lower.abs() < 1e-300 && ours.upper.is_infinite());
    assert!((ours.p_central - 1.0).abs() < 1e-12 && (ours.p_mid - 1.0).abs() < 1e-12);
}

#[test]
fn mid_p_limits_leave_exactly_half_of_the_tail_with_half_of_the_point() {
    let (a, ta, b, tb) = (41, 28_010.0, 15, 19_017.0);
    let ours = rate_ratio(a, ta, b, tb, 0.95).expect("a ratio");
    let p = |ratio: f64| logistic((ratio * ta / tb).ln());
    let (lower, upper) = (p(ours.lower_mid), p(ours.upper_mid));
    assert!(
        (binomial_upper(a + 1, a + b, lower) + 0.5 * binomial_point(a, a + b, lower) - 0.025).abs() < 1e-11
    );
    assert!(
        (binomial_lower(a - 1, a + b, upper) + 0.5 * binomial_point(a, a + b, upper) - 0.025).abs() < 1e-11
    );
}

#[test]
fn person_time_must_be_positive() {
    assert!(rate_ratio(1, 0.0, 1, 5.0, 0.95).is_err());
    assert!(rate_exact(1, f64::NAN, 0.95).is_err());
    assert!(rate_exact(1, 1.0, 1.0).is_err());
}

#[test]
fn the_exact_interval_and_the_central_p_agree_everywhere() {
    for a in 0..14_u64 {
        for b in 0..14_u64 {
            let at = |level: f64| rate_ratio(a, 7.0, b, 11.0, level).expect("a ratio");
            let p = at(0.95).p_central;
            if !(1e-9..0.999).contains(&p) {
                continue;
            }
            // Just wider than 1 - p the interval holds 1; just narrower it does not.
            let (wide, narrow) = (at(1.0 - p * 0.99), at(1.0 - p * 1.01));
            assert!(wide.lower <= 1.0 && wide.upper >= 1.0, "{a} {b}");
            assert!(narrow.lower > 1.0 || narrow.upper < 1.0, "{a} {b}");
        }
    }
}

#[test]
fn score_interval_of_the_difference_covers_about_what_it_says() {
    // Exact coverage by enumeration over two Poisson counts.
    let (ta, tb, ra, rb) = (100.0, 150.0, 0.08, 0.05);
    let poisson = |mean: f64| {
        let mut p = vec![(-mean).exp()];
        for k in 1..60_u32 {
            let previous = p[k as usize - 1];
            p.push(previous * mean / f64::from(k));
        }
        p
    };
    let (pa, pb) = (poisson(ta * ra), poisson(tb * rb));
    let mut covered = 0.0;
    for (a, wa) in (0_u64..).zip(&pa).take(40) {
        for (b, wb) in (0_u64..).zip(&pb).take(40) {
            let r = rate_ratio(a, ta, b, tb, 0.95).expect("a ratio");
            if r.difference_lower <= ra - rb && ra - rb <= r.difference_upper {
                covered += wa * wb;
            }
        }
    }
    assert!((0.935..0.97).contains(&covered), "{covered}");
}

#[test]
fn two_by_two_tables_match_r_and_epir() {
    let Some(expected) = json("detect/two_by_two/expected.json") else { return };
    for case in expected["two_by_two"].as_array().expect("cases") {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|k| count(&case[k]));
        let what = format!("{a} {b} {c} {d}");
        let ours = two_by_two(a, b, c, d, 0.95).expect("a table");
        close(ours.risk_difference.estimate.expect("difference"), number(&case["rd"]), 1e-9, &what);
        // epiR's score interval is Mee's, without the factor N / (N - 1): the same as ours at a level whose
        // quantile is smaller by the root of that factor.
        let n = (a + b + c + d) as f64;
        let z = normal_quantile(0.975) * ((n - 1.0) / n).sqrt();
        let mee = two_by_two(a, b, c, d, 1.0 - normal_p_two_sided(z)).expect("a table").risk_difference;
        // epiR stops its search at 1e-7.
        assert!((mee.lower - number(&case["rd_score"][1]) / 100.0).abs() < 1e-7, "{what}");
        assert!((mee.upper - number(&case["rd_score"][2]) / 100.0).abs() < 1e-7, "{what}");
        assert!(ours.risk_difference.lower <= mee.lower && mee.upper <= ours.risk_difference.upper, "{what}");
        if a + c == 0 {
            assert_eq!(ours.risk_ratio.estimate, None, "{what}");
        } else {
            close(ours.risk_ratio.estimate.expect("ratio"), number(&case["rr"]), 1e-9, &what);
        }
        if a + c > 0 && b + d > 0 {
            // R's search runs on the reciprocal and stops at 1.2e-4, which is coarse for a large ratio; the next test holds the limits to their definition.
            close(ours.odds_ratio.estimate.expect("odds ratio"), number(&case["or_cmle"]), 1e-2, &what);
            close(ours.odds_ratio.lower, number(&case["fisher_ci"][0]), 1e-2, &what);
            close(ours.odds_ratio.upper, number(&case["fisher_ci"][1]), 1e-2, &what);
        } else {
            assert_eq!(ours.odds_ratio.estimate, None, "{what}");
            assert!(ours.odds_ratio.lower.abs() < 1e-300 && ours.odds_ratio.upper.is_infinite(), "{what}");
        }
        if let Some(p) = case["or_midp_p"].as_f64() {
            // R sums 1 minus a tail, so its tiny p values are good to about 1e-17 absolute.
            assert!((ours.p_mid - p).abs() <= 1e-7 * p + 1e-16, "{what}");
        }
        assert!(ours.p_mid <= ours.p_central + 1e-12, "{what}");
    }
}

#[test]
fn the_odds_ratio_and_its_limits_solve_their_equations() {
    // Fisher's noncentral hypergeometric for 13 2163 5 3349, summed directly over the 19 possible tables.
    let (a, m, n1, n0) = (13_u64, 18_u64, 2176_u64, 3354_u64);
    let ours = two_by_two(13, 2163, 5, 3349, 0.95).expect("a table").odds_ratio;
    let choose = |n: u64, k: u64| (0..k).map(|i| ((n - i) as f64 / (k - i) as f64).ln()).sum::<f64>();
    let at = |psi: f64, f: &dyn Fn(u64) -> f64| {
        let weight =
            |k: u64| (choose(n1, k) + choose(n0, m - k) + k as f64 * psi.ln() - choose(n1 + n0, m)).exp();
        (0..=m).map(|k| weight(k) * f(k)).sum::<f64>() / (0..=m).map(weight).sum::<f64>()
    };
    close(at(ours.estimate.expect("estimate"), &|k| k as f64), a as f64, 1e-10, "mean");
    close(at(ours.lower, &|k| f64::from(u8::from(k >= a))), 0.025, 1e-9, "upper tail");
    close(at(ours.upper, &|k| f64::from(u8::from(k <= a))), 0.025, 1e-9, "lower tail");
}

#[test]
fn an_event_only_among_the_exposed_has_an_infinite_ratio_and_a_finite_lower_limit() {
    let ours = two_by_two(1, 99, 0, 100, 0.95).expect("a table");
    assert_eq!(ours.risk_ratio.estimate, Some(f64::INFINITY));
    assert!(ours.risk_ratio.lower > 0.1 && ours.risk_ratio.lower < 1.0, "{:?}", ours.risk_ratio);
    assert!(ours.risk_ratio.upper.is_infinite());
    let mirrored = two_by_two(0, 100, 1, 99, 0.95).expect("a table");
    assert!((mirrored.risk_ratio.upper * ours.risk_ratio.lower - 1.0).abs() < 1e-9);
}

#[test]
fn score_limits_sit_where_the_score_test_is_exactly_at_its_critical_value() {
    // Oracle: a plain grid search for the constrained likelihood's maximum.
    let (x1, n1, x0, n0) = (10.0_f64, 100.0, 5.0, 100.0);
    let ours = two_by_two(10, 90, 5, 95, 0.95).expect("a table");
    let z_at = |theta: f64| {
        let ln_likelihood = |p0: f64| {
            let p1 = p0 * theta;
            x1 * p1.ln() + (n1 - x1) * (1.0 - p1).ln() + x0 * p0.ln() + (n0 - x0) * (1.0 - p0).ln()
        };
        let top = (1.0_f64 / theta).min(1.0);
        let p0 =
            (1..200_000).map(|i| f64::from(i) / 200_000.0 * top).fold((0.0, f64::NEG_INFINITY), |best, p| {
                let l = ln_likelihood(p);
                if l > best.1 { (p, l) } else { best }
            });
        let (p0, p1) = (p0.0, p0.0 * theta);
        let variance = (p1 * (1.0 - p1) / n1 + theta * theta * p0 * (1.0 - p0) / n0) * 200.0 / 199.0;
        (x1 / n1 - theta * x0 / n0) / variance.sqrt()
    };
    assert!((z_at(ours.risk_ratio.lower) - 1.959964).abs() < 1e-3);
    assert!((z_at(ours.risk_ratio.upper) + 1.959964).abs() < 1e-3);
}

#[test]
fn berkeley_admissions_turn_round_within_departments() {
    let Some(text) = reference("detect/ucb_admissions/admissions.csv") else { return };
    let Some(expected) = json("detect/ucb_admissions/expected.json") else { return };
    let mut strata = std::collections::BTreeMap::<String, RateStratum>::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.expect("a row");
        let n: u64 = row[3].parse().expect("a count");
        let stratum = strata.entry(row[2].to_owned()).or_insert(RateStratum { a: 0, ta: 0.0, b: 0, tb: 0.0 });
        let (events, exposure) = if &row[1] == "Male" {
            (&mut stratum.a, &mut stratum.ta)
        } else {
            (&mut stratum.b, &mut stratum.tb)
        };
        *exposure += n as f64;
        if &row[0] == "Admitted" {
            *events += n;
        }
    }
    let strata: Vec<_> = strata.into_values().collect();
    let total = strata.iter().fold((0, 0.0, 0, 0.0), |t, s| (t.0 + s.a, t.1 + s.ta, t.2 + s.b, t.3 + s.tb));
    let crude = rate_ratio(total.0, total.1, total.2, total.3, 0.95).expect("a ratio");
    close(crude.ratio.expect("ratio"), number(&expected["crude_rr_male"]), 1e-9, "crude");
    let adjusted = mantel_haenszel(&strata, 0.95).expect("a ratio");
    close(adjusted.ratio.expect("ratio"), number(&expected["mh_rr"][0]["est"]), 1e-9, "Mantel-Haenszel");
    assert!(adjusted.lower.expect("lower") < 0.9449 && adjusted.upper.expect("upper") > 0.9449);
    assert_eq!(adjusted.informative_strata, 6);
}

#[test]
fn a_stratum_without_person_time_on_one_side_carries_no_weight() {
    let one = RateStratum { a: 8, ta: 100.0, b: 4, tb: 100.0 };
    let empty = RateStratum { a: 5, ta: 50.0, b: 0, tb: 0.0 };
    let alone = mantel_haenszel(&[one], 0.95).expect("a ratio");
    assert_eq!(mantel_haenszel(&[one, empty], 0.95).expect("a ratio"), alone);
    assert_eq!(mantel_haenszel(&[empty], 0.95).expect("a ratio").ratio, None);
}

#[test]
fn disproportionality_is_one_when_shares_agree() {
    assert!((disproportionality(10, 100.0, 20, 200.0).expect("index") - 1.0).abs() < 1e-12);
    assert_eq!(disproportionality(0, 100.0, 0, 200.0), None);
}

#[test]
fn adjusted_p_values_match_r() {
    let Some(expected) = json("detect/fdr/expected.json") else { return };
    for case in expected["cases"].as_array().expect("cases") {
        let p: Vec<Option<f64>> = case["p"].as_array().expect("p").iter().map(Value::as_f64).collect();
        for (name, method) in [("BH", FdrMethod::BenjaminiHochberg), ("BY", FdrMethod::BenjaminiYekutieli)] {
            let ours = adjust(&p, method).expect("adjusted");
            for (ours, theirs) in ours.iter().zip(case[name].as_array().expect("adjusted")) {
                match (ours, theirs.as_f64()) {
                    (None, None) => {}
                    (Some(x), Some(y)) => assert!((x - y).abs() <= 1e-9 * y, "{name}: {x} {y}"),
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
    assert!(adjust(&[Some(1.5)], FdrMethod::BenjaminiHochberg).is_err());
    assert_eq!(adjust(&[], FdrMethod::BenjaminiYekutieli).expect("nothing"), vec![]);
}
