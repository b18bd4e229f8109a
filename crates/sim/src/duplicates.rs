//! People of whom some were entered twice, with the truth beside them: to measure how well duplicates are found.
//!
//! Harder than chance would make it, as records are: everybody is young, so that birth dates are dense; some names are very
//! common; brothers and sisters share a family name, a phone and an area, twins the birth date too; much is missing. A
//! duplicate has up to three slips of the kinds that intake workers make.

use time::{Date, Duration, Month};

use crate::rng::{Stream, mix};
use crate::words::{first_names, last_names};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who it really is: two records of one person have the same number.
    pub person: u32,
    pub preferred_name: String,
    pub legal_name: String,
    pub birth_on: Option<Date>,
    /// Empty where there is none, as are the two below.
    pub phone: String,
    pub identifier: String,
    pub area: String,
}

/// `records` records, of which the share `duplicated` is a second record of somebody who is among the others. In random
/// order; the same seed gives the same records.
pub fn people(seed: u64, records: usize, duplicated: f64) -> Vec<Record> {
    let share = duplicated.clamp(0.0, 0.5);
    let n_second = usize::try_from(crate::rng::whole(records as f64 * share)).unwrap_or(0);
    let mut stream = Stream::new(seed, "duplicates");
    let families = family_names();
    let mut firsts: Vec<Record> = Vec::with_capacity(records);
    for number in (0_u32..).take(records.saturating_sub(n_second)) {
        let sibling = firsts.last().filter(|_| number > 0).cloned();
        let record = match sibling {
            Some(of) if stream.chance(0.18) => brother_or_sister(&of, number, &mut stream),
            _ => somebody(number, &families, &mut stream),
        };
        firsts.push(record);
    }
    let mut chosen: Vec<usize> = (0..firsts.len()).collect();
    stream.shuffle(&mut chosen);
    let seconds: Vec<Record> = chosen
        .into_iter()
        .take(n_second)
        .filter_map(|at| firsts.get(at))
        .map(|of| again(of, &mut stream))
        .collect();
    firsts.extend(seconds);
    stream.shuffle(&mut firsts);
    firsts
}

/// Another record of somebody: what the next intake worker might write.
pub fn again_of(record: &Record, seed: u64) -> Record {
    again(record, &mut Stream::new(mix(&[seed, u64::from(record.person)]), "again"))
}

const LANGUAGES: [(&str, f64); 6] = [
    ("English", 0.55),
    ("Spanish", 0.25),
    ("Haitian Creole", 0.06),
    ("Vietnamese", 0.05),
    ("Somali", 0.05),
    ("Other", 0.04),
];

/// Family names beside those of the word lists, put together from syllables.
fn family_names() -> Vec<String> {
    const ONE: [&str; 16] = [
        "Bar", "Col", "Dun", "Fal", "Gar", "Hol", "Kes", "Lan", "Mor", "Nor", "Pel", "Ros", "Sto", "Tar",
        "Wel", "Ash",
    ];
    const TWO: [&str; 14] = ["", "a", "en", "i", "o", "er", "an", "el", "is", "or", "un", "ad", "ing", "ol"];
    const THREE: [&str; 16] = [
        "well", "ford", "man", "ley", "ton", "sen", "wick", "by", "stad", "ski", "ez", "o", "ard", "mont",
        "ier", "ham",
    ];
    let mut all = Vec::with_capacity(ONE.len() * TWO.len() * THREE.len());
    for three in THREE {
        for two in TWO {
            all.extend(ONE.map(|one| format!("{one}{two}{three}")));
        }
    }
    all
}

fn given_name(language: &str, stream: &mut Stream) -> String {
    const ONE: [&str; 12] = ["Ta", "Ka", "De", "Ja", "La", "Ma", "Sha", "Ro", "Be", "Ne", "Za", "Le"];
    const TWO: [&str; 12] = ["mi", "lon", "ri", "sha", "nel", "ya", "quan", "lis", "von", "dra", "na", "ren"];
    const THREE: [&str; 8] = ["", "a", "e", "us", "ra", "ah", "ia", "o"];
    if language == "English" && stream.chance(0.4) {
        return format!("{}{}{}", stream.pick(&ONE), stream.pick(&TWO), stream.pick(&THREE));
    }
    let lists = first_names(language);
    let list = match stream.below(9) {
        0 => lists.either,
        1..=4 => lists.female,
        _ => lists.male,
    };
    stream.pick(list).to_owned()
}

