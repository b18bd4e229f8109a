//! Lists of words that are stored by their code, and what is typed into one line.

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }
    };
}

pub(super) use coded;

/// One line of text, trimmed; None when it is longer than it may be.
pub(super) fn line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= longest).then(|| text.to_owned())
}

/// A pattern for `like .. escape '!'`: anywhere in the text, in lower case.
pub(super) fn anywhere(text: &str) -> String {
    let mut out = String::from("%");
    for letter in text.trim().to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(letter);
    }
    out.push('%');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_searched_for_as_it_stands() {
        assert_eq!(anywhere(" 50%_ off! "), "%50!%!_ off!!%");
        assert_eq!(line("  x ", 1).as_deref(), Some("x"));
        assert_eq!(line("xy", 1), None);
    }
}
