//! Record linkage: do two records tell of the same person?
//!
//! Two records are compared field by field; each comparison falls into a level (equal, nearly equal, sounds alike,
//! different), and each level is evidence for or against a match. With `m` the probability of a level among pairs
//! that are the same person and `u` among pairs that are not, the weight of a level is `log2(m / u)` bits. Weights of
//! fields that are independent given the truth add up; together with the prior odds they give the probability.
//!
//! [`fit`] estimates `m` (and, where wanted, `u`) without knowing the truth, by expectation-maximisation over the
//! patterns that were seen. Independence within a household does not hold: brothers and sisters share a name, an
//! address and a phone. The caller leaves such fields out ([`NOT_COMPARED`]) where they say nothing.
//!
//! References: Fellegi and Sunter 1969, doi 10.1080/01621459.1969.10501049; Winkler 1990, "String comparator metrics
//! and enhanced decision rules in the Fellegi-Sunter model of record linkage" (ERIC ED325505); Jaro 1989,
//! doi 10.1080/01621459.1989.10478785. Checked against: jellyfish 1.3.0 (string comparison) and recordlinkage 0.16
//! (`ECMClassifier`), both from PyPI; see the tests.

/// The level of a field that one of the two records does not have: it counts neither for nor against.
pub const NOT_COMPARED: u8 = u8::MAX;

/// Similarity of two strings between 0 (nothing in common) and 1 (equal), after Jaro 1989.
///
/// Letters agree when they are the same and at most half the longer length apart, less one; letters that agree in
/// another order count half. Two empty strings have nothing in common. Letters beyond the 128th are not looked at.
pub fn jaro(a: &str, b: &str) -> f64 {
    let a: Vec<char> = a.chars().take(128).collect();
    let b: Vec<char> = b.chars().take(128).collect();
    jaro_of(&a, &b)
}

/// The same with a bonus for a common beginning (Winkler 1990): up to four letters, a tenth of the way to 1 for each,
/// where the similarity is above 0.7 already.
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let a: Vec<char> = a.chars().take(128).collect();
    let b: Vec<char> = b.chars().take(128).collect();
    let similarity = jaro_of(&a, &b);
    if similarity <= 0.7 {
        return similarity;
    }
    let common = a.iter().zip(&b).take(4).take_while(|(x, y)| x == y).count();
    similarity + common as f64 * 0.1 * (1.0 - similarity)
}

fn jaro_of(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    // One bit for each letter that has found its like.
    let (mut taken_a, mut taken_b) = (0_u128, 0_u128);
    for (i, letter) in a.iter().enumerate() {
        let (from, to) = (i.saturating_sub(reach), (i + reach + 1).min(b.len()));
        for (j, other) in b.iter().enumerate().take(to).skip(from) {
            if taken_b & (1 << j) == 0 && letter == other {
                taken_a |= 1 << i;
                taken_b |= 1 << j;
                break;
            }
        }
    }
    let n = f64::from(taken_a.count_ones());
    if taken_a == 0 {
        return 0.0;
    }
    let agreeing_a = a.iter().enumerate().filter(|(i, _)| taken_a & (1 << i) != 0);
    let agreeing_b = b.iter().enumerate().filter(|(j, _)| taken_b & (1 << j) != 0);
    let out_of_order = agreeing_a.zip(agreeing_b).filter(|((_, x), (_, y))| x != y).count();
    let transpositions = (out_of_order / 2) as f64;
    (n / a.len() as f64 + n / b.len() as f64 + (n - transpositions) / n) / 3.0
}

/// How often a level is seen among pairs that are the same person (`m`) and among pairs that are not (`u`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub m: f64,
    pub u: f64,
}

impl Level {
    /// Evidence for a match in bits. A level that is never seen among matches (or never among others) gives an
    /// infinite weight, one that is never seen at all none.
    pub fn weight(self) -> f64 {
        weight(self.m, self.u)
    }
}

fn weight(m: f64, u: f64) -> f64 {
    match (m > 0.0, u > 0.0) {
        (true, true) => (m / u).log2(),
        (true, false) => f64::INFINITY,
        (false, true) => f64::NEG_INFINITY,
        (false, false) => 0.0,
    }
}

/// What is supposed of a record: the share of pairs that are matches, and the levels of each field, the best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Probability that a pair taken at random is a match, strictly between 0 and 1.
    pub prior: f64,
    pub fields: Vec<Vec<Level>>,
}