fn somebody(number: u32, families: &[String], stream: &mut Stream) -> Record {
    let language = stream.weighted(&LANGUAGES).unwrap_or("English");
    let given = given_name(language, stream);
    let family = |stream: &mut Stream| {
        if language == "English" || stream.chance(0.3) {
            // The square puts most people into the front of the list: some names are common, many are rare.
            let at = stream.unit() * stream.unit() * families.len() as f64;
            let at = usize::try_from(crate::rng::whole(at)).unwrap_or(0);
            families.get(at).cloned().unwrap_or_default()
        } else {
            stream.pick(last_names(language)).to_owned()
        }
    };
    let last = family(stream);
    let legal_given = if stream.chance(0.08) { given_name(language, stream) } else { given.clone() };
    let second = if language == "Spanish" && stream.chance(0.5) {
        format!(" {}", family(stream))
    } else {
        String::new()
    };
    Record {
        person: number,
        preferred_name: format!("{given} {last}"),
        legal_name: if stream.chance(0.7) { format!("{legal_given} {last}{second}") } else { String::new() },
        birth_on: stream.chance(0.95).then(|| birth(stream)),
        phone: if stream.chance(0.7) { phone(stream) } else { String::new() },
        identifier: if stream.chance(0.5) {
            format!("S{:07}", stream.below(9_000_000))
        } else {
            String::new()
        },
        area: if stream.chance(0.96) { area(stream) } else { String::new() },
    }
}

fn brother_or_sister(of: &Record, number: u32, stream: &mut Stream) -> Record {
    let language = stream.weighted(&LANGUAGES).unwrap_or("English");
    let mut given = given_name(language, stream);
    while of.preferred_name.starts_with(&given) {
        given = given_name(language, stream);
    }
    let last = of.preferred_name.split_once(' ').map_or("", |(_, last)| last);
    let birth_on = of.birth_on.map(|day| {
        if stream.chance(0.03) {
            return day;
        }
        let apart = i64::from(stream.between(300, 2_200));
        let apart = if stream.chance(0.5) { apart } else { -apart };
        day.saturating_add(Duration::days(apart))
    });
    Record {
        person: number,
        preferred_name: format!("{given} {last}"),
        legal_name: String::new(),
        birth_on,
        phone: of.phone.clone(),
        identifier: if stream.chance(0.5) {
            format!("S{:07}", stream.below(9_000_000))
        } else {
            String::new()
        },
        area: of.area.clone(),
    }
}

fn birth(stream: &mut Stream) -> Date {
    let first = Date::from_calendar_date(2001, Month::January, 1).unwrap_or(Date::MIN);
    first.saturating_add(Duration::days(i64::from(stream.between(0, 13 * 365))))
}

fn phone(stream: &mut Stream) -> String {
    format!(
        "({}) {}-{:04}",
        stream.pick(&["208", "541", "971"]),
        stream.between(200, 989),
        stream.below(10_000)
    )
}

fn area(stream: &mut Stream) -> String {
    format!("A{:02}", 1 + stream.below(60))
}

/// The same person, written down by somebody else on another day.
fn again(of: &Record, stream: &mut Stream) -> Record {
    let mut record = of.clone();
    if stream.chance(0.4) {
        record.legal_name = String::new();
    } else if stream.chance(0.3) && !record.legal_name.is_empty() {
        record.preferred_name = record.legal_name.clone();
    }
    if stream.chance(0.4) {
        record.identifier = String::new();
    }
    if stream.chance(0.25) {
        record.phone = String::new();
    }
    let slips = stream.weighted(&[(0_u32, 0.10), (1, 0.35), (2, 0.35), (3, 0.20)]).unwrap_or(1);
    for _ in 0..slips {
        slip(&mut record, stream);
    }
    record
}

