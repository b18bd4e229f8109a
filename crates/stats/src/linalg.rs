//! The small dense algebra under the regressions: a column-major matrix, a rank-revealing QR and a
//! positive-definite solve.
//!
//! Written here rather than taken from a general library because two habits of the peers we reproduce
//! decide answers: R moves a column to the end only when it is (nearly) a combination of the columns
//! before it, and hat values come from the last weighted decomposition. Designs have at most a few
//! hundred columns; larger problems are reduced by their structure before they come here.

/// A dense matrix, stored by columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Mat {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

impl Mat {
    /// A matrix of zeros.
    #[must_use]
    pub fn zeros(rows: usize, cols: usize) -> Mat {
        Mat { rows, cols, data: vec![0.0; rows * cols] }
    }

    /// A matrix from its columns, which all have `rows` entries (shorter ones are filled with zero).
    #[must_use]
    pub fn from_columns(rows: usize, columns: &[Vec<f64>]) -> Mat {
        let mut m = Mat::zeros(rows, columns.len());
        for (j, c) in columns.iter().enumerate() {
            for (i, v) in c.iter().take(rows).enumerate() {
                m.data[j * rows + i] = *v;
            }
        }
        m
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Entry in row `i`, column `j`, both from 0.
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.data[j * self.rows + i]
    }

    /// Puts a value in row `i`, column `j`.
    pub fn set(&mut self, i: usize, j: usize, value: f64) {
        self.data[j * self.rows + i] = value;
    }

    /// One column.
    #[must_use]
    pub fn col(&self, j: usize) -> &[f64] {
        &self.data[j * self.rows..(j + 1) * self.rows]
    }

    /// One column, to write in.
    pub fn col_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.data[j * self.rows..(j + 1) * self.rows]
    }

    /// One row, copied.
    #[must_use]
    pub fn row(&self, i: usize) -> Vec<f64> {
        (0..self.cols).map(|j| self.at(i, j)).collect()
    }

    /// Matrix times vector.
    #[must_use]
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows];
        for (j, b) in v.iter().enumerate().take(self.cols) {
            for (o, x) in out.iter_mut().zip(self.col(j)) {
                *o += x * b;
            }
        }
        out
    }

    /// `v' M v` for a square matrix: the variance of a linear combination.
    #[must_use]
    pub fn quadratic(&self, v: &[f64]) -> f64 {
        let mv = self.times(v);
        mv.iter().zip(v).map(|(a, b)| a * b).sum()
    }

    /// Every entry multiplied by `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Mat {
        for v in &mut self.data {
            *v *= factor;
        }
        self
    }

    /// Product of two matrices.
    #[must_use]
    pub fn product(&self, other: &Mat) -> Mat {
        let mut out = Mat::zeros(self.rows, other.cols);
        for j in 0..other.cols {
            let c = self.times(other.col(j));
            out.col_mut(j).copy_from_slice(&c);
        }
        out
    }
}

/// A Householder QR of a tall matrix, with columns that depend on earlier ones moved to the end.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Householder vectors under, R on and over the diagonal.
    a: Mat,
    /// The scale of each Householder reflection.
    beta: Vec<f64>,
    /// `pivot[j]` is the original column now in place `j`.
    pivot: Vec<usize>,
    rank: usize,
}

