//! Is this person in the record already? Search by name (typing errors, sound, short forms), birth date, phone, or any
//! identifier.
//!
//! The whole agency's clients are found, with no more than it takes to recognise somebody: the preferred name, the year
//! of birth, the area and the worker. Restricted clients are found by the people named for them and by nobody else.
//! Every search leaves an entry in the audit trail; what was typed does not stand in it.

mod store;

pub(crate) use store::{
    Born, IDS, STATEMENTS, by_birth, by_identifier, by_phone, by_words, index_again, index_new, padded,
    words_known,
};

use std::collections::{BTreeMap, BTreeSet};

use stats::linkage::jaro_winkler;

use super::words;
use crate::kernel::access::{self, May};
use crate::kernel::audit::{self, Act};
use crate::kernel::clock::Day;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};
use crate::kernel::ids::ClientId;

/// What somebody typed into the one box.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    /// Words of a name, folded.
    pub words: Vec<String>,
    /// Days it may mean: `5/3/1990` is two.
    pub days: Vec<Day>,
    /// Born in this year.
    pub year: Option<i32>,
    /// The last seven digits of a phone number.
    pub phone: String,
    /// What may be an identifier, folded.
    pub identifiers: Vec<String>,
}

impl Typed {
    pub fn parse(text: &str) -> Self {
        let mut typed = Self::default();
        // Nobody types more than a name, a date and a number; the rest is a paste.
        let text: String = text.chars().take(120).collect();
        let has_letters = text.chars().any(char::is_alphabetic);
        if !has_letters && days(text.trim()).is_empty() {
            typed.phone = words::phone_tail(&text);
        }
        for piece in text.split_whitespace() {
            let found = days(piece);
            if !found.is_empty() {
                typed.days.extend(found);
            } else if let Some(year) = year(piece) {
                typed.year = Some(year);
            } else if piece.chars().any(|it| it.is_ascii_digit()) {
                if has_letters && typed.phone.is_empty() {
                    typed.phone = words::phone_tail(piece);
                }
                let folded = words::fold_identifier(piece);
                if folded.chars().count() >= 2 {
                    typed.identifiers.push(folded);
                }
            } else {
                typed.words.extend(words::words(piece));
            }
        }
        let whole = words::fold_identifier(&text);
        if text.chars().any(|it| it.is_ascii_digit())
            && whole.len() >= 3
            && !typed.identifiers.contains(&whole)
        {
            typed.identifiers.push(whole);
        }
        typed.words.truncate(5);
        typed
    }

    /// Nothing to look for: a single letter is not enough.
    pub fn is_too_short(&self) -> bool {
        let has_word = self.words.iter().any(|word| word.chars().count() >= 2 || !word.is_ascii());
        !has_word
            && self.days.is_empty()
            && self.year.is_none()
            && self.phone.is_empty()
            && self.identifiers.is_empty()
    }
}

/// The days that a piece of text may mean: `1990-03-05` one, `5/3/1990` two.
pub fn days(text: &str) -> Vec<Day> {
    if let Ok(day) = Day::parse_iso(text) {
        return vec![day];
    }
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [one, two, year] = parts.as_slice() else { return Vec::new() };
    let small = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() <= 2);
    let (Some(one), Some(two), Some(year)) = (small(one), small(two), self::year(year)) else {
        return Vec::new();
    };
    let mut days: Vec<Day> =
        [Day::from_ymd(year, one, two), Day::from_ymd(year, two, one)].into_iter().flatten().collect();
    days.dedup();
    days
}

fn year(text: &str) -> Option<i32> {
    let is_year = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    text.parse().ok().filter(|_| is_year)
}

/// Somebody found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub client: ClientId,
    pub preferred_name: String,
    pub born_year: Option<i32>,
    pub area_name: String,
    /// Who leads the newest open case; empty where there is none.
    pub worker: String,
    /// The caller may open the file.
    pub may_open: bool,
    /// The caller works with the client.
    pub is_own: bool,
    pub is_restricted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    pub lines: Vec<Line>,
    /// There are more than are shown: something to narrow down.
    pub has_more: bool,
    /// Too little was typed to look for.
    pub is_too_short: bool,
}

/// Candidates that are looked at closely for one search.
const CANDIDATES: i64 = 300;

/// Finds clients, the likeliest first, at most `limit`.
pub async fn search(ctx: &Ctx, text: &str, limit: usize) -> Result<Results, DbError> {
    let typed = Typed::parse(text);
    if typed.is_too_short() {
        return Ok(Results { is_too_short: true, ..Results::default() });
    }
    let mut tx = ctx.begin().await?;
    let mut ranked = candidates(ctx, &tx, &typed).await?;
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let has_more = ranked.len() > limit;
    ranked.truncate(limit);
    let order: BTreeMap<String, usize> =
        ranked.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
    let ids: Vec<String> = ranked.into_iter().map(|(id, _)| id).collect();
    let mut lines = lines(ctx, &tx, &ids).await?;
    lines.sort_by_key(|line| order.get(line.client.as_str()).copied().unwrap_or(usize::MAX));
    let detail = format!("found={}", lines.len());
    let act = Act { action: "clients.search", subject_kind: "client", subject_id: "", detail: &detail };
    audit::append(ctx, &mut tx, act).await?;
    tx.commit().await?;
    Ok(Results { lines, has_more, is_too_short: false })
}

