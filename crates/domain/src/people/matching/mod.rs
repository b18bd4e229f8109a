//! Do two records tell of one person? The evidence is weighed field by field (see `stats::linkage`) and told field by
//! field, and a person decides.
//!
//! A new client is checked against the record before it is written ([`check`]); now and then the whole record is looked
//! through ([`find`]). Both compare only records that have something in common (a sound, a birth date, a phone, an
//! identifier), and both use the same weights, which the look over the whole record estimates from that record.
//!
//! A household shares names, an address and a phone. Where two first names are clearly different, or differ a little
//! while the birth dates differ much, these are not counted: brothers and sisters, twins above all, are two people.

mod store;

pub(crate) use store::{STATEMENTS, decide};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stats::linkage::{self, FitOptions, Level, Model, NOT_COMPARED, jaro_winkler};

use super::search::{self, Born, Line};
use super::words;
use crate::kernel::access::{self, AccessError, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::{Day, Instant};
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::ClientId;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Given,
    Family,
    Born,
    Phone,
    Identifier,
    Area,
}

impl Field {
    pub const ALL: [Self; 6] =
        [Self::Given, Self::Family, Self::Born, Self::Phone, Self::Identifier, Self::Area];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Family => "family",
            Self::Born => "born",
            Self::Phone => "phone",
            Self::Identifier => "identifier",
            Self::Area => "area",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// What is supposed of its levels before a record has been looked at: among records of one person, and among records
    /// of two. The best level first; what each means is in [`compare`].
    fn start(self) -> &'static [(f64, f64)] {
        match self {
            Self::Given => &[(0.80, 0.012), (0.13, 0.006), (0.04, 0.010), (0.03, 0.972)],
            Self::Family => &[(0.82, 0.006), (0.10, 0.003), (0.04, 0.006), (0.04, 0.985)],
            Self::Born => &[(0.85, 0.000_15), (0.08, 0.001_2), (0.03, 0.02), (0.02, 0.07), (0.02, 0.908_65)],
            Self::Phone => &[(0.62, 0.000_02), (0.38, 0.999_98)],
            Self::Identifier => &[(0.95, 0.000_001), (0.03, 0.000_02), (0.02, 0.999_979)],
            Self::Area => &[(0.78, 0.03), (0.22, 0.97)],
        }
    }
}

/// The level of a first name that is clearly another.
const OTHER_GIVEN: u8 = 3;

/// From this level on a birth date is clearly another.
const OTHER_DAY: u8 = 3;

/// What is known of a person, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traits {
    /// First names the person goes by: preferred, legal.
    given: Vec<String>,
    /// Family names, the last of each whole name first; of two surnames both.
    family: Vec<String>,
    /// The last words of the whole names.
    last: Vec<String>,
    born: Option<Day>,
    area: String,
    phones: Vec<String>,
    identifiers: Vec<(String, String)>,
}

impl Traits {
    pub fn of(names: &[&str], born: Option<Day>, area: &str) -> Self {
        let mut traits = Self { born, area: area.to_owned(), ..Self::default() };
        let add = |list: &mut Vec<String>, word: &String| {
            if !list.contains(word) {
                list.push(word.clone());
            }
        };
        for name in names {
            let words = words::words(name);
            let Some((first, rest)) = words.split_first() else { continue };
            add(&mut traits.given, first);
            if let Some(last) = rest.last() {
                add(&mut traits.last, last);
            }
            for word in rest.iter().rev().take(2) {
                add(&mut traits.family, word);
            }
        }
        traits
    }

    #[must_use]
    pub fn with_phones<'a>(mut self, numbers: impl IntoIterator<Item = &'a str>) -> Self {
        self.phones = numbers.into_iter().map(words::phone_tail).filter(|it| !it.is_empty()).collect();
        self
    }

    #[must_use]
    pub fn with_identifiers<'a>(mut self, all: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.identifiers = all
            .into_iter()
            .map(|(kind, value)| (kind.to_owned(), words::fold_identifier(value)))
            .filter(|(_, folded)| !folded.is_empty())
            .collect();
        self
    }
}

/// The levels of a pair, in the order of [`Field::ALL`].
type Pattern = [u8; 6];