impl Qr {
    /// Decomposes `x`. A column whose part not explained by earlier columns is shorter than
    /// `tolerance` times its length is moved to the end and counts as dependent (R's `dqrdc2` rule).
    #[must_use]
    pub fn new(x: &Mat, tolerance: f64) -> Qr {
        let (n, p) = (x.rows(), x.cols());
        let mut a = x.clone();
        let mut pivot: Vec<usize> = (0..p).collect();
        let mut beta = vec![0.0; p];
        let original: Vec<f64> = (0..p).map(|j| norm(x.col(j))).collect();
        let mut usable = p;
        let mut k = 0;
        while k < usable && k < n {
            let length = norm(&a.col(k)[k..]);
            let whole = original[pivot[k]];
            if length <= tolerance * whole || length < f64::MIN_POSITIVE {
                // Dependent: to the end, everything behind it moves one forward.
                for j in k..usable - 1 {
                    for i in 0..n {
                        let (u, v) = (a.at(i, j), a.at(i, j + 1));
                        a.set(i, j, v);
                        a.set(i, j + 1, u);
                    }
                    pivot.swap(j, j + 1);
                }
                usable -= 1;
                continue;
            }
            let head = a.at(k, k);
            let alpha = if head > 0.0 { -length } else { length };
            // v = x - alpha e1, stored with its first entry apart so that R keeps the diagonal.
            let v0 = head - alpha;
            let scale = 1.0 / v0;
            for v in &mut a.col_mut(k)[k + 1..] {
                *v *= scale;
            }
            beta[k] = -v0 / alpha;
            let tail: Vec<f64> = a.col(k)[k + 1..].to_vec();
            for j in k + 1..p {
                let c = a.col_mut(j);
                let mut s = c[k];
                for (v, y) in tail.iter().zip(&c[k + 1..]) {
                    s += v * y;
                }
                s *= beta[k];
                c[k] -= s;
                for (v, y) in tail.iter().zip(&mut c[k + 1..]) {
                    *y -= s * v;
                }
            }
            a.set(k, k, alpha);
            k += 1;
        }
        Qr { a, beta, pivot, rank: k }
    }

    /// Number of independent columns.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Which original columns were found to depend on earlier ones.
    #[must_use]
    pub fn dependent(&self) -> Vec<usize> {
        let mut d = self.pivot[self.rank..].to_vec();
        d.sort_unstable();
        d
    }

    /// Least-squares coefficients for `y`, in the original order; dependent columns get 0.
    #[must_use]
    pub fn solve(&self, y: &[f64]) -> Vec<f64> {
        let mut q = y.to_vec();
        for k in 0..self.rank {
            let c = self.a.col(k);
            let mut s = q[k];
            for i in k + 1..q.len() {
                s += c[i] * q[i];
            }
            s *= self.beta[k];
            q[k] -= s;
            for i in k + 1..q.len() {
                q[i] -= s * c[i];
            }
        }
        let mut out = vec![0.0; self.a.cols()];
        for k in (0..self.rank).rev() {
            let mut s = q[k];
            for j in k + 1..self.rank {
                s -= self.a.at(k, j) * out[self.pivot[j]];
            }
            out[self.pivot[k]] = s / self.a.at(k, k);
        }
        out
    }

    /// `(X'X)^-1` in the original order; rows and columns of dependent columns are 0.
    #[must_use]
    pub fn cross_inverse(&self) -> Mat {
        let (r, p) = (self.rank, self.a.cols());
        // Columns of R^-1 by back substitution.
        let mut inv = Mat::zeros(r, r);
        for j in 0..r {
            for k in (0..=j).rev() {
                let mut s = if k == j { 1.0 } else { 0.0 };
                for l in k + 1..=j {
                    s -= self.a.at(k, l) * inv.at(l, j);
                }
                inv.set(k, j, s / self.a.at(k, k));
            }
        }
        let mut out = Mat::zeros(p, p);
        for i in 0..r {
            for j in 0..=i {
                let s: f64 = (i..r).map(|l| inv.at(i, l) * inv.at(j, l)).sum();
                out.set(self.pivot[i], self.pivot[j], s);
                out.set(self.pivot[j], self.pivot[i], s);
            }
        }
        out
    }