/// One client as a list shows them; None: there is none, or not for the caller. Written down.
pub async fn line(ctx: &Ctx, client: &ClientId) -> Result<Option<Line>, DbError> {
    let mut tx = ctx.begin().await?;
    let found = lines(ctx, &tx, &[client.to_string()]).await?.pop();
    if found.is_some() {
        let act =
            Act { action: "client.line", subject_kind: "client", subject_id: client.as_str(), detail: "" };
        audit::append(ctx, &mut tx, act).await?;
        tx.commit().await?;
    }
    Ok(found)
}

/// Clients as lists show them, those whom the caller does not see left out. In no order.
pub(crate) async fn lines(ctx: &Ctx, tx: &Tx, clients: &[String]) -> Result<Vec<Line>, DbError> {
    let raw = store::lines(ctx, tx, clients).await?;
    let seen = raw.into_iter().filter_map(|raw| {
        let may_open = access::decide(&ctx.actor, raw.relation, May::Read).is_some();
        if raw.relation.is_restricted && !may_open {
            return None;
        }
        Some(Line {
            born_year: raw.born_on.get(..4).and_then(|it| it.parse().ok()),
            client: raw.client,
            preferred_name: raw.preferred_name,
            area_name: raw.area_name,
            worker: raw.worker,
            may_open,
            is_own: raw.relation.works_with,
            is_restricted: raw.relation.is_restricted,
        })
    });
    Ok(seen.collect())
}

/// How well words of the record fit one word that was typed: word to quality, 3 at best.
type Fits = BTreeMap<String, f64>;

/// What a word that was typed may stand for in the record.
#[derive(Debug, Default)]
struct Meant {
    fits: Fits,
    /// Words in the order of fit, as many as a statement takes.
    words: Vec<String>,
    /// Clients with one of them.
    n: i64,
}

async fn meant(tx: &Tx, word: &str) -> Result<Meant, DbError> {
    let mut fits: BTreeMap<String, (f64, i64)> = BTreeMap::new();
    let mut add = |found: Vec<(String, i64)>, quality: &dyn Fn(&str) -> f64| {
        for (word, n) in found {
            let quality = quality(&word);
            let entry = fits.entry(word).or_insert((quality, n));
            entry.0 = entry.0.max(quality);
        }
    };
    let other_forms: Vec<String> = words::short_forms(word).into_iter().map(str::to_owned).collect();
    let mut known = vec![word.to_owned()];
    known.extend(other_forms);
    add(store::words_known(tx, &known).await?, &|it| if it == word { 3.0 } else { 2.2 });
    if word.chars().count() >= 2 {
        let beginning = store::words_beginning(tx, word).await?;
        add(beginning, &|it| if it == word { 3.0 } else { 2.4 });
    }
    if word.chars().count() >= 4 {
        let near = store::words_one_slip_away(tx, word).await?;
        let near = near.into_iter().filter(|(it, _)| jaro_winkler(it, word) >= 0.8).collect();
        add(near, &|it| 2.1 * jaro_winkler(it, word));
    }
    let sound = words::sound(word);
    if sound.len() >= 2 {
        let alike = store::words_sounding(tx, &sound).await?;
        let alike = alike.into_iter().filter(|(it, _)| jaro_winkler(it, word) >= 0.7).collect();
        add(alike, &|it| 1.9 * jaro_winkler(it, word));
    }
    let mut order: Vec<(String, f64, i64)> =
        fits.into_iter().map(|(word, (fit, n))| (word, fit, n)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| b.2.cmp(&a.2)));
    order.truncate(store::WORDS);
    Ok(Meant {
        n: order.iter().map(|(_, _, n)| n).sum(),
        words: order.iter().map(|(word, _, _)| word.clone()).collect(),
        fits: order.into_iter().map(|(word, fit, _)| (word, fit)).collect(),
    })
}

/// Other words of the record that may be this one: a slip away, or of the same sound. The nearest first.
pub(crate) async fn alike(tx: &Tx, word: &str) -> Result<Vec<String>, DbError> {
    let mut found = Vec::new();
    if word.chars().count() >= 4 {
        found.extend(store::words_one_slip_away(tx, word).await?);
    }
    let sound = words::sound(word);
    if sound.len() >= 2 {
        found.extend(store::words_sounding(tx, &sound).await?);
    }
    let mut near: Vec<(String, f64)> = found
        .into_iter()
        .map(|(it, _)| {
            let similarity = jaro_winkler(&it, word);
            (it, similarity)
        })
        .filter(|(it, similarity)| it != word && *similarity >= 0.75)
        .collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    near.dedup_by(|a, b| a.0 == b.0);
    near.truncate(8);
    Ok(near.into_iter().map(|(word, _)| word).collect())
}

