//! Names as they are compared: folded to plain letters, split into words, by their sound, and by the short forms that
//! people go by.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Plain lower-case letters and digits; marks on letters are dropped, everything else separates words.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.nfkd() {
        match letter {
            // O'Neil and Oneil are one name.
            '\'' | '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}' => {}
            _ if is_combining_mark(letter) => {}
            'ß' | 'ẞ' => out.push_str("ss"),
            'ø' | 'Ø' => out.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
            'ł' | 'Ł' => out.push('l'),
            'æ' | 'Æ' => out.push_str("ae"),
            'œ' | 'Œ' => out.push_str("oe"),
            'þ' | 'Þ' => out.push_str("th"),
            'ı' => out.push('i'),
            _ if letter.is_alphanumeric() => {
                out.extend(letter.to_lowercase().filter(|it| !is_combining_mark(*it)))
            }
            _ => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Words that stand before a family name and tell nobody apart.
const PARTICLES: [&str; 10] = ["de", "la", "del", "los", "las", "dos", "das", "van", "von", "der"];

/// The longest word that is kept; what is longer is cut.
const LONGEST: usize = 40;

/// The words of a name, particles left out where there is anything else.
pub fn words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let all = || folded.split(' ').filter(|it| !it.is_empty());
    let telling: Vec<&str> = all().filter(|it| !PARTICLES.contains(it)).collect();
    let kept = if telling.is_empty() { all().collect() } else { telling };
    kept.into_iter().map(|word| word.chars().take(LONGEST).collect()).collect()
}

/// How a word sounds, for English and Spanish ears alike: its consonants in classes, a vowel only at the beginning.
/// Empty where the letters are not Latin or no sound is left.
pub fn sound(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    if letters.is_empty() || !letters.iter().all(char::is_ascii_lowercase) {
        return String::new();
    }
    let at = |i: usize| letters.get(i).copied().unwrap_or(' ');
    let soft = |letter: char| matches!(letter, 'e' | 'i' | 'y');
    let mut out = String::with_capacity(8);
    let mut push = |letter: char| {
        if !out.ends_with(letter) && out.len() < 7 {
            out.push(letter);
        }
    };
    // Silent beginnings: Knox, Gnocchi, Wright, Psalm.
    let mut i = match (at(0), at(1)) {
        ('k' | 'g' | 'p', 'n') | ('w', 'r') | ('p', 's') => 1,
        _ => 0,
    };
    while i < letters.len() {
        let (letter, next) = (at(i), at(i + 1));
        let mut step = 1;
        match letter {
            'a' | 'e' | 'i' | 'o' | 'u' => {
                if i == 0 {
                    push('a');
                }
            }
            // A vowel after a consonant; Yesenia and Jesenia at a beginning.
            'y' => {
                if i == 0 && "aeiou".contains(next) {
                    push('j');
                } else if i == 0 {
                    push('a');
                }
            }
            // Hernández and Ernández: a silent beginning leaves its vowel.
            'h' => {
                if i == 0 {
                    push('a');
                    step = 2;
                }
            }
            'b' | 'v' => push('b'),
            'w' => {
                if i == 0 || "aeiou".contains(next) {
                    push('b');
                }
            }
            'p' if next == 'h' => {
                push('f');
                step = 2;
            }
            'c' if next == 'h' => {
                push('x');
                step = 2;
            }
            's' if next == 'h' => {
                push('x');
                step = 2;
            }
            's' if next == 'c' && at(i + 2) == 'h' => {
                push('x');
                step = 3;
            }
            't' if next == 'h' => {
                push('t');
                step = 2;
            }
            'c' if next == 'z' => {
                push('x');
                step = 2;
            }
            'c' if soft(next) => push('s'),
            'c' | 'k' | 'q' => push('k'),
            'g' if next == 'h' => {
                if i == 0 {
                    push('g');
                }
                step = 2;
            }
            'g' if soft(next) => push('j'),
            'x' if i == 0 => push('j'),
            'x' => {
                push('k');
                push('s');
            }
            'z' => push('s'),
            other => push(other),
        }
        i += step;
    }
    out
}

/// The word and what is left of it without one of its letters. Two words that are one slip of the pen apart (a letter
/// missing, added, changed or swapped with its neighbour) share one. Words of three letters have only themselves: half
/// of all short names are one slip apart.
pub fn variants(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().take(VARIANT_LETTERS).collect();
    let mut out = vec![letters.iter().collect::<String>()];
    if letters.len() < 4 {
        return out;
    }
    for skipped in 0..letters.len() {
        let rest: String =
            letters.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, letter)| *letter).collect();
        if !out.contains(&rest) {
            out.push(rest);
        }
    }
    out
}