/// The evidence of one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Bits by field, 0 where it was not compared.
    pub fields: Vec<f64>,
    /// Prior odds in bits, usually far below zero: most pairs are two people.
    pub prior: f64,
    /// All of it together.
    pub total: f64,
}

impl Score {
    /// The probability that the pair is a match, if the fields are independent given the truth.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.total).exp2())
    }
}

impl Model {
    /// The evidence of a pattern of levels, one to each field.
    ///
    /// `shares` holds, where a field agrees on a value, the share of the record that has this value: agreeing on a rare
    /// name says more than agreeing on a common one (Winkler 1990). It takes the place of `u` at the best level; a
    /// share of 0 and a missing one leave `u` as it is.
    pub fn score(&self, pattern: &[u8], shares: &[Option<f64>]) -> Score {
        let of = |(at, levels): (usize, &Vec<Level>)| {
            let level = pattern.get(at).copied().unwrap_or(NOT_COMPARED);
            let Some(found) = levels.get(usize::from(level)) else { return 0.0 };
            match shares.get(at).copied().flatten() {
                Some(share) if level == 0 && share > 0.0 => weight(found.m, share),
                _ => found.weight(),
            }
        };
        let fields: Vec<f64> = self.fields.iter().enumerate().map(of).collect();
        let prior = (self.prior / (1.0 - self.prior)).log2();
        let total = prior + fields.iter().sum::<f64>();
        Score { fields, prior, total }
    }
}

/// How [`fit`] goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    pub iterations: usize,
    /// It has converged when no probability changes by more than this.
    pub tolerance: f64,
    /// Keep `u` as the start has it, from pairs taken at random say: more stable than estimating both.
    pub keep_u: bool,
    /// Keep `m` too: only the share of matches is estimated.
    pub keep_m: bool,
    /// Pairs beyond those in the patterns, which blocking left out: they are taken as no matches. Then `u` has to be that
    /// of all pairs and be kept, and `prior` is the share among all of them: a model of what blocking selects would
    /// take agreement on the blocking key for a match.
    pub outside: f64,
    /// How many pairs' worth of belief in the start's `m` is mixed in (a Dirichlet prior); 0 for plain maximum
    /// likelihood. It keeps a level that was never seen from becoming impossible.
    pub belief: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { iterations: 500, tolerance: 1e-8, keep_u: true, keep_m: false, outside: 0.0, belief: 0.0 }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub model: Model,
    pub iterations: usize,
    pub converged: bool,
    /// Of the patterns (not of the pairs outside), natural logarithm, at the last but one step.
    pub log_likelihood: f64,
}

/// Estimates the share of matches and the probabilities of the levels from patterns whose truth nobody knows.
///
/// A latent class model with two classes whose fields are independent within a class, by expectation-maximisation
/// (Dempster, Laird and Rubin 1977; for linkage Winkler 1988). `patterns` holds each pattern with how many pairs show
/// it. A field that was not compared is taken as missing at random. `None`: there is no pair, or a pattern is impossible
/// under the start.
pub fn fit(patterns: &[(Vec<u8>, u64)], start: &Model, options: &FitOptions) -> Option<Fit> {
    let n: f64 = options.outside + patterns.iter().map(|(_, count)| *count as f64).sum::<f64>();
    if n <= 0.0 {
        return None;
    }
    let mut model = start.clone();
    let mut log_likelihood = f64::NEG_INFINITY;
    for iteration in 1..=options.iterations.max(1) {
        let mut matches = 0.0;
        // Expected pairs by field and level, among matches and among others.
        let zeros = || -> Vec<Vec<f64>> { start.fields.iter().map(|it| vec![0.0; it.len()]).collect() };
        let (mut among, mut other) = (zeros(), zeros());
        log_likelihood = 0.0;
        for (pattern, count) in patterns {
            let (mut p_m, mut p_u) = (model.prior, 1.0 - model.prior);
            for (levels, level) in model.fields.iter().zip(pattern) {
                if let Some(found) = levels.get(usize::from(*level)) {
                    p_m *= found.m;
                    p_u *= found.u;
                }
            }
            let both = p_m + p_u;
            if both <= 0.0 {
                return None;
            }
            let count = *count as f64;
            let share = p_m / both;
            log_likelihood += count * both.ln();
            matches += share * count;
            for (at, level) in pattern.iter().enumerate().take(start.fields.len()) {
                let level = usize::from(*level);
                if level < among[at].len() {
                    among[at][level] += share * count;
                    other[at][level] += (1.0 - share) * count;
                }
            }
        }
        let before = model.clone();
        model.prior = matches / n;
        for (at, levels) in model.fields.iter_mut().enumerate() {
            let all_among = among[at].iter().sum::<f64>() + options.belief;
            let all_other = other[at].iter().sum::<f64>();
            for (at_level, level) in levels.iter_mut().enumerate() {
                if !options.keep_m && all_among > 0.0 {
                    let believed = options.belief * start.fields[at][at_level].m;
                    level.m = (among[at][at_level] + believed) / all_among;
                }
                if !options.keep_u && all_other > 0.0 {
                    level.u = other[at][at_level] / all_other;
                }
            }
        }
        if change(&before, &model) <= options.tolerance {
            return Some(Fit { model, iterations: iteration, converged: true, log_likelihood });
        }
    }
    Some(Fit { model, iterations: options.iterations.max(1), converged: false, log_likelihood })
}

