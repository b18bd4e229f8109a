//! Combinations of group values: few, and looked up for every row.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

/// More combinations than this mean that a column of many values was mapped as a group.
pub(crate) const STRATA_MAX: usize = 10_000;

/// One combination of group values, kept once per file and shared by its rows.
///
/// Cheap to clone and to compare. `id` numbers the combinations of one reader in order of appearance, 0 being the
/// empty one, so that a caller can keep what it looked up in a `Vec`.
#[derive(Clone)]
pub struct StratumKey(Arc<Stratum>);

struct Stratum {
    id: u32,
    key: String,
    values: BTreeMap<String, String>,
}

impl StratumKey {
    /// Number within the reader that made it; 0 is the empty combination.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// The combination as JSON with its dimensions in order: `{"language":"Spanish","sex":"F"}`; `{}` when empty.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Dimension and value. A dimension whose field was empty is absent.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.0.values
    }
}

impl PartialEq for StratumKey {
    fn eq(&self, other: &StratumKey) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.key == other.0.key
    }
}

impl Eq for StratumKey {}

impl fmt::Debug for StratumKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.id, self.0.key)
    }
}

/// The combinations met so far.
pub(crate) struct Strata {
    /// By the fields as they stand in the row.
    by_raw: HashMap<Box<str>, StratumKey>,
    by_key: HashMap<String, StratumKey>,
    empty: StratumKey,
    last: Option<(String, StratumKey)>,
}

/// Too many combinations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Strata {
    pub(crate) fn new() -> Strata {
        let empty = StratumKey(Arc::new(Stratum { id: 0, key: "{}".to_owned(), values: BTreeMap::new() }));
        Strata {
            by_raw: HashMap::new(),
            by_key: HashMap::from([("{}".to_owned(), empty.clone())]),
            empty,
            last: None,
        }
    }

    pub(crate) fn empty(&self) -> StratumKey {
        self.empty.clone()
    }

    /// The combination that these very fields gave before.
    pub(crate) fn known(&self, raw: &str) -> Option<StratumKey> {
        match &self.last {
            Some((last, key)) if last == raw => Some(key.clone()),
            _ => self.by_raw.get(raw).cloned(),
        }
    }

    pub(crate) fn add(&mut self, raw: &str, values: BTreeMap<String, String>) -> Result<StratumKey, TooMany> {
        let key = serde_json::to_string(&values).unwrap_or_default();
        let stratum = match self.by_key.get(&key) {
            Some(known) => known.clone(),
            None => {
                let id = u32::try_from(self.by_key.len()).map_err(|_| TooMany)?;
                if self.by_key.len() > STRATA_MAX {
                    return Err(TooMany);
                }
                let stratum = StratumKey(Arc::new(Stratum { id, key: key.clone(), values }));
                self.by_key.insert(key, stratum.clone());
                stratum
            }
        };
        // Spellings of the same combination may be many even when combinations are few.
        if self.by_raw.len() > 4 * STRATA_MAX {
            self.by_raw.clear();
        }
        self.by_raw.insert(Box::from(raw), stratum.clone());
        self.last = Some((raw.to_owned(), stratum.clone()));
        Ok(stratum)
    }
}