/// Letters of a word of which variants are made.
pub const VARIANT_LETTERS: usize = 22;

/// First names and what people who bear them are called. A name may stand in several lines.
const SHORT_FORMS: &[&[&str]] = &[
    &["abdirahman", "abdi"],
    &["abigail", "abby", "gail"],
    &["alejandra", "alexandra", "ale", "alex", "sandra", "sandy", "lexi"],
    &["alejandro", "alexander", "ale", "alex", "alec", "sandy", "xander"],
    &["alfonso", "poncho"],
    &["andrew", "andy", "drew"],
    &["andre", "dre"],
    &["anthony", "antonio", "tony", "tono", "toño"],
    &["araceli", "celi"],
    &["benjamin", "ben", "benny", "benji", "mincho"],
    &["catherine", "katherine", "kathryn", "cathy", "kathy", "kate", "katie", "kat"],
    &["charles", "charlie", "chuck", "carlos"],
    &["christopher", "chris", "topher", "kit"],
    &["christina", "cristina", "chris", "tina", "cris"],
    &["concepcion", "concha", "conchita"],
    &["consuelo", "chelo"],
    &["daniel", "dan", "danny"],
    &["david", "dave", "davey"],
    &["deborah", "debra", "deb", "debbie"],
    &["destiny", "des"],
    &["dolores", "lola", "loli"],
    &["dorothy", "dot", "dottie"],
    &["edward", "eduardo", "ed", "eddie", "ted", "lalo"],
    &["elizabeth", "elisabeth", "liz", "lizzie", "beth", "betty", "eliza", "lisa", "elsa", "isabel"],
    &["elijah", "elias", "eli"],
    &["emmanuel", "manuel", "manny", "manu", "manolo"],
    &["enrique", "henry", "hank", "quique", "kike", "harry"],
    &["esperanza", "lancha", "espe"],
    &["fernando", "nando", "fer"],
    &["francisco", "francis", "frank", "paco", "pancho", "kiko", "frankie"],
    &["frances", "francisca", "fran", "paca", "pancha", "frannie"],
    &["gabriel", "gabe", "gabi"],
    &["gabriela", "gabi", "gaby"],
    &["gerald", "gerardo", "jerry", "gerry", "lalo"],
    &["gregory", "greg"],
    &["guadalupe", "lupe", "lupita", "pita"],
    &["guillermo", "william", "will", "bill", "billy", "willy", "liam", "memo"],
    &["ignacio", "nacho"],
    &["isaiah", "ike", "zay"],
    &["jacob", "jake"],
    &["james", "jim", "jimmy", "jamie"],
    &["jennifer", "jen", "jenny"],
    &["jerome", "jerry", "rome"],
    &["jessica", "jess", "jessie"],
    &["jesus", "chuy", "chucho"],
    &["joaquin", "quino", "quin"],
    &["john", "johnny", "jack", "juan", "jon", "johnnie"],
    &["jonathan", "jon", "john", "johnny", "nathan"],
    &["joseph", "jose", "joe", "joey", "pepe", "chepe"],
    &["josefina", "josephine", "josie", "jo", "pepa", "fina"],
    &["joshua", "josh"],
    &["julian", "jules", "juli"],
    &["kenneth", "ken", "kenny"],
    &["lawrence", "lorenzo", "larry", "lencho"],
    &["leonard", "leonardo", "leo", "len", "lenny"],
    &["lucia", "lucy", "luci"],
    &["margaret", "margarita", "maggie", "meg", "peggy", "marge", "rita", "mago"],
    &["marcus", "marcos", "marc", "mark"],
    &["maria", "mary", "mari", "molly", "maru", "marie"],
    &["marisol", "mari", "sol"],
    &["matthew", "mateo", "matt", "teo"],
    &["michael", "miguel", "mike", "mikey", "mick", "mickey"],
    &["nathaniel", "nathan", "nate", "nat"],
    &["nicholas", "nicolas", "nick", "nicky", "nico"],
    &["nicole", "nikki", "nicky"],
    &["pamela", "pam"],
    &["patricia", "pat", "patty", "tricia", "trish", "paty"],
    &["patrick", "patricio", "pat", "paddy"],
    &["pedro", "peter", "pete", "perico"],
    &["philip", "phillip", "felipe", "phil", "pip"],
    &["rachel", "raquel", "rach"],
    &["ramiro", "rami"],
    &["rebecca", "rebeca", "becky", "becca"],
    &["reuben", "ruben", "rube"],
    &["richard", "ricardo", "rich", "rick", "ricky", "dick"],
    &["robert", "roberto", "rob", "robby", "bob", "bobby", "beto"],
    &["ronald", "ron", "ronnie"],
    &["rosario", "charo", "chayo"],
    &["samantha", "sam", "sammy"],
    &["samuel", "sam", "sammy"],
    &["santiago", "jaime", "diego", "chago", "santi"],
    &["stephen", "steven", "esteban", "steve", "stevie"],
    &["stephanie", "estefania", "steph", "fani"],
    &["susan", "susana", "sue", "susie"],
    &["theodore", "teodoro", "ted", "teddy", "theo"],
    &["theresa", "teresa", "terry", "tess", "tere"],
    &["thomas", "tomas", "tom", "tommy"],
    &["timothy", "tim", "timmy"],
    &["valeria", "valerie", "val", "vale"],
    &["victoria", "vicky", "tori", "vic"],
    &["victor", "vic", "vico"],
    &["vincent", "vicente", "vince", "vinny", "chente"],
    &["yesenia", "jessenia", "yessi", "yesi"],
    &["zachary", "zakariye", "zach", "zack"],
    &["ximena", "jimena", "xime"],
];