fn change(before: &Model, after: &Model) -> f64 {
    let levels = before.fields.iter().flatten().zip(after.fields.iter().flatten());
    levels
        .map(|(b, a)| (b.m - a.m).abs().max((b.u - a.u).abs()))
        .fold((before.prior - after.prior).abs(), f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `jellyfish.jaro_similarity` and `jaro_winkler_similarity`, jellyfish 1.3.0 (PyPI).
    const JELLYFISH: [(&str, &str, f64, f64); 16] = [
        ("martha", "marhta", 0.9444444444444445, 0.9611111111111111),
        ("dixon", "dicksonx", 0.7666666666666666, 0.8133333333333332),
        ("lucia", "lusia", 0.8666666666666667, 0.8933333333333333),
        ("moreno", "morenno", 0.9523809523809524, 0.9714285714285714),
        ("jellyfish", "smellyfish", 0.8962962962962964, 0.8962962962962964),
        ("dwayne", "duane", 0.8222222222222223, 0.8400000000000001),
        ("a", "a", 1.0, 1.0),
        ("abc", "xyz", 0.0, 0.0),
        ("", "abc", 0.0, 0.0),
        ("garcia", "garzia", 0.888888888888889, 0.9222222222222223),
        ("nguyen", "nguyne", 0.9444444444444445, 0.9666666666666667),
        ("kowalczyk", "kovalchik", 0.7777777777777777, 0.8222222222222222),
        ("maria", "mario", 0.8666666666666667, 0.92),
        ("catherine", "katherine", 0.9259259259259259, 0.9259259259259259),
        ("josé", "jose", 0.8333333333333334, 0.8833333333333334),
        ("abdirahman", "abdurahman", 0.9333333333333332, 0.9533333333333333),
    ];

    #[test]
    fn strings_compare_as_jellyfish_compares_them() {
        for (a, b, plain, with_bonus) in JELLYFISH {
            assert!((jaro(a, b) - plain).abs() < 1e-12, "{a} {b}: {}", jaro(a, b));
            assert!((jaro_winkler(a, b) - with_bonus).abs() < 1e-12, "{a} {b}: {}", jaro_winkler(a, b));
            assert!((jaro(a, b) - jaro(b, a)).abs() < 1e-12, "{a} {b}");
        }
    }

    /// Three yes-or-no fields; level 0 is agreement.
    fn patterns() -> Vec<(Vec<u8>, u64)> {
        [
            ([0, 0, 0], 180),
            ([0, 0, 1], 45),
            ([0, 1, 0], 30),
            ([1, 0, 0], 40),
            ([0, 1, 1], 300),
            ([1, 0, 1], 260),
            ([1, 1, 0], 220),
            ([1, 1, 1], 4000),
        ]
        .map(|(pattern, n)| (pattern.to_vec(), n))
        .to_vec()
    }

    fn start() -> Model {
        let field = vec![Level { m: 0.9, u: 0.1 }, Level { m: 0.1, u: 0.9 }];
        Model { prior: 0.1, fields: vec![field; 3] }
    }

    /// `recordlinkage.ECMClassifier(init='jaro', max_iter=10000, atol=1e-12)`, recordlinkage 0.16 (PyPI), on the same
    /// 5,075 pairs: `p`, `m_probs` and `u_probs` of agreement, and `log_weights` (natural logarithms).
    /// It stops some 1e-6 (1e-5 in a logarithm) before the maximum, hence the tolerance.
    #[test]
    fn maximum_likelihood_agrees_with_recordlinkage() {
        let options =
            FitOptions { iterations: 10_000, tolerance: 1e-12, keep_u: false, ..FitOptions::default() };
        let fit = fit(&patterns(), &start(), &options).unwrap();
        assert!(fit.converged);
        let near = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 2e-5, "{ours} {theirs}");
        near(fit.model.prior, 0.04979536436040036);
        let theirs = [
            (0.8730000213897419, 0.0693411179953253, 2.532897516831876, -1.991705892535598),
            (0.9286131537256241, 0.060205605589298744, 2.735926776519271, -2.577547495464179),
            (0.8735361300217962, 0.051686537530892536, 2.827352139394459, -2.0147284496612117),
        ];
        for (levels, (m, u, agree, differ)) in fit.model.fields.iter().zip(theirs) {
            near(levels[0].m, m);
            near(levels[0].u, u);
            near(levels[0].weight() * std::f64::consts::LN_2, agree);
            near(levels[1].weight() * std::f64::consts::LN_2, differ);
        }
    }

    #[test]
    fn the_evidence_adds_up_and_what_was_not_compared_says_nothing() {
        let model = start();
        let score = model.score(&[0, 1, NOT_COMPARED], &[]);
        let bits = (9.0_f64).log2();
        assert!((score.fields[0] - bits).abs() < 1e-12);
        assert!((score.fields[1] + bits).abs() < 1e-12);
        assert!(score.fields[2].abs() < 1e-12);
        assert!((score.probability() - 0.1).abs() < 1e-12);
        // A value that one in a thousand has says more than the field does on average.
        let rare = model.score(&[0, 1, NOT_COMPARED], &[Some(0.001), Some(0.001), None]);
        assert!((rare.fields[0] - (900.0_f64).log2()).abs() < 1e-9);
        assert!((rare.fields[1] + bits).abs() < 1e-12);
    }

    #[test]
    fn a_level_never_seen_stays_possible_where_the_start_is_believed() {
        let seen = vec![(vec![0, 0, 0], 50), (vec![1, 1, 1], 5000)];
        let plain = fit(&seen, &start(), &FitOptions::default()).unwrap();
        assert!(plain.model.fields[0][1].m < 1e-6);
        let believed = fit(&seen, &start(), &FitOptions { belief: 10.0, ..FitOptions::default() }).unwrap();
        let m = believed.model.fields[0][1].m;
        assert!((m - 1.0 / 60.0).abs() < 5e-3, "{m}");
        assert!((believed.model.fields[0][0].u - 0.1).abs() < 1e-12);
    }

    #[test]
    fn pairs_that_blocking_left_out_keep_agreement_on_the_key_from_looking_like_a_match() {
        // Blocked on the first field: 100 matches, and 1,000 of a million other pairs that agree on it by chance.
        let blocked =
            vec![(vec![0, 0, 0], 90), (vec![0, 0, 1], 10), (vec![0, 1, 1], 900), (vec![0, 0, 1], 100)];
        let mut begin = start();
        begin.prior = 1e-4;
        begin.fields[0] = vec![Level { m: 0.9, u: 0.001 }, Level { m: 0.1, u: 0.999 }];
        let options = FitOptions { outside: 1e6, belief: 20.0, ..FitOptions::default() };
        let with = fit(&blocked, &begin, &options).unwrap();
        assert!((50.0..200.0).contains(&(with.model.prior * 1_001_100.0)), "{}", with.model.prior);
        let without = fit(&blocked, &begin, &FitOptions { outside: 0.0, ..options }).unwrap();
        assert!(without.model.prior > 0.9, "{}", without.model.prior);
    }

    #[test]
    fn nothing_to_fit_is_said() {
        assert!(fit(&[], &start(), &FitOptions::default()).is_none());
        let mut impossible = start();
        impossible.fields[0][0] = Level { m: 0.0, u: 0.0 };
        assert!(fit(&patterns(), &impossible, &FitOptions::default()).is_none());
        assert!(Level { m: 0.0, u: 0.0 }.weight().abs() < 1e-12);
    }
}