/// Compares two people. Levels:
/// given 0 the same, 1 a short form or nearly the same, 2 sounds alike, 3 another;
/// family 0 the same, 1 nearly the same or one of two surnames, 2 sounds alike, 3 another;
/// born 0 the same day, 1 day and month swapped or one digit off, 2 two of day, month and year, 3 the same year, 4 other;
/// phone 0 one in common, 1 none; identifier 0 one in common, 1 one digit off, 2 another of the same kind;
/// area 0 the same, 1 another.
fn compare(a: &Traits, b: &Traits) -> Pattern {
    let [given, family, born, phone, identifier, area] = compare_all(a, b);
    let is_other_day = born != NOT_COMPARED && born >= OTHER_DAY;
    // Brothers and sisters have names that look alike, too; they are born on other days.
    let is_other = given == OTHER_GIVEN || (given > 0 && given != NOT_COMPARED && is_other_day);
    if is_other && identifier != 0 {
        // What a household has in common says nothing about who in it this is.
        return [given, NOT_COMPARED, born, NOT_COMPARED, identifier, NOT_COMPARED];
    }
    [given, family, born, phone, identifier, area]
}

/// The same with what a household shares counted in any case.
fn compare_all(a: &Traits, b: &Traits) -> Pattern {
    let mut given = level_given(a, b);
    let mut family = level_family(a, b);
    if given == OTHER_GIVEN && family == 3 && shares(&a.given, &b.last) && shares(&a.last, &b.given) {
        // First and last name in the other order.
        (given, family) = (1, 1);
    }
    let born = match (a.born, b.born) {
        (Some(one), Some(other)) => level_born(one, other),
        _ => NOT_COMPARED,
    };
    let identifier = level_identifier(a, b);
    let phone = match (a.phones.is_empty(), b.phones.is_empty()) {
        (false, false) => u8::from(!shares(&a.phones, &b.phones)),
        _ => NOT_COMPARED,
    };
    let area = match (a.area.is_empty(), b.area.is_empty()) {
        (false, false) => u8::from(a.area != b.area),
        _ => NOT_COMPARED,
    };
    [given, family, born, phone, identifier, area]
}

fn shares(a: &[String], b: &[String]) -> bool {
    a.iter().any(|one| b.contains(one))
}

fn best_similarity(a: &[String], b: &[String]) -> f64 {
    a.iter().flat_map(|one| b.iter().map(move |other| jaro_winkler(one, other))).fold(0.0, f64::max)
}

fn sounds_alike(a: &[String], b: &[String]) -> bool {
    a.iter().any(|one| {
        let sound = words::sound(one);
        sound.len() >= 2 && b.iter().any(|other| words::sound(other) == sound)
    })
}

fn level_given(a: &Traits, b: &Traits) -> u8 {
    if a.given.is_empty() || b.given.is_empty() {
        return NOT_COMPARED;
    }
    if shares(&a.given, &b.given) {
        return 0;
    }
    let is_form = || a.given.iter().any(|one| b.given.iter().any(|other| words::is_short_form(one, other)));
    let similarity = best_similarity(&a.given, &b.given);
    if similarity >= 0.92 || is_form() {
        1
    } else if similarity >= 0.85 || (similarity >= 0.7 && sounds_alike(&a.given, &b.given)) {
        2
    } else {
        OTHER_GIVEN
    }
}

fn level_family(a: &Traits, b: &Traits) -> u8 {
    if a.family.is_empty() || b.family.is_empty() {
        return NOT_COMPARED;
    }
    if shares(&a.last, &b.last) || a.family == b.family {
        return 0;
    }
    let similarity = best_similarity(&a.family, &b.family);
    if similarity >= 0.92 {
        1
    } else if similarity >= 0.85 || (similarity >= 0.7 && sounds_alike(&a.family, &b.family)) {
        2
    } else {
        3
    }
}

