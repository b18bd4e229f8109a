//! A form with a file, read as it arrives: the file goes to disk, not into memory.

use std::path::{Path, PathBuf};

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use tokio::io::AsyncWriteExt;

use super::csrf;
use super::current::CurrentCtx;
use super::error::WebError;
use super::form::Form;
use super::guard::Token;

/// The most bytes of one text field, and the most fields.
const TEXT_MOST: usize = 1 << 20;
const FIELDS_MOST: usize = 200;

#[derive(Debug)]
pub struct Upload {
    pub form: Form,
    /// The first file that was chosen.
    pub file: Option<UploadedFile>,
}

/// A file on our disk. It is gone when this is dropped: move it into the work that reads it.
#[derive(Debug)]
pub struct UploadedFile {
    path: PathBuf,
    /// The name that it has on the person's machine, without folders.
    pub name: String,
    pub bytes: u64,
}

impl UploadedFile {
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for UploadedFile {
    fn drop(&mut self) {
        // What is left behind goes when the server starts again.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = WebError;

    /// The first field must be the token (unless it came as a header), so that nothing is kept for a forged form.
    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let broken = || WebError::Broken("an upload without a guard: register it with Routes::upload".into());
        let current = request.extensions().get::<CurrentCtx>().cloned().ok_or_else(broken)?;
        let token = request.extensions().get::<Token>().cloned().ok_or_else(broken)?;
        let mut is_checked = token.is_checked;
        let mut parts = Multipart::from_request(request, state).await.map_err(|_| WebError::Unreadable)?;
        let mut pairs = Vec::new();
        let mut file = None;
        while let Some(field) = parts.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            if !is_checked {
                let given = if name == csrf::FIELD { text(field).await? } else { String::new() };
                if !csrf::fits(&token.expected, &given) {
                    return Err(WebError::SessionEnded(Vec::new()));
                }
                is_checked = true;
                continue;
            }
            if pairs.len() >= FIELDS_MOST {
                return Err(WebError::TooLarge);
            }
            match field.file_name() {
                None => pairs.push((name, text(field).await?)),
                // A file field that was left empty.
                Some("") => {}
                Some(_) if file.is_some() => {}
                Some(_) => file = Some(spool(&current, field).await?),
            }
        }
        if !is_checked {
            return Err(WebError::SessionEnded(Vec::new()));
        }
        Ok(Self { form: Form::new(pairs), file })
    }
}

fn unreadable(error: MultipartError) -> WebError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { WebError::TooLarge } else { WebError::Unreadable }
}

async fn text(mut field: Field<'_>) -> Result<String, WebError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > TEXT_MOST {
            return Err(WebError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| WebError::Unreadable)
}

async fn spool(current: &CurrentCtx, mut field: Field<'_>) -> Result<UploadedFile, WebError> {
    let config = &current.app.config;
    tokio::fs::create_dir_all(&config.uploads).await.map_err(WebError::broken)?;
    let name = field.file_name().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control());
    let name = name.take(200).collect();
    let path = config.uploads.join(current.ctx.new_id());
    let mut options = tokio::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut out = options.open(&path).await.map_err(WebError::broken)?;
    let mut uploaded = UploadedFile { path, name, bytes: 0 };
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        uploaded.bytes += chunk.len() as u64;
        if uploaded.bytes > config.upload_most {
            return Err(WebError::TooLarge);
        }
        out.write_all(&chunk).await.map_err(WebError::broken)?;
    }
    out.flush().await.map_err(WebError::broken)?;
    Ok(uploaded)
}
