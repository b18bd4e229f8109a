//! The bundle of `web/` (styles, enhancements, charts), inside the binary.
//!
//! Addresses carry the content's fingerprint, so a browser may keep a file for good and still sees the next
//! version at once. Without a bundle (nobody has run `cargo xtask setup`) the pages still read well: a small
//! style is built in, and everything works without scripts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Bundle;

const STYLE: &str = "app.css";
const STYLE_WITHOUT_BUNDLE: &str = include_str!("built_in.css");

static ADDRESSES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Bundle::iter()
        .filter_map(|name| {
            let file = Bundle::get(&name)?;
            let print = short(&file.metadata.sha256_hash());
            Some((name.to_string(), format!("/assets/{name}?v={print}")))
        })
        .collect()
});

fn short(hash: &[u8]) -> String {
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The address of a file of the bundle; `None` when there is no such file.
pub fn address(name: &str) -> Option<&'static str> {
    ADDRESSES.get(name).map(String::as_str)
}

/// The address of the style, which is always there.
pub fn style_address() -> &'static str {
    address(STYLE).unwrap_or("/assets/app.css")
}

/// `GET /assets/{*name}`.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Bundle::get(&name) else {
        if name == STYLE {
            let kind = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
            return (kind, STYLE_WITHOUT_BUNDLE).into_response();
        }
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", short(&file.metadata.sha256_hash()));
    // A debug build reads the files from disk, where they change under the same address.
    let keep = if cfg!(debug_assertions) { "no-cache" } else { "public, max-age=31536000, immutable" };
    let is_known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    if is_known {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag), (CACHE_CONTROL, keep.to_owned())]).into_response();
    }
    let kind = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (ETAG, tag),
        (CACHE_CONTROL, keep.to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, file.data.into_owned()).into_response()
}