fn level_born(a: Day, b: Day) -> u8 {
    if a == b {
        return 0;
    }
    let parts = |day: Day| (day.year(), day.month(), day.date().day());
    let (one, other) = (parts(a), parts(b));
    if one.0 == other.0 && (one.1, one.2) == (other.2, other.1) {
        return 1;
    }
    let (text, other_text) = (a.to_string(), b.to_string());
    let off: Vec<usize> = text
        .bytes()
        .zip(other_text.bytes())
        .enumerate()
        .filter(|(_, (x, y))| x != y)
        .map(|(at, _)| at)
        .collect();
    let is_swap = match off.as_slice() {
        [first, second] if first + 1 == *second => {
            text.get(*first..=*second).map(|it| it.chars().rev().collect::<String>()).as_deref()
                == other_text.get(*first..=*second)
        }
        _ => false,
    };
    if off.len() == 1 || is_swap {
        return 1;
    }
    let same = [one.0 == other.0, one.1 == other.1, one.2 == other.2].into_iter().filter(|it| *it).count();
    match (same, one.0 == other.0) {
        (2, _) => 2,
        (_, true) => 3,
        _ => 4,
    }
}

fn level_identifier(a: &Traits, b: &Traits) -> u8 {
    let mut level = NOT_COMPARED;
    for (kind, value) in &a.identifiers {
        for (_, other) in b.identifiers.iter().filter(|(other, _)| other == kind) {
            if value == other {
                return 0;
            }
            let is_near = value.len() == other.len()
                && value.len() >= 4
                && value.bytes().zip(other.bytes()).filter(|(x, y)| x != y).count() == 1;
            level = level.min(if is_near { 1 } else { 2 });
        }
    }
    level
}

/// What one field says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldEvidence {
    pub field: Field,
    /// See [`compare`]; [`NOT_COMPARED`] where one of the two has nothing there.
    pub level: u8,
    /// Bits for (above 0) or against one person.
    pub weight: f64,
}

impl FieldEvidence {
    pub const fn is_compared(&self) -> bool {
        self.level != NOT_COMPARED
    }
}

/// What all fields say.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    pub fields: Vec<FieldEvidence>,
    /// Bits, prior odds included.
    pub total: f64,
    pub probability: f64,
}

/// From this probability on a pair is worth a person's look.
pub const POSSIBLE: f64 = 0.5;

/// The share of new clients who are in the record already, supposed where a new client is checked.
const KNOWN_ALREADY: f64 = 0.1;

/// A new client is shown whoever is at least this likely to be the same person: a look costs less than a second file.
const WORTH_A_LOOK: f64 = 0.1;

/// Where the first name is clearly another, it takes more.
fn worth_a_look(evidence: &Evidence) -> f64 {
    let is_other = evidence.fields.iter().any(|it| it.field == Field::Given && it.level == OTHER_GIVEN);
    if is_other { POSSIBLE } else { WORTH_A_LOOK }
}

fn start() -> Model {
    let levels = |field: Field| field.start().iter().map(|(m, u)| Level { m: *m, u: *u }).collect();
    Model { prior: 1e-5, fields: Field::ALL.into_iter().map(levels).collect() }
}

fn evidence(model: &Model, pattern: &Pattern, shares: &[Option<f64>]) -> Evidence {
    let score = model.score(pattern, shares);
    let fields = Field::ALL
        .into_iter()
        .zip(pattern)
        .zip(&score.fields)
        .map(|((field, level), weight)| FieldEvidence { field, level: *level, weight: *weight })
        .collect();
    Evidence { fields, total: score.total, probability: score.probability() }
}

/// The share of the record that has the rarest of the words in common, for names.
fn share_of(a: &[String], b: &[String], share: &impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let common = a.iter().filter(|one| b.contains(one)).filter_map(|word| share(word));
    common.min_by(f64::total_cmp)
}

fn shares_of(a: &Traits, b: &Traits, share: &impl Fn(&str) -> Option<f64>) -> [Option<f64>; 2] {
    [share_of(&a.given, &b.given, share), share_of(&a.last, &b.last, share)]
}

/// Somebody who may be the new client, with why.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    pub line: Line,
    pub evidence: Evidence,
}

