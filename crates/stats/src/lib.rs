//! Groundswell's statistics: numbers in, numbers out.
//!
//! This crate estimates. It does not know what a client, a case or a barrier is, reads no file,
//! keeps no clock and prints nothing; it therefore can be read, tested and audited by itself.
//!
//! # What every method here promises
//!
//! - **A named estimand.** The doc comment of a method says what it estimates, in which unit, under
//!   which assumptions, from which paper (with its DOI), and against which independent program its
//!   answers were checked. The tests in `tests/` hold those reference answers.
//! - **No silent repair.** Nothing adds one half to an empty cell, drops a row or replaces an infinite
//!   limit. What the data cannot answer is `None` (or the method's own `Undefined`), never 0, 1 or NaN;
//!   an infinite limit is `f64::INFINITY`.
//! - **The same bytes again.** Random numbers come from a seed that is passed in, one stream per
//!   replicate, so that the number of threads does not change an answer.
//! - **One path per estimator.** The quick version is the only version; the naive one lives in the
//!   tests as its oracle.
//!
//! # Where to look
//!
//! | question | module |
//! |---|---|
//! | how often, and how much more often than there | [`rates`] |
//! | risk ratio, risk difference, odds ratio of a two-by-two table | [`two_by_two`] |
//! | many tests at once | [`fdr`] |
//! | where and when is there an excess nobody named beforehand | [`scan`] |
//! | is this week's count more than the season and the trend explain | [`farrington`], [`ears`], [`cusum`] |
//! | did one person's score really change | [`change`] |
//! | do two records tell of the same person | [`linkage`] |
//! | generalised linear models and least squares under the others | [`glm`], [`linalg`] |
//! | quantiles and tails of the distributions used above | [`dist`] |
//!
//! Letters follow the cited paper and are declared in each doc comment.

pub mod change;
pub mod cusum;
pub mod dist;
pub mod ears;
pub mod farrington;
pub mod fdr;
pub mod glm;
mod incomplete_beta;
pub mod its;
pub mod linalg;
pub mod linkage;
pub mod rates;
pub mod scan;
pub mod staggered;
pub mod two_by_two;
