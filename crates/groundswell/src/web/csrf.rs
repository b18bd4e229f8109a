//! Forms that another site made must not work here.
//!
//! Every form carries a token that is bound to the session (or, before the log-in, to a random cookie of the visitor)
//! by the agency's key, so it cannot be guessed and ends with the session. Besides, the browser says where a request
//! came from; one from elsewhere is refused whatever its token.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use domain::kernel::ctx::Keys;

/// The form field, and the header for requests without a form.
pub const FIELD: &str = "csrf";
pub const HEADER: &str = "x-csrf-token";

/// The token of a session or visitor.
pub fn token(keys: &Keys, binding: &str) -> String {
    keys.seal("form-token", &[binding])
}

/// Compares without telling by its time how much was right.
pub fn fits(expected: &str, given: &str) -> bool {
    match (blake3::Hash::from_hex(expected), blake3::Hash::from_hex(given)) {
        (Ok(expected), Ok(given)) => expected == given,
        _ => false,
    }
}

/// Whether the browser says that the request comes from another site. A browser that says nothing is believed: the
/// token is still asked for.
pub fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    // "null" is what our own no-referrer policy makes of the origin.
    let Some(origin) = text(ORIGIN.as_str()).filter(|origin| *origin != "null") else { return false };
    let host_of_origin = origin.split_once("://").map(|(_, host)| host);
    host_of_origin != text(HOST.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn a_request_from_another_site_is_recognised() {
        let table: [(&[(&str, &str)], bool); 7] = [
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "http://127.0.0.1:9999"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "null"), ("host", "127.0.0.1:8080")], false),
            (&[], false),
        ];
        for (pairs, expected) in table {
            assert_eq!(is_from_elsewhere(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_token_fits_its_own_session_only() {
        let keys = Keys::from_bytes([7; 32]);
        let one = token(&keys, "one");
        assert!(fits(&one, &one));
        assert!(!fits(&one, &token(&keys, "two")));
        assert!(!fits(&one, &token(&Keys::from_bytes([8; 32]), "one")));
        assert!(!fits(&one, ""));
    }
}