/// Whether a new client may be in the record already: whoever is likely enough, the likeliest first. Clients whom the
/// caller does not see are not among them.
pub async fn check(ctx: &Ctx, new: &Traits) -> Result<Vec<Likeness>, DbError> {
    let mut tx = ctx.begin().await?;
    let found = likenesses(ctx, &tx, new).await?;
    let detail = format!("found={}", found.len());
    let act = Act { action: "clients.check", subject_kind: "client", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(found)
}

async fn likenesses(ctx: &Ctx, tx: &Tx, new: &Traits) -> Result<Vec<Likeness>, DbError> {
    let (by_number, ids) = candidates(ctx, tx, new).await?;
    let n = store::clients_count(tx).await?.max(1) as f64;
    let model = model(tx, KNOWN_ALREADY / n).await?;
    let own: Vec<String> = new.given.iter().chain(&new.last).cloned().collect();
    let counts = store::word_counts(tx, &own).await?;
    let share = |word: &str| counts.get(word).map(|count| (*count).max(1) as f64 / n);
    let mut known = store::traits_of(tx, &ids).await?;
    let weighed = |traits: &Traits| evidence(&model, &compare(new, traits), &shares_of(new, traits, &share));
    // Numbers are read of those only who are likely without them, or were found by one.
    let mut likeliest: Vec<(&String, f64)> =
        known.iter().map(|(id, traits)| (id, weighed(traits).total)).collect();
    likeliest.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut closer: Vec<String> = likeliest.into_iter().take(CLOSER).map(|(id, _)| id.clone()).collect();
    closer.extend(by_number);
    closer.sort_unstable();
    closer.dedup();
    store::numbers_add(tx, &closer, &mut known).await?;
    let mut best: Vec<(String, Evidence)> = closer
        .into_iter()
        .filter_map(|id| known.remove_entry(&id))
        .map(|(id, traits)| {
            let evidence = evidence(&model, &compare(new, &traits), &shares_of(new, &traits, &share));
            (id, evidence)
        })
        .filter(|(_, evidence)| evidence.probability >= worth_a_look(evidence))
        .collect();
    best.sort_by(|a, b| b.1.total.total_cmp(&a.1.total).then_with(|| a.0.cmp(&b.0)));
    best.truncate(5);
    let ids: Vec<String> = best.iter().map(|(id, _)| id.clone()).collect();
    let lines = search::lines(ctx, tx, &ids).await?;
    let line = |id: &str| lines.iter().find(|line| line.client.as_str() == id).cloned();
    let found = best.into_iter().filter_map(|(id, evidence)| Some(Likeness { line: line(&id)?, evidence }));
    Ok(found.collect())
}

/// How many are looked at closely after a first comparison.
const CLOSER: usize = 100;

/// Whoever has enough in common with the new client to be compared: those found by a number, and everybody. Each
/// question is answered by an index and has a limit.
async fn candidates(ctx: &Ctx, tx: &Tx, new: &Traits) -> Result<(Vec<String>, Vec<String>), DbError> {
    let mut out: BTreeSet<String> = BTreeSet::new();
    for (_, folded) in &new.identifiers {
        out.extend(search::by_identifier(ctx, tx, folded, 50).await?);
    }
    for tail in &new.phones {
        out.extend(search::by_phone(ctx, tx, tail, 50).await?);
    }
    let by_number: Vec<String> = out.iter().cloned().collect();
    let mut given: Vec<String> = Vec::new();
    for word in &new.given {
        given.extend(store::forms(word));
        given.extend(search::alike(tx, word).await?);
    }
    let mut family: Vec<String> = Vec::new();
    for word in &new.family {
        family.push(word.clone());
        family.extend(search::alike(tx, word).await?);
    }
    for list in [&mut given, &mut family] {
        let mut seen = BTreeSet::new();
        list.retain(|it| seen.insert(it.clone()));
    }
    if let Some(born) = new.born {
        for day in same_or_swapped(born) {
            let born = Born { from: day.to_string(), to: day.to_string() };
            out.extend(search::by_birth(ctx, tx, &born, 400).await?);
        }
        // A slip in the day or month: the same year and one name.
        let year =
            Born { from: format!("{:04}-01-01", born.year()), to: format!("{:04}-12-31", born.year()) };
        if !given.is_empty() && !family.is_empty() {
            out.extend(search::by_words(ctx, tx, &family, Some(&given), &year, 100).await?);
        }
    }
    if !given.is_empty() && !family.is_empty() {
        out.extend(search::by_words(ctx, tx, &family, Some(&given), &Born::any(), 200).await?);
    } else {
        let either = if given.is_empty() { &family } else { &given };
        out.extend(search::by_words(ctx, tx, either, None, &Born::any(), 100).await?);
    }
    Ok((by_number, out.into_iter().collect()))
}

fn same_or_swapped(day: Day) -> Vec<Day> {
    let mut days = vec![day];
    days.extend(Day::from_ymd(day.year(), day.date().day(), day.month()).filter(|it| *it != day));
    days
}

/// The weights in force: as the last look over the record estimated them, or as supposed before there was one.
async fn model(tx: &Tx, prior: f64) -> Result<Model, DbError> {
    let mut model = Model { prior, ..start() };
    if let Some(known) = store::levels(tx).await? {
        for (field, levels) in Field::ALL.into_iter().zip(&mut model.fields) {
            for (at, level) in (0_i64..).zip(levels) {
                if let Some(found) = known.get(&(field.code().to_owned(), at)) {
                    *level = *found;
                }
            }
        }
    }
    Ok(model)
}

/// What a look over the whole record came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    pub clients: usize,
    /// Pairs that were compared.
    pub compared: usize,
    /// Pairs that wait for a decision.
    pub possible: usize,
}