/// Who may be meant, with how well they fit.
async fn candidates(ctx: &Ctx, tx: &Tx, typed: &Typed) -> Result<Vec<(String, f64)>, DbError> {
    // By number: whoever has it is meant.
    let mut exact: BTreeSet<String> = BTreeSet::new();
    for identifier in &typed.identifiers {
        exact.extend(store::by_identifier(ctx, tx, identifier, 20).await?);
    }
    if !typed.phone.is_empty() {
        exact.extend(store::by_phone(ctx, tx, &typed.phone, 50).await?);
    }
    let mut out: BTreeMap<String, f64> = exact.into_iter().map(|id| (id, 10.0)).collect();

    let borns: Vec<Born> = if typed.days.is_empty() {
        let year = |year| Born { from: format!("{year:04}-01-01"), to: format!("{year:04}-12-31") };
        vec![typed.year.map_or_else(Born::any, year)]
    } else {
        typed.days.iter().map(|day| Born { from: day.to_string(), to: day.to_string() }).collect()
    };
    let asks_birth = !typed.days.is_empty() || typed.year.is_some();

    let mut tokens: Vec<Meant> = Vec::new();
    for word in &typed.words {
        let meant = meant(tx, word).await?;
        if !meant.words.is_empty() {
            tokens.push(meant);
        }
    }
    // The rarest word leads.
    tokens.sort_by_key(|it| it.n);
    if tokens.is_empty() {
        if asks_birth && typed.words.is_empty() {
            for born in &borns {
                for id in store::by_birth(ctx, tx, born, 60).await? {
                    out.entry(id).or_insert(1.0);
                }
            }
        }
        return Ok(out.into_iter().collect());
    }
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut own: BTreeSet<String> = BTreeSet::new();
    if let Some(first) = tokens.first() {
        let second = tokens.get(1).map(|it| it.words.as_slice());
        for born in &borns {
            own.extend(store::own_by_words(ctx, tx, &first.words, born, 60).await?);
            // What fits best is not crowded out by what fits a little.
            let best = first.words.get(..1).unwrap_or_default();
            found.extend(by_words(ctx, tx, best, second, born, CANDIDATES / 2).await?);
            found.extend(by_words(ctx, tx, &first.words, second, born, CANDIDATES).await?);
        }
    }
    if found.is_empty() && tokens.len() > 1 {
        // Nobody has both: either word alone, for a name that was changed or misheard.
        for meant in &tokens {
            for born in &borns {
                found.extend(by_words(ctx, tx, &meant.words, None, born, 100).await?);
            }
        }
    }
    found.extend(own.iter().cloned());
    let ids: Vec<String> = found.into_iter().collect();
    let asked = typed.words.len().max(1) as f64;
    for (id, words) in store::words_of_clients(tx, &ids).await? {
        let best =
            |meant: &Meant| words.iter().filter_map(|it| meant.fits.get(it)).copied().fold(0.0, f64::max);
        let mut fit = tokens.iter().map(best).sum::<f64>() / asked;
        if asks_birth {
            fit += 0.5;
        }
        if own.contains(&id) {
            fit += 0.4;
        }
        let entry = out.entry(id).or_insert(0.0);
        *entry += fit;
    }
    // One word of two that fits only by its sound is a stranger.
    let best = out.values().copied().fold(0.0, f64::max);
    out.retain(|_, fit| *fit >= 0.45 * best);
    Ok(out.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_taken_apart() {
        let day = |text: &str| Day::parse_iso(text).unwrap();
        let typed = Typed::parse("Lucía Moreno 5/3/1990");
        assert_eq!(typed.words, ["lucia", "moreno"]);
        assert_eq!(typed.days, [day("1990-05-03"), day("1990-03-05")]);
        assert_eq!(Typed::parse("25.12.1990").days, [day("1990-12-25")]);
        assert_eq!(Typed::parse("moreno 1990").year, Some(1990));
        assert_eq!(Typed::parse("(208) 555-0143").phone, "5550143");
        assert_eq!(Typed::parse("LC-0042").identifiers, ["LC0042"]);
        assert_eq!(Typed::parse("1990-03-05").days, [day("1990-03-05")]);
        assert!(Typed::parse("1990-03-05").phone.is_empty());
        assert!(Typed::parse("x").is_too_short() && Typed::parse("  ").is_too_short());
        assert!(!Typed::parse("lý").is_too_short());
    }
}
