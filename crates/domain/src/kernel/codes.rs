//! The kinds of case events and of systems, in the field's words.

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

pub(crate) use codes;

codes! {
    /// What kind of thing happened.
    EventKind {
        /// Something got in the way of a client.
        Barrier = "barrier",
        /// An inpatient stay, an eviction, an arrest, an exclusion, a removal.
        Crisis = "crisis",
        Referral = "referral",
        Service = "service",
        Contact = "contact",
        /// A system decided about a person (a score, a denial, a filing).
        Decision = "decision",
    }
}

codes! {
    /// The systems around a client.
    System {
        School = "school",
        Probation = "probation",
        ChildProtection = "child_protection",
        Hospital = "hospital",
        Housing = "housing",
        Benefits = "benefits",
        Court = "court",
        Clinic = "clinic",
        Employer = "employer",
        Police = "police",
        Immigration = "immigration",
        /// Legal aid and advice, tenants' unions, places of worship, associations.
        Community = "community",
        Other = "other",
    }
}

/// The longest code, in bytes.
const CODE_MAX: usize = 80;

/// The code for some words: `"Eviction filing (2nd)"` -> `eviction_filing_2nd`. Letters of any language stay, so that
/// words that differ do not become one code. `None` if nothing is left, or more than 80 bytes.
pub fn code_from(text: &str) -> Option<String> {
    let mut code = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            code.extend(letter.to_lowercase());
        } else if !code.is_empty() && !code.ends_with('_') {
            code.push('_');
        }
    }
    while code.ends_with('_') {
        code.pop();
    }
    (!code.is_empty() && code.len() <= CODE_MAX).then_some(code)
}