/// Looks through the whole record for clients who were entered twice, and writes the pairs down for a person to decide.
/// Pairs that were decided stay decided.
pub async fn find(ctx: &Ctx) -> Result<Found, DbError> {
    // Read in one transaction, compared outside any, written in another: nobody waits for the comparing.
    let tx = ctx.db().snapshot().await?;
    let everybody = store::everybody(&tx).await?;
    drop(tx);
    let looked = tokio::task::spawn_blocking(move || look(everybody)).await;
    let looked = looked.map_err(|error| DbError::Stored(format!("the comparing broke off: {error}")))?;
    let mut tx = ctx.begin().await?;
    let decided = store::decided(&tx).await?;
    let open: Vec<(String, String, Evidence)> = looked
        .pairs
        .into_iter()
        .filter(|(one, other, _)| !decided.contains(&(one.clone(), other.clone())))
        .collect();
    store::open_write(ctx, &tx, &open).await?;
    if let Some(levels) = looked.levels {
        store::levels_write(&tx, &levels).await?;
    }
    let detail = format!("possible={}", open.len());
    let act =
        Act { action: "clients.find_duplicates", subject_kind: "client", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(Found { clients: looked.clients, compared: looked.compared, possible: open.len() })
}

struct Looked {
    clients: usize,
    compared: usize,
    pairs: Vec<(String, String, Evidence)>,
    /// None where there was too little to learn from.
    levels: Option<Vec<(Field, usize, Level)>>,
}

/// Pairs below this number teach nothing: the weights stay as supposed.
const PAIRS_TO_LEARN_FROM: usize = 2_000;

/// Records with the same key beyond this number are not all compared with each other: the key is then too common to say
/// anything, and whoever is the same person shares a rarer one.
const BLOCK_MOST: usize = 250;

fn look(everybody: Vec<(String, Traits)>) -> Looked {
    let n = everybody.len();
    let pairs = blocked(&everybody);
    let all_pairs = (n as f64) * (n.saturating_sub(1) as f64) / 2.0;
    let pair = |at: &(u32, u32)| {
        let of = |at: u32| usize::try_from(at).ok().and_then(|at| everybody.get(at));
        Some((of(at.0)?, of(at.1)?))
    };
    let patterns: Vec<Pattern> = pairs.iter().filter_map(pair).map(|(a, b)| compare(&a.1, &b.1)).collect();

    // A belief of one match in five thousand records where there is too little to learn the share from.
    let mut model = Model { prior: (0.0002 * n as f64 / all_pairs.max(1.0)).clamp(1e-12, 0.01), ..start() };
    let mut levels = None;
    if patterns.len() >= PAIRS_TO_LEARN_FROM {
        for (learned, at_random) in model.fields.iter_mut().zip(by_chance(&everybody)) {
            for (level, u) in learned.iter_mut().zip(at_random) {
                level.u = u;
            }
        }
        learn(&mut model, &patterns, all_pairs);
        let of = Field::ALL.into_iter().zip(&model.fields);
        levels = Some(
            of.flat_map(|(field, levels)| {
                levels.iter().enumerate().map(move |(at, level)| (field, at, *level))
            })
            .collect(),
        );
    }
    let counts = word_counts(&everybody);
    let share = |word: &str| counts.get(word).map(|count| f64::from(*count) / n.max(1) as f64);
    let found = pairs
        .iter()
        .filter_map(pair)
        .zip(&patterns)
        .filter_map(|((a, b), pattern)| {
            let evidence = evidence(&model, pattern, &shares_of(&a.1, &b.1, &share));
            let (one, other) = if a.0 < b.0 { (&a.0, &b.0) } else { (&b.0, &a.0) };
            (evidence.probability >= POSSIBLE).then(|| (one.clone(), other.clone(), evidence))
        })
        .collect();
    Looked { clients: n, compared: patterns.len(), pairs: found, levels }
}

/// Estimates how often records of one person agree, from pairs in which chance agreement is rare.
///
/// Names go together in more ways than chance (a language has its first and family names), so that a look at all pairs
/// would take people of one name for one person. Therefore each field is learned where another one agrees that has
/// nothing to do with it: names, phone, number and area among pairs with the same birth date, the birth date among pairs
/// with a phone or a number in common. Then the share of matches among all pairs.
fn learn(model: &mut Model, patterns: &[Pattern], all_pairs: f64) {
    const BORN: usize = 2;
    const SHARED: [usize; 2] = [3, 4];
    // What the start is believed by, in pairs, and the share of matches in such a selection to begin with.
    let options = FitOptions { iterations: 200, tolerance: 1e-7, belief: 50.0, ..FitOptions::default() };
    let begin = |model: &Model| Model { prior: 0.1, fields: model.fields.clone() };
    let same_birth = |it: &&Pattern| it[BORN] == 0;
    let selected = patterns.iter().filter(same_birth).count() as f64;
    // Blocking picked those of them that have a name in common; the others are no matches.
    let by_chance = model.fields.get(BORN).and_then(|levels| levels.first()).map_or(0.0, |level| level.u);
    let outside = (all_pairs * by_chance - selected).max(0.0);
    let of_birth = FitOptions { outside, ..options };
    let begin_of_birth = Model { prior: 0.1 * selected / (selected + outside).max(1.0), ..begin(model) };
    if let Some(fit) =
        linkage::fit(&counted(patterns.iter().filter(same_birth), &[BORN]), &begin_of_birth, &of_birth)
    {
        for (at, (own, learned)) in model.fields.iter_mut().zip(fit.model.fields).enumerate() {
            if at != BORN {
                *own = learned;
            }
        }
    }
    let one_in_common = |it: &&Pattern| SHARED.iter().any(|at| it.get(*at) == Some(&0));
    if let Some(fit) =
        linkage::fit(&counted(patterns.iter().filter(one_in_common), &SHARED), &begin(model), &options)
        && let (Some(own), Some(learned)) =
            (model.fields.get_mut(BORN), fit.model.fields.into_iter().nth(BORN))
    {
        *own = learned;
    }
    let outside = (all_pairs - patterns.len() as f64).max(0.0);
    let options = FitOptions { keep_m: true, outside, tolerance: 1e-9, ..options };
    if let Some(fit) = linkage::fit(&counted(patterns.iter(), &[]), model, &options) {
        model.prior = fit.model.prior.clamp(1e-12, 0.01);
    }
}

/// The patterns with how many pairs show each, fields that were selected by left out.
fn counted<'a>(patterns: impl Iterator<Item = &'a Pattern>, left_out: &[usize]) -> Vec<(Vec<u8>, u64)> {
    let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for pattern in patterns {
        let mut pattern = pattern.to_vec();
        for at in left_out {
            if let Some(level) = pattern.get_mut(*at) {
                *level = NOT_COMPARED;
            }
        }
        *counts.entry(pattern).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn word_counts(everybody: &[(String, Traits)]) -> HashMap<&str, u32> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for (_, traits) in everybody {
        let words: BTreeSet<&str> = traits.given.iter().chain(&traits.family).map(String::as_str).collect();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
    }
    counts
}

/// Places of records that have something in common, each pair once, in order.
fn blocked(everybody: &[(String, Traits)]) -> Vec<(u32, u32)> {
    let mut keys: Vec<(u64, u32)> = Vec::with_capacity(everybody.len() * 12);
    let mut put = |parts: &[&str], at: u32| {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(b"\0");
        }
        let mut first = [0_u8; 8];
        hasher.finalize_xof().fill(&mut first);
        keys.push((u64::from_le_bytes(first), at));
    };
    for (at, (_, traits)) in (0_u32..).zip(everybody) {
        let heard = |list: &[String]| -> BTreeSet<String> {
            list.iter()
                .map(|word| {
                    Some(words::sound(word)).filter(|it| it.len() >= 2).unwrap_or_else(|| word.clone())
                })
                .collect()
        };
        let (given, family) = (heard(&traits.given), heard(&traits.family));
        for one in &given {
            for other in &family {
                // In one order, so that swapped names meet.
                let (one, other) = if one < other { (one, other) } else { (other, one) };
                put(&["names", one, other], at);
                if let Some(born) = traits.born {
                    put(&["names year", one, other, &born.year().to_string()], at);
                }
            }
        }
        if let Some(born) = traits.born {
            let text = born.to_string();
            for one in given.iter().chain(&family) {
                put(&["born", &text, one], at);
                // A slip in the year, or in the day.
                put(&["day", text.get(5..).unwrap_or_default(), one, &traits.area], at);
                put(&["month", text.get(..7).unwrap_or_default(), one, &traits.area], at);
            }
        }
        for tail in &traits.phones {
            put(&["phone", tail], at);
        }
        for (kind, value) in &traits.identifiers {
            put(&["identifier", kind, value], at);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for block in keys.chunk_by(|a, b| a.0 == b.0).filter(|block| block.len() <= BLOCK_MOST) {
        for (at, (_, one)) in block.iter().enumerate() {
            pairs.extend(block.iter().skip(at + 1).map(|(_, other)| (*one, *other)));
        }
        // Now and then the repetitions go, so that they do not pile up.
        if pairs.len() > 50_000_000 {
            pairs.sort_unstable();
            pairs.dedup();
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// How often two records taken at random show each level: almost none of them is a match. Half a pair's worth of the
/// supposed shares is mixed in, so that no level is impossible.
fn by_chance(everybody: &[(String, Traits)]) -> Vec<Vec<f64>> {
    const DRAWS: u64 = 400_000;
    let n = u64::try_from(everybody.len()).unwrap_or(1).max(1);
    let begin = start();
    let mut counts: Vec<Vec<f64>> = begin.fields.iter().map(|levels| vec![0.0; levels.len()]).collect();
    // The same pairs every time (SplitMix64).
    let mut state = 0_u64;
    let mut draw = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % n).ok().and_then(|at| everybody.get(at))
    };
    for _ in 0..DRAWS {
        let (Some(a), Some(b)) = (draw(), draw()) else { break };
        if a.0 == b.0 {
            continue;
        }
        for (levels, level) in counts.iter_mut().zip(compare_all(&a.1, &b.1)) {
            if let Some(count) = levels.get_mut(usize::from(level)) {
                *count += 1.0;
            }
        }
    }
    for (levels, supposed) in counts.iter_mut().zip(&begin.fields) {
        let all: f64 = levels.iter().sum::<f64>() + 0.5;
        for (count, level) in levels.iter_mut().zip(supposed) {
            *count = (*count + 0.5 * level.u) / all;
        }
    }
    counts
}

/// What was decided about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Open,
    Different,
    Merged,
}

impl Decision {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Different => "different",
            Self::Merged => "merged",
        }
    }
}

