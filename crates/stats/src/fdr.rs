//! Many tests at once: p values adjusted so that the expected share of false discoveries is bounded.

use thiserror::Error;

/// Which adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FdrMethod {
    /// Benjamini-Hochberg: tests independent or positively dependent.
    BenjaminiHochberg,
    /// Benjamini-Yekutieli: any dependence, for example overlapping subgroups; a factor sum(1/i) stricter.
    BenjaminiYekutieli,
}

/// A value that cannot be a p value.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("value {value} at position {index} is not a p value between 0 and 1")]
pub struct NotAProbability {
    /// Position in the input, from 0.
    pub index: usize,
    /// The value.
    pub value: f64,
}

/// Step-up adjusted p values, in the order of the input.
///
/// Reject what is at most the accepted false discovery rate. A missing p (`None` or NaN) stays missing
/// and is not counted among the tests.
/// References: Benjamini & Hochberg 1995, 10.1111/j.2517-6161.1995.tb02031.x; Benjamini & Yekutieli
/// 2001, 10.1214/aos/1013699998. Checked against: R 4.2.2 `p.adjust`, 10 digits.
pub fn adjust(p: &[Option<f64>], method: FdrMethod) -> Result<Vec<Option<f64>>, NotAProbability> {
    let mut present: Vec<(usize, f64)> = Vec::with_capacity(p.len());
    for (index, value) in p.iter().enumerate() {
        match value {
            Some(value) if (0.0..=1.0).contains(value) => present.push((index, *value)),
            Some(value) if !value.is_nan() => return Err(NotAProbability { index, value: *value }),
            _ => {}
        }
    }
    present.sort_by(|x, y| x.1.total_cmp(&y.1));
    let m = present.len() as f64;
    let factor = match method {
        FdrMethod::BenjaminiHochberg => 1.0,
        FdrMethod::BenjaminiYekutieli => (1..=present.len()).map(|i| 1.0 / i as f64).sum(),
    };
    let mut adjusted = vec![None; p.len()];
    let mut least = 1.0_f64;
    for (rank, (index, value)) in present.iter().enumerate().rev() {
        least = least.min(value * factor * m / (rank + 1) as f64);
        adjusted[*index] = Some(least);
    }
    Ok(adjusted)
}
