//! Suppression in a column of counts that is shown together with its total.

use crate::policy::{Disclosed, Policy};

/// One row of a column: its count and what may be shown of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub count: Disclosed<u64>,
    /// Hidden only to protect another row (complementary suppression).
    pub complementary: bool,
}

/// Hides small counts of a column whose total is public, and as many more as it takes that no hidden count
/// can be worked out by subtraction.
///
/// One hidden row alone equals total minus the rest; and hidden rows that add up to less than the threshold
/// would be known to be small as a group. So the smallest shown non-zero rows are hidden too, until at least two
/// rows are hidden and together they reach the threshold. Ties are broken by position, so the same table
/// always hides the same rows.
pub fn suppress_column(policy: &Policy, counts: &[u64]) -> Vec<Cell> {
    let mut cells: Vec<Cell> =
        counts.iter().map(|&count| Cell { count: policy.count(count), complementary: false }).collect();
    let mut hidden_rows = 0_usize;
    let mut hidden_sum = 0_u64;
    for (cell, &count) in cells.iter().zip(counts) {
        if cell.count.value().is_none() {
            hidden_rows += 1;
            hidden_sum = hidden_sum.saturating_add(count);
        }
    }
    if hidden_rows == 0 {
        return cells;
    }
    let mut candidates: Vec<(u64, usize)> = counts
        .iter()
        .enumerate()
        .filter(|&(_, &count)| count >= policy.threshold())
        .map(|(row, &count)| (count, row))
        .collect();
    candidates.sort_unstable();
    for (count, row) in candidates {
        if hidden_rows >= 2 && hidden_sum >= policy.threshold() {
            break;
        }
        if let Some(cell) = cells.get_mut(row) {
            *cell = Cell { count: Disclosed::hidden(policy.threshold()), complementary: true };
            hidden_rows += 1;
            hidden_sum = hidden_sum.saturating_add(count);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hidden(cells: &[Cell]) -> Vec<usize> {
        cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| cell.count.value().is_none())
            .map(|(row, _)| row)
            .collect()
    }

    #[test]
    fn one_small_row_takes_the_next_smallest_with_it() {
        let cells = suppress_column(&Policy::default(), &[120, 7, 44, 310]);
        assert_eq!(hidden(&cells), [1, 2]);
        assert!(cells[2].complementary);
    }

    #[test]
    fn nothing_small_means_nothing_hidden() {
        assert!(hidden(&suppress_column(&Policy::default(), &[120, 0, 44])).is_empty());
    }

    proptest! {
        #[test]
        fn no_hidden_count_follows_from_the_total(counts in proptest::collection::vec(0_u64..60, 2..12)) {
            let policy = Policy::default();
            let cells = suppress_column(&policy, &counts);
            let rows = hidden(&cells);
            let others_to_hide = counts.iter().filter(|&&count| count > 0).count();
            if !rows.is_empty() && others_to_hide >= 2 {
                prop_assert!(rows.len() >= 2);
            }
            for (cell, &count) in cells.iter().zip(&counts) {
                prop_assert!(count == 0 || count >= 11 || cell.count.value().is_none());
            }
        }
    }
}