/// A pair that waits for a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub one: ClientId,
    pub other: ClientId,
    pub evidence: Evidence,
}

/// The pairs that wait, the surest first, with how many there are and when they were last looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub pairs: Vec<Pair>,
    pub n: u64,
    pub looked_at: Option<Instant>,
}

/// Pairs of clients that the caller sees, at most `limit`.
pub async fn waiting(ctx: &Ctx, limit: i64) -> Result<Waiting, DbError> {
    let mut tx = ctx.begin().await?;
    let (pairs, n) = store::open(ctx, &tx, limit).await?;
    let looked_at = store::last_look(&tx).await?.map(Instant::from_micros);
    let detail = format!("pairs={}", pairs.len());
    let act = Act { action: "duplicates.read", subject_kind: "client", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    let pairs = pairs.into_iter().map(|(one, other, evidence)| Pair { one, other, evidence }).collect();
    Ok(Waiting { pairs, n, looked_at })
}

/// Says that two records are two people; they are not shown together again.
pub async fn different(ctx: &Ctx, one: &ClientId, other: &ClientId) -> Result<(), AccessError> {
    if one == other {
        return Err(AccessError::NotFound);
    }
    let mut tx = ctx.begin().await?;
    access::client(ctx, &mut tx, one.clone(), May::Record).await?;
    access::client(ctx, &mut tx, other.clone(), May::Record).await?;
    if store::decide(ctx, &tx, one, other, Decision::Different).await? == 0 {
        store::pair_insert_different(ctx, &tx, one, other).await?;
    }
    let detail = format!("other={other}");
    let act =
        Act { action: "client.different", subject_kind: "client", subject_id: one.as_str(), detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<Day> {
        Day::parse_iso(text).ok()
    }

    fn levels(a: &Traits, b: &Traits) -> Pattern {
        assert_eq!(compare(a, b), compare(b, a));
        compare(a, b)
    }

    const NO: u8 = NOT_COMPARED;

    #[test]
    fn fields_fall_into_levels() {
        let lucia = Traits::of(&["Lucía Moreno", "Lucía Moreno Quintana"], day("1990-03-05"), "A1")
            .with_phones(["(208) 555-0143"])
            .with_identifiers([("agency", "LC-0042")]);
        let same = Traits::of(&["lucia moreno"], day("1990-05-03"), "A1").with_phones(["555-0143"]);
        assert_eq!(levels(&lucia, &same), [0, 0, 1, 0, NO, 0]);
        let slip =
            Traits::of(&["Lusia Morenno"], day("1990-03-06"), "A2").with_identifiers([("agency", "lc0043")]);
        assert_eq!(levels(&lucia, &slip), [2, 1, 1, NO, 1, 1]);
        let short = Traits::of(&["Lucy Quintana"], day("1991-03-05"), "");
        assert_eq!(levels(&lucia, &short), [1, 0, 1, NO, NO, NO]);
        let swapped = Traits::of(&["Moreno Lucía"], None, "A1");
        assert_eq!(levels(&lucia, &swapped), [1, 1, NO, NO, NO, 0]);
    }

    #[test]
    fn what_a_household_shares_does_not_make_twins_one_person() {
        let (born, area) = (day("2008-02-11"), "A7");
        let one = Traits::of(&["Marisol Villaseñor"], born, area).with_phones(["208 555 0101"]);
        let other = Traits::of(&["Joaquín Villaseñor"], born, area).with_phones(["208 555 0101"]);
        assert_eq!(levels(&one, &other), [3, NO, 0, NO, NO, NO]);
        let model = Model { prior: 1e-6, ..start() };
        let twins = evidence(&model, &compare(&one, &other), &[Some(0.001), Some(0.000_1)]);
        assert!(twins.probability < 0.01, "{}", twins.probability);
        let again = evidence(&model, &compare(&one, &one.clone()), &[]);
        assert!(again.probability > 0.999);
    }

    #[test]
    fn birth_dates_one_slip_apart_are_near() {
        let level = |a: &str, b: &str| level_born(day(a).unwrap(), day(b).unwrap());
        assert_eq!(level("1990-03-05", "1990-05-03"), 1);
        assert_eq!(level("1990-03-12", "1990-03-21"), 1);
        assert_eq!(level("1990-03-05", "1980-03-05"), 1);
        assert_eq!(level("1990-03-05", "1990-03-27"), 2);
        assert_eq!(level("1990-03-05", "1990-11-27"), 3);
        assert_eq!(level("1990-03-05", "1985-11-27"), 4);
    }
}
