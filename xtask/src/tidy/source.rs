//! Just enough of Rust's grammar to tell code from comments, strings and tests.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    /// A string literal, its escapes for line breaks undone.
    Text(String),
    Sign(char),
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(it) if it == word)
    }

    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// The tokens of a source file, comments left out.
pub fn tokens(source: &str) -> Vec<Token> {
    Reader { rest: source, line: 1 }.all()
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn all(mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(first) = self.rest.chars().next() {
            let line = self.line;
            let mut push = |kind| tokens.push(Token { line, kind });
            if first.is_whitespace() {
                self.take(first.len_utf8());
            } else if self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.block_comment();
            } else if let Some(text) = self.string() {
                push(Kind::Text(text));
            } else if first == '\'' {
                self.quote();
            } else if first.is_alphanumeric() || first == '_' {
                let end =
                    self.rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(self.rest.len());
                push(Kind::Word(self.take(end).to_owned()));
            } else {
                self.take(first.len_utf8());
                push(Kind::Sign(first));
            }
        }
        tokens
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.take(self.rest.chars().next().map_or(1, char::len_utf8));
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let prefix = self.rest.find(|it: char| !matches!(it, 'b' | 'c' | 'r'))?;
        if prefix > 2 {
            return None;
        }
        let after = self.rest.get(prefix..)?;
        if self.rest.get(..prefix)?.ends_with('r') {
            let hashes = after.find(|it: char| it != '#')?;
            if !after.get(hashes..)?.starts_with('"') {
                return None;
            }
            self.take(prefix + hashes + 1);
            let close = format!("\"{}", "#".repeat(hashes));
            let end = self.rest.find(&close).unwrap_or(self.rest.len());
            let text = self.take(end).to_owned();
            self.take(close.len().min(self.rest.len()));
            return Some(text);
        }
        if !after.starts_with('"') {
            return None;
        }
        self.take(prefix + 1);
        let mut text = String::new();
        while let Some(sign) = self.rest.chars().next() {
            self.take(sign.len_utf8());
            match sign {
                '"' => break,
                '\\' => {
                    let escaped = self.rest.chars().next().unwrap_or(' ');
                    self.take(escaped.len_utf8().min(self.rest.len()));
                    match escaped {
                        'n' => text.push('\n'),
                        '\n' => {
                            let blanks = self.rest.len() - self.rest.trim_start().len();
                            self.take(blanks);
                        }
                        other => text.push(other),
                    }
                }
                other => text.push(other),
            }
        }
        Some(text)
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let mut signs = self.rest.char_indices().skip(1);
        let first = signs.next().map(|(_, sign)| sign);
        let second = signs.next();
        if first == Some('\\') {
            // From the second sign on, so that '\'' ends at its last quote.
            let from = second.map_or(self.rest.len(), |(at, sign)| at + sign.len_utf8());
            let end = self
                .rest
                .get(from..)
                .and_then(|rest| rest.find('\''))
                .map_or(self.rest.len(), |at| from + at + 1);
            self.take(end);
        } else if let Some((at, '\'')) = second {
            self.take(at + 1);
        } else {
            self.take(1);
        }
    }
}

/// The tokens that are not in an item marked as a test.
pub fn outside_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        if let Some(after) = test_item(rest) {
            rest = after;
        } else {
            kept.push(first.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// What follows a test item, if one starts here.
fn test_item(tokens: &[Token]) -> Option<&[Token]> {
    let mut rest = attribute(tokens)
        .filter(|(inside, _)| {
            let is_cfg = inside.first().is_some_and(|it| it.is_word("cfg"))
                && inside.iter().any(|it| it.is_word("test"))
                && !inside.iter().any(|it| it.is_word("not"));
            let is_test = inside.last().is_some_and(|it| it.is_word("test"));
            is_cfg || is_test
        })?
        .1;
    while let Some((_, after)) = attribute(rest) {
        rest = after;
    }
    let mut depth = 0_usize;
    for (at, token) in rest.iter().enumerate() {
        match token.kind {
            Kind::Sign('{' | '(' | '[') => depth += 1,
            Kind::Sign('}') if depth <= 1 => return rest.get(at + 1..),
            Kind::Sign('}' | ')' | ']') => depth = depth.saturating_sub(1),
            Kind::Sign(';') if depth == 0 => return rest.get(at + 1..),
            _ => {}
        }
    }
    Some(&[])
}

/// The inside of an attribute that starts here, and what follows it.
pub fn attribute(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let mut start = 1;
    if !tokens.first()?.is_sign('#') {
        return None;
    }
    if tokens.get(1)?.is_sign('!') {
        start = 2;
    }
    if !tokens.get(start)?.is_sign('[') {
        return None;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token.is_sign('[') {
            depth += 1;
        } else if token.is_sign(']') {
            depth -= 1;
            if depth == 0 {
                return Some((tokens.get(start + 1..at)?, tokens.get(at + 1..)?));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source)
            .into_iter()
            .filter_map(|token| if let Kind::Text(text) = token.kind { Some(text) } else { None })
            .collect()
    }

    #[test]
    fn strings_are_read_whole_and_comments_not_at_all() {
        assert_eq!(texts(r##"let a = "x\"y"; // "no""##), ["x\"y"]);
        assert_eq!(texts(r###"r#"a"b"# b"c" /* "d" /* "e" */ "f" */ "g""###), ["a\"b", "c", "g"]);
        assert_eq!(texts("\"\\\n   select 1\\n from\""), ["select 1\n from"]);
    }

    #[test]
    fn a_quote_character_or_a_lifetime_opens_no_string() {
        assert_eq!(
            texts(r#"let a = '"'; let b: &'static str = "x"; let c = '\''; let d = "y";"#),
            ["x", "y"]
        );
    }

    #[test]
    fn lines_are_counted_through_strings() {
        let all = tokens("a\n\"b\nc\"\nd");
        assert_eq!(all.iter().map(|token| token.line).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn items_marked_as_tests_are_left_out_and_what_follows_is_kept() {
        let all = tokens(
            "fn a() {} #[cfg(test)] mod tests { fn b() { c(); } } fn d() {} #[test] #[x] fn e() {} fn f() {}",
        );
        let kept: Vec<_> = outside_tests(&all);
        let has = |word: &str| kept.iter().any(|token| token.is_word(word));
        assert!(has("a") && has("d") && has("f"));
        assert!(!has("b") && !has("c") && !has("e"));
        assert!(outside_tests(&tokens("#[cfg(not(test))] fn g() {}")).iter().any(|token| token.is_word("g")));
    }
}