/// The other names under which the bearer of a first name may go; empty for most.
pub fn short_forms(word: &str) -> Vec<&'static str> {
    let mut out: Vec<&'static str> = Vec::new();
    for line in SHORT_FORMS.iter().filter(|line| line.contains(&word)) {
        for name in *line {
            if *name != word && !out.contains(name) {
                out.push(name);
            }
        }
    }
    out
}

/// Whether two first names are forms of one.
pub fn is_short_form(one: &str, other: &str) -> bool {
    SHORT_FORMS.iter().any(|line| line.contains(&one) && line.contains(&other))
}

/// An identifier as it is compared: capitals and digits.
pub fn fold_identifier(text: &str) -> String {
    fold(text).chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The last seven digits of a phone number; empty where there are fewer.
pub fn phone_tail(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    match digits.len().checked_sub(7) {
        Some(from) => digits.into_iter().skip(from).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_plain_letters_in_every_script() {
        assert_eq!(fold("  Lucía  O’Neil-Peña "), "lucia oneil pena");
        assert_eq!(fold("Đào Minh Châu"), "dao minh chau");
        assert_eq!(fold("Søren Łukasz Weiß"), "soren lukasz weiss");
        assert_eq!(fold("İpek"), "ipek");
        assert_eq!(fold("نُور الهدى"), "نور الهدى");
        assert_eq!(fold("--"), "");
    }

    #[test]
    fn particles_are_left_out_unless_there_is_nothing_else() {
        assert_eq!(words("Ana María de la Cruz"), ["ana", "maria", "cruz"]);
        assert_eq!(words("Van De"), ["van", "de"]);
        assert!(words(" ").is_empty());
    }

    #[test]
    fn names_that_sound_alike_share_a_sound() {
        for (one, other) in [
            ("gonzalez", "gonsales"),
            ("hernandez", "ernandes"),
            ("jimenez", "ximenes"),
            ("katherine", "catherine"),
            ("philip", "filip"),
            ("moreno", "morenno"),
            ("lucia", "lusia"),
            ("vasquez", "bazques"),
            ("abdirahman", "abdurahmaan"),
            ("wright", "right"),
            ("kowalczyk", "kovalchik"),
            ("stephen", "stefen"),
        ] {
            assert_eq!(sound(one), sound(other), "{one} {other}");
        }
        assert_ne!(sound("maria"), sound("marta"));
        assert_eq!(sound("نور"), "");
    }

    #[test]
    fn one_slip_apart_is_one_variant_in_common() {
        let share = |one: &str, other: &str| variants(one).iter().any(|it| variants(other).contains(it));
        for (one, other) in
            [("moreno", "morenno"), ("garcia", "garzia"), ("nguyen", "nguyne"), ("jose", "josé")]
        {
            assert!(share(one, other), "{one} {other}");
        }
        assert!(!share("moreno", "morales"));
        assert_eq!(variants("ana"), ["ana"]);
    }

    #[test]
    fn short_forms_lead_both_ways() {
        assert!(short_forms("guillermo").contains(&"memo"));
        assert!(is_short_form("bob", "robert") && is_short_form("lupe", "guadalupe"));
        assert!(!is_short_form("bob", "william"));
    }

    #[test]
    fn phones_and_identifiers_are_compared_without_their_looks() {
        assert_eq!(phone_tail("+1 (208) 555-0143"), "5550143");
        assert_eq!(phone_tail("555-0143"), phone_tail("208.555.0143"));
        assert_eq!(phone_tail("911"), "");
        assert_eq!(fold_identifier("lc-0042 b"), "LC0042B");
    }
}