fn slip(record: &mut Record, stream: &mut Stream) {
    let kind = stream.weighted(&[
        (0_u32, 0.14),
        (1, 0.14),
        (2, 0.10),
        (3, 0.08),
        (4, 0.09),
        (5, 0.06),
        (6, 0.16),
        (7, 0.12),
        (8, 0.06),
        (9, 0.05),
    ]);
    let (given, last) = record
        .preferred_name
        .split_once(' ')
        .map(|(given, last)| (given.to_owned(), last.to_owned()))
        .unwrap_or_else(|| (record.preferred_name.clone(), String::new()));
    match kind {
        Some(0) => record.preferred_name = format!("{} {last}", typo(&given, stream)),
        Some(1) => record.preferred_name = format!("{given} {}", typo(&last, stream)),
        Some(2) => record.preferred_name = format!("{} {last}", short(&given, stream)),
        Some(3) => {
            record.birth_on = record.birth_on.map(|day| {
                let (year, month, number) = (day.year(), u8::from(day.month()), day.day());
                let swapped = Month::try_from(number).ok();
                swapped.and_then(|it| Date::from_calendar_date(year, it, month).ok()).unwrap_or(day)
            });
        }
        Some(4) => {
            let off = i64::from(stream.between(1, 3));
            record.birth_on = record.birth_on.map(|day| day.saturating_add(Duration::days(off)));
        }
        Some(5) => record.birth_on = None,
        Some(6) => record.phone = phone(stream),
        Some(7) => record.area = area(stream),
        Some(8) => record.preferred_name = plain(&record.preferred_name),
        _ => record.preferred_name = format!("{last} {given}"),
    }
    // A slip in the name that people go by is often copied into the other.
    if stream.chance(0.5) {
        record.legal_name = String::new();
    }
}

/// One letter missing, twice, changed, or swapped with its neighbour.
fn typo(word: &str, stream: &mut Stream) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = 1 + stream.below(letters.len() - 1);
    match stream.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => {
            let letter = letters.get(at).copied().unwrap_or('e');
            letters.insert(at, letter);
        }
        2 => {
            let other = stream.pick(&["a", "e", "i", "o", "s", "z", "n", "r", "t", "l"]).chars().next();
            if let (Some(letter), Some(other)) = (letters.get_mut(at), other) {
                *letter = other;
            }
        }
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}

/// What friends call somebody, or the beginning of the name.
fn short(given: &str, stream: &mut Stream) -> String {
    const SHORT: [(&str, &str); 16] = [
        ("Mateo", "Teo"),
        ("Santiago", "Santi"),
        ("Guadalupe", "Lupe"),
        ("Joaquín", "Quino"),
        ("Lucía", "Lucy"),
        ("Ximena", "Xime"),
        ("Elijah", "Eli"),
        ("Emmanuel", "Manny"),
        ("Ricardo", "Rick"),
        ("Ronald", "Ronnie"),
        ("Marcus", "Marc"),
        ("Nicolás", "Nico"),
        ("Abdirahman", "Abdi"),
        ("Rubén", "Rube"),
        ("Yesenia", "Yesi"),
        ("Destiny", "Des"),
    ];
    let known = SHORT.iter().find(|(name, _)| *name == given);
    match known {
        Some((_, short)) => (*short).to_owned(),
        None => {
            let letters = given.chars().count();
            given.chars().take((letters.saturating_sub(2 + stream.below(2))).max(3)).collect()
        }
    }
}

/// Capitals without marks, as some forms ask for.
fn plain(name: &str) -> String {
    name.to_uppercase()
        .chars()
        .map(|letter| match letter {
            'Á' | 'À' | 'Ạ' | 'Ả' | 'Ã' | 'Â' | 'Ă' => 'A',
            'É' | 'È' | 'Ê' => 'E',
            'Í' | 'Ì' => 'I',
            'Ó' | 'Ò' | 'Ô' | 'Ồ' | 'Ỗ' => 'O',
            'Ú' | 'Ù' | 'Ü' | 'Ư' => 'U',
            'Ñ' => 'N',
            'Đ' => 'D',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn one_in_ten_is_a_second_record_and_the_same_seed_gives_the_same_people() {
        let all = people(7, 2_000, 0.1);
        assert_eq!(all.len(), 2_000);
        let mut by_person: BTreeMap<u32, Vec<&Record>> = BTreeMap::new();
        for record in &all {
            by_person.entry(record.person).or_default().push(record);
        }
        assert_eq!(by_person.values().filter(|them| them.len() == 2).count(), 200);
        let differing = by_person
            .values()
            .filter(|them| {
                them.len() == 2
                    && them[0].preferred_name.to_lowercase() != them[1].preferred_name.to_lowercase()
            })
            .count();
        assert!((60..160).contains(&differing), "{differing}");
        assert_eq!(all, people(7, 2_000, 0.1));
        assert_ne!(all, people(8, 2_000, 0.1));
    }

    #[test]
    fn households_share_a_phone() {
        let all = people(7, 2_000, 0.0);
        let mut phones: BTreeMap<&str, usize> = BTreeMap::new();
        for record in all.iter().filter(|it| !it.phone.is_empty()) {
            *phones.entry(&record.phone).or_default() += 1;
        }
        assert!(phones.values().filter(|n| **n > 1).count() > 100);
    }
}