    /// The diagonal of the hat matrix, from the rows of the decomposed matrix.
    #[must_use]
    pub fn leverage(&self, x: &Mat) -> Vec<f64> {
        let mut z = vec![0.0; self.rank];
        (0..x.rows())
            .map(|i| {
                let mut h = 0.0;
                // Forward substitution with R': z = R^-T x_i, h = |z|^2.
                for k in 0..self.rank {
                    let mut s = x.at(i, self.pivot[k]);
                    for (l, zl) in z.iter().enumerate().take(k) {
                        s -= self.a.at(l, k) * zl;
                    }
                    z[k] = s / self.a.at(k, k);
                    h += z[k] * z[k];
                }
                h
            })
            .collect()
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The inverse of a symmetric non-negative matrix, with the rows it had to leave out.
#[derive(Debug, Clone)]
pub struct SymmetricInverse {
    /// The inverse; rows and columns left out are 0.
    pub inverse: Mat,
    /// Rows that depend on earlier rows.
    pub dependent: Vec<usize>,
}

/// Inverts a symmetric non-negative matrix by Cholesky without reordering. A row whose pivot falls
/// under `tolerance` times its diagonal depends on earlier rows and is left out.
#[must_use]
pub fn symmetric_inverse(m: &Mat, tolerance: f64) -> SymmetricInverse {
    let p = m.rows();
    let mut l = Mat::zeros(p, p);
    let mut dependent = Vec::new();
    let mut keep = Vec::with_capacity(p);
    for j in 0..p {
        let mut row = vec![0.0; p];
        let mut d = m.at(j, j);
        for &k in &keep {
            let mut s = m.at(j, k);
            for &t in &keep {
                if t >= k {
                    break;
                }
                s -= row[t] * l.at(k, t);
            }
            row[k] = s / l.at(k, k);
            d -= row[k] * row[k];
        }
        if d <= tolerance * m.at(j, j) || d <= f64::MIN_POSITIVE {
            dependent.push(j);
            continue;
        }
        for &k in &keep {
            l.set(j, k, row[k]);
        }
        l.set(j, j, d.sqrt());
        keep.push(j);
    }
    // L^-1 by columns, then L^-T L^-1.
    let r = keep.len();
    let mut inv = Mat::zeros(r, r);
    for c in 0..r {
        for i in c..r {
            let mut s = if i == c { 1.0 } else { 0.0 };
            for t in c..i {
                s -= l.at(keep[i], keep[t]) * inv.at(t, c);
            }
            inv.set(i, c, s / l.at(keep[i], keep[i]));
        }
    }
    let mut inverse = Mat::zeros(p, p);
    for i in 0..r {
        for j in 0..=i {
            let s: f64 = inv.col(i)[i..].iter().zip(&inv.col(j)[i..]).map(|(a, b)| a * b).sum();
            inverse.set(keep[i], keep[j], s);
            inverse.set(keep[j], keep[i], s);
        }
    }
    SymmetricInverse { inverse, dependent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_reports_the_column_that_repeats_another() {
        let x = Mat::from_columns(
            4,
            &[vec![1.0; 4], vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 3.0, 4.0, 5.0], vec![1.0, 0.0, 0.0, 1.0]],
        );
        let qr = Qr::new(&x, 1e-9);
        assert_eq!(qr.rank(), 3);
        assert_eq!(qr.dependent(), vec![2]);
        let b = qr.solve(&[3.0, 5.0, 7.0, 9.0]);
        assert!((b[0] - 1.0).abs() < 1e-12 && (b[1] - 2.0).abs() < 1e-12 && b[3].abs() < 1e-12);
        let h: f64 = qr.leverage(&x).iter().sum();
        assert!((h - 3.0).abs() < 1e-12, "leverages add up to the rank");
    }

    #[test]
    fn both_inverses_agree() {
        let x = Mat::from_columns(
            5,
            &[vec![1.0; 5], vec![1.0, 4.0, 2.0, 8.0, 5.0], vec![0.0, 1.0, 0.5, 0.0, 2.0]],
        );
        let mut xx = Mat::zeros(3, 3);
        for i in 0..3 {
            for j in 0..3 {
                xx.set(i, j, x.col(i).iter().zip(x.col(j)).map(|(a, b)| a * b).sum());
            }
        }
        let a = Qr::new(&x, 1e-9).cross_inverse();
        let b = symmetric_inverse(&xx, 1e-12).inverse;
        for i in 0..3 {
            for j in 0..3 {
                assert!((a.at(i, j) - b.at(i, j)).abs() < 1e-10);
            }
        }
    }
}
